package pilotstatustest_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	linePath     = "/v1/phone-lines/verification"
	lineDocument = `"data:application/pdf;base64,JVBERg=="`
	linePerson   = `{"documentType":"CPF","documentNumber":"123.456.789-09","contactEmail":"rita@example.test",
		"contactWhatsapp":"+55 11 99999-1000","document":` + lineDocument + `}`
	lineCompany = `{"documentType":"CNPJ","documentNumber":"12.345.678/0001-90","contactEmail":"finance@example.test",
		"contactWhatsapp":"5511999998888","document":` + lineDocument + `}`
)

// tenants starts a server in which time stands still, with a caller for the
// workspace.
func tenants(t *testing.T) (*pilotstatustest.Server, *caller) {
	t.Helper()
	fake, _ := frozen(t)
	return fake, newCaller(t, fake.URL, fake.TenantKey())
}

// submit starts a verification with a key of its own.
func (c *caller) submit(t *testing.T, key, body string) reply {
	t.Helper()
	return c.with(keyHeader, key).do(t, "POST", linePath, body)
}

// lineStatus is the state of the verification, with that of its document.
func (c *caller) lineStatus(t *testing.T) string {
	t.Helper()
	out := c.object(t, http.StatusOK, "GET", linePath, "")
	v, ok := out["verification"].(map[string]any)
	if !ok {
		return out["status"].(string)
	}
	return fmt.Sprintf("%s %s %v %v %v", out["status"], v["document"].(map[string]any)["status"], out["canPurchase"], v["reviewReason"], v["reviewNote"])
}

// confirm confirms a contact with its code.
func (c *caller) confirm(t *testing.T, fake *pilotstatustest.Server, channel string) map[string]any {
	t.Helper()
	body := fmt.Sprintf(`{"code":%q}`, fake.Tenant().ContactCode(channel))
	return c.object(t, http.StatusOK, "POST", linePath+"/contact/"+channel+"/confirm", body)
}

// document submits a document.
func (c *caller) document(t *testing.T) int {
	t.Helper()
	return c.do(t, "POST", linePath+"/document", `{"document":`+lineDocument+`}`).status
}

