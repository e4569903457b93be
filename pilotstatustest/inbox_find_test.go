package pilotstatustest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func find(fake *pilotstatustest.Server, q pilotstatustest.MessageQuery) []string {
	ids := []string{}
	for _, m := range fake.FindMessages(q).Messages {
		ids = append(ids, m.ID)
	}
	return ids
}

// 10,000 sends, each of which a list shows at once.
func TestASendIsListedAtOnce(t *testing.T) {
	t.Parallel()
	sends := 10_000
	if testing.Short() {
		sends = 500
	}
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithKeep(500))
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	number.client.Transport = nil // with connections that are used again
	for i := range sends {
		id := number.send(t, text)
		require.Equal(t, []string{id}, find(fake, pilotstatustest.MessageQuery{Limit: 1}), i)
	}
	assert.Equal(t, sends-500, fake.FindMessages(pilotstatustest.MessageQuery{}).Dropped)
}

func TestConversationsInBothDirections(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	n := fake.Number("num_1")
	alone := n.AddContact(pilotstatustest.Contact{Name: "Zoë", Phone: "14155550100"})
	first := number.send(t, text)
	second := n.Receive(pilotstatustest.Inbound{From: "+5511999999999", FromName: "Ada", Text: "Thanks"})
	group := n.Receive(pilotstatustest.Inbound{From: "+5511888888888", FromName: "Bo", GroupID: "1@g.us", GroupName: "Team", Text: "Hi all"})

	page := fake.Conversations("num_1")
	require.Len(t, page.Conversations, 3)
	assert.Equal(t, fake.Seq(), page.Seq)
	ada := page.Conversations[1]
	assert.Equal(t, "Ada", ada.Name)
	assert.Equal(t, "+5511999999999", ada.Phone)
	assert.Equal(t, 1, ada.Unread)
	assert.Equal(t, 2, ada.Messages)
	assert.Equal(t, second, ada.Last.ID)
	assert.Equal(t, alone, page.Conversations[2].ID)
	assert.Nil(t, page.Conversations[2].Last)
	assert.Equal(t, "GROUP", page.Conversations[0].Kind)

	assert.Equal(t, []string{second, first}, find(fake, pilotstatustest.MessageQuery{ConversationID: ada.ID}))
	assert.Equal(t, []string{first}, find(fake, pilotstatustest.MessageQuery{ConversationID: ada.ID, Before: second}))
	bo := fake.FindMessages(pilotstatustest.MessageQuery{ConversationID: page.Conversations[0].ID}).Messages[0]
	assert.Equal(t, group, bo.ID)
	assert.Equal(t, "Bo", bo.SenderName)
	assert.Equal(t, "Hi all", pilotstatustest.PlainText(bo.Content.Body))
	assert.Empty(t, fake.Conversations("num_9").Conversations)
}

// The total, the pages and the filters are of one moment, whatever comes meanwhile.
func TestSearchCountsWhatItShows(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	for i := range 120 {
		number.send(t, fmt.Sprintf(`{"destinationNumber":"+551199999%04d","text":"Order %d is READY","variables":{}}`, i%7, i))
	}
	for _, wanted := range []string{"order 1", "ready", "+5511999990003", "nowhere"} {
		q := pilotstatustest.MessageQuery{Text: wanted, Limit: 7}
		total, seen := fake.FindMessages(q).Total, 0
		for {
			page := fake.FindMessages(q)
			assert.Equal(t, total, page.Total)
			for _, m := range page.Messages {
				q.Before = m.ID
				seen++
			}
			if !page.More {
				break
			}
		}
		assert.Equal(t, total, seen, wanted)
	}
	assert.Equal(t, 120, fake.FindMessages(pilotstatustest.MessageQuery{Text: "ready"}).Total)
	assert.Equal(t, 31, fake.FindMessages(pilotstatustest.MessageQuery{Text: "order 1", Limit: 1}).Total)
}

// What one test sends is not found by another that asks for what came after its own start,
// for its own recipient.
func TestParallelTestsDoNotMeet(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	for i := range 50 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			to := fmt.Sprintf("+5511999990%03d", i)
			number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
			for range 3 {
				q := pilotstatustest.MessageQuery{To: to, Template: "onboarding-test", After: fake.Seq()}
				id := number.send(t, `{"destinationNumber":"`+to+`","templateId":"onboarding-test","variables":{"name":"John"}}`)
				page, err := fake.WaitMessages(t.Context(), q, 1)
				require.NoError(t, err)
				require.Len(t, page.Messages, 1)
				assert.Equal(t, id, page.Messages[0].ID)
			}
		})
	}
}

// A contact is found by its phone and by its user id, before and after they are known to be
// of one person, and after others were dropped.
func TestContactsAreFoundByAllTheirNames(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()), pilotstatustest.WithKeep(5))
	n := fake.Number("num_1")
	conversation := func(m pilotstatustest.Inbound) string {
		got, err := fake.Message(n.Receive(m))
		require.NoError(t, err)
		return got.ConversationID
	}
	both := pilotstatustest.Inbound{From: "+5511999999999", UserID: "BR.1"}
	first := conversation(pilotstatustest.Inbound{From: "+5511999999999"})
	assert.Equal(t, first, conversation(both))
	assert.Equal(t, first, conversation(pilotstatustest.Inbound{UserID: "BR.1"}))
	other := conversation(pilotstatustest.Inbound{From: "+5511999999999", UserID: "BR.2"})
	assert.NotEqual(t, first, other, "the phone has another owner now")
	assert.Equal(t, other, conversation(pilotstatustest.Inbound{UserID: "BR.2"}))
	for i := range 10 {
		conversation(pilotstatustest.Inbound{From: fmt.Sprintf("+551199999%04d", i)})
	}
	again := conversation(both)
	assert.NotEqual(t, first, again, "it was dropped")
	assert.Equal(t, again, conversation(both))
	assert.Len(t, fake.Conversations("num_1").Conversations, 4)
	assert.Positive(t, fake.Conversations("num_1").OnlyDropped)
}
