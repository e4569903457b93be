package pilotstatus

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCredentials(t *testing.T) {
	t.Parallel()
	good := []Credential{APIKey("ps_x"), APIKey("ps_test_0123"), APIKey("ps_live_0123"), APIKeyID("key_8HT2"), APIKeyID("ps_x")}
	for _, cred := range good {
		_, err := NewNumberClient(cred)
		require.NoError(t, err)
		_, err = NewTenantClient(cred)
		require.NoError(t, err)
	}
	bad := map[string]Credential{
		"zero":          {},
		"empty key":     APIKey(""),
		"empty id":      APIKeyID(""),
		"prefix only":   APIKey("ps_"),
		"no prefix":     APIKey("sk_0123456789"),
		"upper case":    APIKey("PS_0123456789"),
		"blank before":  APIKey(" ps_0123456789"),
		"newline":       APIKey("ps_0123456789\n"),
		"control byte":  APIKey("ps_01234\x0056789"),
		"accent":        APIKey("ps_0123é"),
		"blank in id":   APIKeyID("key 8HT2"),
		"return in id":  APIKeyID("key_8HT2\r\nX-Evil: 1"),
		"redacted form": APIKey("ps_…wxyz"),
		"redacted":      APIKey("[redacted]"),
	}
	for name, cred := range bad {
		_, err := NewNumberClient(cred)
		requireValidation(t, err, "credential")
		_, err = NewTenantClient(cred)
		requireValidation(t, err, "credential")
		if cred.reveal != nil && len(cred.reveal()) > 3 {
			assert.NotContains(t, err.Error(), strings.TrimSpace(cred.reveal()), name)
		}
	}
}

func TestBaseURLs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://pilotstatus.com.br":        "https://pilotstatus.com.br/v1/numbers",
		"https://pilotstatus.com.br/":       "https://pilotstatus.com.br/v1/numbers",
		"https://pilotstatus.com.br/v1":     "https://pilotstatus.com.br/v1/numbers",
		"https://pilotstatus.com.br/v1/":    "https://pilotstatus.com.br/v1/numbers",
		"https://PilotStatus.com.br/v1/":    "https://PilotStatus.com.br/v1/numbers",
		"https://proxy.example/wa":          "https://proxy.example/wa/v1/numbers",
		"https://proxy.example/wa/v1":       "https://proxy.example/wa/v1/numbers",
		"https://proxy.example/wa/v1/":      "https://proxy.example/wa/v1/numbers",
		"https://proxy.example/a%2Fb/v1":    "https://proxy.example/a%2Fb/v1/numbers",
		"https://proxy.example:8443/v1":     "https://proxy.example:8443/v1/numbers",
		"https://proxy.example/api/v1":      "https://proxy.example/api/v1/numbers",
		"http://127.0.0.1:8080":             "http://127.0.0.1:8080/v1/numbers",
		"http://localhost:8080/v1":          "http://localhost:8080/v1/numbers",
		"http://[::1]:8080":                 "http://[::1]:8080/v1/numbers",
		"https://xn--mnchen-3ya.example/v1": "https://xn--mnchen-3ya.example/v1/numbers",
	} {
		m := newMockAPI(t)
		m.RegisterNoResponder(jsonResponder(http.StatusOK, `[]`))
		_, err := m.tenant(t, WithBaseURL(text)).Numbers.List(t.Context())
		require.NoError(t, err, text)
		assert.Equal(t, want, m.Requests()[0].URL, text)
	}
	for _, text := range []string{
		"", " ", "pilotstatus.com.br", "/v1", "https://", "https:///v1", "mailto:a@b.example", "ftp://pilotstatus.com.br",
		"http://pilotstatus.com.br", "http://10.0.0.1", "http://localhost.example", "http://127.0.0.1.example",
		"https://user:secret@pilotstatus.com.br", "https://user@pilotstatus.com.br",
		"https://pilotstatus.com.br?x=secret", "https://pilotstatus.com.br?", "https://pilotstatus.com.br#secret", "https://pilotstatus.com.br#",
		"https://pilotstatus.com.br/api", "https://pilotstatus.com.br/api/v1", "https://pilotstatus.com.br/v2", "https://pilotstatus.com.br/v1/v1",
		"https://proxy.example/a/../v1", "https://proxy.example/%2e%2e/v1", "https://secret\x7f.example", "https://h:port",
	} {
		_, err := NewNumberClient(APIKey(testNumberKey), WithBaseURL(text))
		requireValidation(t, err, "base URL")
		assert.NotContains(t, err.Error(), "secret")
	}
	_, err := NewNumberClient(APIKey(testNumberKey), WithBaseURL("https://pilotstatus.com.br/api/v1"))
	assert.ErrorContains(t, err, "https://pilotstatus.com.br")
}

