package pilotstatus

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A webhook that lacks events it was to deliver is returned beside an error that names
// them, whichever of the two methods made it so.
func TestEventsThatTheAnswerLacks(t *testing.T) {
	t.Parallel()
	const misspelled EventName = "message.recieved"
	for name, test := range map[string]struct {
		asked   []EventName
		answer  string // the events of the answer; "": it has none
		missing []EventName
	}{
		"all":                       {[]EventName{EventMessageReceived}, `["message.received"]`, nil},
		"other order":               {[]EventName{EventMessageReceived, EventMessageSent}, `["message.sent","message.received"]`, nil},
		"more":                      {[]EventName{EventMessageReceived}, `["message.received","message.new"]`, nil},
		"misspelled":                {[]EventName{misspelled}, `[]`, []EventName{misspelled}},
		"one of two":                {[]EventName{EventMessageSent, misspelled}, `["message.sent"]`, []EventName{misspelled}},
		"other case":                {[]EventName{"Message.Sent"}, `["message.sent"]`, []EventName{"Message.Sent"}},
		"twice":                     {[]EventName{misspelled, misspelled}, `[]`, []EventName{misspelled}},
		"twice, answered once":      {[]EventName{EventMessageSent, EventMessageSent}, `["message.sent"]`, nil},
		"order of the request":      {[]EventName{"b", EventMessageSent, "a"}, `["message.sent"]`, []EventName{"b", "a"}},
		"everything":                {[]EventName{EventAll}, `["*"]`, nil},
		"everything, by name":       {[]EventName{EventAll}, `["message.sent","message.read"]`, nil},
		"everything and another":    {[]EventName{EventAll, EventMessageSent}, `["*"]`, nil},
		"everything and misspelled": {[]EventName{EventAll, misspelled}, `["message.sent","message.read"]`, []EventName{misspelled}},
		"everything left out":       {[]EventName{EventAll}, `[]`, []EventName{EventAll}},
		"only everything left out":  {[]EventName{EventAll, EventMessageSent}, `["message.sent"]`, []EventName{EventAll}},
		"no list":                   {[]EventName{misspelled}, ``, nil},
		"null":                      {[]EventName{misspelled}, `null`, nil},
		"other form":                {[]EventName{misspelled}, `"message.sent"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := `{"id":"wh_1"}`
			if test.answer != "" {
				answer = `{"id":"wh_1","events":` + test.answer + `}`
			}
			m := newMockAPI(t)
			m.answer(http.MethodPost, webhooksPath, http.StatusCreated, answer)
			m.answer(http.MethodPatch, webhookPath, http.StatusOK, answer)
			webhooks := m.number(t).Webhooks
			made, err := webhooks.Create(t.Context(), CreateWebhookRequest{URL: "u", Events: test.asked})
			requireMissing(t, made, err, "Webhooks.Create", test.missing)
			changed, err := webhooks.Update(t.Context(), "wh_1", UpdateWebhookRequest{Events: &test.asked})
			requireMissing(t, changed, err, "Webhooks.Update", test.missing)
		})
	}
}

func requireMissing(t *testing.T, webhook *Webhook, err error, op string, want []EventName) {
	t.Helper()
	require.NotNil(t, webhook)
	assert.Equal(t, "wh_1", webhook.ID)
	if want == nil {
		require.NoError(t, err)
		return
	}
	var missing *MissingEventsError
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, MissingEventsError{Op: op, Events: want}, *missing)
	assert.Contains(t, err.Error(), op)
	assert.Contains(t, err.Error(), string(want[0]))
}

// An update that leaves the events alone compares nothing.
func TestUpdateWithoutEvents(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPatch, webhookPath, http.StatusOK, `{"id":"wh_1","events":[]}`)
	_, err := m.number(t).Webhooks.Update(t.Context(), "wh_1", UpdateWebhookRequest{Active: new(true)})
	require.NoError(t, err)
	_, err = m.number(t).Webhooks.Update(t.Context(), "wh_1", UpdateWebhookRequest{Events: &[]EventName{}})
	require.NoError(t, err)
}

// Every printer shows the same text, which is short and shows names only.
func TestMissingEventsErrorPrints(t *testing.T) {
	t.Parallel()
	names := []EventName{"message.recieved", "+5511999990001", "a b", "message.v2", "çã", EventName(strings.Repeat("x", 65)), "551199"}
	for range 20 {
		names = append(names, "z")
	}
	err := &MissingEventsError{Op: "Webhooks.Create", Events: names}
	text := err.Error()
	assert.Contains(t, text, `"message.recieved", (a text that is no name), (a text that is no name), "message.v2", (a text that is no name)`)
	assert.Contains(t, text, "and 17 more")
	for _, private := range []string{"99999", "a b", "ç", "xxx", "551199"} {
		assert.NotContains(t, text, private)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		assert.Equal(t, text, fmt.Sprintf(verb, err), verb)
		assert.Equal(t, text, fmt.Sprintf(verb, *err), verb)
	}
	assert.Equal(t, text, err.LogValue().String())
	data, jsonErr := json.Marshal(err)
	require.NoError(t, jsonErr)
	var read map[string]string
	require.NoError(t, json.Unmarshal(data, &read))
	assert.Equal(t, map[string]string{"error": text}, read)
	for _, empty := range []*MissingEventsError{nil, {}} {
		assert.NotEmpty(t, empty.Error())
	}
}
