package pilotstatus

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	verificationPath  = "/v1/phone-lines/verification"
	testVerifiedState = `{"status":"NONE","canPurchase":false,"verification":null}`
)

// documentOf returns a data URI whose file has n bytes.
func documentOf(t *testing.T, n int) string {
	t.Helper()
	uri, err := DataURI(strings.NewReader(strings.Repeat("x", n)), "image/jpeg")
	require.NoError(t, err)
	return uri
}

func TestVerificationInputIsChecked(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	ctx, lines := t.Context(), m.tenant(t).PhoneLines
	for field, change := range map[string]func(*StartVerificationRequest){
		"DocumentType":    func(v *StartVerificationRequest) { v.DocumentType = "" },
		"DocumentNumber":  func(v *StartVerificationRequest) { v.DocumentNumber = " " },
		"ContactEmail":    func(v *StartVerificationRequest) { v.ContactEmail = "" },
		"ContactWhatsApp": func(v *StartVerificationRequest) { v.ContactWhatsApp = "\t" },
		"Document":        func(v *StartVerificationRequest) { v.Document = "" },
		"IdempotencyKey":  func(v *StartVerificationRequest) { v.IdempotencyKey = strings.Repeat("k", 256) },
	} {
		v := testVerification()
		change(&v)
		_, err := lines.StartVerification(ctx, v)
		requireValidation(t, err, field)
	}
	v := testVerification()
	v.IdempotencyKey = "a\nb"
	requireValidation(t, errorOf(lines.StartVerification(ctx, v)), "IdempotencyKey")
	for _, channel := range []ContactChannel{"", " ", ".", "..", "a\x00"} {
		requireValidation(t, errorOf(lines.SendContactCode(ctx, channel)), "channel")
		requireValidation(t, errorOf(lines.ConfirmContact(ctx, channel, "004217")), "channel")
	}
	requireValidation(t, errorOf(lines.ConfirmContact(ctx, ContactChannelEmail, "")), "code")
	requireValidation(t, errorOf(lines.ActivationAudio(ctx, "")), "id")
	assert.Empty(t, m.Requests())
}

func TestDocumentsAreChecked(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterNoResponder(jsonResponder(http.StatusOK, testVerifiedState))
	ctx, lines := t.Context(), m.tenant(t).PhoneLines
	for name, document := range map[string]string{
		"nothing":             "",
		"a path":              "/home/joana/cpf.pdf",
		"a URL":               "https://files.example/cpf.pdf",
		"base64 only":         "JVBERi0xLjcK",
		"no base64":           "data:application/pdf,JVBERi0xLjcK",
		"no comma":            "data:application/pdf;base64;JVBERi0xLjcK",
		"comma first":         ",data:;base64",
		"short":               "data:,x",
		"overlapping":         "data;base64,x",
		"an empty file":       "data:application/pdf;base64,",
		"padding only":        "data:application/pdf;base64,==",
		"a byte too much":     documentOf(t, maxDocument+1),
		"base64 further down": "data:text/plain,hello;base64,JVBERi0xLjcK",
	} {
		v := testVerification()
		v.Document = document
		_, err := lines.StartVerification(ctx, v)
		requireValidation(t, err, "Document")
		assert.NotContains(t, err.Error(), "JVBERi", name)
		requireValidation(t, errorOf(lines.SubmitDocument(ctx, document)), "document")
	}
	require.Empty(t, m.Requests())
	for name, document := range map[string]string{
		"the largest":      documentOf(t, maxDocument),
		"one byte":         documentOf(t, 1),
		"two bytes":        documentOf(t, 2),
		"another type":     "data:image/heic;base64,JVBERi0xLjcK",
		"with parameters":  "data:application/pdf;name=cpf.pdf;base64,JVBERi0xLjcK",
		"in other letters": "DATA:application/pdf;BASE64,JVBERi0xLjcK",
		"without a type":   "data:;base64,JVBERi0xLjcK",
	} {
		before := len(m.Requests())
		_, err := lines.SubmitDocument(ctx, document)
		require.NoError(t, err, name)
		require.Len(t, m.Requests(), before+1)
		assert.Equal(t, `{"document":"`+document+`"}`, string(m.Requests()[before].Body))
	}
	for _, document := range []string{"data:image/png;base64,JVBERi0", "data:image/png;base64,JVBE Ri0\n"} {
		before := len(m.Requests())
		_, err := lines.SubmitDocument(ctx, document)
		require.NoError(t, err)
		v := testVerification()
		v.Document = document
		_, err = lines.StartVerification(ctx, v)
		require.NoError(t, err)
		for _, sent := range m.Requests()[before:] {
			assert.Equal(t, "data:image/png;base64,JVBERi0=", bodyOf(t, sent)["document"])
		}
	}
}

