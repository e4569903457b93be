package pilotstatus

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	webhooksPath = "/v1/webhooks"
	webhookPath  = webhooksPath + "/wh_1"
	testWebhook  = `{"id":"wh_1","name":"crm","url":"https://hooks.example.com/ps","active":true,"events":["*"]}`
)

// A webhook to which nothing comes is made on purpose only.
func TestEventsOfANewWebhook(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, webhooksPath, http.StatusCreated, testWebhook)
	webhooks := m.number(t).Webhooks
	for field, refused := range map[string][]CreateWebhookRequest{
		"Events":   {{URL: "u"}, {URL: "u", Events: []EventName{}}},
		"NoEvents": {{URL: "u", Events: []EventName{EventAll}, NoEvents: true}},
		"URL":      {{Events: []EventName{EventAll}}, {URL: " ", NoEvents: true}},
		"Extra": {
			{URL: "u", NoEvents: true, Extra: map[string]any{"events": []string{"*"}}},
			{URL: "u", NoEvents: true, Extra: map[string]any{"URL": "v"}},
		},
	} {
		for _, webhook := range refused {
			_, err := webhooks.Create(t.Context(), webhook)
			requireValidation(t, err, field)
		}
	}
	assert.Empty(t, m.Requests())

	for want, webhook := range map[string]CreateWebhookRequest{
		`{"name":"","url":"u"}`:                          {URL: "u", NoEvents: true},
		`{"name":"crm","url":"u","events":["*"]}`:        {Name: "crm", URL: "u", Events: []EventName{EventAll}},
		`{"name":"","url":"u","events":["new"],"x":{}}`:  {URL: "u", Events: []EventName{"new"}, Extra: map[string]any{"x": struct{}{}}},
		`{"name":"","url":"u","whatsappNumberId":"n 1"}`: {URL: "u", NoEvents: true, WhatsAppNumberID: "n 1"},
	} {
		_, err := webhooks.Create(t.Context(), webhook)
		require.NoError(t, err)
		requests := m.Requests()
		assert.JSONEq(t, want, string(requests[len(requests)-1].Body))
	}
}

// One number is named once: by the body of a tenant client or by the header of a view.
func TestNewWebhookNamesItsNumberOnce(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, webhooksPath, http.StatusOK, testWebhook)
	webhook := CreateWebhookRequest{URL: "u", NoEvents: true, WhatsAppNumberID: "num_1"}
	_, err := m.tenant(t).Number("num_2").Webhooks.Create(t.Context(), webhook)
	requireValidation(t, err, "WhatsAppNumberID")
	_, err = WebhooksService{}.Create(t.Context(), webhook)
	requireValidation(t, err, "client")
	assert.Empty(t, m.Requests())

	_, err = m.tenant(t).Webhooks.Create(t.Context(), webhook)
	require.NoError(t, err)
	webhook.WhatsAppNumberID = ""
	_, err = m.tenant(t).Number("num_2").Webhooks.Create(t.Context(), webhook)
	require.NoError(t, err)
	webhook.WhatsAppNumberID = "num_1"
	_, err = m.tenant(t).Number("num_1").Webhooks.Create(t.Context(), webhook)
	require.NoError(t, err)
	requests := m.Requests()
	assert.Equal(t, "num_1", bodyOf(t, requests[0])["whatsappNumberId"])
	assert.NotContains(t, requests[0].Header, "X-Whatsapp-Number-Id")
	for i, number := range []string{"num_2", "num_1"} {
		assert.NotContains(t, bodyOf(t, requests[1+i]), "whatsappNumberId")
		assert.Equal(t, []string{number}, requests[1+i].Header["X-Whatsapp-Number-Id"])
	}
}

