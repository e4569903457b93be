package pilotstatus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// unsureTenant returns a tenant client that knows nothing about its key yet.
func (m *mockAPI) unsureTenant(t *testing.T, opts ...Option) *TenantClient {
	t.Helper()
	client, err := NewTenantClient(APIKey(testTenantKey), m.options(opts)...)
	require.NoError(t, err)
	return client
}

// unsureNumber returns a number client that knows nothing about its key yet.
func (m *mockAPI) unsureNumber(t *testing.T, opts ...Option) *NumberClient {
	t.Helper()
	client, err := NewNumberClient(APIKey(testNumberKey), m.options(opts)...)
	require.NoError(t, err)
	return client
}

// sent counts the requests to a path.
func (m *mockAPI) sent(method, path string) int {
	n := 0
	for _, r := range m.Requests() {
		if url, _, _ := strings.Cut(r.URL, "?"); r.Method == method && url == testBase+path {
			n++
		}
	}
	return n
}

func (m *mockAPI) asked() int {
	return m.sent(http.MethodGet, "/v1/branding") + m.sent(http.MethodGet, "/v1/calls/settings")
}

const (
	numberKeyRefused = `{"error":"no","code":"NUMBER_SCOPE_NOT_ALLOWED"}`
	tenantKeyRefused = `{"error":"no","code":"TENANT_SCOPE_NOT_ALLOWED"}`
)

// What a question's end proves, and whether it is remembered: a call that reads goes on
// unless the kind is proven wrong, one that changes something needs an answer.
func TestWhatAnAnswerSaysAboutTheKind(t *testing.T) {
	t.Parallel()
	broken := func(status int, body string) httpmock.Responder {
		return func(*http.Request) (*http.Response, error) {
			resp := httpmock.NewStringResponse(status, "")
			resp.Body = brokenBody{strings.NewReader(body)}
			return resp, nil
		}
	}
	const elsewhere = keyVerdict(100) // open, and a safe call goes on
	allowed, open, wrong := kindAllowed, kindOpen, kindWrong
	for name, c := range map[string]struct {
		answer httpmock.Responder
		want   keyVerdict
	}{
		"success":                   {jsonResponder(200, `{"branding":{}}`), allowed},
		"success without a body":    {jsonResponder(200, ""), allowed},
		"a page":                    {jsonResponder(200, "<html>"), elsewhere},
		"wrong":                     {jsonResponder(403, numberKeyRefused), wrong},
		"wrong, another status":     {jsonResponder(400, numberKeyRefused), wrong},
		"the code of the other one": {jsonResponder(403, tenantKeyRefused), allowed},
		"the code in a success":     {jsonResponder(200, numberKeyRefused), allowed},
		"the code in a failure":     {jsonResponder(500, numberKeyRefused), open},
		"no permission":             {jsonResponder(403, `{"code":"PERMISSION_DENIED"}`), allowed},
		"forbidden without a code":  {jsonResponder(403, ""), elsewhere},
		"no such route":             {jsonResponder(404, "<html>"), elsewhere},
		"no feature":                {jsonResponder(400, `{"code":"FEATURE_NOT_SUPPORTED"}`), allowed},
		"a page of a login":         {jsonResponder(403, "<html>"), elsewhere},
		"a code of another server":  {jsonResponder(403, `{"code":"blocked"}`), elsewhere},
		"a page as a redirect":      {jsonResponder(302, "<html>", "Location", "https://portal.example/"), elsewhere},
		"maintenance":               {jsonResponder(503, "<html>"), open},
		"redirect":                  {jsonResponder(301, "", "Location", "https://elsewhere.example/"), elsewhere},
		"broken refusal":            {broken(403, `{"code":"NUMBER_SC`), open},
		"broken success":            {broken(200, `{"branding":`), open},
		"unauthorized":              {jsonResponder(401, `{"error":"no"}`), open},
		"timeout":                   {jsonResponder(408, ""), open},
		"too early":                 {jsonResponder(425, ""), open},
		"rate limit":                {jsonResponder(429, ""), open},
		"internal":                  {jsonResponder(500, ""), open},
		"permanent":                 {jsonResponder(503, `{"code":"PROVIDER_NOT_CONFIGURED"}`), open},
		"not implemented":           {jsonResponder(501, ""), open},
		"edge":                      {jsonResponder(522, ""), open},
		"connection":                {httpmock.NewErrorResponder(syscall.ECONNRESET), open},
	} {
		m := newMockAPI(t)
		m.RegisterResponder(http.MethodGet, testBase+"/v1/branding", c.answer)
		m.answer(http.MethodGet, "/v1/webhooks", 200, `[]`)
		m.answer(http.MethodDelete, "/v1/webhooks/wh_1", 200, `{"deleted":true}`)
		m.answer(http.MethodPatch, "/v1/webhooks/wh_1", 200, `{"id":"wh_1"}`)
		tenant := m.unsureTenant(t, WithRetry(RetryPolicy{}))
		for round := 1; round <= 2; round++ {
			asked, read, deleted := m.asked(), m.sent(http.MethodGet, "/v1/webhooks"), m.sent(http.MethodDelete, "/v1/webhooks/wh_1")
			_, readErr := tenant.Webhooks.List(t.Context())
			deleteErr := tenant.Webhooks.Delete(t.Context(), "wh_1")
			asked, read, deleted = m.asked()-asked, m.sent(http.MethodGet, "/v1/webhooks")-read, m.sent(http.MethodDelete, "/v1/webhooks/wh_1")-deleted
			switch c.want {
			case open, elsewhere:
				require.NoError(t, readErr, name)
				_, err := tenant.Webhooks.Update(t.Context(), "wh_1", UpdateWebhookRequest{Name: Ptr("hook")})
				assert.Equal(t, c.want == open, isA[*KeyCheckError](err), "%s: %v", name, err)
				var unsent *KeyCheckError
				require.ErrorAs(t, deleteErr, &unsent, name)
				assert.Equal(t, "Webhooks.Delete", unsent.Op)
				assert.Equal(t, OutcomeNotSent, Outcome(deleteErr), name)
				assert.Equal(t, []int{2, 1, 0}, []int{asked, read, deleted}, name)
				continue
			case wrong:
				assert.True(t, isA[*NumberScopeError](readErr), name)
				assert.True(t, isA[*NumberScopeError](deleteErr), name)
				assert.Equal(t, OutcomeNotSent, Outcome(deleteErr), name)
				assert.Equal(t, []int{0, 0}, []int{read, deleted}, name)
			default:
				require.NoError(t, readErr, name)
				require.NoError(t, deleteErr, name)
				assert.Equal(t, []int{1, 1}, []int{read, deleted}, name)
			}
			assert.Equal(t, 2-round, asked, "%s: the answer is remembered", name)
		}
	}
}