func TestLineVerificationFromStartToApproval(t *testing.T) {
	t.Parallel()
	fake, tenant := tenants(t)
	world := fake.Tenant()
	assert.JSONEq(t, `{"status":"NONE","canPurchase":false,"verification":null}`, string(tenant.do(t, "GET", linePath, "").body))
	assert.Empty(t, world.ContactCode("email"))

	first := tenant.submit(t, "k", lineCompany)
	require.Equal(t, http.StatusCreated, first.status, "%s", first.body)
	assert.Empty(t, first.header.Get("Idempotent-Replayed"))
	id := tenant.object(t, http.StatusOK, "GET", linePath, "")["verification"].(map[string]any)["id"].(string)
	assert.NotEmpty(t, id)
	pending := `{"status":"PENDING_CONTACT","canPurchase":false,"verification":{"id":"` + id + `","documentType":"CNPJ",
		"documentNumber":"12.***.***/0001-**","legalName":"ACME LTDA","contact":{"email":"f***@example.test","whatsapp":"+55 11 9****-8888",
		"requiredChannels":["EMAIL","WHATSAPP"],"confirmedChannels":[],"pendingChannels":["EMAIL","WHATSAPP"]},
		"document":{"status":"RECEIVED"},"reviewReason":null,"reviewNote":null,
		"createdAt":"2026-11-03T14:05:09.120Z","updatedAt":"2026-11-03T14:05:09.120Z"}}`
	assert.JSONEq(t, pending, string(first.body))
	assert.JSONEq(t, pending, string(tenant.do(t, "GET", linePath, "").body))
	email, whatsapp := world.ContactCode("email"), world.ContactCode("WHATSAPP")
	assert.Regexp(t, `^0\d{5}$`, email)
	assert.Regexp(t, `^0\d{5}$`, whatsapp)
	assert.NotEqual(t, email, whatsapp)

	fake.Advance(time.Minute)
	out := tenant.confirm(t, fake, "whatsapp")
	contact := out["verification"].(map[string]any)["contact"].(map[string]any)
	assert.Equal(t, "PENDING_CONTACT", out["status"])
	assert.Equal(t, []any{"WHATSAPP"}, contact["confirmedChannels"])
	assert.Equal(t, []any{"EMAIL"}, contact["pendingChannels"])
	assert.Equal(t, "2026-11-03T14:06:09.120Z", out["verification"].(map[string]any)["updatedAt"])

	fake.Advance(time.Minute)
	want := strings.NewReplacer(
		`PENDING_CONTACT","canPurchase":false`, `IN_REVIEW","canPurchase":true`, `"confirmedChannels":[],"pendingChannels":["EMAIL","WHATSAPP"]`,
		`"confirmedChannels":["EMAIL","WHATSAPP"],"pendingChannels":[]`, `"reviewReason":null`, `"reviewReason":"DOCUMENT_CHECK"`,
		`"updatedAt":"2026-11-03T14:05:09.120Z"`, `"updatedAt":"2026-11-03T14:07:09.120Z"`,
	).Replace(pending)
	r := tenant.do(t, "POST", linePath+"/contact/email/confirm", `{"code":"`+email+`"}`)
	assert.Equal(t, http.StatusOK, r.status)
	assert.JSONEq(t, want, string(r.body))
	assert.JSONEq(t, want, string(tenant.do(t, "GET", linePath, "").body))

	world.SetVerification("APPROVED", "unheard")
	assert.Equal(t, "APPROVED RECEIVED true <nil> <nil>", tenant.lineStatus(t))
	assert.Equal(t, http.StatusConflict, tenant.submit(t, "k2", lineCompany).status)
	world.SetVerification("REJECTED", "not yours")
	assert.Equal(t, "REJECTED RECEIVED false <nil> not yours", tenant.lineStatus(t))
	assert.Equal(t, http.StatusCreated, tenant.submit(t, "k3", linePerson).status)
	assert.Equal(t, "PENDING_CONTACT RECEIVED false <nil> <nil>", tenant.lineStatus(t))
	world.SetVerification("NONE", "")
	assert.Equal(t, "NONE", tenant.lineStatus(t))
}

func TestLineReplay(t *testing.T) {
	t.Parallel()
	fake, tenant := tenants(t)
	first := tenant.submit(t, "k", linePerson)
	require.Equal(t, http.StatusCreated, first.status)
	code := fake.Tenant().ContactCode("email")
	tenant.confirm(t, fake, "whatsapp")
	now := tenant.do(t, "GET", linePath, "")
	assert.NotEqual(t, string(first.body), string(now.body))
	for range 20 { // replays are no submissions
		again := tenant.submit(t, "k", linePerson)
		assert.Equal(t, http.StatusOK, again.status)
		assert.Equal(t, []string{"true"}, again.header.Values("Idempotent-Replayed"))
		assert.Equal(t, "application/json", again.header.Get("Content-Type"))
		assert.Equal(t, string(now.body), string(again.body))
	}
	assert.Equal(t, code, fake.Tenant().ContactCode("email"), "no code was sent again")
	fake.Tenant().UnknownFields(true)
	assert.Contains(t, string(tenant.submit(t, "k", linePerson).body), "fieldOfTomorrow")

	r := tenant.submit(t, "k", lineCompany)
	assert.Equal(t, http.StatusConflict, r.status)
	assert.Equal(t, "IDEMPOTENCY_KEY_REUSED", r.code())
	fake.Advance(24 * time.Hour)
	assert.Equal(t, http.StatusCreated, tenant.submit(t, "k", lineCompany).status)
}

