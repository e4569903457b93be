package pilotstatus

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func answerWith(status int, contentType, body string) httpmock.Responder {
	return func(*http.Request) (*http.Response, error) {
		resp := httpmock.NewStringResponse(status, body)
		resp.Header.Set("Content-Type", contentType)
		return resp, nil
	}
}

func TestEveryOtherStatusIsAnError(t *testing.T) {
	t.Parallel()
	bodies := map[string]struct{ contentType, body, message, code string }{
		"JSON":   {"application/json", `{"error":"said no","code":"SOME_CODE","details":{"missing":["a"]}}`, "said no", "SOME_CODE"},
		"nested": {"application/json", `{"error":{"message":"said no","code":"SOME_CODE"}}`, "said no", "SOME_CODE"},
		"odd":    {"application/json", `{"error":17,"code":false,"details":"x","retryAfterSeconds":[]}`, "", ""},
		"array":  {"application/json", `[1,2]`, "", ""},
		"HTML":   {"text/html", `<!doctype html><h1>Not here</h1>`, "HTML", ""},
		"empty":  {"", ``, "", ""},
		"text":   {"text/plain", `gateway says no`, "", ""},
	}
	for name, answer := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for status := 300; status <= 599; status++ {
				m := newMockAPI(t)
				m.RegisterResponder(http.MethodGet, testBase+getPath, answerWith(status, answer.contentType, answer.body))
				message, err := m.number(t, WithRetry(RetryPolicy{})).Messages.Get(t.Context(), "msg_1")
				require.Error(t, err, status)
				require.Nil(t, message)
				var apiErr *APIError
				require.ErrorAs(t, err, &apiErr, status)
				assert.Equal(t, status, apiErr.StatusCode)
				assert.Equal(t, ErrorCode(answer.code), apiErr.Code)
				assert.Equal(t, answer.body, string(apiErr.Body))
				assert.Equal(t, "Messages.Get", apiErr.Op)
				if answer.message == "" {
					assert.Equal(t, http.StatusText(status), apiErr.Message)
				}
				assert.Contains(t, apiErr.Message, answer.message)
				assertFamily(t, err, status)
			}
		})
	}
}

// assertFamily checks that exactly the family of the status is found.
func assertFamily(t *testing.T, err error, status int) {
	t.Helper()
	assert.Equal(t, status == http.StatusUnauthorized, isA[*UnauthorizedError](err))
	assert.Equal(t, status == http.StatusPaymentRequired, isA[*PaymentError](err))
	assert.Equal(t, status == http.StatusNotFound, isA[*NotFoundError](err))
	assert.Equal(t, status == http.StatusTooManyRequests, isA[*RateLimitError](err))
	assert.False(t, isA[*TenantScopeError](err))
	assert.False(t, isA[*NumberScopeError](err))
}

func isA[E error](err error) bool {
	var target E
	return errors.As(err, &target)
}

func TestScopeErrorsWithAnyClientStatus(t *testing.T) {
	t.Parallel()
	for status := 400; status <= 599; status++ {
		m := newMockAPI(t)
		m.answer(http.MethodGet, getPath, status, `{"error":"no","code":"TENANT_SCOPE_NOT_ALLOWED"}`)
		m.answer(http.MethodGet, "/v1/numbers", status, `{"error":"no","code":"NUMBER_SCOPE_NOT_ALLOWED"}`)
		client := status < 500

		_, err := m.number(t, WithRetry(RetryPolicy{})).Messages.Get(t.Context(), "msg_1")
		assert.Equal(t, client, isA[*TenantScopeError](err), status)
		require.ErrorIs(t, err, CodeTenantScopeNotAllowed)

		_, err = m.tenant(t, WithRetry(RetryPolicy{})).Numbers.List(t.Context())
		assert.Equal(t, client, isA[*NumberScopeError](err), status)
		require.ErrorIs(t, err, CodeNumberScopeNotAllowed)
	}
}

func TestInvalidSessionIsAboutTheToken(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/remote-pairing/token_1", http.StatusUnauthorized, `{"error":"expired","code":"INVALID_SESSION"}`)
	_, err := m.public(t).Pairing.Info(t.Context(), "token_1")
	require.ErrorIs(t, err, CodeInvalidSession)
	assert.False(t, isA[*UnauthorizedError](err))
}

func TestPaymentError(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, sendPath, http.StatusPaymentRequired,
		`{"error":"refused","code":"PAYMENT_FAILED","declineCode":"insufficient_funds","proratedTotal":31.5,"currency":"BRL"}`)
	_, err := m.number(t).Messages.Send(t.Context(), testSend())
	var payment *PaymentError
	require.ErrorAs(t, err, &payment)
	assert.Equal(t, "insufficient_funds", payment.DeclineCode)
	assert.Equal(t, "BRL", payment.Currency)
	assert.InDelta(t, 31.5, payment.ProratedTotal, 0)
	require.ErrorIs(t, err, CodePaymentFailed)
}