func TestDefaultBaseURL(t *testing.T) {
	t.Parallel()
	client, err := NewNumberClient(APIKey(testNumberKey))
	require.NoError(t, err)
	assert.Equal(t, "https://pilotstatus.com.br", client.core().baseURL.String())
	transport, ok := client.core().options.transport.(*http.Transport)
	require.True(t, ok)
	assert.NotSame(t, http.DefaultTransport, transport)
	assert.Equal(t, 512, transport.MaxIdleConnsPerHost)
	assert.Equal(t, 30*time.Second, client.core().timeout())
}

func TestOptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	for field, opt := range map[string]Option{
		"option":          nil,
		"http client":     WithHTTPClient(nil),
		"attempt timeout": WithAttemptTimeout(0),
		"user agent":      WithUserAgent("orders\r\nX-Evil: 1"),
	} {
		_, err := NewNumberClient(APIKey(testNumberKey), opt)
		requireValidation(t, err, field)
		_, err = NewTenantClient(APIKey(testTenantKey), opt)
		requireValidation(t, err, field)
		_, err = NewPublicClient(opt)
		requireValidation(t, err, field)
	}
	_, err := NewPublicClient(WithUserAgent(" "))
	requireValidation(t, err, "user agent")
	_, err = NewPublicClient(WithAttemptTimeout(-1))
	requireValidation(t, err, "attempt timeout")
	_, err = NewPublicClient(WithHTTPClient(&http.Client{Timeout: -1}))
	requireValidation(t, err, "http client")
}

// credentials returns the headers of a request that say who is asking.
func credentials(h http.Header) http.Header {
	found := http.Header{}
	for _, name := range []string{"X-Api-Key", "X-Api-Key-Id", "X-Whatsapp-Number-Id", "Authorization", "Cookie"} {
		if values, ok := h[name]; ok {
			found[name] = values
		}
	}
	return found
}

func TestEachClientSendsItsOwnCredential(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, getPath, http.StatusOK, `{"id":"msg_1"}`)
	m.answer(http.MethodGet, "/v1/numbers", http.StatusOK, `[]`)
	m.answer(http.MethodPost, "/v1/numbers/check", http.StatusOK, `{"results":[]}`)
	m.answer(http.MethodGet, "/v1/remote-pairing/token_1", http.StatusOK, `{"valid":true}`)

	number, tenant := m.number(t), m.tenant(t)
	byID, err := NewNumberClient(APIKeyID("key_8HT2"), m.options(nil)...)
	require.NoError(t, err)
	for _, test := range []struct {
		call func(context.Context) error
		want http.Header
	}{
		{func(ctx context.Context) error { _, err := number.Messages.Get(ctx, "msg_1"); return err }, http.Header{"X-Api-Key": {testNumberKey}}},
		{func(ctx context.Context) error { _, err := byID.Messages.Get(ctx, "msg_1"); return err }, http.Header{"X-Api-Key-Id": {"key_8HT2"}}},
		{func(ctx context.Context) error { _, err := tenant.Numbers.List(ctx); return err }, http.Header{"X-Api-Key": {testTenantKey}}},
		{func(ctx context.Context) error { _, err := number.Contacts.Check(ctx, "+5511999990000"); return err }, http.Header{"X-Api-Key": {testNumberKey}}},
		{func(ctx context.Context) error {
			_, err := tenant.Number("num_1").Contacts.Check(ctx, "+5511999990000")
			return err
		}, http.Header{"X-Api-Key": {testTenantKey}, "X-Whatsapp-Number-Id": {"num_1"}}},
		{func(ctx context.Context) error {
			return tenant.Number("num_1").Do(ctx, Request{Method: http.MethodGet, Path: getPath}, nil)
		}, http.Header{"X-Api-Key": {testTenantKey}, "X-Whatsapp-Number-Id": {"num_1"}}},
		{func(ctx context.Context) error { _, err := tenant.Pairing.Info(ctx, "token_1"); return err }, http.Header{}},
		{func(ctx context.Context) error { _, err := m.public(t).Pairing.Info(ctx, "token_1"); return err }, http.Header{}},
	} {
		require.NoError(t, test.call(t.Context()))
		requests := m.Requests()
		assert.Equal(t, test.want, credentials(requests[len(requests)-1].Header))
	}
}