func TestLineKeyIsNeeded(t *testing.T) {
	t.Parallel()
	fake, tenant := tenants(t)
	for name, c := range map[string]*caller{
		"none":    tenant,
		"empty":   tenant.with(keyHeader, ""),
		"long":    tenant.with(keyHeader, strings.Repeat("k", 256)),
		"two":     tenant.with(keyHeader, "a").with(keyHeader, "b"),
		"control": tenant.with(keyHeader, "a\tb"),
	} {
		r := c.do(t, "POST", linePath, linePerson)
		assert.Equal(t, http.StatusBadRequest, r.status, name)
		assert.Equal(t, "IDEMPOTENCY_KEY_INVALID", r.code(), name)
	}
	assert.Equal(t, "NONE", tenant.lineStatus(t))
	assert.Equal(t, http.StatusBadRequest, tenant.submit(t, "k", `{}`).status)
	assert.Equal(t, http.StatusCreated, tenant.submit(t, "k", linePerson).status, "a refusal leaves it free")
	// Nothing else looks at the header.
	assert.Equal(t, http.StatusOK, tenant.with(keyHeader, "").do(t, "POST", linePath+"/contact/email/confirm",
		`{"code":"`+fake.Tenant().ContactCode("email")+`"}`).status)
}

func TestLineKeyInUse(t *testing.T) {
	t.Parallel()
	fake, tenant := tenants(t)
	fake.Inject(fault{Op: "PhoneLines.StartVerification", Delay: time.Hour})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	keyed := tenant.with(keyHeader, "k")
	first := make(chan reply, 1)
	go func() { first <- keyed.until(ctx).try("POST", linePath, linePerson) }()
	require.Eventually(t, func() bool { return fake.Tenant().ContactCode("email") != "" }, 5*time.Second, time.Millisecond)
	r := keyed.do(t, "POST", linePath, linePerson)
	assert.Equal(t, http.StatusConflict, r.status)
	assert.Equal(t, "IDEMPOTENCY_KEY_IN_USE", r.code())
	leave()
	require.ErrorIs(t, (<-first).err, context.Canceled)
	require.Eventually(t, func() bool {
		return keyed.try("POST", linePath, linePerson).header.Get("Idempotent-Replayed") == "true"
	}, 5*time.Second, time.Millisecond)
}

func TestLineSubmissionReplacesAPendingOne(t *testing.T) {
	t.Parallel()
	fake, tenant := tenants(t)
	tenant.submit(t, "k1", lineCompany)
	tenant.confirm(t, fake, "email")
	old := fake.Tenant().ContactCode("whatsapp")
	id := tenant.object(t, http.StatusOK, "GET", linePath, "")["verification"].(map[string]any)["id"]
	require.Equal(t, http.StatusCreated, tenant.submit(t, "k2", linePerson).status)
	v := tenant.object(t, http.StatusOK, "GET", linePath, "")["verification"].(map[string]any)
	assert.NotEqual(t, id, v["id"])
	assert.Equal(t, "CPF", v["documentType"])
	assert.Equal(t, "***.***.***-09", v["documentNumber"])
	assert.Nil(t, v["legalName"])
	assert.Contains(t, v, "legalName")
	contact := v["contact"].(map[string]any)
	assert.Equal(t, "+55 11 9****-1000", contact["whatsapp"])
	assert.Equal(t, "r***@example.test", contact["email"])
	assert.Equal(t, []any{}, contact["confirmedChannels"])
	r := tenant.do(t, "POST", linePath+"/contact/whatsapp/confirm", `{"code":"`+old+`"}`)
	assert.Equal(t, "CONTACT_CODE_INVALID", r.code())
	// The replay of the first shows what there is now.
	assert.Contains(t, string(tenant.submit(t, "k1", lineCompany).body), v["id"])
	tenant.confirm(t, fake, "whatsapp")
}