// A redirect or a login page as the answer to the question proves nothing, so that no key
// is revoked after it.
func TestNoKeyIsRotatedAfterAPage(t *testing.T) {
	t.Parallel()
	for _, answer := range []httpmock.Responder{
		jsonResponder(200, "<html>log in"), jsonResponder(302, "", "Location", "https://portal.example/"), jsonResponder(403, "<html>"),
	} {
		m := newMockAPI(t)
		m.RegisterResponder(http.MethodGet, testBase+"/v1/calls/settings", answer)
		number := m.unsureNumber(t)
		for range 2 {
			_, err := number.Key.Rotate(t.Context())
			assert.True(t, isA[*KeyCheckError](err), "%v", err)
		}
		assert.Equal(t, 2, m.asked())
		assert.Zero(t, m.sent(http.MethodPost, "/v1/api-keys/regenerate"))
	}
}

// A 401 of the question is found in the error of the call that was not sent.
func TestDeadKeyIsFoundThroughKeyCheckError(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/calls/settings", 401, `{"error":"Invalid or missing API key"}`)
	_, err := m.unsureNumber(t).Key.Rotate(t.Context())
	var unauthorized *UnauthorizedError
	require.ErrorAs(t, err, &unauthorized)
	require.EqualError(t, err, "Key.Rotate: not sent, the API could not be asked of which kind the key is: "+
		"Calls.Settings: 401: Invalid or missing API key")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		assert.Equal(t, err.Error(), fmt.Sprintf(verb, err))
	}
	require.Error(t, (*KeyCheckError)(nil))
	assert.NotEmpty(t, (*KeyCheckError)(nil).Error())
	require.NoError(t, errors.Unwrap((*KeyCheckError)(nil)))
	assert.NotEmpty(t, (&KeyCheckError{}).Error())
}