func TestStartVerificationSaysWhatHappened(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"", "true", " True ", "TRUE", "false", "1"} {
		replayed := strings.Contains(strings.ToLower(header), "true")
		m := newMockAPI(t)
		m.RegisterResponder(http.MethodPost, testBase+verificationPath,
			jsonResponder(http.StatusOK, testVerifiedState, "Idempotent-Replayed", header))
		started, err := m.tenant(t).PhoneLines.StartVerification(t.Context(), testVerification())
		require.NoError(t, err)
		assert.Equal(t, replayed, started.Replayed, header)
		assert.Equal(t, "verification-1", started.IdempotencyKey)
		assert.Equal(t, VerificationStatusNone, started.Status)
		assert.Nil(t, started.Verification)
		assert.Equal(t, []string{"verification-1"}, m.Requests()[0].Header["Idempotency-Key"])
		assert.NotContains(t, string(m.Requests()[0].Body), "verification-1")
	}
}

func TestStartVerificationMakesAKey(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(http.MethodPost, verificationPath,
		httpmock.NewErrorResponder(io.ErrUnexpectedEOF),
		jsonResponder(http.StatusConflict, `{"error":"wait","code":"IDEMPOTENCY_KEY_IN_USE"}`),
		jsonResponder(http.StatusServiceUnavailable, `{"error":"later"}`),
		jsonResponder(http.StatusCreated, testVerifiedState))
	v := testVerification()
	v.IdempotencyKey = ""
	lines := m.tenant(t).PhoneLines
	started, err := lines.StartVerification(t.Context(), v)
	require.NoError(t, err)
	sent := m.Requests()
	require.Len(t, sent, 4)
	require.NotEmpty(t, started.IdempotencyKey)
	for _, r := range sent {
		assert.Equal(t, []string{started.IdempotencyKey}, r.Header["Idempotency-Key"])
		assert.Equal(t, sent[0].Body, r.Body, "the same bytes")
	}
	again, err := lines.StartVerification(t.Context(), v)
	require.NoError(t, err)
	assert.NotEqual(t, started.IdempotencyKey, again.IdempotencyKey)
}

func TestStartVerificationThatStaysUnknown(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterNoResponder(jsonResponder(http.StatusBadGateway, `{}`))
	_, err := m.tenant(t).PhoneLines.StartVerification(t.Context(), testVerification())
	var unknown *OutcomeUnknownError
	require.ErrorAs(t, err, &unknown)
	assert.Equal(t, "verification-1", unknown.IdempotencyKey)
}

func TestVerificationAnswersWithoutAStatus(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterNoResponder(jsonResponder(http.StatusOK, `{"canPurchase":true}`))
	ctx, lines := t.Context(), m.tenant(t).PhoneLines
	for name, err := range map[string]error{
		"Verification":      errorOf(lines.Verification(ctx)),
		"StartVerification": errorOf(lines.StartVerification(ctx, testVerification())),
		"SendContactCode":   errorOf(lines.SendContactCode(ctx, ContactChannelEmail)),
		"ConfirmContact":    errorOf(lines.ConfirmContact(ctx, ContactChannelEmail, "004217")),
		"SubmitDocument":    errorOf(lines.SubmitDocument(ctx, testDocument)),
	} {
		require.ErrorContains(t, err, `the answer has no "status"`, name)
		assert.True(t, isA[*DecodeError](err), name)
	}
}

// A channel has one Go value, however bodies and paths spell it.
func TestContactChannelsInPaths(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterNoResponder(jsonResponder(http.StatusOK, testVerifiedState))
	ctx, lines := t.Context(), m.tenant(t).PhoneLines
	for _, channel := range []ContactChannel{ContactChannelEmail, ContactChannelWhatsApp, "whatsapp", "OF TOMORROW/"} {
		require.NoError(t, errorOf(lines.SendContactCode(ctx, channel)))
		require.NoError(t, errorOf(lines.ConfirmContact(ctx, channel, "1")))
	}
	var paths []string
	for _, r := range m.Requests() {
		paths = append(paths, strings.TrimPrefix(r.URL, testBase+verificationPath+"/contact/"))
	}
	assert.Equal(t, []string{
		"email/send", "email/confirm", "whatsapp/send", "whatsapp/confirm", "whatsapp/send", "whatsapp/confirm",
		"of%20tomorrow%2F/send", "of%20tomorrow%2F/confirm",
	}, paths)
}