func TestLineSubmissionLimit(t *testing.T) {
	t.Parallel()
	fake, tenant := tenants(t)
	for i := range 10 {
		require.Equal(t, http.StatusCreated, tenant.submit(t, fmt.Sprint(i), linePerson).status)
		assert.Equal(t, http.StatusBadRequest, tenant.submit(t, "bad", `{}`).status, "does not count")
		fake.Advance(time.Minute)
	}
	fake.Advance(time.Millisecond)
	r := tenant.submit(t, "one more", linePerson)
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.JSONEq(t, `{"error":"Too many submissions","code":"RATE_LIMITED","retryAfterSeconds":3000}`, string(r.body))
	fake.Advance(3000*time.Second - 2*time.Millisecond)
	r = tenant.submit(t, "one more", linePerson)
	assert.Contains(t, string(r.body), `"retryAfterSeconds":1`)
	fake.Advance(time.Millisecond)
	assert.Equal(t, http.StatusCreated, tenant.submit(t, "one more", linePerson).status)
	r = tenant.submit(t, "and one more", linePerson)
	assert.Contains(t, string(r.body), `"retryAfterSeconds":60`)
}

func TestLineSubmissions(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		old, replaced string
		good          bool
	}{
		"digits only":        {"123.456.789-09", "12345678909", true},
		"blanks in phone":    {"+55 11 99999-1000", "55 (11) 99999 1000", true},
		"WEBP":               {"application/pdf", "image/webp", true},
		"other type":         {`"CPF"`, `"RG"`, false},
		"lower case type":    {`"CPF"`, `"cpf"`, false},
		"CNPJ with a CPF":    {`"CPF"`, `"CNPJ"`, false},
		"short number":       {"123.456.789-09", "123.456.789", false},
		"letters":            {"123.456.789-09", "123.456.789-09x", false},
		"no at":              {"rita@example.test", "rita.example.test", false},
		"two ats":            {"rita@example.test", "rita@a@example.test", false},
		"no host":            {"rita@example.test", "rita@", false},
		"blank in mail":      {"rita@example.test", "ri ta@example.test", false},
		"phone without area": {"+55 11 99999-1000", "99999-1000", false},
		"phone with letters": {"+55 11 99999-1000", "+55 11 99999-1000 x", false},
		"other file":         {"application/pdf", "image/gif", false},
		"upper case file":    {"application/pdf", "APPLICATION/PDF", false},
		"not base64":         {"JVBERg==", "JVBE.g==", false},
		"no padding":         {"JVBERg==", "JVBERg", false},
		"empty file":         {"JVBERg==", "", false},
		"not a data URL":     {"data:application/pdf;base64,", "https://example.test/", false},
		"no base64":          {";base64,", ",", false},
		"no document":        {`"document":`, `"documents":`, false},
		"not JSON":           {`{`, ``, false},
	} {
		fresh, c := tenants(t)
		body := strings.Replace(linePerson, row.old, row.replaced, 1)
		require.NotEqual(t, linePerson, body, name)
		r := c.submit(t, "k", body)
		if row.good {
			assert.Equal(t, http.StatusCreated, r.status, name)
			continue
		}
		assert.Equal(t, http.StatusBadRequest, r.status, name)
		assert.JSONEq(t, `{"error":"Validation error"}`, string(r.body), name)
		assert.NotEmpty(t, lastRequest(fresh).Refusal, name)
		assert.NotContains(t, lastRequest(fresh).Refusal, "rita", name)
		assert.Equal(t, "NONE", c.lineStatus(t), name)
	}
}

// The largest file that is accepted gets through; see TestDocumentSize for the others.
func TestLineDocumentSize(t *testing.T) {
	t.Parallel()
	_, tenant := tenants(t)
	tenant.client.Timeout = time.Minute // the race detector is slow with such texts
	file := base64.StdEncoding.EncodeToString(make([]byte, 10<<20))
	assert.Equal(t, http.StatusCreated, tenant.submit(t, "k", strings.Replace(linePerson, "JVBERg==", file, 1)).status)
}