// The question is repeated like any read, and the observer and the limiter see it.
func TestTheQuestionIsACallOfItsOwn(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(http.MethodGet, "/v1/branding", jsonResponder(503, ""), jsonResponder(200, `{}`))
	m.answer(http.MethodDelete, "/v1/webhooks/wh_1", 200, `{"deleted":true}`)
	var seen attemptLog
	limited := 0
	tenant := m.unsureTenant(t, WithObserver(seen.observe), WithLimiter(limiterFunc(func(context.Context) error { limited++; return nil })))
	require.NoError(t, tenant.Webhooks.Delete(t.Context(), "wh_1"))
	var ops []string
	for _, a := range seen.attempts {
		ops = append(ops, fmt.Sprint(a.Op, " ", a.Index, " ", a.StatusCode))
	}
	assert.Equal(t, []string{"Branding.Get 1 503", "Branding.Get 2 200", "Webhooks.Delete 1 200"}, ops)
	assert.Equal(t, 3, limited)
}

// What is refused here costs no question.
func TestWrongInputCostsNoQuestion(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	tenant := m.unsureTenant(t)
	requireValidation(t, tenant.Webhooks.Delete(t.Context(), ".."), "id")
	_, err := tenant.Webhooks.Create(t.Context(), CreateWebhookRequest{})
	assert.True(t, isA[*ValidationError](err))
	_, err = tenant.Webhooks.List(nil) //nolint:staticcheck // a nil context is what is tried
	requireValidation(t, err, "ctx")
	requireValidation(t, tenant.CheckKey(nil), "ctx") //nolint:staticcheck // as above
	assert.Empty(t, m.Requests())
}

// Many callers at once ask once.
func TestOneQuestionForManyCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMockAPI(t)
		m.RegisterResponder(http.MethodGet, testBase+"/v1/branding", func(req *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return jsonResponder(200, `{}`)(req)
		})
		m.answer(http.MethodDelete, "/v1/webhooks/wh_1", 200, `{"deleted":true}`)
		tenant := m.unsureTenant(t)
		var callers sync.WaitGroup
		for i := range 100 {
			callers.Go(func() {
				time.Sleep(time.Duration(i) * 20 * time.Millisecond) // the last ones come after the answer
				if i%2 == 0 {
					assert.NoError(t, tenant.Webhooks.Delete(t.Context(), "wh_1"))
				} else {
					assert.NoError(t, tenant.Number(fmt.Sprint("num_", i)).Webhooks.Delete(t.Context(), "wh_1"))
				}
			})
		}
		callers.Wait()
		assert.Equal(t, 1, m.asked())
		assert.Equal(t, 100, m.sent(http.MethodDelete, "/v1/webhooks/wh_1"))
	})
}

// A caller that was about to ask when another one got its answer does not.
func TestALateCallerDoesNotAsk(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/branding", 200, `{}`)
	kind := m.unsureTenant(t).kind()
	for range 2 {
		require.NoError(t, kind.flight.do(t.Context(), "Webhooks.List", kind.ask))
	}
	assert.Equal(t, 1, m.asked())
}

// All who wait for a question that fails share its failure.
func TestAFailedQuestionIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMockAPI(t)
		m.RegisterResponder(http.MethodGet, testBase+"/v1/branding", func(req *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return jsonResponder(503, ``)(req)
		})
		tenant := m.unsureTenant(t, WithRetry(RetryPolicy{}))
		var callers sync.WaitGroup
		for range 100 {
			callers.Go(func() {
				assert.True(t, isA[*KeyCheckError](tenant.Webhooks.Delete(t.Context(), "wh_1")))
			})
		}
		callers.Wait()
		assert.Equal(t, 1, m.asked())
	})
}