// What a person typed in and what a paper says is in no error, however the API repeats it.
func TestVerificationErrorsHideWhatWasSent(t *testing.T) {
	t.Parallel()
	const code = "004217"
	ctx := t.Context()
	v := StartVerificationRequest{
		DocumentType: DocumentTypeCPF, DocumentNumber: "123.456.789-09", ContactEmail: "zuleika@acme.example",
		ContactWhatsApp: privatePhone, Document: testDocument,
	}
	m := newMockAPI(t)
	const echo = "no: " + code + ", 12345678909, 123.456.789-09, zuleika@acme.example, +55 11 98765-0432, " + testDocument
	m.RegisterNoResponder(jsonResponder(http.StatusBadRequest, `{"error":"`+echo+`","code":"CONTACT_CODE_INVALID"}`))
	lines := m.tenant(t).PhoneLines
	confirm := errorOf(lines.ConfirmContact(ctx, ContactChannelEmail, code))
	require.ErrorIs(t, confirm, CodeContactCodeInvalid)
	assert.NotContains(t, printouts(confirm), code)
	start := printouts(errorOf(lines.StartVerification(ctx, v)))
	for _, part := range []string{"12345678909", "123.456.789-09", "zuleika", "0432", "JVBERi"} {
		assert.NotContains(t, start, part)
	}
	assert.NotContains(t, printouts(errorOf(lines.SubmitDocument(ctx, testDocument))), "JVBERi")
}

func TestPhoneLineCodesWithAWait(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, verificationPath, http.StatusTooManyRequests, `{"error":"slow","code":"RATE_LIMITED","retryAfterSeconds":1800}`)
	m.answer(http.MethodPost, verificationPath+"/contact/whatsapp/send", http.StatusTooManyRequests,
		`{"error":"slow","code":"CONTACT_CODE_COOLDOWN","retryAfterSeconds":42}`)
	lines := m.tenant(t).PhoneLines
	var limit *RateLimitError
	require.ErrorAs(t, errorOf(lines.StartVerification(t.Context(), testVerification())), &limit)
	require.ErrorIs(t, limit, CodeRateLimited)
	assert.InDelta(t, 1800, limit.RetryAfter.Seconds(), 0)
	require.ErrorAs(t, errorOf(lines.SendContactCode(t.Context(), ContactChannelWhatsApp)), &limit)
	require.ErrorIs(t, limit, CodeContactCodeCooldown)
	assert.InDelta(t, 42, limit.RetryAfter.Seconds(), 0)
	assert.Len(t, m.Requests(), 2)
}

// serveRecording serves one recording to a client of its own.
func serveRecording(ctx context.Context, t *testing.T, header http.Header, body string) (*ActivationAudio, *mockAPI) {
	t.Helper()
	m := newMockAPI(t)
	m.RegisterNoResponder(httpmock.NewStringResponder(http.StatusOK, body).HeaderSet(header))
	r, err := m.tenant(t).PhoneLines.ActivationAudio(ctx, "act_1")
	require.NoError(t, err)
	return r, m
}

func TestActivationAudio(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header http.Header
		want   ActivationAudio
	}{
		"quoted": {
			http.Header{"Content-Type": {"audio/mpeg"}, "Content-Disposition": {`attachment; filename="activation 8d1.mp3"`}},
			ActivationAudio{ContentType: "audio/mpeg", FileName: "activation 8d1.mp3"},
		},
		"bare": {
			http.Header{"Content-Type": {"audio/ogg; codecs=opus"}, "Content-Disposition": {"inline; filename=a.ogg"}},
			ActivationAudio{ContentType: "audio/ogg; codecs=opus", FileName: "a.ogg"},
		},
		"RFC 2231": {
			http.Header{
				"Content-Type":        {"audio/wav"},
				"Content-Disposition": {`attachment; filename="x.wav"; filename*=UTF-8''grava%C3%A7%C3%A3o.wav`},
			},
			ActivationAudio{ContentType: "audio/wav", FileName: "gravação.wav"},
		},
		"a path":     {http.Header{"Content-Disposition": {`attachment; filename="../../etc/passwd"`}}, ActivationAudio{FileName: "passwd"}},
		"no headers": {nil, ActivationAudio{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, m := serveRecording(t.Context(), t, c.header, "ID3 audio")
			if c.want.ContentType == "" {
				c.want.ContentType = "application/octet-stream"
			}
			c.want.ContentLength = -1 // as httpmock says
			data, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			assert.Equal(t, "ID3 audio", string(data))
			require.NoError(t, r.Body.Close())
			r.Body = nil
			assert.Equal(t, c.want, *r)
			sent := m.Requests()
			require.Len(t, sent, 1)
			assert.Equal(t, []string{"audio/*, application/json"}, sent[0].Header["Accept"])
		})
	}
}