func TestZeroClientsAndNilContexts(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"number":      func() error { _, err := NumberClient{}.Messages.Send(ctx, testSend()); return err },
		"number do":   func() error { return (&NumberClient{}).Do(ctx, Request{Method: "GET", Path: "/v1/x"}, nil) },
		"tenant":      func() error { _, err := TenantClient{}.Numbers.List(ctx); return err },
		"tenant open": func() error { _, err := (&TenantClient{}).OpenNumber(ctx, "num_1"); return err },
		"nil tenant":  func() error { _, err := (*TenantClient)(nil).Number("num_1").Contacts.Check(ctx, "+55"); return err },
		"zero view":   func() error { _, err := NumberView{}.Contacts.Check(ctx, "+55"); return err },
		"view of zero": func() error {
			return (&TenantClient{}).Number("num_1").Do(ctx, Request{Method: "GET", Path: "/v1/x"}, nil)
		},
		"public":  func() error { _, err := PublicClient{}.Pairing.Info(ctx, "token_1"); return err },
		"service": func() error { _, err := MessagesService{}.Get(ctx, "msg_1"); return err },
		"core":    func() error { return (&Client{}).Do(ctx, Request{Method: "GET", Path: "/v1/x"}, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireValidation(t, call(), "client")
		})
	}
	(&Client{}).CloseIdleConnections()
	(*Client)(nil).CloseIdleConnections()

	m := newMockAPI(t)
	var none context.Context
	_, err := m.number(t).Messages.Get(none, "msg_1")
	requireValidation(t, err, "ctx")
	_, err = m.number(t).Messages.Get(ContextWithAttemptTimeout(none, time.Second), "msg_1")
	requireValidation(t, err, "ctx")
	_, err = m.number(t).Messages.Get(ContextWithAttemptTimeout(ctx, 0), "msg_1")
	requireValidation(t, err, "ctx")
	assert.Empty(t, m.Requests())
}

func TestViewOfABadID(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	tenant := m.tenant(t)
	for _, id := range []string{"", " ", ".", "..", "num_1\n", "num 1", "núm", "num_1\r\nX-Evil: 1"} {
		view := tenant.Number(id)
		_, err := view.Contacts.Check(t.Context(), "+5511999990000")
		requireValidation(t, err, "id")
		requireValidation(t, view.Do(t.Context(), Request{Method: http.MethodGet, Path: "/v1/x"}, nil), "id")
		_, err = tenant.OpenNumber(t.Context(), id)
		requireValidation(t, err, "id")
	}
	assert.Empty(t, m.Requests())
}

// An embedded client that was swapped by hand does not carry a key to an operation
// of the other scope.
func TestSwappedClients(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	number, tenant := m.number(t), m.tenant(t)
	ctx := t.Context()

	_, err := MessagesService{tenant.Client}.Send(ctx, testSend())
	requireValidation(t, err, "client")
	_, err = MessagesService{tenant.Number("num_1").Client}.Send(ctx, testSend())
	requireValidation(t, err, "client")
	_, err = NumbersService{number.Client}.List(ctx)
	requireValidation(t, err, "client")
	_, err = PairingService{tenant.Client}.Info(ctx, "token_1")
	requireValidation(t, err, "client")
	_, err = ContactsService{tenant.Client}.Check(ctx, "+5511999990000")
	requireValidation(t, err, "client")

	tenant.Client = number.Client
	_, err = tenant.Number("num_1").Contacts.Check(ctx, "+5511999990000")
	requireValidation(t, err, "client")
	assert.Empty(t, m.Requests())
}

