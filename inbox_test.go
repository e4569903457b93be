package pilotstatus

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	conversationsPath = "/v1/conversations"
	historyPath       = "/v1/messages/history"
)

// pagesOf serves pages of rows with these ids under member; further pages are empty.
func pagesOf(m *mockAPI, path, member string, pages ...[]string) {
	m.RegisterResponder(http.MethodGet, testBase+path, func(req *http.Request) (*http.Response, error) {
		number := 1
		if page := req.URL.Query().Get("page"); page != "" {
			number, _ = strconv.Atoi(page)
		}
		var rows []string
		if number <= len(pages) {
			for _, id := range pages[number-1] {
				rows = append(rows, `{"id":"`+id+`"}`)
			}
		}
		// The total is wrong on purpose: nothing may loop on it.
		return jsonResponder(http.StatusOK, `{"`+member+`":[`+strings.Join(rows, ",")+`],"total":1,"totalPages":1}`)(req)
	})
}

// collect returns the ids of all rows, and the error that ended them.
func collect[T any](rows iter.Seq2[T, error], id func(T) string) (ids []string, err error) {
	for row, rowErr := range rows {
		if rowErr != nil {
			return ids, rowErr
		}
		ids = append(ids, id(row))
	}
	return ids, nil
}

func conversationID(c Conversation) string { return c.ID }

func pagesAskedFor(m *mockAPI) []string {
	var pages []string
	for _, r := range m.Requests() {
		_, after, _ := strings.Cut(r.URL, "page=")
		page, _, _ := strings.Cut(after, "&")
		pages = append(pages, page)
	}
	return pages
}

// Every iterator goes over short pages to the first empty one, and can be used again.
func TestInboxIterators(t *testing.T) {
	t.Parallel()
	for path, all := range map[string]func(s InboxService) ([]string, error){
		conversationsPath: func(s InboxService) ([]string, error) {
			return collect(s.AllConversations(t.Context(), ListInboxOptions{}), conversationID)
		},
		historyPath: func(s InboxService) ([]string, error) {
			return collect(s.AllHistory(t.Context(), ListInboxOptions{}), func(m HistoryMessage) string { return m.ID })
		},
		"/v1/messages/unread": func(s InboxService) ([]string, error) {
			return collect(s.AllUnread(t.Context(), ListUnreadOptions{}), func(m UnreadMessage) string { return m.ID })
		},
		"/v1/messages/group": func(s InboxService) ([]string, error) {
			return collect(s.AllGroupMessages(t.Context(), ListInboxOptions{}), func(m GroupMessage) string { return m.ID })
		},
	} {
		m := newMockAPI(t)
		member := "messages"
		if path == conversationsPath {
			member = "conversations"
		}
		pagesOf(m, path, member, []string{"a", "b", "c"}, []string{"d"}, []string{"e", "f", "g"})
		inboxes := map[string]InboxService{
			"number": m.number(t).Inbox,
			"view":   m.tenant(t).Number("num_1").Inbox,
		}
		for name, inbox := range inboxes {
			ids, err := all(inbox)
			require.NoError(t, err, "%s %s", name, path)
			assert.Equal(t, []string{"a", "b", "c", "d", "e", "f", "g"}, ids, "%s %s", name, path)
		}
		assert.Equal(t, []string{"1", "2", "3", "4", "1", "2", "3", "4"}, pagesAskedFor(m), path)
	}
}

// An iterator takes its options when it is made, carries them to every page, and ranges
// again from where they say.
func TestInboxIteratorsKeepTheirOptions(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	pagesOf(m, conversationsPath, "conversations", []string{"a"}, []string{"b"}, []string{"c"})
	o := ListInboxOptions{StartDate: time.Unix(0, 0), Page: 2, PageSize: 7}
	rows := m.number(t).Inbox.AllConversations(t.Context(), o)
	o.Page, o.PageSize = 9, 9
	for range 2 {
		ids, err := collect(rows, conversationID)
		require.NoError(t, err)
		assert.Equal(t, []string{"b", "c"}, ids)
	}
	assert.Equal(t, []string{"2", "3", "4", "2", "3", "4"}, pagesAskedFor(m))
	for _, r := range m.Requests() {
		assert.Contains(t, r.URL, "pageSize=7&startDate=1970-01-01T00%3A00%3A00.000Z")
	}
}