func TestFileNames(t *testing.T) {
	t.Parallel()
	for disposition, want := range map[string]string{
		"": "", "attachment": "", `attachment; filename=""`: "",
		`attachment; filename=a.mp3`: "a.mp3", `ATTACHMENT; FILENAME="a.mp3"`: "a.mp3",
		`attachment; filename="a;b.mp3"`: "a;b.mp3", `attachment; filename="a\"b.mp3"`: `a"b.mp3`,
		`attachment; filename=a b.mp3`:     "", // not a header that says something
		`attachment; filename*=UTF-8''%2E`: "", `attachment; filename*=UTF-8''..%2Fa.mp3`: "a.mp3",
		`attachment; filename*=UTF-8''a%00.mp3`: "", `attachment; filename*0="a"; filename*1=".mp3"`: "a.mp3",
	} {
		assert.Equal(t, want, dispositionName(disposition), disposition)
	}
}

func TestBaseName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"": "", " ": "", ".": "", "..": "", "...": "", " .. ": "", "/": "", `\`: "", "a/": "", `a\`: "", "a/..": "", `a\.`: "",
		"a.mp3": "a.mp3", "/etc/passwd": "passwd", `C:\Windows\a.mp3`: "a.mp3", `..\../a.mp3`: "a.mp3", `../..\a.mp3`: "a.mp3",
		" a b.mp3 ": "a b.mp3", ".hidden": ".hidden", "..a": "..a", "gravação.mp3": "gravação.mp3",
		"a\x00.mp3": "", "a\nb": "", "a\xff": "",
	} {
		assert.Equal(t, want, baseName(name), "%q", name)
	}
}

func TestActivationAudioThatIsNotThere(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterNoResponder(jsonResponder(http.StatusNotFound, `{"error":"Activation not found","code":"ACTIVATION_NOT_FOUND"}`))
	r, err := m.tenant(t).PhoneLines.ActivationAudio(t.Context(), "act_1")
	assert.Nil(t, r)
	require.ErrorIs(t, err, CodeActivationNotFound)
	assert.True(t, isA[*NotFoundError](err))
	assert.Len(t, m.Requests(), 1)
}

// The words are what the reference says.
func TestVerificationWords(t *testing.T) {
	t.Parallel()
	words := []string{
		string(VerificationStatusNone), string(VerificationStatusPendingContact), string(VerificationStatusNeedsDocument),
		string(VerificationStatusInReview), string(VerificationStatusApproved), string(VerificationStatusRejected),
		string(DocumentTypeCPF), string(DocumentTypeCNPJ), string(ContactChannelEmail), string(ContactChannelWhatsApp),
		string(DocumentStatusMissing), string(DocumentStatusRequested), string(DocumentStatusUnreadable),
		string(DocumentStatusUnclear), string(DocumentStatusReceived),
		string(ReviewReasonRegistryUnavailable), string(ReviewReasonDocumentCheck),
	}
	assert.Equal(t, "NONE PENDING_CONTACT NEEDS_DOCUMENT IN_REVIEW APPROVED REJECTED CPF CNPJ EMAIL WHATSAPP "+
		"MISSING REQUESTED UNREADABLE UNCLEAR RECEIVED REGISTRY_UNAVAILABLE DOCUMENT_CHECK", strings.Join(words, " "))
}

// DataURI and the check of documents agree.
func TestDataURIIsADocument(t *testing.T) {
	t.Parallel()
	uri, err := DataURI(strings.NewReader("%PDF-1.7\n"), "application/pdf; charset=binary")
	require.NoError(t, err)
	require.NoError(t, validateDocument("document", uri))
	_, data, _ := strings.Cut(uri, ",")
	file, err := base64.StdEncoding.DecodeString(data)
	require.NoError(t, err)
	assert.Equal(t, "%PDF-1.7\n", string(file))
}