func TestOpenNumber(t *testing.T) {
	t.Parallel()
	const rows = `[{"numberId":"num_1","keyId":"key_1","key":"ps_first_key_0123456789","revealable":true},
		{"numberId":"num_2","keyId":"key_2","key":null,"revealable":false}]`
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/api-keys", http.StatusOK, rows)
	m.answer(http.MethodPost, sendPath, http.StatusAccepted, testAccepted)
	tenant := m.tenant(t, WithUserAgent("orders/2.1"))

	number, err := tenant.OpenNumber(t.Context(), "num_1", WithUserAgent("shipping/1.0"))
	require.NoError(t, err)
	_, err = number.Messages.Send(t.Context(), testSend())
	require.NoError(t, err)
	sent := m.Requests()[1]
	assert.Equal(t, http.Header{"X-Api-Key": {"ps_first_key_0123456789"}}, credentials(sent.Header))
	assert.Equal(t, "shipping/1.0 pilotstatus-go/"+Version, sent.Header.Get("User-Agent"))
	assert.Equal(t, "orders/2.1 pilotstatus-go/"+Version, m.Requests()[0].Header.Get("User-Agent"))

	for _, id := range []string{"num_2", "num_3"} {
		_, err = tenant.OpenNumber(t.Context(), id)
		var unavailable *KeyUnavailableError
		require.ErrorAs(t, err, &unavailable)
		assert.Equal(t, id, unavailable.NumberID)
		assert.NotContains(t, err.Error(), id)
	}
	_, err = tenant.OpenNumber(t.Context(), "num_1", WithAttemptTimeout(-1))
	requireValidation(t, err, "attempt timeout")

	keys, err := tenant.APIKeys.List(t.Context())
	require.NoError(t, err)
	_, err = NewNumberClient(keys[0].Credential())
	require.NoError(t, err)
	_, err = NewNumberClient(keys[1].Credential())
	assert.True(t, isA[*KeyUnavailableError](err))
}

// An opened number shares the connections of its tenant client.
func TestOpenNumberSharesTheTransport(t *testing.T) {
	t.Parallel()
	tenant, err := NewTenantClient(APIKey(testTenantKey))
	require.NoError(t, err)
	number, err := tenant.open(NumberKey{NumberID: "num_1", Key: NewSecret("ps_first_key_0123456789")}, tenant.core().options)
	require.NoError(t, err)
	assert.Same(t, tenant.core().options.transport, number.core().options.transport)
	assert.Same(t, tenant.core(), tenant.Number("num_1").core())
	assert.Same(t, tenant.core(), tenant.Pairing.client.core())
}

func TestDo(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterNoResponder(jsonResponder(http.StatusOK, `{"answer":42}`))
	number := m.number(t)

	var out struct{ Answer int }
	require.NoError(t, number.Do(t.Context(), Request{
		Method: http.MethodPost,
		Path:   "/v1/new%20thing/a%2Fb",
		Query:  url.Values{"to": {"+55 11"}, "x": {"1", "2"}},
		Body:   map[string]any{"a": 1},
	}, &out))
	assert.Equal(t, 42, out.Answer)
	request := m.Requests()[0]
	assert.Equal(t, testBase+"/v1/new%20thing/a%2Fb?to=%2B55+11&x=1&x=2", request.URL)
	assert.JSONEq(t, `{"a":1}`, string(request.Body))
	assert.Empty(t, request.Header.Values("Idempotency-Key"))

	require.NoError(t, number.Do(t.Context(), Request{Method: http.MethodPost, Path: "/v1/x", Body: json.RawMessage(`{"raw":true}`), Retry: RetryKeyed}, nil))
	request = m.Requests()[1]
	assert.JSONEq(t, `{"raw":true}`, string(request.Body))
	assert.Len(t, request.Header.Get("Idempotency-Key"), 26)

	require.NoError(t, number.Do(t.Context(), Request{Method: http.MethodDelete, Path: "/v1/x", Retry: RetryKeyed, IdempotencyKey: "mine"}, nil))
	request = m.Requests()[2]
	assert.Equal(t, "mine", request.Header.Get("Idempotency-Key"))
	assert.Empty(t, request.Header.Values("Content-Type"))

	for name, r := range map[string]Request{
		"Method":         {Method: "get", Path: "/v1/x"},
		"Retry":          {Method: http.MethodGet, Path: "/v1/x", Retry: 9},
		"IdempotencyKey": {Method: http.MethodPost, Path: "/v1/x", IdempotencyKey: "k"},
		"Body":           {Method: http.MethodPost, Path: "/v1/x", Body: func() {}},
	} {
		requireValidation(t, number.Do(t.Context(), r, nil), name)
	}
	for _, path := range []string{
		"", "/", "/v1", "v1/x", "/v2/x", "https://evil.example/v1/x", "//evil.example/v1/x", "/v1/../v2", "/v1/%2e%2e/x", "/v1/a%2F..%2Fb",
		"/v1/x?a=1", "/v1/x#a", "/v1/x\n", "/v1/%0a", "/v1/%zz", `/v1/\evil.example`,
	} {
		requireValidation(t, number.Do(t.Context(), Request{Method: http.MethodGet, Path: path}, nil), "Path")
	}
	assert.Len(t, m.Requests(), 3)
}