func TestLineContactCodes(t *testing.T) {
	t.Parallel()
	fake, tenant := tenants(t)
	const send, confirm = linePath + "/contact/email/send", linePath + "/contact/email/confirm"
	for _, path := range []string{send, confirm} {
		body := ""
		if path == confirm {
			body = `{"code":"000000"}`
		}
		r := tenant.do(t, "POST", path, body)
		assert.Equal(t, http.StatusNotFound, r.status)
		assert.JSONEq(t, `{"error":"Verification not found"}`, string(r.body))
	}
	tenant.submit(t, "k", linePerson)
	first := fake.Tenant().ContactCode("email")
	fake.Advance(100 * time.Millisecond)
	r := tenant.do(t, "POST", send, "")
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.JSONEq(t, `{"error":"A code was sent a moment ago","code":"CONTACT_CODE_COOLDOWN","retryAfterSeconds":60}`, string(r.body))
	fake.Tenant().BareCooldown(true)
	r = tenant.do(t, "POST", send, "")
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.JSONEq(t, `{"error":"A code was sent a moment ago","code":"CONTACT_CODE_COOLDOWN"}`, string(r.body))
	fake.Tenant().BareCooldown(false)

	fake.Advance(60*time.Second - 100*time.Millisecond)
	r = tenant.do(t, "POST", send, "")
	require.Equal(t, http.StatusOK, r.status)
	assert.Equal(t, string(tenant.do(t, "GET", linePath, "").body), string(r.body))
	assert.Contains(t, string(r.body), `"updatedAt":"2026-11-03T14:06:09.120Z"`)
	second := fake.Tenant().ContactCode("email")
	assert.NotEqual(t, first, second)
	assert.Equal(t, "CONTACT_CODE_COOLDOWN", tenant.do(t, "POST", send, "").code())
	assert.Equal(t, http.StatusOK, tenant.do(t, "POST", linePath+"/contact/whatsapp/send", "").status, "each channel has its own")

	for body, code := range map[string]string{
		`{"code":"` + first + `"}`:                         "CONTACT_CODE_INVALID",
		`{"code":"` + strings.TrimLeft(second, "0") + `"}`: "CONTACT_CODE_INVALID",
		`{"code":""}`:       "",
		`{}`:                "",
		`{"code":15838}`:    "",
		`{"Code":"000000"}`: "",
	} {
		r := tenant.do(t, "POST", confirm, body)
		assert.Equal(t, http.StatusBadRequest, r.status, body)
		assert.Equal(t, code, r.code(), body)
	}
	fake.Advance(10 * time.Minute)
	r = tenant.do(t, "POST", confirm, `{"code":"`+second+`"}`)
	assert.Equal(t, http.StatusBadRequest, r.status)
	assert.Equal(t, "CONTACT_CODE_EXPIRED", r.code())
	require.Equal(t, http.StatusOK, tenant.do(t, "POST", send, "").status)
	fake.Advance(10*time.Minute - time.Millisecond)
	tenant.confirm(t, fake, "email")

	for _, row := range [][2]string{{send, ""}, {confirm, `{"code":"` + fake.Tenant().ContactCode("email") + `"}`}} {
		r = tenant.do(t, "POST", row[0], row[1])
		assert.Equal(t, http.StatusConflict, r.status, "confirmed already")
		assert.Empty(t, r.code())
		assert.Equal(t, http.StatusBadRequest, tenant.do(t, "POST", strings.Replace(row[0], "email", "EMAIL", 1), row[1]).status)
		assert.Equal(t, http.StatusBadRequest, tenant.do(t, "POST", strings.Replace(row[0], "email", "sms", 1), row[1]).status)
	}
	fake.Tenant().SetVerification("APPROVED", "")
	assert.Equal(t, http.StatusConflict, tenant.do(t, "POST", linePath+"/contact/whatsapp/send", "").status, "nothing is pending")
	assert.Equal(t, http.StatusBadRequest, tenant.do(t, "POST", send, `{}`).status)
}

