package pilotstatus

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	leadPagePath = "/v1/lead-pages/pl_1"
	leadFormPath = leadPagePath + "/forms/900"
)

// No list and an empty list are opposites.
func TestMissingTasksHaveThreeStates(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]struct {
		tasks []string
		ready bool
	}{
		`{"pageId":"1"}`:                      {nil, false},
		`{"pageId":"1","missingTasks":null}`:  {nil, false},
		`{"pageId":"1","missingTasks":[]}`:    {[]string{}, true},
		`{"pageId":"1","missingTasks":["A"]}`: {[]string{"A"}, false},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/lead-pages", http.StatusOK, `{"linked":[],"candidates":[`+body+`]}`)
		pages, err := m.tenant(t).LeadPages.List(t.Context())
		require.NoError(t, err, body)
		require.Len(t, pages.Candidates, 1)
		assert.Equal(t, want.tasks, pages.Candidates[0].MissingTasks, body) // nil does not equal an empty list
		assert.Equal(t, want.ready, pages.Candidates[0].Ready(), body)
	}
}

func TestLeadPageIDsThatAreRefusedHere(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	pages := m.tenant(t).LeadPages
	for _, id := range []string{"", " ", ".", "..", "a\x00"} {
		_, err := pages.Move(t.Context(), id, "num_1")
		requireValidation(t, err, "pageLinkId")
		_, err = pages.Move(t.Context(), "pl_1", id)
		requireValidation(t, err, "numberID")
		_, err = pages.Unlink(t.Context(), id)
		requireValidation(t, err, "pageLinkId")
		_, err = pages.Forms(t.Context(), id)
		requireValidation(t, err, "pageLinkId")
		_, err = pages.UpdateForm(t.Context(), id, "900", UpdateLeadFormRequest{})
		requireValidation(t, err, "pageLinkId")
		_, err = pages.UpdateForm(t.Context(), "pl_1", id, UpdateLeadFormRequest{})
		requireValidation(t, err, "formId")
		_, err = pages.Resync(t.Context(), id)
		requireValidation(t, err, "pageLinkId")
		_, err = pages.Link(t.Context(), LinkLeadPageRequest{PageID: id})
		requireValidation(t, err, "PageID")
	}
	for _, id := range []string{"acme", "100 200", "+100", "１００"} {
		_, err := pages.Link(t.Context(), LinkLeadPageRequest{PageID: id})
		requireValidation(t, err, "PageID")
	}
	assert.Empty(t, m.Requests())
}

func TestFormsThatAreRefusedHere(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPut, leadFormPath, http.StatusOK, `{"config":{"formId":"900"}}`)
	update := func(form UpdateLeadFormRequest) error {
		_, err := m.number(t).LeadPages.UpdateForm(t.Context(), "pl_1", "900", form)
		return err
	}
	// The limits count characters, not bytes.
	requireValidation(t, update(UpdateLeadFormRequest{FormName: Set(strings.Repeat("é", 256))}), "FormName")
	requireValidation(t, update(UpdateLeadFormRequest{FreeText: Ptr(strings.Repeat("é", 4097))}), "FreeText")
	for _, source := range []VariableSource{{}, {Key: "a"}, {Value: "b"}, FormField("")} {
		requireValidation(t, update(UpdateLeadFormRequest{VariableMap: map[string]VariableSource{"good": StaticText("x"), "bad": source}}), "VariableMap")
	}
	assert.Empty(t, m.Requests())

	require.NoError(t, update(UpdateLeadFormRequest{
		FormName: Set(strings.Repeat("é", 255)), FreeText: Ptr(strings.Repeat("é", 4096)),
		VariableMap: map[string]VariableSource{"empty": StaticText(""), "new": {Source: "lookup"}},
	}))
	assert.Len(t, m.Requests(), 1)
}

// The four required members are always there.
func TestFormBodies(t *testing.T) {
	t.Parallel()
	for want, form := range map[string]UpdateLeadFormRequest{
		`{"consentDisclaimerKey":null,"autoSendEnabled":false,"templateId":null,"freeText":null}`:                   {},
		`{"consentDisclaimerKey":"","autoSendEnabled":true,"templateId":"","freeText":""}`:                          {ConsentDisclaimerKey: Ptr(""), AutoSendEnabled: true, TemplateID: Ptr(""), FreeText: Ptr("")},
		`{"formName":null,"consentDisclaimerKey":null,"autoSendEnabled":false,"templateId":null,"freeText":null}`:   {FormName: Null[string]()},
		`{"formName":"","consentDisclaimerKey":null,"autoSendEnabled":false,"templateId":null,"freeText":null}`:     {FormName: Set(""), VariableMap: map[string]VariableSource{}},
		`{"formName":"name","consentDisclaimerKey":null,"autoSendEnabled":false,"templateId":null,"freeText":null}`: {FormName: Set("name")},
	} {
		data, err := json.Marshal(form)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(data))
	}
}

