package pilotstatuspg

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

func timestamp(tb testing.TB, at time.Time) (t pilotstatus.Timestamp) {
	tb.Helper()
	text, err := json.Marshal(at)
	require.NoError(tb, err)
	require.NoError(tb, json.Unmarshal(text, &t))
	return t
}

// wrote is the event of a contact's message.
func wrote(tb testing.TB, number, from string, at time.Time) *pilotstatus.MessageReceivedEvent {
	tb.Helper()
	return &pilotstatus.MessageReceivedEvent{
		Event:          pilotstatus.EventMessageReceived,
		EventMessage:   pilotstatus.EventMessage{NumberID: number, ID: "msg", CreatedAt: timestamp(tb, at), To: "+5511900000001", Content: "text"},
		InboundMessage: pilotstatus.InboundMessage{From: from, ParticipantName: "Ana"},
	}
}

func TestStoredRecipient(t *testing.T) {
	t.Parallel()
	for want, recipients := range map[string][]pilotstatus.Recipient{
		"phone:+5511999999999": {
			pilotstatus.Phone("+55 (11) 99999-9999"), pilotstatus.Phone("5511999999999"), pilotstatus.UserID("5511999999999@c.us"),
			pilotstatus.UserID("5511999999999@s.whatsapp.net"), pilotstatus.UserID("5511999999999:12@s.whatsapp.net"),
		},
		"phone:+551199999999": {pilotstatus.Phone("+551199999999")}, // without its ninth digit it is another
		"user:900100@lid":     {pilotstatus.UserID("900100@lid"), pilotstatus.UserID("900100:3@lid")},
		"user:BR.900100":      {pilotstatus.UserID("BR.900100")},
		"user:a@c.us":         {pilotstatus.UserID("a@c.us")},
		"user:@lid":           {pilotstatus.UserID("@lid")},
		"user:1@example.com":  {pilotstatus.UserID("1@example.com")},
		"group:1:2@g.us":      {pilotstatus.GroupID("1:2@g.us")},
		"newsletter:1@b":      {pilotstatus.NewsletterID("1@b")},
	} {
		for _, r := range recipients {
			assert.Equal(t, want, storedRecipient(r))
			assert.Equal(t, want, storedRecipient(readRecipient(want)))
		}
	}
	assert.Zero(t, readRecipient(""))
}

func TestWindowOpen(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	open := func(number string, to pilotstatus.Recipient) bool {
		t.Helper()
		is, err := o.WindowOpen(t.Context(), pool, number, to)
		require.NoError(t, err)
		return is
	}
	ana := pilotstatus.Phone("+55 11 99999-9999")
	assert.False(t, open(testNumber, ana), "nobody has written")
	now := time.Now()
	const hours = 24*time.Hour - 10*time.Minute
	for _, step := range []struct {
		ago  time.Duration
		open bool
	}{{30 * 24 * time.Hour, false}, {hours + time.Second, false}, {hours - time.Minute, true}, {48 * time.Hour, true}} {
		require.NoError(t, o.Record(t.Context(), pool, wrote(t, testNumber, "5511999999999@c.us", now.Add(-step.ago))))
		assert.Equal(t, step.open, open(testNumber, ana), "a message of %v ago", step.ago)
	}
	assert.False(t, open("num_2", ana), "they wrote to another number")
	assert.False(t, open(testNumber, pilotstatus.Phone("+551199999999")), "no ninth digit is added")
	assert.False(t, open(testNumber, pilotstatus.GroupID("1@g.us")))

	reply := wrote(t, testNumber, "900@lid", now)
	require.NoError(t, o.Record(t.Context(), pool, &pilotstatus.MessageReplyEvent{
		Event: pilotstatus.EventMessageReply, EventMessage: reply.EventMessage, InboundMessage: reply.InboundMessage,
	}))
	assert.True(t, open(testNumber, pilotstatus.UserID("900@lid")))
	assert.Equal(t, 2, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.contact")), "a phone and a hidden number are two")

	for _, refused := range []struct {
		number string
		to     pilotstatus.Recipient
	}{{"", ana}, {testNumber, pilotstatus.Recipient{}}, {testNumber, pilotstatus.UserID("a\x00")}} {
		_, err := o.WindowOpen(t.Context(), pool, refused.number, refused.to)
		require.ErrorAs(t, err, new(*pilotstatus.ValidationError))
	}
}

// The newest message counts, in whatever order the events come, and none is in the future.
func TestContactsInAnyOrder(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	random := rand.New(rand.NewPCG(1, 2))
	newest := time.Now().Add(-time.Hour).Truncate(time.Microsecond)
	for i := range 5 {
		from := fmt.Sprintf("+55119999999%02d", i)
		for _, j := range random.Perm(8) {
			require.NoError(t, o.Record(t.Context(), pool, wrote(t, testNumber, from, newest.Add(-time.Duration(j)*time.Minute))))
		}
	}
	assert.Equal(t, 5, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.contact WHERE last_inbound_at = $1"), newest))
	require.NoError(t, o.Record(t.Context(), pool, wrote(t, testNumber, "+5511999999900", time.Now().Add(48*time.Hour))))
	assert.Zero(t, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.contact WHERE last_inbound_at > clock_timestamp()")))
}

// What is no message of a contact leaves no trace of one.
func TestContactsOfOthers(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	own, unread := wrote(t, testNumber, "+5511999999999", time.Now()), wrote(t, testNumber, "+5511999999999", time.Now())
	own.FromMe, unread.CreatedAt = true, pilotstatus.Timestamp{}
	group := wrote(t, testNumber, "+5511999999999", time.Now())
	for _, event := range []pilotstatus.Event{
		own, unread, wrote(t, testNumber, "1@g.us", time.Now()), wrote(t, testNumber, "1@newsletter", time.Now()), wrote(t, "", "+5511999999999", time.Now()),
		wrote(t, testNumber, "a\x00\xff", time.Now()), wrote(t, testNumber, "", time.Now()),
		&pilotstatus.MessageGroupEvent{
			Event: pilotstatus.EventMessageGroup, EventMessage: group.EventMessage, InboundMessage: group.InboundMessage, GroupID: "1@g.us",
		},
		&pilotstatus.MessageNewsletterEvent{
			Event: pilotstatus.EventMessageNewsletter, EventMessage: group.EventMessage, InboundMessage: group.InboundMessage,
		},
	} {
		require.NoError(t, o.Record(t.Context(), pool, event))
	}
	assert.Zero(t, value[int](t, pool, o.in("SELECT count(*) FROM pilotstatus.contact")))
}

func TestContactsAreForgotten(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	for from, days := range map[string]int{"+5511999999901": 29, "+5511999999902": 31, "+5511999999903": 40} {
		require.NoError(t, o.Record(t.Context(), pool, wrote(t, testNumber, from, time.Now().AddDate(0, 0, -days))))
	}
	_, err := o.retainBatch(t.Context(), pool)
	require.NoError(t, err)
	assert.Equal(t, "phone:+5511999999901", value[string](t, pool, o.in("SELECT string_agg(contact, ' ') FROM pilotstatus.contact")))
}