// A path of Do is tried once unless its request says otherwise.
func TestDoRetriesAsItIsTold(t *testing.T) {
	t.Parallel()
	for class, attempts := range map[RetryClass]int{RetryNever: 1, RetryUnsent: 1, RetrySafe: 4, RetryKeyed: 4} {
		m := newMockAPI(t)
		m.RegisterNoResponder(jsonResponder(http.StatusServiceUnavailable, `{}`))
		require.Error(t, m.number(t).Do(t.Context(), Request{Method: http.MethodGet, Path: "/v1/x", Retry: class}, nil))
		assert.Len(t, m.Requests(), attempts, class)
	}
}

func TestClientsFromTheEnvironment(t *testing.T) {
	unset := func(t *testing.T) {
		t.Helper()
		for _, name := range []string{envNumberKey, envNumberKeyID, envTenantKey, envTenantKeyID, envBaseURL} {
			t.Setenv(name, "")
		}
	}
	t.Run("number", func(t *testing.T) {
		unset(t)
		_, err := NumberClientFromEnv()
		requireValidation(t, err, envNumberKey)
		t.Setenv(envNumberKey, testNumberKey)
		t.Setenv(envBaseURL, "https://proxy.example/v1")
		client, err := NumberClientFromEnv()
		require.NoError(t, err)
		assert.Equal(t, "https://proxy.example", client.core().baseURL.String())
		client, err = NumberClientFromEnv(WithBaseURL("https://other.example"))
		require.NoError(t, err)
		assert.Equal(t, "https://other.example", client.core().baseURL.String())
		t.Setenv(envNumberKeyID, "key_1")
		_, err = NumberClientFromEnv()
		requireValidation(t, err, envNumberKey)
		assert.NotContains(t, err.Error(), testNumberKey)
	})
	t.Run("tenant", func(t *testing.T) {
		unset(t)
		t.Setenv(envNumberKey, testNumberKey)
		_, err := TenantClientFromEnv()
		requireValidation(t, err, envTenantKey)
		t.Setenv(envTenantKeyID, "key_1")
		client, err := TenantClientFromEnv()
		require.NoError(t, err)
		assert.Equal(t, headerAPIKeyID, client.cred.header)
		t.Setenv(envTenantKey, "no prefix")
		t.Setenv(envTenantKeyID, "")
		_, err = TenantClientFromEnv()
		requireValidation(t, err, envTenantKey)
		t.Setenv(envTenantKey, testTenantKey)
		t.Setenv(envBaseURL, "http://pilotstatus.com.br")
		_, err = TenantClientFromEnv()
		requireValidation(t, err, envBaseURL)
	})
}