// The answer of Create is not documented: what names no webhook is an error that says
// that one was made, and what is more than a webhook stays to be read.
func TestAnswerOfCreate(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`, `{"webhook":{"id":"wh_1"}}`, `{"ok":true}`, `[]`} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, webhooksPath, http.StatusCreated, body)
		_, err := m.number(t).Webhooks.Create(t.Context(), CreateWebhookRequest{URL: "u", NoEvents: true})
		var unread *DecodeError
		require.ErrorAs(t, err, &unread, body)
		assert.True(t, unread.Accepted(), body)
		assert.Len(t, m.Requests(), 1)
	}
	m := newMockAPI(t)
	m.answer(http.MethodPost, webhooksPath, http.StatusCreated, `{"id":"wh_1","secret":"whsec_1"}`)
	webhook, err := m.number(t).Webhooks.Create(t.Context(), CreateWebhookRequest{URL: "u", NoEvents: true})
	require.NoError(t, err)
	assert.JSONEq(t, `{"id":"wh_1","secret":"whsec_1"}`, webhook.Raw.Reveal())
}

// Absent, empty and filled are three things.
func TestEventsOfAnUpdate(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPatch, webhookPath, http.StatusOK, testWebhook)
	var none []EventName
	for _, test := range []struct {
		want   string
		change UpdateWebhookRequest
	}{
		{`{"active":true}`, UpdateWebhookRequest{Active: Ptr(true)}},
		{`{"active":false}`, UpdateWebhookRequest{Active: Ptr(false)}},
		{`{"name":""}`, UpdateWebhookRequest{Name: Ptr("")}},
		{`{"url":"u"}`, UpdateWebhookRequest{URL: Ptr("u")}},
		{`{"events":[]}`, UpdateWebhookRequest{Events: &[]EventName{}}},
		{`{"events":[]}`, UpdateWebhookRequest{Events: &none}},
		{`{"events":["call.ended"]}`, UpdateWebhookRequest{Events: &[]EventName{EventCallEnded}}},
	} {
		_, err := m.number(t).Webhooks.Update(t.Context(), "wh_1", test.change)
		require.NoError(t, err)
		requests := m.Requests()
		assert.JSONEq(t, test.want, string(requests[len(requests)-1].Body))
	}
	assert.Nil(t, none, "the caller's list stays what it is")
	sent := len(m.Requests())
	_, err := m.number(t).Webhooks.Update(t.Context(), "wh_1", UpdateWebhookRequest{})
	requireValidation(t, err, "UpdateWebhookRequest")
	assert.Len(t, m.Requests(), sent)
}

// A webhook that is gone may be told in any way.
func TestDeleteWebhook(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]httpmock.Responder{
		"204":             httpmock.NewStringResponder(http.StatusNoContent, ""),
		"200":             httpmock.NewStringResponder(http.StatusOK, ""),
		"200 with JSON":   jsonResponder(http.StatusOK, `{"deleted":true,"id":"wh_1"}`),
		"202 with null":   jsonResponder(http.StatusAccepted, `null`),
		"200 with a list": jsonResponder(http.StatusOK, `[]`),
		"200 with text":   httpmock.NewStringResponder(http.StatusOK, "OK"),
	} {
		m := newMockAPI(t)
		m.RegisterResponder(http.MethodDelete, testBase+webhookPath, answer)
		require.NoError(t, m.number(t).Webhooks.Delete(t.Context(), "wh_1"), name)
	}
	m := newMockAPI(t)
	m.answer(http.MethodDelete, webhookPath, http.StatusNotFound, `{"error":"no","code":"WEBHOOK_NOT_FOUND"}`)
	err := m.number(t).Webhooks.Delete(t.Context(), "wh_1")
	require.ErrorIs(t, err, CodeWebhookNotFound)
	assert.True(t, isA[*NotFoundError](err))
	// A page for people did not come from the API.
	m.RegisterResponder(http.MethodDelete, testBase+webhookPath, httpmock.NewStringResponder(http.StatusOK, "<html></html>"))
	err = m.number(t).Webhooks.Delete(t.Context(), "wh_1")
	assert.True(t, isA[*OutcomeUnknownError](err), "%v", err)
}

func TestWebhookIDsAndLimitsThatAreRefusedHere(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	webhooks := m.tenant(t).Webhooks
	for _, id := range []string{"", ".", "..", "\t"} {
		_, err := webhooks.Get(t.Context(), id)
		requireValidation(t, err, "id")
		_, err = webhooks.Update(t.Context(), id, UpdateWebhookRequest{Active: Ptr(true)})
		requireValidation(t, err, "id")
		requireValidation(t, webhooks.Delete(t.Context(), id), "id")
		_, err = webhooks.Logs(t.Context(), id, WebhookLogsOptions{})
		requireValidation(t, err, "id")
	}
	_, err := webhooks.Logs(t.Context(), "wh_1", WebhookLogsOptions{Limit: -1})
	requireValidation(t, err, "Limit")
	requireValidation(t, WebhooksService{}.Delete(t.Context(), "wh_1"), "client")
	assert.Empty(t, m.Requests())

	m.answer(http.MethodGet, webhookPath+"/logs", http.StatusOK, `[]`)
	// What the API does with too large a limit is its business.
	for _, limit := range []int{0, 1, 51} {
		_, err := webhooks.Logs(t.Context(), "wh_1", WebhookLogsOptions{Limit: limit})
		require.NoError(t, err)
	}
	assert.Equal(t, testBase+webhookPath+"/logs?limit=51", m.Requests()[2].URL)
	assert.Equal(t, testBase+webhookPath+"/logs", m.Requests()[0].URL)
}

// Payloads and answers stay as they are, whatever they are, and so does the row.
func TestLogsKeepTheirText(t *testing.T) {
	t.Parallel()
	const row = `{"event":"x","payload":{"n":12345678901234567890,"a" : 1},"response":"not {json","attempt":3}`
	m := newMockAPI(t)
	m.answer(http.MethodGet, webhookPath+"/logs", http.StatusOK, `{"total":1,"deliveries":[`+row+`]}`)
	logs, err := m.number(t).Webhooks.Logs(t.Context(), "wh_1", WebhookLogsOptions{})
	require.NoError(t, err)
	require.Len(t, logs, 1)
	assert.Equal(t,
		[]string{`{"n":12345678901234567890,"a" : 1}`, `"not {json"`, row},
		[]string{string(logs[0].Payload), string(logs[0].Response), string(logs[0].Raw)},
	)

	m.answer(http.MethodGet, webhookPath+"/logs", http.StatusOK, `{"rows":[]}`)
	_, err = m.number(t).Webhooks.Logs(t.Context(), "wh_1", WebhookLogsOptions{})
	assert.True(t, isA[*DecodeError](err), "%v", err)
}

// A field that does not fit costs nothing but itself.
func TestWebhooksInOtherForms(t *testing.T) {
	t.Parallel()
	const first = `{"id":"wh_1","tenantId":7,"name":["crm"],"url":{},"environment":false,"active":"true","events":"*","apiKeys":["k"],` +
		`"lastTriggered":7,"whatsappNumberIds":"num_1","whatsappInstanceIds":{},"createdAt":[],"updatedAt":{}}`
	m := newMockAPI(t)
	m.answer(http.MethodGet, webhooksPath, http.StatusOK, `[`+first+`,{"id":"wh_2","apiKeys":[{"id":"k"},{"id":7}],"active":true,"events":[]}]`)
	webhooks, err := m.number(t).Webhooks.List(t.Context())
	require.NoError(t, err)
	require.Len(t, webhooks, 2)
	assert.JSONEq(t, first, webhooks[0].Raw.Reveal())
	webhooks[0].Raw, webhooks[1].Raw = Secret{}, Secret{}
	for _, at := range []*Timestamp{&webhooks[0].LastTriggered, &webhooks[0].CreatedAt, &webhooks[0].UpdatedAt} {
		assert.True(t, at.IsZero())
		*at = Timestamp{}
	}
	assert.Equal(t, "7", webhooks[0].TenantID, "an id that is a number")
	webhooks[0].TenantID, webhooks[0].APIKeys = "", nil
	assert.Equal(t, Webhook{ID: "wh_1"}, webhooks[0])
	require.Len(t, webhooks[1].APIKeys, 2)
	assert.Equal(t, "k", webhooks[1].APIKeys[0].ID.Reveal())
	webhooks[1].APIKeys = nil
	assert.Equal(t, Webhook{ID: "wh_2", Active: true, Events: []EventName{}}, webhooks[1])
	for _, body := range []string{`[{"id":[]}]`, `[{"name":"crm"}]`, `["wh_1"]`, `[null]`} {
		m.answer(http.MethodGet, webhooksPath, http.StatusOK, body)
		_, err := m.number(t).Webhooks.List(t.Context())
		assert.True(t, isA[*DecodeError](err), "%s: %v", body, err)
	}
}

func TestLogsInOtherForms(t *testing.T) {
	t.Parallel()
	const row = `{"event":{},"status":1,"statusCode":"500","durationMs":"8","payload":7,"createdAt":"then"}`
	m := newMockAPI(t)
	m.answer(http.MethodGet, webhookPath+"/logs", http.StatusOK, `[`+row+`,{"statusCode":500}]`)
	logs, err := m.number(t).Webhooks.Logs(t.Context(), "wh_1", WebhookLogsOptions{})
	require.NoError(t, err)
	require.Len(t, logs, 2)
	assert.Equal(t, "then", logs[0].CreatedAt.Text())
	logs[0].CreatedAt = Timestamp{}
	assert.Equal(t, WebhookLog{StatusCode: 500, DurationMs: 8, Payload: json.RawMessage(`7`), Raw: json.RawMessage(row)}, logs[0])
	assert.Equal(t, 500, logs[1].StatusCode)
	m.answer(http.MethodGet, webhookPath+"/logs", http.StatusOK, `["SUCCESS"]`)
	_, err = m.number(t).Webhooks.Logs(t.Context(), "wh_1", WebhookLogsOptions{})
	assert.True(t, isA[*DecodeError](err), "%v", err)
}

// The URL may hold a token, and the id of a key is as good as the key.
func TestWebhooksPrintNoSecrets(t *testing.T) {
	t.Parallel()
	const url = "https://hooks.example.com/ps?token=" + privateToken
	const body = `{"id":"wh_1","name":"crm","url":"` + url + `","apiKeys":[{"id":"` + privateKeyID + `","name":"Default"}],"secret":"` + privateKey + `"}`
	m := newMockAPI(t)
	m.answer(http.MethodGet, webhookPath, http.StatusOK, body)
	m.answer(http.MethodGet, webhooksPath, http.StatusOK, `[`+body+`]`)
	webhook, err := m.number(t).Webhooks.Get(t.Context(), "wh_1")
	require.NoError(t, err)
	webhooks, err := m.number(t).Webhooks.List(t.Context())
	require.NoError(t, err)
	for _, value := range []any{webhook, *webhook, webhooks, webhook.URL, webhook.Raw, webhook.APIKeys, webhook.APIKeys[0]} {
		requireNoLeak(t, value)
	}
	assert.Equal(t, url, webhook.URL.Reveal())
	assert.Equal(t, privateKeyID, webhook.APIKeys[0].ID.Reveal())
	assert.True(t, webhook.Raw.Equal(NewSecret(body)))
}

// An error does not show the URL that the API repeats.
func TestErrorsDoNotShowTheURLOfAWebhook(t *testing.T) {
	t.Parallel()
	const url = "https://hooks.example.com/ps?token=" + privateToken
	m := newMockAPI(t)
	m.answer(http.MethodPost, webhooksPath, http.StatusBadRequest, `{"error":"cannot reach `+url+`"}`)
	_, err := m.number(t).Webhooks.Create(t.Context(), CreateWebhookRequest{URL: url, Events: []EventName{EventAll}})
	var apiErr *APIError
	require.ErrorAs(t, err, &apiErr)
	assert.Empty(t, leaks(err.Error()))
}