func TestLineRequiredContacts(t *testing.T) {
	t.Parallel()
	fake, tenant := tenants(t)
	fake.Tenant().RequireContacts("email")
	tenant.submit(t, "k", linePerson)
	contact := func() string {
		v := tenant.object(t, http.StatusOK, "GET", linePath, "")["verification"].(map[string]any)
		c := v["contact"].(map[string]any)
		return fmt.Sprint(c["whatsapp"], c["requiredChannels"], c["confirmedChannels"], c["pendingChannels"])
	}
	assert.Equal(t, "<nil> [EMAIL] [] [EMAIL]", contact())
	assert.Empty(t, fake.Tenant().ContactCode("whatsapp"))
	assert.Equal(t, http.StatusConflict, tenant.do(t, "POST", linePath+"/contact/whatsapp/send", "").status)
	tenant.confirm(t, fake, "email")
	assert.Equal(t, "IN_REVIEW RECEIVED true DOCUMENT_CHECK <nil>", tenant.lineStatus(t))
	assert.Equal(t, http.StatusConflict, tenant.submit(t, "k2", linePerson).status)

	fake.Tenant().SetVerification("NONE", "")
	fake.Tenant().RequireContacts()
	fake.Tenant().NextVerification("APPROVED", "")
	r := tenant.submit(t, "k3", linePerson)
	assert.Equal(t, http.StatusCreated, r.status)
	assert.Contains(t, string(r.body), `{"status":"APPROVED","canPurchase":true`)
	assert.Equal(t, "<nil> [] [] []", contact())
}

func TestLineNextVerification(t *testing.T) {
	t.Parallel()
	fake, tenant := tenants(t)
	world := fake.Tenant()
	world.NextVerification("NEEDS_DOCUMENT", "the back side, please")
	world.NextVerification("IN_REVIEW", "REGISTRY_UNAVAILABLE")
	assert.Equal(t, http.StatusNotFound, tenant.document(t))
	tenant.submit(t, "k", lineCompany)
	assert.Equal(t, http.StatusConflict, tenant.document(t), "it was received")
	tenant.confirm(t, fake, "email")
	tenant.confirm(t, fake, "whatsapp")
	assert.Equal(t, "NEEDS_DOCUMENT REQUESTED false <nil> the back side, please", tenant.lineStatus(t))
	assert.Equal(t, http.StatusConflict, tenant.submit(t, "k2", lineCompany).status)
	for _, body := range []string{`{}`, `{"document":"x"}`, `{"document":"data:image/gif;base64,JVBERg=="}`} {
		assert.Equal(t, http.StatusBadRequest, tenant.do(t, "POST", linePath+"/document", body).status)
	}

	world.NextDocument("UNREADABLE")
	assert.Equal(t, http.StatusOK, tenant.document(t))
	assert.Equal(t, "NEEDS_DOCUMENT UNREADABLE false <nil> the back side, please", tenant.lineStatus(t))
	fake.Advance(time.Second)
	r := tenant.do(t, "POST", linePath+"/document", `{"document":`+lineDocument+`}`)
	assert.Equal(t, http.StatusOK, r.status)
	assert.Equal(t, "IN_REVIEW RECEIVED true REGISTRY_UNAVAILABLE <nil>", tenant.lineStatus(t))
	assert.Contains(t, string(r.body), `"legalName":null`)
	assert.Contains(t, string(r.body), `"updatedAt":"2026-11-03T14:05:10.120Z"`)
	assert.Equal(t, http.StatusConflict, tenant.document(t))

	world.SetVerification("NEEDS_DOCUMENT", "")
	assert.Equal(t, "NEEDS_DOCUMENT REQUESTED false <nil> <nil>", tenant.lineStatus(t))
	tenant.document(t)
	assert.Equal(t, "IN_REVIEW RECEIVED true DOCUMENT_CHECK <nil>", tenant.lineStatus(t), "nothing was chosen")
	world.SetVerification("STATE_OF_TOMORROW", "why")
	assert.Equal(t, "STATE_OF_TOMORROW RECEIVED false <nil> <nil>", tenant.lineStatus(t))
}

