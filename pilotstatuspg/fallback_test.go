package pilotstatuspg

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const testTemplate = "onboarding-test"

// withTemplate is the fallback of the tests.
func withTemplate() EnqueueOption {
	return WithFallback(pilotstatus.TemplateContent{ID: testTemplate, Variables: map[string]string{"name": "Ana"}})
}

// wrote notes that a contact wrote to the number that long ago.
func (s *story) wrote(from string, ago time.Duration) {
	s.Helper()
	require.NoError(s, s.outbox.Record(s.Context(), s.pool, wrote(s, "num_1", from, time.Now().Add(-ago))))
}

// sentBodies are the bodies of the requests under that key.
func (s *story) sentBodies(key string) (bodies []string) {
	for _, r := range s.fake.Requests() {
		if r.Header.Get("Idempotency-Key") == key {
			bodies = append(bodies, string(r.Body))
		}
	}
	return bodies
}

// sentOnce checks which content went out, and that the message shows it.
func (s *story) sentOnce(key string, fellBack bool) {
	s.Helper()
	m := get(s, s.outbox, s.pool, key)
	assert.Equal(s, StateAccepted, m.State, key)
	assert.Equal(s, fellBack, m.FellBack, key)
	assert.Equal(s, testTemplate, m.Fallback)
	assert.Equal(s, fellBack, m.Template == testTemplate, key)
	bodies := s.sentBodies(key)
	require.NotEmpty(s, bodies)
	for _, body := range bodies {
		assert.Equal(s, fellBack, bytes.Contains([]byte(body), []byte(testTemplate)), key)
		assert.Equal(s, string(m.Body), body)
	}
	assert.Zero(s, s.count("fallback IS NOT NULL AND key = $1", key))
}

// The window of each contact decides, where a message begins with its claim and where it
// begins later.
func TestFallback(t *testing.T) {
	t.Parallel()
	for name, pace := range map[string]Pace{"unpaced": {}, "paced": {Every: 700 * time.Millisecond}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			s.options.AttemptTimeout = 3 * time.Second
			require.NoError(t, s.outbox.SetPace(t.Context(), s.pool, "num_1", pace))
			s.wrote("5511999999901@c.us", time.Hour)
			s.wrote("+5511999999902", 30*time.Hour)
			s.enqueue("num_1", "open", "+5511999999901", withTemplate())
			s.enqueue("num_1", "closed", "+5511999999902", withTemplate())
			s.enqueue("num_1", "unknown", "+5511999999903", withTemplate())
			s.enqueue("num_1", "open again", "+5511999999901", withTemplate())
			s.enqueue("num_1", "without", "+5511999999904")
			s.run()
			s.eventually(5, "state = 'accepted'")
			s.sentOnce("open", false)
			s.sentOnce("closed", true)
			s.sentOnce("unknown", true)
			s.sentOnce("open again", false)
			assert.Equal(t, 1, s.count("key = 'without' AND fell_back IS NULL AND template IS NULL"))
		})
	}
}

// What was chosen stays, whatever becomes of the window and of the request.
func TestFallbackIsChosenOnce(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]pilotstatustest.Fault{
		"unknown outcome": {Status: http.StatusServiceUnavailable},
		"surely not sent": {Status: http.StatusTooManyRequests},
		"lost answer":     {Processed: true, Reset: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t)
			fault.Op = "Messages.Send"
			s.fake.Inject(fault)
			s.enqueue("num_1", "closed", "+5511999999901", withTemplate())
			stop := s.run()
			require.Eventually(t, func() bool { return len(s.fake.Requests()) > 0 }, 20*time.Second, time.Millisecond)
			s.wrote("+5511999999901", 0)
			s.eventually(1, "state = 'accepted'")
			stop()
			s.sentOnce("closed", true)
			assert.Len(t, s.sentBodies("closed"), 2)
		})
	}
}