// A caller that waits obeys its own context, and goes on when the asking one gives up.
func TestWaitingForAQuestionObeysTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMockAPI(t)
		m.RegisterResponder(http.MethodGet, testBase+"/v1/branding", func(req *http.Request) (*http.Response, error) {
			select {
			case <-req.Context().Done():
				return nil, req.Context().Err()
			case <-time.After(10 * time.Second):
				return jsonResponder(200, `{}`)(req)
			}
		})
		m.answer(http.MethodDelete, "/v1/webhooks/wh_1", 200, `{"deleted":true}`)
		tenant := m.unsureTenant(t)
		start := time.Now()
		var callers sync.WaitGroup
		var ends [3]error
		var took [3]time.Duration
		for i, timeout := range []time.Duration{2 * time.Second, time.Second, time.Minute} {
			callers.Go(func() { // the first asks and gives up, the second gives up earlier, the third asks again
				time.Sleep(time.Duration(i) * time.Millisecond)
				ctx, cancel := context.WithTimeout(t.Context(), timeout)
				defer cancel()
				ends[i], took[i] = tenant.Webhooks.Delete(ctx, "wh_1"), time.Since(start)
			})
		}
		callers.Wait()
		require.ErrorIs(t, ends[0], context.DeadlineExceeded)
		var unsent *TransportError
		require.ErrorAs(t, ends[0], &unsent)
		assert.Zero(t, unsent.Attempts)
		assert.Equal(t, "Webhooks.Delete", unsent.Op)
		assert.False(t, isA[*OutcomeUnknownError](ends[0]), "nothing was sent")
		require.ErrorIs(t, ends[1], context.DeadlineExceeded)
		require.NoError(t, ends[2])
		assert.Equal(t, [3]time.Duration{2 * time.Second, time.Second + time.Millisecond, 12 * time.Second}, took)
		assert.Equal(t, 2, m.asked())
		assert.Equal(t, 1, m.sent(http.MethodDelete, "/v1/webhooks/wh_1"))
	})
}

// A panic in the asking call leaves nobody waiting.
func TestAPanicInTheQuestionLeavesNobodyWaiting(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/branding", 200, `{}`)
	m.answer(http.MethodGet, "/v1/webhooks", 200, `[]`)
	var once sync.Once
	tenant := m.unsureTenant(t, WithObserver(func(context.Context, Attempt) { once.Do(func() { panic("an observer's") }) }))
	assert.PanicsWithValue(t, "an observer's", func() { _, _ = tenant.Webhooks.List(t.Context()) })
	_, err := tenant.Webhooks.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 2, m.asked())
}

// The attempt timeout of one call's context is not that of the question, which others
// wait for.
func TestTheQuestionHasTheClientsAttemptTimeout(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterResponder(http.MethodGet, testBase+"/v1/branding", func(req *http.Request) (*http.Response, error) {
		deadline, _ := req.Context().Deadline()
		assert.Greater(t, time.Until(deadline), time.Minute)
		return jsonResponder(200, `{}`)(req)
	})
	m.answer(http.MethodGet, "/v1/webhooks", 200, `[]`)
	tenant := m.unsureTenant(t, WithAttemptTimeout(time.Hour))
	_, err := tenant.Webhooks.List(ContextWithAttemptTimeout(t.Context(), 10*time.Second))
	require.NoError(t, err)
}

// The send path, public clients, opened numbers and Do of a root client never ask.
func TestWhoNeverAsks(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, "/v1/messages/send", 202, testAccepted)
	m.answer(http.MethodGet, "/v1/webhooks", 200, `[]`)
	m.answer(http.MethodGet, "/v1/remote-pairing/tok", 200, `{"valid":true}`)
	m.answer(http.MethodPost, "/v1/api-keys/regenerate", 201, `{"id":"key_2","key":"ps_0123456789abcdef0123"}`)
	m.answer(http.MethodGet, "/v1/api-keys", 200, `[{"numberId":"num_1","keyId":"key_1","key":"`+testNumberKey+`","revealable":true}]`)
	number, tenant := m.unsureNumber(t), m.unsureTenant(t)
	_, err := number.Messages.Send(t.Context(), testSend())
	require.NoError(t, err)
	list := Request{Method: http.MethodGet, Path: "/v1/webhooks"}
	require.NoError(t, number.Do(t.Context(), list, nil))
	require.NoError(t, tenant.Do(t.Context(), list, nil))
	require.NoError(t, m.public(t).Do(t.Context(), list, nil))
	_, err = tenant.Pairing.Info(t.Context(), "tok")
	require.NoError(t, err)
	opened, err := tenant.OpenNumber(t.Context(), "num_1")
	require.NoError(t, err)
	_, err = opened.Key.Rotate(t.Context())
	require.NoError(t, err)
	assert.Zero(t, m.asked())

	// The list of keys has told the tenant's kind, too.
	_, err = tenant.Webhooks.List(t.Context())
	require.NoError(t, err)
	assert.Zero(t, m.asked())
}

