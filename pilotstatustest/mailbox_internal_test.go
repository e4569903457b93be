package pilotstatustest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

func keeping(t *testing.T, opts ...Option) *Server {
	t.Helper()
	s := New(append(opts, WithClock(time.Date(2026, 11, 3, 14, 0, 0, 0, time.UTC)))...)
	t.Cleanup(s.Close)
	return s
}

// Two people had the same phone: the older conversation is found by it, and when that is
// dropped the other one.
func TestConversationsThatShareAPhone(t *testing.T) {
	t.Parallel()
	s := keeping(t, WithKeep(2))
	n := s.Number("num_1")
	n.Receive(Inbound{UserID: "BR.1", From: "+14155550100"})
	n.Receive(Inbound{UserID: "BR.2", From: "+14155550100"})
	box := &n.number.box
	one, two := box.conversations[0], box.conversations[1]
	by := func(phone, userID string) *conversation {
		return box.conversation("", peer{phone: phone, userID: userID})
	}
	assert.Same(t, one, by("+14155550100", ""))
	assert.Same(t, two, by("+14155550100", "BR.2"))
	assert.Nil(t, by("+14155550100", "BR.3"))

	n.Receive(Inbound{UserID: "BR.2"})
	assert.True(t, one.gone)
	assert.Same(t, two, by("+14155550100", ""))
	assert.Nil(t, by("", "BR.1"))
	assert.Nil(t, box.contact(one.id))
	assert.Empty(t, box.hidden)
	assert.Len(t, s.Conversations("num_1").Conversations, 1)
	assert.Equal(t, 1, s.Conversations("num_1").OnlyDropped)
	assert.NotEqual(t, one.id, s.Number("num_1").AddContact(Contact{UserID: "BR.1"}), "the one that was dropped does not come back")
}