// A worker that is killed after the choice leaves it to the next one, and so does a person.
func TestFallbackSurvives(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.wrote("+5511999999902", time.Hour)
	s.enqueue("num_1", "closed", "+5511999999901", withTemplate())
	s.enqueue("num_1", "open", "+5511999999902", withTemplate())
	s.enqueue("num_1", "parked", "+5511999999903", withTemplate())
	w := s.leased("num_1")
	w.fill(t.Context()) // and the process is killed
	require.Equal(t, 3, s.count("state = 'sending' AND first_at IS NOT NULL AND fell_back IS NOT NULL"))
	s.exec("UPDATE pilotstatus.message SET state = 'parked', settled_at = now(), lease = 0 WHERE key = 'parked'")
	s.exec("UPDATE pilotstatus.contact SET last_inbound_at = now() - interval '2 days'")
	s.wrote("+5511999999901", 0)
	s.wrote("+5511999999903", 0)
	_, err := s.outbox.Resolve(t.Context(), s.pool, Filter{NumberID: "num_1"}, SendAgain())
	require.NoError(t, err)
	s.run()
	s.eventually(3, "state = 'accepted'")
	s.sentOnce("closed", true)
	s.sentOnce("open", false)
	s.sentOnce("parked", true)
}

// A claim that was given back before it began chooses anew.
func TestFallbackOfAClaim(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.wrote("+5511999999901", time.Hour)
	s.enqueue("num_1", "key", "+5511999999901", withTemplate())
	w := s.leased("num_1")
	w.next = time.Now().Add(time.Hour)
	w.fill(t.Context())
	require.Equal(t, 1, s.count("state = 'claimed' AND fell_back IS NULL AND fallback IS NOT NULL"))
	w.giveBack(func(*claim) bool { return true })
	require.NoError(t, w.write(t.Context(), true))
	s.exec("UPDATE pilotstatus.contact SET last_inbound_at = now() - interval '2 days'")
	s.run()
	s.eventually(1, "state = 'accepted'")
	s.sentOnce("key", true)
}

// A worker of an older version begins messages without a choice.
func TestFallbackBesideAnOlderWorker(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.enqueue("num_1", "key", "+5511999999901", withTemplate())
	s.exec("UPDATE pilotstatus.message SET state = 'sending', first_at = now()") // and it was killed
	s.run()
	s.eventually(1, "state = 'accepted'")
	s.sentOnce("key", false)
}

// A held template holds the messages that would be sent with it, and no others.
func TestFallbackIsHeld(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	hold := func() {
		s.exec("INSERT INTO pilotstatus.hold (number_id, template, reason, probe_at) VALUES ('num_1', $1, '', now() + interval '10 minutes')", testTemplate)
	}
	hold()
	s.wrote("+5511999999901", time.Hour)
	s.enqueue("num_1", "open", "+5511999999901", withTemplate())
	s.enqueue("num_1", "closed", "+5511999999902", withTemplate())
	s.enqueue("num_1", "closed too", "+5511999999903", withTemplate())
	stop := s.run()
	s.eventually(1, "state = 'accepted'")
	s.eventually(2, "state = 'held' AND fell_back IS NULL AND fallback IS NOT NULL") // nothing is chosen yet
	s.sentOnce("open", false)
	s.exec("UPDATE pilotstatus.hold SET probe_at = now()")
	s.eventually(3, "state = 'accepted'")
	s.sentOnce("closed", true)
	s.sentOnce("closed too", true)
	stop()

	// The window closes between the look and the claim, and the template is held.
	hold()
	for _, ahead := range []time.Duration{0, time.Hour} {
		s.wrote("+5511999999901", time.Hour)
		key := "late " + ahead.String()
		s.enqueue("num_1", key, "+5511999999901", withTemplate())
		w := s.leased("num_1")
		w.next = time.Now().Add(ahead)
		require.NoError(t, w.read(t.Context()))
		closed := func() { s.exec("DELETE FROM pilotstatus.contact") }
		if ahead == 0 {
			closed()
		}
		w.fill(t.Context())
		if ahead > 0 {
			require.Len(t, w.queue, 1)
			closed()
			w.next = time.Now()
			require.NoError(t, w.write(t.Context(), false))
		}
		assert.Empty(t, w.queue)
		require.NoError(t, w.write(t.Context(), true))
		assert.Equal(t, 1, s.count("state = 'pending' AND first_at IS NULL AND fell_back AND template = $1 AND key = $2", testTemplate, key))
	}
}

