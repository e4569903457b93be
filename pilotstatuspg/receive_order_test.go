package pilotstatuspg

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// converse finds the conversation of a contact or makes one, and adds a message. Nothing but
// the contact's turn keeps two of them from making two.
func (in *inbox) converse(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
	number, contact := contactOf(event)
	var conversation int64
	find := in.outbox.in("SELECT id FROM pilotstatus.conversation WHERE number = $1 AND contact = $2")
	err := tx.QueryRow(ctx, find, number, contact).Scan(&conversation)
	if errors.Is(err, pgx.ErrNoRows) {
		add := in.outbox.in("INSERT INTO pilotstatus.conversation (number, contact) VALUES ($1, $2) RETURNING id")
		err = tx.QueryRow(ctx, add, number, contact).Scan(&conversation)
	}
	if err != nil {
		return err
	}
	message, ok := event.(pilotstatus.InboundEvent)
	if !ok {
		return nil
	}
	_, err = tx.Exec(ctx, in.outbox.in("INSERT INTO pilotstatus.line (conversation, message) VALUES ($1, $2)"),
		conversation, message.Message().ID)
	return err
}

func (in *inbox) withConversations() {
	in.Helper()
	in.exec("CREATE TABLE pilotstatus.conversation (id bigint GENERATED ALWAYS AS IDENTITY, number text, contact text)")
	in.exec("CREATE TABLE pilotstatus.line (conversation bigint, message text)")
}

// An album of a new contact comes as five deliveries at once, to two processes, with several
// spellings of the sender: it is one conversation with five messages.
func TestReceiveAlbum(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	in.withConversations()
	handlers := []http.Handler{
		in.receive(in.converse, ReceiveOptions{Concurrent: 5}),
		in.receive(in.converse, ReceiveOptions{Concurrent: 5}),
	}
	for album := range 10 {
		var deliveries sync.WaitGroup
		for i, form := range []string{"%d", "+%d", "%d@c.us", "%d:1@s.whatsapp.net", "+%d"} {
			from := map[string]any{"from": fmt.Sprintf(form, 5511900000000+int64(album)), "type": "image"}
			body := delivered(pilotstatus.EventMessageReceived, fmt.Sprintf("msg_%d_%d", album, i), from)
			deliveries.Go(func() { redeliver(t, handlers[i%2], body) })
		}
		deliveries.Wait()
	}
	assert.Equal(t, 10, in.count("conversation"))
	assert.Equal(t, 50, in.count("line"))
}

// turn is a handler that tells when it begins, and ends when it is told to.
type turn struct {
	began chan string
	goOn  chan bool
}

func newTurn() *turn { return &turn{make(chan string, 10), make(chan bool)} }

func (u *turn) handle(_ context.Context, _ pgx.Tx, event pilotstatus.Event) error {
	u.began <- event.EventName()
	<-u.goOn
	return nil
}