func TestVariableSources(t *testing.T) {
	t.Parallel()
	for want, source := range map[string]VariableSource{
		`{"source":"field","key":"full_name"}`:      FormField("full_name"),
		`{"source":"static","value":"Acme"}`:        StaticText("Acme"),
		`{"source":"static","value":""}`:            StaticText(""),
		`{"source":"lookup"}`:                       {Source: "lookup"},
		`{"source":"lookup","key":"a","value":"b"}`: {Source: "lookup", Key: "a", Value: "b"},
	} {
		data, err := json.Marshal(map[string]VariableSource{"x": source})
		require.NoError(t, err)
		assert.JSONEq(t, `{"x":`+want+`}`, string(data))
		var again VariableSource
		require.NoError(t, json.Unmarshal([]byte(want), &again))
		assert.Equal(t, source, again, want)
	}
	// A member of the other kind does not go out, whoever filled it in.
	data, err := json.Marshal(VariableSource{Source: VariableSourceKindField, Key: "a", Value: "b"})
	require.NoError(t, err)
	assert.JSONEq(t, `{"source":"field","key":"a"}`, string(data))
	data, err = json.Marshal(&VariableSource{Source: VariableSourceKindStatic, Key: "a", Value: "b"})
	require.NoError(t, err)
	assert.JSONEq(t, `{"source":"static","value":"b"}`, string(data))
}

// An update that was made of a configuration stores the same configuration again.
func TestUpdateOfAConfiguration(t *testing.T) {
	t.Parallel()
	whole := LeadFormConfig{
		FormID: "900", FormName: "Spring offer", ConsentDisclaimerKey: "optin_1", AutoSendEnabled: true, TemplateID: "tpl_5", FreeText: "Hello",
		VariableMap: map[string]VariableSource{"name": FormField("full_name"), "new": {Source: "lookup", Key: "k"}},
	}
	for want, config := range map[string]LeadFormConfig{
		`{"formName":"Spring offer","consentDisclaimerKey":"optin_1","autoSendEnabled":true,"templateId":"tpl_5","freeText":"Hello",
			"variableMap":{"name":{"source":"field","key":"full_name"},"new":{"source":"lookup","key":"k"}}}`: whole,
		`{"formName":null,"consentDisclaimerKey":null,"autoSendEnabled":false,"templateId":null,"freeText":null}`: {FormID: "900"},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodPut, leadFormPath, http.StatusOK, `{"config":{"formId":"900","updatedAt":"2026-11-03T14:05:09.120Z"}}`)
		stored, err := m.number(t).LeadPages.UpdateForm(t.Context(), "pl_1", config.FormID, config.Update())
		require.NoError(t, err)
		assert.JSONEq(t, want, string(m.Requests()[0].Body))
		assert.Equal(t, time.Date(2026, time.November, 3, 14, 5, 9, 120_000_000, time.UTC), stored.UpdatedAt.Time)
	}
	update := whole.Update()
	update.VariableMap["shop"] = StaticText("Acme")
	*update.TemplateID = "tpl_6"
	assert.Len(t, whole.VariableMap, 2, "the update shares nothing with the answer")
	assert.Equal(t, "tpl_5", whole.TemplateID)
}

// What was not tried again has no state.
func TestResyncSaysWhetherItSubscribed(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]LeadPageResync{
		`{"started":true,"pageLinkId":"pl_1"}`: {Started: true, PageLinkID: "pl_1"},
		`{"started":true,"pageLinkId":"pl_1","subscribedAt":null,"subscriptionError":null}`: {
			Started: true, PageLinkID: "pl_1", SubscriptionRetried: true,
		},
		`{"started":true,"pageLinkId":"pl_1","subscriptionError":null}`: {Started: true, PageLinkID: "pl_1", SubscriptionRetried: true},
		`{"started":true,"pageLinkId":"pl_1","subscribedAt":null}`:      {Started: true, PageLinkID: "pl_1", SubscriptionRetried: true},
		`{"started":false,"pageLinkId":"pl_1","subscriptionError":"PAGE_NOT_SHARED"}`: {
			PageLinkID: "pl_1", SubscriptionRetried: true, SubscriptionError: LeadSubscriptionFailurePageNotShared,
		},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, leadPagePath+"/resync", http.StatusAccepted, body)
		resync, err := m.number(t).LeadPages.Resync(t.Context(), "pl_1")
		require.NoError(t, err, body)
		assert.Equal(t, want, *resync, body)
	}
}