func TestFallbackRefused(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	text, group := request("k"), request("k")
	group.To = pilotstatus.GroupID("1@g.us")
	template := request("k")
	template.Content = pilotstatus.TemplateContent{ID: "a"}
	for field, c := range map[string]struct {
		request  pilotstatus.SendRequest
		fallback pilotstatus.TemplateContent
	}{
		"WithFallback":       {template, pilotstatus.TemplateContent{ID: "a"}},
		"WithFallback ":      {group, pilotstatus.TemplateContent{ID: "a"}},
		"WithFallback.ID":    {text, pilotstatus.TemplateContent{}},
		"WithFallback.ID ":   {text, pilotstatus.TemplateContent{ID: string(bytes.Repeat([]byte("a"), 256))}},
		"WithFallback.Media": {text, pilotstatus.TemplateContent{ID: "a", Media: &pilotstatus.MessageMedia{Source: "https://example.com/a"}}},
	} {
		err := inTx(t, pool, func(tx pgx.Tx) error {
			_, err := o.Enqueue(t.Context(), tx, testNumber, c.request, WithFallback(c.fallback))
			return err
		})
		var refused *pilotstatus.ValidationError
		require.ErrorAs(t, err, &refused, field)
		assert.Contains(t, refused.Field, string(bytes.TrimSpace([]byte(field))))
	}
	assert.Zero(t, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.message")))
}

// Both contents are the body of a key.
func TestFallbackIsPartOfTheBody(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	plain := enqueueOne(t, o, pool, request("plain"))
	row := rowOf(t, o, pool, plain.ID)
	hash := sha256.Sum256(row.Body)
	assert.Equal(t, hash[:], row.Hash, "as of older versions")

	first := enqueueOne(t, o, pool, request("k"), withTemplate())
	assert.Equal(t, first.ID, enqueueOne(t, o, pool, request("k"), withTemplate()).ID)
	for _, opts := range [][]EnqueueOption{nil, {WithFallback(pilotstatus.TemplateContent{ID: "other"})}} {
		err := inTx(t, pool, func(tx pgx.Tx) error {
			_, err := o.Enqueue(t.Context(), tx, testNumber, request("k"), opts...)
			return err
		})
		require.ErrorAs(t, err, new(*KeyUsedError))
	}
	tx := sqlOf(t, pool)
	queued, err := o.EnqueueMany(t.Context(), tx, testNumber, []pilotstatus.SendRequest{request("k"), request("k2"), request("k3")}, withTemplate())
	require.NoError(t, err)
	require.NoError(t, tx.Commit(t.Context()))
	assert.True(t, queued[0].Duplicate)
	assert.Equal(t, 3, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.message WHERE fallback_template = $1 AND octet_length(fallback) > 50"), testTemplate))
	m := get(t, o, pool, "k2")
	assert.Equal(t, testTemplate, m.Fallback)
	assert.False(t, m.FellBack)
	assert.Empty(t, m.Template)
}

// Nothing of a person stays in the second body.
func TestFallbackIsEmptied(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	enqueueOne(t, o, pool, request("forgotten"), withTemplate())
	require.NoError(t, o.Record(t.Context(), pool, wrote(t, testNumber, testPhone, time.Now())))
	require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error {
		n, err := o.Forget(t.Context(), tx, pilotstatus.Phone(testPhone))
		assert.EqualValues(t, 1, n)
		return err
	}))
	assert.NotContains(t, dumpOf(t, o), "0001")
	other := request("emptied")
	enqueueOne(t, o, pool, other, withTemplate())
	set(t, o, pool, "emptied", "state = 'canceled', settled_at = now() - interval '8 days'")
	_, err := o.retainBatch(t.Context(), pool)
	require.NoError(t, err)
	assert.Zero(t, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.message WHERE fallback IS NOT NULL OR body <> ''")))
}