// A list of keys tells the kind by its rows; an empty one does not.
func TestAnEmptyListOfKeysIsAsked(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/api-keys", 200, `[]`)
	m.answer(http.MethodGet, "/v1/branding", 403, numberKeyRefused)
	m.answer(http.MethodGet, "/v1/calls/settings", 403, tenantKeyRefused)
	_, err := m.unsureTenant(t).APIKeys.List(t.Context())
	assert.True(t, isA[*NumberScopeError](err), "%v", err)
	_, err = m.unsureNumber(t).Key.List(t.Context())
	assert.True(t, isA[*TenantScopeError](err), "%v", err)

	m.answer(http.MethodGet, "/v1/branding", 503, "")
	keys, err := m.unsureTenant(t).APIKeys.List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, keys)
	assert.NotNil(t, keys)
}

// A refused list of keys proves nothing: the documentation refuses it to the right key.
func TestARefusedListOfKeysProvesNothing(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/api-keys", 403, numberKeyRefused)
	m.answer(http.MethodGet, "/v1/calls/settings", 200, `{"calling":{}}`)
	m.answer(http.MethodGet, "/v1/webhooks", 200, `[]`)
	number := m.unsureNumber(t)
	_, err := number.Key.List(t.Context())
	var refused *NumberScopeError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, 403, refused.StatusCode)
	_, err = number.Webhooks.List(t.Context())
	require.NoError(t, err)
}

// What rows of the wrong kind told is remembered.
func TestRowsOfTheWrongKindAreRemembered(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/api-keys", 200, `[{"id":"key_1","name":"Default","keyPrefix":"ps_9f1c"}]`)
	tenant := m.unsureTenant(t)
	_, err := tenant.APIKeys.List(t.Context())
	require.EqualError(t, err, "APIKeys.List: NUMBER_SCOPE_NOT_ALLOWED: found here: the key of this tenant client is a number's key; "+
		"this was found in the answer, and nothing was changed; use it with NewNumberClient")
	_, err = tenant.Key.Rotate(t.Context())
	require.EqualError(t, err, "Key.Rotate: NUMBER_SCOPE_NOT_ALLOWED: found here: the key of this tenant client is a number's key; "+
		"the call was not sent; use it with NewNumberClient")
	assert.Len(t, m.Requests(), 1)
}

func TestCheckKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		check  func(error) bool // nil: no error
	}{
		"success":                  {200, `{"branding":{}}`, nil},
		"a code of another server": {403, `{"code":"blocked"}`, isA[*APIError]},
		"refused for another why":  {400, `{"code":"FEATURE_NOT_SUPPORTED"}`, nil},
		"no permission":            {403, `{"code":"PERMISSION_DENIED"}`, nil},
		"wrong kind":               {403, numberKeyRefused, isA[*NumberScopeError]},
		"dead":                     {401, `{"error":"no"}`, isA[*UnauthorizedError]},
		"down":                     {503, ``, isA[*APIError]},
		"rate limit":               {429, `{"code":"RATE_LIMITED"}`, isA[*RateLimitError]},
		"no API here":              {404, `<html>`, isA[*NotFoundError]},
		"not the API":              {200, `<html>`, isA[*DecodeError]},
		"moved":                    {301, ``, isA[*APIError]},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodGet, "/v1/branding", c.status, c.body)
		tenant := m.unsureTenant(t)
		for range 2 {
			asked := m.asked()
			err := tenant.CheckKey(t.Context())
			assert.Greater(t, m.asked(), asked, "%s: it always asks", name)
			if c.check == nil {
				require.NoError(t, err, name)
				continue
			}
			assert.True(t, c.check(err), "%s: %v", name, err)
			assert.True(t, strings.HasPrefix(err.Error(), "CheckKey: "), "%s: %v", name, err)
		}
	}
	var noNumber *NumberClient
	requireValidation(t, noNumber.CheckKey(t.Context()), "client")
	requireValidation(t, new(NumberClient).CheckKey(t.Context()), "client")
	var noTenant *TenantClient
	requireValidation(t, noTenant.CheckKey(t.Context()), "client")
	requireValidation(t, new(TenantClient).CheckKey(t.Context()), "client")
	m := newMockAPI(t)
	requireValidation(t, (&NumberClient{Client: m.tenant(t).Client}).CheckKey(t.Context()), "client")
	requireValidation(t, (&TenantClient{Client: m.number(t).Client}).CheckKey(t.Context()), "client")
}

