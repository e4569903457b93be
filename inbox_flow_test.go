package pilotstatus_test

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func (s *stage) readsInbox() {
	t, ctx := s.t, s.t.Context()
	web := s.Number("num_1")
	const people, group = 7, "120363000000000777@g.us"
	var newest []string // ids of the rows, the newest first
	for i := range people {
		s.Advance(time.Second)
		id := web.Receive(pilotstatustest.Inbound{
			From: fmt.Sprintf("+55119000000%02d", i), FromName: fmt.Sprint("Person ", i), Text: fmt.Sprint("question ", i),
		})
		newest = append([]string{id}, newest...)
	}
	var inGroup []string
	for i := range 5 {
		s.Advance(time.Second)
		id := web.Receive(pilotstatustest.Inbound{
			From: joana, FromName: "Joana", GroupID: group, GroupName: "Team A", Text: fmt.Sprint("note ", i),
			Type: "image", MediaURL: "https://files.example/1.jpg", MediaType: "image/jpeg", FileName: "1.jpg",
		})
		newest, inGroup = append([]string{id}, newest...), append([]string{id}, inGroup...)
	}
	for name, inbox := range map[string]pilotstatus.InboxService{"number": s.number("num_1").Inbox, "view": s.view("num_1").Inbox} {
		before := s.requests("Inbox.History")
		history := rows(t, inbox.AllHistory(ctx, pilotstatus.ListInboxOptions{PageSize: 5}))
		assert.Equal(t, newest, idsOf(history, func(m pilotstatus.HistoryMessage) string { return m.ID }), name)
		assert.Equal(t, before+4, s.requests("Inbox.History"), "three pages and the empty one that ends it")
		unread := rows(t, inbox.AllUnread(ctx, pilotstatus.ListUnreadOptions{PageSize: 5}))
		assert.Equal(t, newest, idsOf(unread, func(m pilotstatus.UnreadMessage) string { return m.ID }), name)
		groupMessages := rows(t, inbox.AllGroupMessages(ctx, pilotstatus.ListInboxOptions{PageSize: 2}))
		assert.Equal(t, inGroup, idsOf(groupMessages, func(m pilotstatus.GroupMessage) string { return m.ID }), name)
		chats := rows(t, inbox.AllConversations(ctx, pilotstatus.ListInboxOptions{PageSize: 3}))
		require.Len(t, chats, people+1, name)
		s.inboxRows(inbox, history, unread, groupMessages, chats)
	}
	s.inboxWindowAndPolicy()
}

func idsOf[T any](list []T, id func(T) string) []string {
	var ids []string
	for _, row := range list {
		ids = append(ids, id(row))
	}
	return ids
}