// Bytes drop messages from between those that people sent at the same time.
func TestRowsAreDroppedFromTheMiddle(t *testing.T) {
	t.Parallel()
	s := keeping(t, WithKeepBytes(500))
	n := s.Number("num_1")
	oldest := n.Receive(Inbound{From: "+14155550100"})
	var ids []string
	for i := range 10 {
		ids = append(ids, sendOne(t, s, personOf(i)))
		n.Receive(Inbound{From: personOf(i), Text: strings.Repeat("x", i)})
		_, err := s.Message(ids[i])
		require.NoError(t, err)
	}
	s.mu.Lock()
	box, kept := &s.state.number("num_1").box, len(s.state.messages)
	assert.Positive(t, box.rowsGone)
	s.mu.Unlock()
	require.Less(t, kept, 10)
	assert.Equal(t, 11+kept, s.FindMessages(MessageQuery{}).Total)
	_, err := s.Message(ids[0])
	require.Error(t, err)
	_, err = s.Message(oldest)
	require.NoError(t, err)
	for _, chat := range s.Conversations("num_1").Conversations {
		require.NotNil(t, chat.Last)
		assert.Equal(t, chat.LastAt, chat.Last.At)
		assert.Equal(t, s.FindMessages(MessageQuery{ConversationID: chat.ID}).Total, chat.Messages)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	assert.Len(t, s.state.mailbox(s.state.number("num_1")).rows, 11+kept)
}

// What is last is so again when the last one was dropped before an older one.
func TestLastRowIsDropped(t *testing.T) {
	t.Parallel()
	s := keeping(t, WithKeep(2))
	n := s.Number("num_1")
	n.Receive(Inbound{From: "+14155550100", Text: "newest", At: s.Now().Add(time.Hour)})
	older := n.Receive(Inbound{From: "+14155550100", At: s.Now().Add(-time.Minute)})
	chat := s.Conversations("num_1").Conversations[0]
	assert.Equal(t, "newest", PlainText(chat.Last.Content.Body))
	n.Receive(Inbound{From: "+14155550100", At: s.Now().Add(-time.Hour)})
	chat = s.Conversations("num_1").Conversations[0]
	assert.Equal(t, older, chat.Last.ID)
	assert.Equal(t, 2, chat.Messages)
	assert.Equal(t, 1, chat.Dropped)
}

// WhatsApp's ids of a snapshot are not made of the ids of its messages.
func TestOddExternalIDs(t *testing.T) {
	t.Parallel()
	snapshot, err := ReadSnapshot([]byte(`{"messages": [
		{"id": "msg_000001", "numberId": "num_1", "status": "READ", "externalMessageId": "wamid.A",
			"body": {"destinationNumber":"+14155550100","text":"hello"}},
		{"id": "cm_000003", "numberId": "num_1", "contact": "+14155550100", "externalMessageId": "wamid.B", "replyTo": "wamid.A"},
		{"id": "cm_000004", "numberId": "num_1", "contact": "+14155550100", "externalMessageId": "wamid.B", "replyTo": "wamid.B"},
		{"id": "cm_000005", "numberId": "num_1", "contact": "+14155550100", "replyTo": "wamid.C"}
	]}`))
	require.NoError(t, err)
	s := keeping(t, WithSnapshot(snapshot), WithKeep(4))
	for id, want := range map[string]string{"wamid.A": "msg_000001", "wamid.B": "cm_000003"} {
		got, err := s.Message(id)
		require.NoError(t, err, id)
		assert.Equal(t, want, got.ID)
	}
	for id, want := range map[string]string{"cm_000003": "msg_000001", "cm_000004": "cm_000003", "cm_000005": "wamid.C"} {
		got, err := s.Message(id)
		require.NoError(t, err, id)
		assert.Equal(t, want, got.ReplyTo, id)
	}
	for range 4 {
		s.Number("num_1").Receive(Inbound{From: "+14155550100"})
	}
	_, err = s.Message("wamid.A")
	require.Error(t, err)
	assert.Empty(t, s.state.number("num_1").box.odd)
}

// A conversation stays while sends of it are kept, also those that nobody has looked at.
func TestConversationOfUnseenSendsStays(t *testing.T) {
	t.Parallel()
	s := NewServer(t, WithKeep(3))
	client := s.NumberClient("num_1")
	send := func(phone string) {
		_, err := client.Messages.Send(t.Context(), pilotstatus.SendRequest{
			To: pilotstatus.Phone(phone), Content: pilotstatus.TextContent{Body: "Hello"},
		})
		require.NoError(t, err)
	}
	send("+14155550100")
	before := s.Conversations("num_1").Conversations[0].ID
	for range 5 {
		send("+14155550100")
	}
	now := s.Conversations("num_1")
	assert.Zero(t, now.OnlyDropped)
	assert.Equal(t, before, now.Conversations[0].ID)
	assert.Equal(t, 3, now.Conversations[0].Messages)

	// The same where its last row goes while the others get theirs.
	for _, phone := range []string{"+14155550111", "+14155550111", "+14155550100"} {
		send(phone)
	}
	assert.Zero(t, s.Conversations("num_1").OnlyDropped)
}

// A received message that gives way to bytes leaves its conversation to sends that nobody has
// looked at.
func TestConversationStaysWhenItsReceivedMessageIsDropped(t *testing.T) {
	t.Parallel()
	s := NewServer(t, WithKeepBytes(200_000))
	n := s.Number("num_1")
	_, err := n.As("+14155550100").Say(strings.Repeat("x", 60_000), "")
	require.NoError(t, err)
	before := s.Conversations("num_1").Conversations[0].ID
	_, err = n.As("+14155550111").Say("Hello", "")
	require.NoError(t, err)
	for range 2 {
		_, err = s.NumberClient("num_1").Messages.Send(t.Context(), pilotstatus.SendRequest{
			To: pilotstatus.Phone("+14155550100"),
			Content: pilotstatus.MediaContent{
				Type: pilotstatus.MediaTypeImage, Source: "data:image/png;base64," + strings.Repeat("AAAA", 20_000),
			},
		})
		require.NoError(t, err)
	}
	require.Positive(t, s.Lost().Received)
	assert.Equal(t, before, s.Conversations("num_1").Conversations[0].ID)
}