func TestInboxIteratorsEnd(t *testing.T) {
	t.Parallel()
	t.Run("at a page that repeats the one before", func(t *testing.T) {
		t.Parallel()
		m := newMockAPI(t)
		m.answer(http.MethodGet, conversationsPath, http.StatusOK, `{"conversations":[{"id":"a"},{"id":"b"}]}`)
		ids, err := collect(m.number(t).Inbox.AllConversations(t.Context(), ListInboxOptions{}), conversationID)
		require.NoError(t, err)
		assert.Equal(t, []string{"a", "b"}, ids)
		assert.Len(t, m.Requests(), 2)
	})
	t.Run("when the caller breaks", func(t *testing.T) {
		t.Parallel()
		m := newMockAPI(t)
		pagesOf(m, conversationsPath, "conversations", []string{"a", "b"}, []string{"c"})
		for row, err := range m.number(t).Inbox.AllConversations(t.Context(), ListInboxOptions{}) {
			require.NoError(t, err)
			assert.Equal(t, "a", row.ID)
			break
		}
		assert.Len(t, m.Requests(), 1)
	})
	t.Run("at the first error", func(t *testing.T) {
		t.Parallel()
		m := newMockAPI(t)
		m.sequence(http.MethodGet, conversationsPath,
			jsonResponder(http.StatusOK, `{"conversations":[{"id":"a"}]}`),
			jsonResponder(http.StatusBadRequest, `{"error":"start after end","code":"INVALID_DATE_RANGE"}`))
		ids, err := collect(m.number(t).Inbox.AllConversations(t.Context(), ListInboxOptions{}), conversationID)
		require.ErrorIs(t, err, CodeInvalidDateRange)
		assert.Equal(t, []string{"a"}, ids)
		assert.Len(t, m.Requests(), 2)
	})
	t.Run("with its context", func(t *testing.T) {
		t.Parallel()
		m := newMockAPI(t)
		pagesOf(m, conversationsPath, "conversations", []string{"a"}, []string{"b"})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var ids []string
		var last error
		for row, err := range m.number(t).Inbox.AllConversations(ctx, ListInboxOptions{}) {
			if last = err; err != nil {
				continue
			}
			ids = append(ids, row.ID)
			cancel()
		}
		require.ErrorIs(t, last, context.Canceled)
		assert.Equal(t, []string{"a"}, ids)
	})
}

func TestInboxRefusesOptions(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	inbox := m.number(t).Inbox
	for field, o := range map[string]ListInboxOptions{
		"Page":     {Page: -1},
		"PageSize": {PageSize: -1},
	} {
		_, err := inbox.Conversations(t.Context(), o)
		requireValidation(t, err, field)
		_, err = inbox.History(t.Context(), o)
		requireValidation(t, err, field)
		_, err = inbox.GroupMessages(t.Context(), o)
		requireValidation(t, err, field)
		for _, err = range inbox.AllHistory(t.Context(), o) {
			requireValidation(t, err, field)
		}
	}
	_, err := inbox.Unread(t.Context(), ListUnreadOptions{Page: -1})
	requireValidation(t, err, "Page")
	_, err = inbox.Unread(t.Context(), ListUnreadOptions{PageSize: -1})
	requireValidation(t, err, "PageSize")
	assert.Empty(t, m.Requests())
}

// One date alone goes out alone, and one moment is a range.
func TestInboxDates(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC)
	for want, o := range map[string]ListInboxOptions{
		"": {},
		"?startDate=2026-11-04T00%3A00%3A00.000Z":                                      {StartDate: at},
		"?endDate=2026-11-04T00%3A00%3A00.000Z":                                        {EndDate: at},
		"?endDate=2026-11-04T00%3A00%3A00.000Z&startDate=2026-11-04T00%3A00%3A00.000Z": {StartDate: at, EndDate: at},
	} {
		m := newMockAPI(t)
		pagesOf(m, historyPath, "messages")
		_, err := m.number(t).Inbox.History(t.Context(), o)
		require.NoError(t, err)
		assert.Equal(t, testBase+historyPath+want, m.Requests()[0].URL)
	}
}