func TestLineDocumentThatCannotBeRead(t *testing.T) {
	t.Parallel()
	fake, tenant := tenants(t)
	for i, status := range []string{"UNREADABLE", "UNCLEAR"} {
		fake.Tenant().NextDocument(status)
		tenant.submit(t, fmt.Sprint(i), linePerson)
		assert.Equal(t, "PENDING_CONTACT "+status+" false <nil> <nil>", tenant.lineStatus(t))
		assert.Equal(t, http.StatusOK, tenant.document(t))
		assert.Equal(t, "PENDING_CONTACT RECEIVED false <nil> <nil>", tenant.lineStatus(t))
		assert.Equal(t, http.StatusConflict, tenant.document(t))
	}
	fake.Tenant().NextDocument("UNCLEAR")
	tenant.submit(t, "k", linePerson)
	fake.Tenant().SetVerification("NEEDS_DOCUMENT", "too dark")
	assert.Equal(t, "NEEDS_DOCUMENT UNCLEAR false <nil> too dark", tenant.lineStatus(t))
	fake.Tenant().SetVerification("REJECTED", "too dark")
	assert.Equal(t, http.StatusConflict, tenant.document(t))
	fake.Tenant().SetVerification("APPROVED", "")
	assert.Equal(t, http.StatusConflict, tenant.document(t))
}

func TestLineActivationAudio(t *testing.T) {
	t.Parallel()
	fake, tenant := tenants(t)
	world := fake.Tenant()
	audio := []byte("\xff\xfb\x90\x00 the code is \x00<html>")
	path := func(id string) string { return "/v1/phone-lines/activations/" + id + "/audio" }
	get := func(id string) reply {
		return tenant.with("accept", "audio/*, application/json").do(t, "GET", path(id), "")
	}
	named := world.AddActivation(audio, "audio/mpeg", `attachment; filename*=UTF-8''grava%C3%A7%C3%A3o.mp3`)
	bare := world.AddActivation(audio, "", "")
	audio[0] = 0 // the fake has its own copy
	empty := world.AddActivation(nil, "audio/mpeg", "")
	world.UnknownFields(true)

	r := get(named)
	assert.Equal(t, http.StatusOK, r.status)
	assert.Equal(t, "\xff\xfb\x90\x00 the code is \x00<html>", string(r.body))
	assert.Equal(t, []string{"audio/mpeg"}, r.header.Values("Content-Type"))
	assert.Equal(t, fmt.Sprint(len(audio)), r.header.Get("Content-Length"))
	assert.Equal(t, `attachment; filename*=UTF-8''grava%C3%A7%C3%A3o.mp3`, r.header.Get("Content-Disposition"))
	r = get(bare)
	assert.Equal(t, "\xff\xfb\x90\x00 the code is \x00<html>", string(r.body))
	assert.NotContains(t, r.header, "Content-Type", "net/http must not guess one")
	assert.NotContains(t, r.header, "Content-Disposition")
	assert.Contains(t, r.header, "Content-Length")

	world.ChunkAudio(true)
	r = get(bare)
	assert.Len(t, r.body, len(audio))
	assert.NotContains(t, r.header, "Content-Length")
	assert.NotContains(t, r.header, "Content-Type")
	assert.Equal(t, "audio/mpeg", get(named).header.Get("Content-Type"))
	world.ChunkAudio(false)
	assert.Contains(t, get(named).header, "Content-Length")

	world.DropActivation(named)
	for _, id := range []string{named, empty, "act_x"} {
		r = get(id)
		assert.Equal(t, http.StatusNotFound, r.status, id)
		assert.Equal(t, "ACTIVATION_NOT_FOUND", r.code(), id)
		assert.Equal(t, "application/json", r.header.Get("Content-Type"), id)
	}
	fake.Inject(fault{Op: "PhoneLines.ActivationAudio", Body: `<html>`}, fault{Op: "PhoneLines.ActivationAudio", Header: http.Header{"Content-Type": {"audio/ogg"}}})
	assert.Equal(t, "text/html; charset=utf-8", get(bare).header.Get("Content-Type"))
	assert.Equal(t, []string{"audio/ogg"}, get(bare).header.Values("Content-Type"))
}