// A cooldown is not waited for, and says how long it takes.
func TestResyncCooldown(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(
		http.MethodPost, leadPagePath+"/resync", http.StatusTooManyRequests,
		`{"error":"wait","code":"RESYNC_COOLDOWN","retryAfterSeconds":1.5}`,
	)
	_, err := m.number(t).LeadPages.Resync(t.Context(), "pl_1")
	require.ErrorIs(t, err, CodeResyncCooldown)
	var limited *RateLimitError
	require.ErrorAs(t, err, &limited)
	assert.Equal(t, 1500*time.Millisecond, limited.RetryAfter)
	assert.Len(t, m.Requests(), 1)
}

// Answers that name nothing are not believed, and the call was made all the same.
func TestLeadPageAnswersWithoutTheirPoint(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`, `{"link":{},"config":{}}`, `{"link":null,"config":null,"pageLinkId":""}`, `[]`} {
		m := newMockAPI(t)
		for method, path := range map[string]string{
			http.MethodPatch: leadPagePath, http.MethodDelete: leadPagePath, http.MethodPut: leadFormPath,
		} {
			m.answer(method, path, http.StatusOK, body)
		}
		m.answer(http.MethodPost, "/v1/lead-pages", http.StatusCreated, body)
		m.answer(http.MethodPost, leadPagePath+"/resync", http.StatusAccepted, body)
		m.answer(http.MethodGet, "/v1/lead-pages", http.StatusOK, body)
		m.answer(http.MethodGet, leadPagePath+"/forms", http.StatusOK, body)
		pages := m.tenant(t).Number("num_1").LeadPages
		_, linked := pages.Link(t.Context(), LinkLeadPageRequest{PageID: "1"})
		_, moved := pages.Move(t.Context(), "pl_1", "num_2")
		_, unlinked := pages.Unlink(t.Context(), "pl_1")
		_, updated := pages.UpdateForm(t.Context(), "pl_1", "900", UpdateLeadFormRequest{})
		_, resynced := pages.Resync(t.Context(), "pl_1")
		_, listed := pages.List(t.Context())
		_, forms := pages.Forms(t.Context(), "pl_1")
		for i, err := range []error{linked, moved, unlinked, updated, resynced, listed, forms} {
			var unread *DecodeError
			require.ErrorAs(t, err, &unread, "%d: %s", i, body)
			assert.True(t, unread.Accepted())
		}
		assert.Len(t, m.Requests(), 7)
	}
}

func TestLeadPageErrors(t *testing.T) {
	t.Parallel()
	for code, status := range map[ErrorCode]int{
		CodeUnknownFields: http.StatusBadRequest, CodeNumberNotInGrant: http.StatusForbidden, CodeNumberRequired: http.StatusBadRequest,
	} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/lead-pages", status, `{"error":"no","code":"`+string(code)+`"}`)
		link, err := m.tenant(t).LeadPages.Link(t.Context(), LinkLeadPageRequest{PageID: "1"})
		require.ErrorIs(t, err, code)
		assert.Nil(t, link)
		m.answer(http.MethodPut, leadFormPath, status, `{"error":"no","code":"`+string(code)+`"}`)
		config, err := m.tenant(t).LeadPages.UpdateForm(t.Context(), "pl_1", "900", UpdateLeadFormRequest{})
		require.ErrorIs(t, err, code)
		assert.Nil(t, config)
	}
}

// One number is named once: by the body of a tenant client or by the header of a view.
func TestLinkedPageNamesItsNumberOnce(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, "/v1/lead-pages", http.StatusCreated, `{"link":{"pageLinkId":"pl_1"}}`)
	page := LinkLeadPageRequest{PageID: "1", WhatsAppNumberID: "num_1"}
	_, err := m.tenant(t).Number("num_2").LeadPages.Link(t.Context(), page)
	requireValidation(t, err, "WhatsAppNumberID")
	_, err = LeadPagesService{}.Link(t.Context(), page)
	requireValidation(t, err, "client")
	assert.Empty(t, m.Requests())

	_, err = m.tenant(t).Number("num_1").LeadPages.Link(t.Context(), page)
	require.NoError(t, err)
	_, err = m.tenant(t).LeadPages.Link(t.Context(), page)
	require.NoError(t, err)
	requests := m.Requests()
	assert.JSONEq(t, `{"pageId":"1"}`, string(requests[0].Body))
	assert.Equal(t, []string{"num_1"}, requests[0].Header["X-Whatsapp-Number-Id"])
	assert.JSONEq(t, `{"pageId":"1","whatsappNumberId":"num_1"}`, string(requests[1].Body))
}