// inboxRows looks at the rows of the newest message, which came into the group, and
// of the newest one of a person.
func (s *stage) inboxRows(
	inbox pilotstatus.InboxService, history []pilotstatus.HistoryMessage, unread []pilotstatus.UnreadMessage,
	inGroup []pilotstatus.GroupMessage, chats []pilotstatus.Conversation,
) {
	t, ctx := s.t, s.t.Context()
	assert.Equal(t, pilotstatus.ConversationTypeGroup, chats[0].Type)
	assert.Equal(t, "Team A", chats[0].FromName)
	assert.Empty(t, chats[0].From)
	assert.EqualValues(t, 5, chats[0].UnreadCount)
	person := chats[1]
	assert.Equal(t, pilotstatus.ConversationTypeDirect, person.Type)
	assert.Equal(t, "+5511900000006", person.From)
	assert.Equal(t, "Person 6", person.FromName)
	assert.Equal(t, "question 6", person.LastMessagePreview)
	assert.Equal(t, fakeStart().Add(7*time.Second), person.LastMessageAt.Time)
	assert.Equal(t, fakeStart().Add(7*time.Second), person.CreatedAt.Time)

	image := &pilotstatus.ChatMedia{
		Provider: pilotstatus.MediaProviderEvoGo, URL: "https://files.example/1.jpg", MimeType: "image/jpeg", FileName: "1.jpg",
	}
	assert.Equal(t, chats[0].ID, history[0].ConversationID)
	assert.Equal(t, pilotstatus.MessageDirectionInbound, history[0].Direction)
	assert.Equal(t, pilotstatus.ProviderPilotStatus, history[0].ProviderKind)
	assert.Equal(t, pilotstatus.MessageTypeImage, history[0].MessageType)
	assert.Equal(t, pilotstatus.MessageStatusDelivered, history[0].Status)
	assert.Equal(t, "note 4", history[0].Text)
	assert.Equal(t, joana, history[0].ParticipantPhone)
	assert.Equal(t, "Joana", history[0].ParticipantName)
	assert.NotEmpty(t, history[0].ExternalMessageID)
	assert.Equal(t, image, history[0].Media)
	assert.Equal(t, fakeStart().Add(12*time.Second), history[0].ProviderTimestamp.Time)

	assert.Equal(t, "note 4", unread[0].Content)
	assert.Equal(t, pilotstatus.MessageTypeImage, unread[0].Type)
	assert.EqualValues(t, 5, unread[0].ConversationUnreadCount)
	assert.Equal(t, joana, unread[0].From)
	assert.Equal(t, image, unread[0].Media)
	assert.True(t, unread[0].ReadAt.IsZero())

	assert.Equal(t, "120363000000000777@g.us", inGroup[0].GroupID)
	assert.Equal(t, "Team A", inGroup[0].GroupName)
	assert.Equal(t, joana, inGroup[0].From)
	assert.Equal(t, "Joana", inGroup[0].FromName)
	assert.Equal(t, "note 4", inGroup[0].Content)
	assert.Equal(t, image, inGroup[0].Media)
	assert.Equal(t, fakeStart().Add(12*time.Second), inGroup[0].CreatedAt.Time)

	page, err := inbox.History(ctx, pilotstatus.ListInboxOptions{Page: 2, PageSize: 5})
	require.NoError(t, err)
	assert.Equal(t, history[5:10], page.Items)
	assert.EqualValues(t, 12, page.Total)
	assert.Equal(t, []int{2, 5, 3}, []int{page.Page, page.PageSize, page.TotalPages})
	assert.Empty(t, page.Notice)
}

// inboxWindowAndPolicy asks for a span of time and then for what the number may not keep.
func (s *stage) inboxWindowAndPolicy() {
	t, ctx := s.t, s.t.Context()
	inbox := s.number("num_1").Inbox
	span := pilotstatus.ListInboxOptions{StartDate: fakeStart().Add(2 * time.Second), EndDate: fakeStart().Add(4 * time.Second)}
	page, err := inbox.History(ctx, span)
	require.NoError(t, err)
	assert.Len(t, page.Items, 3)
	chats, err := inbox.Conversations(ctx, span)
	require.NoError(t, err)
	assert.Len(t, chats.Items, 3)

	s.Number("num_1").SetPIIMode(string(pilotstatus.PIIModeRelayOnly), 0)
	page, err = inbox.History(ctx, pilotstatus.ListInboxOptions{})
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.NoticePIIRelayOnly, page.Notice)
	require.Len(t, page.Items, 12)
	assert.True(t, page.Items[0].Redacted)
	assert.Empty(t, page.Items[0].Text+page.Items[0].ParticipantPhone)
	unread, err := inbox.Unread(ctx, pilotstatus.ListUnreadOptions{})
	require.NoError(t, err)
	require.Len(t, unread.Items, 12)
	assert.True(t, unread.Items[0].Redacted)
	groupMessages, err := inbox.GroupMessages(ctx, pilotstatus.ListInboxOptions{})
	require.NoError(t, err)
	require.Len(t, groupMessages.Items, 5)
	assert.True(t, groupMessages.Items[0].Redacted)
	assert.Equal(t, "Team A", groupMessages.Items[0].GroupName)

	s.Tenant().WithholdInbox(true)
	page, err = inbox.History(ctx, pilotstatus.ListInboxOptions{})
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.NoticePIIRelayOnly, page.Notice)
	assert.Empty(t, page.Items)
}