func TestLineAudioIsCutOff(t *testing.T) {
	t.Parallel()
	fake, tenant := tenants(t)
	for _, size := range []int{5, 100_000} {
		audio := bytes.Repeat([]byte{0xff}, size)
		path := "/v1/phone-lines/activations/" + fake.Tenant().AddActivation(audio, "audio/mpeg", "") + "/audio"
		for _, chunked := range []bool{false, true} {
			fake.Tenant().ChunkAudio(chunked)
			for at, want := range map[int]int{1: 1, size - 1: size - 1, size + 1000: size - 1} {
				fake.Inject(fault{TruncateAt: at})
				r := tenant.try("GET", path, "")
				require.ErrorIs(t, r.err, io.ErrUnexpectedEOF, "%d of %d, chunked %t", at, size, chunked)
				assert.Equal(t, http.StatusOK, r.status)
				assert.Len(t, r.body, want)
				assert.Equal(t, !chunked, r.header.Get("Content-Length") == fmt.Sprint(size))
			}
			r := tenant.do(t, "GET", path, "")
			assert.Len(t, r.body, size)
		}
	}
	assert.Equal(t, http.StatusOK, lastRequest(fake).Status)
}

func TestLineScopes(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	rows := map[string][3]string{
		"PhoneLines.Verification":      {"GET", linePath, ""},
		"PhoneLines.StartVerification": {"POST", linePath, linePerson},
		"PhoneLines.SendContactCode":   {"POST", linePath + "/contact/email/send", ""},
		"PhoneLines.ConfirmContact":    {"POST", linePath + "/contact/email/confirm", `{"code":"1"}`},
		"PhoneLines.SubmitDocument":    {"POST", linePath + "/document", `{}`},
		"PhoneLines.ActivationAudio":   {"GET", "/v1/phone-lines/activations/x/audio", ""},
	}
	for op, row := range rows {
		r := number.with(keyHeader, "k").do(t, row[0], row[1], row[2])
		assert.Equal(t, http.StatusForbidden, r.status, op)
		assert.Equal(t, "NUMBER_SCOPE_NOT_ALLOWED", r.code(), op)
		assert.Equal(t, op, lastRequest(fake).Op)
	}
	// The header is not looked at.
	tenant := newCaller(t, fake.URL, fake.TenantKey()).with("x-whatsapp-number-id", "num_9")
	assert.Equal(t, http.StatusCreated, tenant.submit(t, "k", linePerson).status)
	assert.Equal(t, "true", newCaller(t, fake.URL, fake.TenantKey()).submit(t, "k", linePerson).header.Get("Idempotent-Replayed"))
}

func TestLineHooksWithoutAVerification(t *testing.T) {
	t.Parallel()
	tb := &fakeTB{}
	fake := pilotstatustest.NewServer(tb)
	defer tb.end()
	fake.Tenant().SetVerification("APPROVED", "")
	assert.Equal(t, []string{"pilotstatustest: no verification"}, tb.failures)
	program := pilotstatustest.Start()
	defer program.Close()
	program.Tenant().SetVerification("APPROVED", "")
	program.Tenant().DropActivation("act_x")
	assert.Empty(t, program.Tenant().ContactCode("email"))
}