func TestLargeErrorBodies(t *testing.T) {
	t.Parallel()
	large := `{"error":"said no","padding":"` + strings.Repeat("x", 10<<20) + `"}`
	for _, status := range []int{400, 403, 429, 500, 503} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, getPath, status, large)
		_, err := m.number(t, WithRetry(RetryPolicy{})).Messages.Get(t.Context(), "msg_1")
		var apiErr *APIError
		require.ErrorAs(t, err, &apiErr)
		assert.Equal(t, status, apiErr.StatusCode)
		assert.Len(t, apiErr.Body, maxErrorBody)
		assert.Less(t, len(err.Error()), 200)
	}
}

func TestAnswerSizeLimit(t *testing.T) {
	t.Parallel()
	padding := maxAnswer - len(`{"id":"msg_1","template":""}`)
	for extra, tooLarge := range map[int]bool{0: false, 1: true, 1 << 20: true} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, getPath, http.StatusOK, `{"id":"msg_1","template":"`+strings.Repeat("x", padding+extra)+`"}`)
		_, err := m.number(t).Messages.Get(t.Context(), "msg_1")
		if !tooLarge {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, ErrResponseTooLarge)
		var unread *DecodeError
		require.ErrorAs(t, err, &unread)
		assert.True(t, unread.Accepted())
		assert.LessOrEqual(t, len(unread.Body), maxErrorBody)
		assert.Len(t, m.Requests(), 1)
	}
}

func TestAnswersOfSuccessThatAreNotTheAPIs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		contentType, body string
		accepted          bool
	}{
		"HTML":                  {"text/html; charset=utf-8", "<!doctype html><p>Hello", false},
		"HTML named JSON":       {"application/json", "\ufeff \n<html>", false},
		"empty page":            {"text/html", "", false},
		"XHTML":                 {"application/xhtml+xml", "hello", false},
		"broken JSON":           {"application/json", `{"id":"msg_1",,}`, true},
		"text":                  {"text/plain", `OK`, true},
		"other JSON":            {"application/json", `"OK"`, true},
		"null":                  {"application/json", `null`, true},
		"two values":            {"application/json", `{"id":"msg_1"} {"id":"msg_2"}`, true},
		"wrong types":           {"application/json", `{"id":{"a":1}}`, true},
		"broken JSON, odd type": {"text/html", `{"id":`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMockAPI(t)
			m.RegisterResponder(http.MethodPost, testBase+sendPath, answerWith(http.StatusAccepted, test.contentType, test.body))
			accepted, err := m.number(t).Messages.Send(t.Context(), testSend())
			assert.Nil(t, accepted)
			var unread *DecodeError
			require.ErrorAs(t, err, &unread)
			assert.Equal(t, test.accepted, unread.Accepted())
			assert.Equal(t, http.StatusAccepted, unread.StatusCode)
			assert.Equal(t, test.contentType, unread.ContentType)
			assert.Equal(t, strings.TrimPrefix(test.body, "\ufeff"), string(unread.Body))
			assert.Equal(t, !test.accepted, isA[*OutcomeUnknownError](err))
			assert.NotEmpty(t, unread.IdempotencyKey)
		})
	}
}

// JSON under the content type of a page is still the API's answer.
func TestJSONWithTheWrongContentType(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterResponder(http.MethodPost, testBase+sendPath, answerWith(http.StatusAccepted, "text/html", testAccepted))
	accepted, err := m.number(t).Messages.Send(t.Context(), testSend())
	require.NoError(t, err)
	assert.Equal(t, "msg_1", accepted.ID)
}

func TestSuccessIsAnyTwoHundred(t *testing.T) {
	t.Parallel()
	for status := 200; status <= 299; status++ {
		m := newMockAPI(t)
		m.answer(http.MethodPost, sendPath, status, testAccepted)
		_, err := m.number(t).Messages.Send(t.Context(), testSend())
		require.NoError(t, err, status)
	}
}

func TestRowsOfTheOtherKindAreAScopeError(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/api-keys", http.StatusOK, `[{"numberId":"num_1","keyId":"key_1","key":null,"revealable":false}]`)
	_, err := m.number(t).Key.List(t.Context())
	assert.True(t, isA[*TenantScopeError](err), "%v", err)
	require.ErrorIs(t, err, CodeTenantScopeNotAllowed)

	m = newMockAPI(t)
	m.answer(http.MethodGet, "/v1/api-keys", http.StatusOK, `[{"id":"key_1","name":"Default","keyPrefix":"ps_9f1c"}]`)
	_, err = m.tenant(t).APIKeys.List(t.Context())
	assert.True(t, isA[*NumberScopeError](err), "%v", err)
	require.ErrorIs(t, err, CodeNumberScopeNotAllowed)

	// A row of neither kind is no proof.
	m = newMockAPI(t)
	m.answer(http.MethodGet, "/v1/api-keys", http.StatusOK, `[{"name":"Default"}]`)
	_, err = m.tenant(t).APIKeys.List(t.Context())
	assert.True(t, isA[*DecodeError](err), "%v", err)
	_, err = m.number(t).Key.List(t.Context())
	assert.True(t, isA[*DecodeError](err), "%v", err)

	// Nor is one of both.
	m = newMockAPI(t)
	m.answer(http.MethodGet, "/v1/api-keys", http.StatusOK, `[{"id":"key_1","keyId":"key_1"}]`)
	_, err = m.tenant(t).APIKeys.List(t.Context())
	require.NoError(t, err)
	_, err = m.number(t).Key.List(t.Context())
	require.NoError(t, err)
}