// waits returns when so many transactions wait for the turn of the contact.
func (in *inbox) waits(n int, contact string) {
	in.Helper()
	key := uint64(in.outbox.lockOf("contact", testNumber, contact))
	require.Eventually(in, func() bool {
		return n == value[int](in, in.pool, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
			AND classid = ($1::bigint)::oid AND objid = ($2::bigint)::oid`, int64(key>>32), int64(key&0xffffffff))
	}, time.Minute, time.Millisecond)
}

// All events of one contact take turns, those of another one do not wait for them.
func TestReceiveTurns(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	u := newTurn()
	handler := in.receive(u.handle, ReceiveOptions{Concurrent: 8, Timeout: time.Minute})
	quick := in.receive(nil, ReceiveOptions{Timeout: time.Minute})
	var deliveries sync.WaitGroup
	deliver := func(handler http.Handler, name, id string, fields map[string]any) {
		body := delivered(name, id, fields)
		deliveries.Go(func() { assert.Equal(t, http.StatusOK, post(handler, body)) })
	}
	const ana = "5511900000001"
	deliver(handler, pilotstatus.EventMessageReceived, "1", map[string]any{"from": ana})
	<-u.began
	deliver(handler, pilotstatus.EventMessageReply, "2", map[string]any{"from": "+" + ana})
	deliver(handler, pilotstatus.EventMessageRead, "3", map[string]any{"to": "+" + ana, "from": "other"})
	deliver(handler, pilotstatus.EventMessageFailed, "4", map[string]any{"to": ana + "@c.us", "error": "no"})
	deliver(handler, pilotstatus.EventMessageReceived, "5", map[string]any{"fromMe": true, "from": "me", "to": ana})
	in.waits(4, ana)

	for id, fields := range map[string]map[string]any{
		"another contact": {"from": "5511900000002"},
		"another number":  {"from": ana, "numberId": "num_2"},
		"a lid":           {"from": "123456789012345@lid"},
	} {
		assert.Equal(t, http.StatusOK, post(quick, delivered(pilotstatus.EventMessageReceived, id, fields)), id)
	}
	group := map[string]any{"from": ana, "groupId": "120363000000000001@g.us"}
	assert.Equal(t, http.StatusOK, post(quick, delivered(pilotstatus.EventMessageGroup, "in a group", group)))
	assert.Equal(t, http.StatusOK, post(quick, `{"event":"new.event","data":{}}`), "no contact")
	for range 4 {
		u.goOn <- true
		<-u.began
	}
	u.goOn <- true
	deliveries.Wait()
}

// A group is one contact, whoever writes in it.
func TestReceiveGroupTakesTurns(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	u := newTurn()
	handler := in.receive(u.handle, ReceiveOptions{Timeout: time.Minute})
	var deliveries sync.WaitGroup
	for i := range 3 {
		fields := map[string]any{"from": fmt.Sprint(5511900000000 + int64(i)), "groupId": "120363000000000001@g.us"}
		body := delivered(pilotstatus.EventMessageGroup, fmt.Sprint(i), fields)
		deliveries.Go(func() { assert.Equal(t, http.StatusOK, post(handler, body)) })
	}
	<-u.began
	in.waits(2, "120363000000000001")
	close(u.goOn)
	deliveries.Wait()
}

// With NoOrder they do not.
func TestReceiveNoOrder(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	u := newTurn()
	handler := in.receive(u.handle, ReceiveOptions{NoOrder: true, Timeout: time.Minute})
	var deliveries sync.WaitGroup
	for i := range 3 {
		body := delivered(pilotstatus.EventMessageReceived, fmt.Sprint(i))
		deliveries.Go(func() { assert.Equal(t, http.StatusOK, post(handler, body)) })
	}
	for range 3 {
		<-u.began
	}
	close(u.goOn)
	deliveries.Wait()
}

// A message that is delivered with the phone number of its sender and again with an id that
// hides it is one event: the message's id decides. Two messages of the two are two contacts.
func TestReceiveHiddenSender(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	in.withConversations()
	handler := in.receive(in.converse, ReceiveOptions{})
	for _, row := range []struct{ id, from string }{
		{"msg_1", "5511900000001@c.us"},
		{"msg_1", "123456789012345@lid"},
		{"msg_2", "123456789012345@lid"},
		{"msg_2", "5511900000001"},
	} {
		body := delivered(pilotstatus.EventMessageReceived, row.id, map[string]any{"from": row.from})
		assert.Equal(t, http.StatusOK, post(handler, body))
	}
	assert.Equal(t, 2, in.count("line"))
	assert.Equal(t, 2, in.count("conversation"))
	assert.Equal(t, 2, in.count("event"))
}

func TestContactOf(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		delivered(pilotstatus.EventMessageNewsletter, "1", map[string]any{"newsletterId": "1203@newsletter"}): "1203",
		delivered(pilotstatus.EventMessageNewsletter, "1", map[string]any{"from": "+55"}):                     "55",
		delivered(pilotstatus.EventMessageGroup, "1", map[string]any{"from": "1203@g.us"}):                    "1203",
		delivered(pilotstatus.EventMessageReceived, "1", map[string]any{"from": "user.id"}):                   "user.id",
		`{"event":"message.received"}`: "",
	} {
		event, _ := pilotstatus.ParseEvent([]byte(body))
		_, contact := contactOf(event)
		assert.Equal(t, want, contact, body)
	}
}