// costSentence stands in the documentation of every operation that may cost a question.
const costSentence = "Both kinds of key may make this call, so a client's first one costs one request more; " +
	"see [NumberClient.CheckKey]."

func TestTheCostIsDocumented(t *testing.T) {
	t.Parallel()
	comments := methodComments(t)
	for _, op := range operationTable(t) {
		want := false
		for _, scope := range []scopeSet{forNumber, forTenant, forView} {
			want = want || op.scopes&scope != 0 && op.takesOtherKind(scope)
		}
		text, ok := comments[op.name]
		require.True(t, ok, op.name)
		assert.Equal(t, want, strings.Contains(text, costSentence), op.name)
	}
}

// A reader who finds a service finds the clients that have it.
func TestServicesNameTheirClients(t *testing.T) {
	t.Parallel()
	clients := []reflect.Type{
		reflect.TypeFor[NumberClient](), reflect.TypeFor[TenantClient](), reflect.TypeFor[NumberView](), reflect.TypeFor[PublicClient](),
	}
	comments := typeComments(t)
	services := map[string][]string{}
	for _, client := range clients {
		for field := range client.Fields() {
			if strings.HasSuffix(field.Type.Name(), "Service") {
				services[field.Type.Name()] = append(services[field.Type.Name()], client.Name())
			}
		}
	}
	require.NotEmpty(t, services)
	for service, has := range services {
		for _, client := range clients {
			named := strings.Contains(comments[service], "of a ["+client.Name()+"]")
			assert.Equal(t, slices.Contains(has, client.Name()), named, "%s and %s", service, client.Name())
		}
	}
}

// typeComments returns the comments of the package's types on one line.
func typeComments(t *testing.T) map[string]string {
	t.Helper()
	comments := map[string]string{}
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, declaration := range file.Decls {
			if types, ok := declaration.(*ast.GenDecl); ok && types.Tok == token.TYPE && len(types.Specs) == 1 {
				if spec, ok := types.Specs[0].(*ast.TypeSpec); ok {
					comments[spec.Name.Name] = strings.Join(strings.Fields(types.Doc.Text()), " ")
				}
			}
		}
	}
	return comments
}

// methodComments returns the comments of the services' methods on one line, by the
// operations' names.
func methodComments(t *testing.T) map[string]string {
	t.Helper()
	comments := map[string]string{}
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, declaration := range file.Decls {
			method, ok := declaration.(*ast.FuncDecl)
			if !ok || method.Recv == nil || method.Doc == nil {
				continue
			}
			receiver, ok := method.Recv.List[0].Type.(*ast.Ident)
			if !ok {
				continue
			}
			service, ok := strings.CutSuffix(receiver.Name, "Service")
			if service == "TenantKey" {
				service = "Key"
			}
			if ok {
				op := service + "." + method.Name.Name
				comments[op] = strings.Join(strings.Fields(comments[op]+method.Doc.Text()), " ")
			}
		}
	}
	return comments
}

// A client that asks while it is printed is no race and shows nothing.
func TestKindIsNotPrinted(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/branding", 403, numberKeyRefused)
	tenant := m.unsureTenant(t)
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() { _, _ = tenant.Webhooks.List(t.Context()) })
		callers.Go(func() {
			var b bytes.Buffer
			_, _ = fmt.Fprintf(&b, "%#v %+v", struct{ C *TenantClient }{tenant}, struct{ C TenantClient }{*tenant})
			assert.NotContains(t, b.String(), testTenantKey)
		})
	}
	callers.Wait()
}