func TestListsBareAndWrapped(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]int{
		`[]`:                             0,
		`[{"id":"a"},{"id":"b"}]`:        2,
		`{"data":[{"id":"a"}]}`:          1,
		`{"numbers":[{"id":"a"}],"x":1}`: 1,
		`null`:                           0,
	} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/numbers", http.StatusOK, body)
		numbers, err := m.tenant(t).Numbers.List(t.Context())
		require.NoError(t, err, body)
		assert.Len(t, numbers, want)
	}
	for _, body := range []string{`{"other":[]}`, `"x"`, `[{"name":"no id"}]`, `{"data":{}}`} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/numbers", http.StatusOK, body)
		_, err := m.tenant(t).Numbers.List(t.Context())
		assert.True(t, isA[*DecodeError](err), "%s: %v", body, err)
	}
}

// brokenBody is an answer that breaks off.
type brokenBody struct{ io.Reader }

func (b brokenBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (brokenBody) Close() error { return nil }

// An error answer that breaks off is still an answer: its status counts.
func TestErrorAnswerThatBreaksOff(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(http.MethodPost, sendPath, func(*http.Request) (*http.Response, error) {
		resp := httpmock.NewStringResponse(http.StatusBadRequest, "")
		resp.Body = brokenBody{strings.NewReader(`{"error":"to`)}
		return resp, nil
	})
	_, err := m.number(t).Messages.Send(t.Context(), testSend())
	var apiErr *APIError
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, http.StatusBadRequest, apiErr.StatusCode)
	assert.Len(t, m.Requests(), 1)
}

// Answers that leave out what they are about are no answers.
func TestAnswersWithoutTheirPoint(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`, `{"valid":null}`} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/remote-pairing/token_1", http.StatusOK, body)
		_, err := m.public(t).Pairing.Info(t.Context(), "token_1")
		assert.True(t, isA[*DecodeError](err), "%s: %v", body, err)
	}
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/remote-pairing/token_1", http.StatusOK, `{"valid":true,"name":"Branch 2","state":"CLOSE","primaryLink":{"state":"CLOSE"}}`)
	info, err := m.public(t).Pairing.Info(t.Context(), "token_1")
	require.NoError(t, err)
	assert.Equal(t, PairingInfo{Valid: true, Name: "Branch 2", State: ConnectionStateClosed, PrimaryDevice: &DeviceStatus{State: ConnectionStateClosed}}, *info)

	m.answer(http.MethodPost, "/v1/numbers/check", http.StatusOK, `{"results":[null]}`)
	_, err = m.number(t).Contacts.Check(t.Context(), "+5511999990000")
	assert.True(t, isA[*DecodeError](err), "%v", err)
}

// A conflict whose body broke off may be a key in use: it is not settled.
func TestConflictThatBrokeOff(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(http.MethodPost, sendPath, func(*http.Request) (*http.Response, error) {
		resp := httpmock.NewStringResponse(http.StatusConflict, "")
		resp.Body = brokenBody{strings.NewReader(`{"error":"ke`)}
		return resp, nil
	})
	_, err := m.number(t).Messages.Send(t.Context(), testSend())
	assert.True(t, isA[*OutcomeUnknownError](err), "%v", err)
	assert.Len(t, m.Requests(), 4)
}

// The API's text cannot forge lines of a log.
func TestErrorsAreOneLine(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, getPath, http.StatusBadRequest, `{"error":"no\r\nlevel=INFO msg=\"\u001b[32mall is well\"","code":"A\nB"}`)
	_, err := m.number(t).Messages.Get(t.Context(), "msg_1")
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "\n")
	assert.NotContains(t, err.Error(), "\x1b")
}

// A message that is too long to look through stands in its field only.
func TestMessagesThatAreTooLong(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	text := strings.Repeat("-", 4<<10+1)
	m.answer(http.MethodPost, sendPath, http.StatusBadRequest, `{"error":"`+text+`","code":"`+strings.Repeat("X", maxCode+1)+`"}`)
	_, err := m.number(t).Messages.Send(t.Context(), testSend())
	require.EqualError(t, err, "Messages.Send: 400: (message withheld)")
	var apiErr *APIError
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, text, apiErr.Message)
	assert.Contains(t, string(apiErr.Body), text)
}

// A list without rows is empty, not null, for whoever passes it on.
func TestEmptyListsAreNotNil(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/numbers", http.StatusOK, `[]`)
	numbers, err := m.tenant(t).Numbers.List(t.Context())
	require.NoError(t, err)
	assert.NotNil(t, numbers)
}