// What came is kept where names are inferred, and what is no text there costs nothing
// but its field.
func TestInboxRowsKeepWhatCame(t *testing.T) {
	t.Parallel()
	const row = `{"id":"cm_1","type":"text","from":{"phone":"+5511900001234"},"participant":7,"participantName":"Ana",` +
		`"fromName":["x"],"groupId":120363,"groupName":null,"sender":"+5511900001234"}`
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/messages/group", http.StatusOK, `{"messages":[`+row+`]}`)
	m.answer(http.MethodGet, "/v1/messages/unread", http.StatusOK, `{"messages":[{"id":"cm_1", "x":1}]}`)
	m.answer(http.MethodGet, conversationsPath, http.StatusOK, `[{"id":"conv_1", "y":2}]`)
	inbox := m.number(t).Inbox

	groups, err := inbox.GroupMessages(t.Context(), ListInboxOptions{})
	require.NoError(t, err)
	require.Len(t, groups.Items, 1)
	got := groups.Items[0]
	assert.Equal(t, GroupMessage{ID: "cm_1", Type: MessageTypeText, FromName: "Ana", GroupID: "120363", Raw: json.RawMessage(row)}, got)

	unread, err := inbox.Unread(t.Context(), ListUnreadOptions{})
	require.NoError(t, err)
	assert.Equal(t, UnreadMessage{ID: "cm_1", Raw: json.RawMessage(`{"id":"cm_1", "x":1}`)}, unread.Items[0])
	conversations, err := inbox.Conversations(t.Context(), ListInboxOptions{})
	require.NoError(t, err)
	assert.Equal(t, Conversation{ID: "conv_1", Raw: json.RawMessage(`{"id":"conv_1", "y":2}`)}, conversations.Items[0])
}

// The names of the documentation win over those of history.
func TestInboxRowsWithBothNames(t *testing.T) {
	t.Parallel()
	const row = `{"messages":[{"id":"cm_1","type":"image","messageType":"text","content":"a","text":"b",` +
		`"from":"c","participantPhone":"d","participant":"e","fromName":"f","participantName":"g"}]}`
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/messages/group", http.StatusOK, row)
	m.answer(http.MethodGet, "/v1/messages/unread", http.StatusOK, row)
	groups, err := m.number(t).Inbox.GroupMessages(t.Context(), ListInboxOptions{})
	require.NoError(t, err)
	unread, err := m.number(t).Inbox.Unread(t.Context(), ListUnreadOptions{})
	require.NoError(t, err)
	g, u := groups.Items[0], unread.Items[0]
	assert.Equal(t, []string{"image", "a", "c", "f"}, []string{string(g.Type), g.Content, g.From, g.FromName})
	assert.Equal(t, []string{"image", "a", "c", "f"}, []string{string(u.Type), u.Content, u.From, u.FromName})
}

// A number that keeps no personal data answers with an empty page and a notice.
func TestInboxNotice(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, historyPath, http.StatusOK, `{"messages":[],"total":0,"page":1,"pageSize":30,"totalPages":0,"notice":"PII_RELAY_ONLY"}`)
	page, err := m.number(t).Inbox.History(t.Context(), ListInboxOptions{})
	require.NoError(t, err)
	assert.Equal(t, &Page[HistoryMessage]{Items: []HistoryMessage{}, Page: 1, PageSize: 30, Notice: NoticePIIRelayOnly}, page)
}

// Answers without what makes them believable are refused.
func TestResourceAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	for _, o := range resourceCases() {
		for _, answer := range map[string][]string{
			"Inbox":       {`{}`, `{"messages":[{"conversationId":"c"}],"conversations":[{"type":"DIRECT"}]}`, `{"data":{}}`, `[7]`},
			"Groups":      {`{}`, `[{"subject":"x"}]`, `{"groups":[{"name":"x"}]}`, `{"data":{"x":[]}}`, `7`},
			"Newsletters": {`{}`, `[{"name":"x"}]`, `"x"`},
			"Templates":   {`{}`, `[{"name":"x"}]`, `{"name":"x","metaStatus":"PENDING"}`},
			"Media":       {`{}`, `{"base64":null}`, `{"base64":""}`, `{"base64":7}`, `[]`},
			"Analytics":   {`{}`, `{"totalSent":7}`, `[]`},
			"Projects":    {`{}`, `[{"name":"x"}]`, `{"name":"x"}`},
		}[strings.Split(o.op, ".")[0]] {
			if strings.HasSuffix(o.op, "Participants") {
				continue // nobody knows what they answer
			}
			m := newMockAPI(t)
			m.RegisterNoResponder(jsonResponder(http.StatusOK, answer))
			_, err := m.clients(t)[0].call(t.Context(), o)
			var decode *DecodeError
			if assert.ErrorAs(t, err, &decode, "%s: %s", o.op, answer) {
				assert.True(t, decode.Accepted(), o.op)
			}
		}
	}
}
