package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fate is what is delivered of a message, and where it ends.
type fate struct {
	events []string
	status pilotstatus.MessageStatus
	code   pilotstatus.FailureCode
}

func fates() []fate {
	const (
		sent, delivered = pilotstatus.EventMessageSent, pilotstatus.EventMessageDelivered
		read, failed    = pilotstatus.EventMessageRead, pilotstatus.EventMessageFailed
	)
	return []fate{
		{[]string{sent}, pilotstatus.MessageStatusSent, ""},
		{[]string{sent, delivered}, pilotstatus.MessageStatusDelivered, ""},
		{[]string{sent, delivered, read}, pilotstatus.MessageStatusRead, ""},
		{[]string{read, sent}, pilotstatus.MessageStatusRead, ""},
		{[]string{sent, failed}, pilotstatus.MessageStatusFailed, pilotstatus.FailureDeliveredNotConfirmed},
		{[]string{sent, failed, delivered}, pilotstatus.MessageStatusDelivered, ""},
		{[]string{sent, failed, delivered, read}, pilotstatus.MessageStatusRead, ""},
	}
}

// permute calls f with every order of the names.
func permute(names []string, f func([]string)) {
	var walk func(n int)
	walk = func(n int) {
		if n == len(names) {
			f(names)
			return
		}
		for i := n; i < len(names); i++ {
			names[n], names[i] = names[i], names[n]
			walk(n + 1)
			names[n], names[i] = names[i], names[n]
		}
	}
	walk(0)
}

// Every order ends in the same row, also where each event comes twice and where the
// sender stores the id late.
func TestMessagesInEveryOrder(t *testing.T) {
	t.Parallel()
	s := newTestStore(t, newSchema(t))
	random, orders := rand.New(rand.NewPCG(1, 2)), 0
	for _, f := range fates() {
		permute(f.events, func(names []string) {
			orders++
			id := fmt.Sprintf("msg_%d", orders)
			storeAt := random.IntN(len(names) + 1)
			for i, name := range append(names, names...) {
				if i == storeAt {
					require.NoError(t, s.sent(t.Context(), "num_1", &pilotstatus.Accepted{ID: id, Status: pilotstatus.MessageStatusQueued}))
				}
				require.NoError(t, s.handle(t.Context(), event(t, name, id, nil)))
			}
			assert.Equal(t, row{f.status, f.code, len(names)}, message(t, s, id), "%v, stored at %d", names, storeAt)
		})
	}
	assert.Equal(t, orders, count(t, s, "messages"))
	assert.Equal(t, 1+2+6+2+2+6+24, orders)
}

// Events of one message that are handled at the same time neither get lost nor deadlock.
func TestMessagesAtTheSameTime(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	stores := []*store{newTestStore(t, schema), newTestStore(t, schema)}
	for round := range 10 {
		id := fmt.Sprintf("msg_%d", round)
		var handling sync.WaitGroup
		for i := range 16 {
			name := []string{
				pilotstatus.EventMessageSent, pilotstatus.EventMessageFailed, pilotstatus.EventMessageDelivered, pilotstatus.EventMessageRead,
			}[i/4]
			e := event(t, name, id, nil)
			handling.Go(func() { assert.NoError(t, stores[i%2].handle(t.Context(), e)) })
		}
		handling.Go(func() {
			assert.NoError(t, stores[0].sent(t.Context(), "num_1", &pilotstatus.Accepted{ID: id, Status: pilotstatus.MessageStatusQueued}))
		})
		handling.Wait()
		assert.Equal(t, row{pilotstatus.MessageStatusRead, "", 4}, message(t, stores[0], id))
	}
}