// An error names the variable to set or to correct, and no value.
func TestErrorsOfTheEnvironmentNameTheVariable(t *testing.T) {
	names := []string{envNumberKey, envNumberKeyID, envTenantKey, envTenantKeyID, envBaseURL}
	for name, test := range map[string]struct {
		env    map[string]string // the others are not set at all
		tenant bool
		field  string
		says   []string
	}{
		"nothing":             {nil, false, envNumberKey, []string{"not set", envNumberKeyID}},
		"nothing, tenant":     {nil, true, envTenantKey, []string{"not set", envTenantKeyID}},
		"empty key":           {map[string]string{envNumberKey: ""}, false, envNumberKey, []string{envNumberKey + " is set, but empty"}},
		"empty id":            {map[string]string{envTenantKeyID: ""}, true, envTenantKey, []string{envTenantKeyID + " is set, but empty"}},
		"both":                {map[string]string{envNumberKey: "ps_1", envNumberKeyID: "id1"}, false, envNumberKey, []string{envNumberKeyID, "both"}},
		"both, tenant":        {map[string]string{envTenantKey: "ps_1", envTenantKeyID: "id1"}, true, envTenantKey, []string{envTenantKeyID, "both"}},
		"the other kind":      {map[string]string{envTenantKey: "ps_1"}, false, envNumberKey, []string{"not set", envTenantKey, "TenantClientFromEnv"}},
		"the other kind's id": {map[string]string{envNumberKeyID: "id1"}, true, envTenantKey, []string{envNumberKeyID, "NumberClientFromEnv"}},
		"no key":              {map[string]string{envNumberKey: "sk_secret"}, false, envNumberKey, []string{"ps_"}},
		"a blank in it":       {map[string]string{envNumberKey: "ps_secret\n"}, false, envNumberKey, []string{"line breaks"}},
		"a blank in the id":   {map[string]string{envTenantKeyID: "secret 1"}, true, envTenantKeyID, []string{"blanks"}},
		"no URL":              {map[string]string{envNumberKey: "ps_secret", envBaseURL: "secret"}, false, envBaseURL, []string{"no URL"}},
		"URL with a password": {map[string]string{envTenantKey: "ps_secret", envBaseURL: "https://u:secret@h"}, true, envBaseURL, []string{"password"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, name := range names {
				t.Setenv(name, "") // so that it is restored
				require.NoError(t, os.Unsetenv(name))
			}
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			_, err := NumberClientFromEnv()
			if test.tenant {
				_, err = TenantClientFromEnv()
			}
			requireValidation(t, err, test.field)
			for _, part := range test.says {
				require.ErrorContains(t, err, part)
			}
			assert.NotContains(t, err.Error(), "secret")
		})
	}
	for _, name := range names {
		t.Setenv(name, "")
	}
	t.Setenv(envNumberKeyID, "id1")
	_, err := NumberClientFromEnv()
	require.NoError(t, err, "an empty variable is not set")
}

// Every method of every service that calls the API takes a context first.
func TestEveryCallTakesAContext(t *testing.T) {
	t.Parallel()
	contextType := reflect.TypeFor[context.Context]()
	for _, client := range []reflect.Type{
		reflect.TypeFor[NumberClient](), reflect.TypeFor[TenantClient](), reflect.TypeFor[NumberView](), reflect.TypeFor[PublicClient](),
	} {
		for field := range client.Fields() {
			service := field.Type
			if !strings.HasSuffix(service.Name(), "Service") {
				continue
			}
			for method := range service.Methods() {
				assert.Equal(t, contextType, method.Type.In(1), "%s.%s", service.Name(), method.Name)
			}
		}
	}
}

// A tenant client has nothing that sends.
func TestTenantClientCannotSend(t *testing.T) {
	t.Parallel()
	for _, client := range []reflect.Type{reflect.TypeFor[TenantClient](), reflect.TypeFor[NumberView](), reflect.TypeFor[PublicClient]()} {
		_, found := client.FieldByName("Messages")
		assert.False(t, found, client.Name())
	}
}

func TestDoRefusesAnOutThatCannotBeSet(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	var none *Message
	for _, out := range []any{Message{}, none, map[string]any{}} {
		err := m.number(t).Do(t.Context(), Request{Method: http.MethodPost, Path: "/v1/x"}, out)
		requireValidation(t, err, "out")
	}
	for _, path := range []string{"/v1/leads/a b%2Fc", "/v1/leads/é%2Fc"} {
		requireValidation(t, m.number(t).Do(t.Context(), Request{Method: http.MethodGet, Path: path}, nil), "Path")
	}
	_, err := NewPublicClient(WithLimiter((*pointerLimiter)(nil)))
	requireValidation(t, err, "limiter")
	requireValidation(t, (&TenantClient{Client: &Client{}}).Number("x").Do(t.Context(), Request{Method: http.MethodGet, Path: "/v1/x"}, nil), "client")
	_, err = NewPublicClient(WithBaseURL("http://LOCALHOST:8080"))
	requireValidation(t, err, "base URL")
	assert.Empty(t, m.Requests())
}

type pointerLimiter struct{}

func (*pointerLimiter) Wait(context.Context) error { return nil }