// The row of an event gets what only the sender knows, and keeps it.
func TestMessagesSenderComesLate(t *testing.T) {
	t.Parallel()
	s := newTestStore(t, newSchema(t))
	require.NoError(t, s.handle(t.Context(), event(t, pilotstatus.EventMessageDelivered, "msg_1", nil)))
	accepted := &pilotstatus.Accepted{ID: "msg_1", CorrelationID: "corr_1", Status: pilotstatus.MessageStatusQueued}
	require.NoError(t, s.sent(t.Context(), "another number", accepted))
	require.NoError(t, s.handle(t.Context(), event(t, pilotstatus.EventMessageSent, "msg_1", nil)))
	assert.Equal(t, row{pilotstatus.MessageStatusDelivered, "", 2}, message(t, s, "msg_1"))
	assert.Equal(t, 1, count(t, s, "messages WHERE correlation_id = 'corr_1' AND whatsapp_id = 'wamid.msg_1' AND number_id = 'num_1'"))
	assert.Equal(t, 1, count(t, s, "messages WHERE created_at = '2026-11-03T14:11:07.120Z'"))
}

// An inbound message is one row, however it comes.
func TestInboundMessages(t *testing.T) {
	t.Parallel()
	s := newTestStore(t, newSchema(t))
	reply := map[string]any{"fromMe": false, "quotedMessageId": "wamid.of_mine", "contentReplied": "Hi"}
	for _, id := range []string{"msg_a", "msg_b"} {
		received := event(t, pilotstatus.EventMessageReceived, id, map[string]any{"fromMe": false})
		both := []pilotstatus.Event{received, event(t, pilotstatus.EventMessageReply, id, reply), received}
		if id == "msg_b" {
			both[0] = both[1]
		}
		for _, e := range both {
			require.NoError(t, s.handle(t.Context(), e))
		}
	}
	require.NoError(t, s.handle(t.Context(), event(t, pilotstatus.EventMessageGroup, "msg_c", map[string]any{"groupId": "grp"})))
	require.NoError(t, s.handle(t.Context(), event(t, pilotstatus.EventMessageNewsletter, "msg_d", map[string]any{"newsletterId": "news"})))
	assert.Equal(t, 2, count(t, s, "inbound_messages WHERE quoted_id = 'wamid.of_mine' AND NOT from_me AND content = 'Hi'"))
	assert.Equal(t, 2, count(t, s, "inbound_messages WHERE id = 'msg_c' AND chat_id = 'grp' OR id = 'msg_d' AND chat_id = 'news'"))
	assert.Equal(t, 4, count(t, s, "inbound_messages"))
	assert.Zero(t, count(t, s, "messages"))
}

// What has no table of its own is kept as it came, and nothing comes back for ever
// because the database cannot hold it.
func TestStoreTakesEverything(t *testing.T) {
	t.Parallel()
	s := newTestStore(t, newSchema(t))
	for _, text := range []string{
		`{"event":"invented.later","data":{"text":"` + "\xff" + `\u0000"}}`,
		`{"event":"number.created","data":{"numberId":"num_1","phone":"1","displayName":"Loja","createdAt":"2026-11-02T09:30:00.000Z"}}`,
		`{"event":"message.sent","data":{}}`,
		"no JSON \x00\xff",
		"",
		body(t, pilotstatus.EventMessageSent, strings.Repeat("x", 5000), nil),
		body(t, pilotstatus.EventMessageReceived, strings.Repeat("x", 5000), nil),
		`{"event":"a\u0000b"}`,
	} {
		e, _ := pilotstatus.ParseEvent([]byte(text))
		require.NoError(t, s.handle(t.Context(), e))
		assert.Equal(t, 1, count(t, s, "other_events WHERE key = '"+e.DedupeKey()+"'"))
		var raw []byte
		require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT raw FROM other_events WHERE key = $1", e.DedupeKey()).Scan(&raw))
		assert.Equal(t, text, string(raw))
	}
	assert.Equal(t, 8, count(t, s, "other_events"))

	nul := map[string]any{"content": "a\x00b", "messageId": "\x00", "type": "\x00", "correlationId": "\x00"}
	require.NoError(t, s.handle(t.Context(), event(t, pilotstatus.EventMessageReceived, "in\x00", nul)))
	require.NoError(t, s.handle(t.Context(), event(t, pilotstatus.EventMessageSent, "out\x00", nul)))
	assert.Equal(t, 1, count(t, s, "inbound_messages"))
	assert.Equal(t, 1, count(t, s, "messages"))
	assert.Equal(t, 8, count(t, s, "other_events"))
}
