package pilotstatus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// foreignTypes are the types of other packages that may hang on an exported type without
// a function in between. They hold nothing but what is put into them. Whatever else a
// type needs, a transport above all, a request, a body, a lock, a pool, belongs behind a
// closure: a failing test of a user prints all that can be reached.
var foreignTypes = map[string]string{
	"time.Time":       "a value",
	"time.Duration":   "a value",
	"time.Location":   "the zone of a time",
	"json.RawMessage": "what was received",
	"jsontext.Value":  "json.RawMessage under the name that newer versions of Go give it",
	"http.Header":     "of an answer, without the credential",
	"url.Values":      "Request.Query, the user's own",
	"sync.Once":       "MemoryDeduper: it is done before the deduper is used, or at its first use",
	"io.ReadCloser":   "Recording.Body: made of closures, see TestLiveValuesReachNoTransport",
}

// typeWalk looks for types that must not be reached.
type typeWalk struct {
	specs map[string]*ast.TypeSpec
	seen  map[string]bool
	bad   []string
}

// No field of an exported type, however deep, is of a type that may reach a transport.
func TestExportedTypesReachNoTransport(t *testing.T) {
	t.Parallel()
	w := typeWalk{specs: map[string]*ast.TypeSpec{}, seen: map[string]bool{}}
	for _, file := range packageFiles(t) {
		ast.Inspect(file, func(node ast.Node) bool {
			if spec, ok := node.(*ast.TypeSpec); ok {
				w.specs[spec.Name.Name] = spec
			}
			return true
		})
	}
	for name := range w.specs {
		if ast.IsExported(name) {
			w.walk(name, w.specs[name].Name)
		}
	}
	assert.True(t, w.seen["Client"] && w.seen["ActivationAudio"] && w.seen["authTransport"], "the walk gets everywhere")
	slices.Sort(w.bad)
	assert.Empty(t, strings.Join(w.bad, "\n"))
}

// walk looks at a type that is reached by path.
func (w *typeWalk) walk(path string, expr ast.Expr) {
	switch e := expr.(type) {
	case *ast.Ident:
		if spec := w.specs[e.Name]; spec != nil && !w.seen[e.Name] {
			w.seen[e.Name] = true
			w.walk(path, spec.Type)
		}
	case *ast.StarExpr:
		w.walk(path, e.X)
	case *ast.ArrayType:
		w.walk(path, e.Elt)
	case *ast.MapType:
		w.walk(path, e.Key)
		w.walk(path, e.Value)
	case *ast.IndexExpr:
		w.walk(path, e.X)
		w.walk(path, e.Index)
	case *ast.StructType:
		for _, field := range e.Fields.List {
			name := fmt.Sprint(field.Names)
			w.walk(path+" "+name, field.Type)
		}
	case *ast.SelectorExpr:
		name := e.X.(*ast.Ident).Name + "." + e.Sel.Name
		if foreignTypes[name] == "" {
			w.bad = append(w.bad, path+" is a "+name)
		}
	case *ast.FuncType, *ast.InterfaceType: // nothing is in sight of it, or TestLiveValuesReachNoTransport sees what is
	default:
		w.bad = append(w.bad, fmt.Sprintf("%s is a %T", path, expr))
	}
}

// Types with methods that go-spew would call on the wrong memory begin with a safeWord,
// or are more than one pointer.
func TestPrintersFindNoClosureAtTheBeginning(t *testing.T) {
	t.Parallel()
	for _, value := range []any{Secret{}, Client{}, APIError{}, Credential{}, foreignError{}} {
		e := reflect.TypeOf(value)
		if e == reflect.TypeFor[Credential]() {
			assert.Equal(t, "problem", e.Field(0).Name)
			continue
		}
		assert.Equal(t, reflect.TypeFor[safeWord](), e.Field(0).Type, "%s", e)
	}
	for _, name := range slices.Concat(exportedMethods(t, "String"), exportedMethods(t, "Error")) {
		switch name {
		case "TenantScopeError", "NumberScopeError", "UnauthorizedError", "NotFoundError", "RateLimitError": // one *APIError, which begins with a safeWord
			continue
		}
		for _, file := range packageFiles(t) {
			ast.Inspect(file, func(node ast.Node) bool {
				spec, ok := node.(*ast.TypeSpec)
				if !ok || spec.Name.Name != name {
					return true
				}
				if s, ok := spec.Type.(*ast.StructType); ok {
					assert.Greater(t, s.Fields.NumFields(), 1, "%s is one pointer", name)
				}
				return false
			})
		}
	}
}

// reached walks through everything that a printer can follow from a value, and returns
// where it finds a value of another package that foreignTypes does not know, or the key.
func reached(value any) []string {
	w := valueWalk{seen: map[any]bool{}}
	w.walk("", reflect.ValueOf(value), 0)
	return w.bad
}

type valueWalk struct {
	seen map[any]bool
	bad  []string
}

func (w *valueWalk) walk(path string, v reflect.Value, depth int) {
	if !v.IsValid() || depth > 100 {
		return
	}
	if e := v.Type(); e.PkgPath() != "" && e.PkgPath() != reflect.TypeFor[Client]().PkgPath() && !strings.Contains(e.PkgPath(), "pilotstatus") &&
		foreignTypes[e.String()] == "" && e != reflect.TypeFor[time.Weekday]() && v.Kind() != reflect.Interface && v.Kind() != reflect.Func {
		w.bad = append(w.bad, path+" is a "+e.String())
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		key := struct {
			p uintptr
			t reflect.Type
		}{v.Pointer(), v.Type()}
		if v.IsNil() || w.seen[key] {
			return
		}
		w.seen[key] = true
		if v.Elem().Kind() == reflect.Pointer || v.Type().Elem().String() != "time.Location" {
			w.walk(path, v.Elem(), depth+1)
		}
	case reflect.Interface:
		w.walk(path, v.Elem(), depth+1)
	case reflect.Struct:
		if foreignTypes[v.Type().String()] != "" {
			return
		}
		for i := range v.NumField() {
			w.walk(path+"."+v.Type().Field(i).Name, v.Field(i), depth+1)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			w.walk(fmt.Sprintf("%s[%d]", path, i), v.Index(i), depth+1)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			w.walk(path+"[key]", it.Key(), depth+1)
			w.walk(path+"[value]", it.Value(), depth+1)
		}
	case reflect.String:
		if strings.Contains(v.String(), "KEYQWERTY") {
			w.bad = append(w.bad, path+" holds the key")
		}
	case reflect.Chan, reflect.UnsafePointer:
		w.bad = append(w.bad, path+" is a "+v.Type().String())
	}
}

// keepingTransport is what many fakes are: it remembers the requests.
type keepingTransport struct {
	mu       sync.Mutex
	requests []*http.Request
	next     http.RoundTripper
}

func (k *keepingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	k.mu.Lock()
	k.requests = append(k.requests, req)
	k.mu.Unlock()
	return k.next.RoundTrip(req)
}

// requestError is a transport's error that holds the request.
type requestError struct{ Request *http.Request }

func (requestError) Error() string { return "no way" }

// brokenAnswer is a body that ends with an error that holds the request.
type brokenAnswer struct{ request *http.Request }

func (b brokenAnswer) Read([]byte) (int, error) { return 0, requestError{b.request} }

// liveValues returns whatever a program may hold after a call has been made with the
// client of a key, over a transport that keeps requests.
func liveValues(t *testing.T, base string, transport http.RoundTripper) map[string]any {
	t.Helper()
	keep := &keepingTransport{next: transport}
	opts := []Option{
		WithBaseURL(base), WithHTTPClient(&http.Client{Transport: keep}), WithRetry(RetryPolicy{}),
		WithLimiter(limiterFunc(func(context.Context) error { return nil })),
	}
	number, err := NewNumberClient(APIKey(privateKey), opts...)
	require.NoError(t, err)
	tenant, err := NewTenantClient(APIKey(privateKey), opts...)
	require.NoError(t, err)
	public, err := NewPublicClient(opts...)
	require.NoError(t, err)
	view := tenant.Number("num_1")
	values := map[string]any{
		"number": number, "tenant": tenant, "public": public, "view": view, "number by value": *number,
		"core by value": *number.Client, "options": opts, "credential": APIKey(privateKey), "secret": NewSecret(privateKey),
		"deduper": NewMemoryDeduper(0, 0), "zero deduper": new(MemoryDeduper),
	}
	for name, service := range map[string]any{"number": *number, "tenant": *tenant, "view": *view, "public": *public} {
		for i := range reflect.TypeOf(service).NumField() {
			values[name+"."+reflect.TypeOf(service).Field(i).Name] = reflect.ValueOf(service).Field(i).Interface()
		}
	}
	handler, err := NewWebhookHandler(func(context.Context, Event) error { return nil }, WithWebhookSecret(privateKey))
	require.NoError(t, err)
	values["handler"] = handler
	_, values["send"] = number.Messages.Send(t.Context(), testSend())
	_, values["get"] = number.Messages.Get(t.Context(), "msg_1")
	_, values["check"] = view.Contacts.Check(t.Context(), privatePhone)
	values["messages"] = number.Inbox.AllHistory(t.Context(), ListInboxOptions{})
	values["do"] = number.Do(t.Context(), Request{Method: http.MethodGet, Path: "/v1/new"}, nil)
	recording, err := tenant.PhoneLines.ActivationAudio(t.Context(), "act_1")
	values["recording"], values["recording's error"] = recording, err
	if recording != nil {
		_, values["read"] = io.Copy(io.Discard, recording.Body)
		t.Cleanup(func() { _ = recording.Body.Close() })
	}
	if len(keep.requests) > 0 {
		require.NotEmpty(t, reached(keep), "the walk finds what it looks for")
	}
	return values
}

// From whatever a program holds, before and after calls of every end, no printer can
// follow pointers to a transport, a request, a body or the key.
func TestLiveValuesReachNoTransport(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "audio") {
			w.Header().Set("Content-Type", "audio/mpeg")
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<10))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, testAccepted)
	}))
	t.Cleanup(server.Close)
	respond := func(status int, body func(*http.Request) io.Reader) roundTrip {
		return func(req *http.Request) (*http.Response, error) {
			header := http.Header{"Content-Type": {"application/octet-stream"}}
			return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(body(req)), ContentLength: -1, Request: req}, nil
		}
	}
	echo := func(req *http.Request) io.Reader {
		return strings.NewReader(fmt.Sprintf(`{"error":"%v","id":[`, req.Header))
	}
	for name, transport := range map[string]http.RoundTripper{
		"answers":   http.DefaultTransport.(*http.Transport).Clone(),
		"no answer": roundTrip(func(req *http.Request) (*http.Response, error) { return nil, requestError{req} }),
		"wrapped": roundTrip(func(req *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("proxy: %w", &requestError{req})
		}),
		"broken bodies": respond(http.StatusOK, func(req *http.Request) io.Reader { return brokenAnswer{req} }),
		"broken errors": respond(http.StatusBadGateway, func(req *http.Request) io.Reader { return brokenAnswer{req} }),
		"echo":          respond(http.StatusOK, echo),
		"refused echo":  respond(http.StatusBadRequest, echo),
	} {
		for what, value := range liveValues(t, server.URL, transport) {
			assert.Empty(t, reached(value), "%s, %s", name, what)
			assert.Empty(t, reached(struct{ app, other any }{value, &value}), "%s, %s, in a struct", name, what)
			var b strings.Builder
			printAll(&b, value)
			assert.NotContains(t, b.String(), "KEYQWERTY", "%s, %s", name, what)
		}
	}
	err := liveValues(t, server.URL, roundTrip(func(req *http.Request) (*http.Response, error) { return nil, requestError{req} }))["get"].(error)
	var found requestError
	require.ErrorAs(t, err, &found, "it can still be asked for")
	assert.Equal(t, privateKey, found.Request.Header.Get("X-Api-Key"))
}

// A test of a user that fails on a struct with a client prints no key.
func TestFailingAssertionsPrintNoKey(t *testing.T) {
	t.Parallel()
	type service struct {
		Client *NumberClient
		Secret Secret
		Err    error
		name   string
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, testAccepted) }))
	t.Cleanup(server.Close)
	keep := &keepingTransport{next: http.DefaultTransport.(*http.Transport).Clone()}
	client, err := NewNumberClient(APIKey(privateKey), WithBaseURL(server.URL), WithHTTPClient(&http.Client{Transport: keep}))
	require.NoError(t, err)
	failing := new(recordingT)
	for range 2 {
		got := service{client, NewSecret(privateKey), err, "a"}
		assert.Equal(failing, service{name: "b"}, got)
		assert.Equal(failing, &got, client)
		assert.Empty(failing, got)
		assert.Nil(failing, client.Messages)
		assert.ElementsMatch(failing, []any{1}, []any{got, client, client.Messages})
		_, err = client.Messages.Send(t.Context(), testSend())
		require.NoError(t, err)
	}
	require.Len(t, failing.texts, 10)
	assert.NotContains(t, strings.Join(failing.texts, "\n"), "KEYQWERTY")
	keep.mu.Lock()
	defer keep.mu.Unlock()
	assert.Equal(failing, http.Header{}, keep.requests[0].Header)
	assert.Contains(t, failing.texts[10], "KEYQWERTY", "the printer finds what it can reach")
}

// recordingT keeps what a failing assertion prints.
type recordingT struct{ texts []string }

func (r *recordingT) Errorf(format string, args ...any) {
	r.texts = append(r.texts, fmt.Sprintf(format, args...))
}

// While calls are on their way, everything can be printed: whatever changes is behind
// closures. The race detector is what makes this a test.
func TestPrintingWhileCallsRun(t *testing.T) {
	t.Parallel()
	var calls sync.WaitGroup
	release := make(chan struct{})
	transport := roundTrip(func(*http.Request) (*http.Response, error) {
		<-release
		return nil, errors.New("no")
	})
	number, err := NewNumberClient(APIKey(privateKey), WithBaseURL(testBase), WithHTTPClient(&http.Client{Transport: transport}), fastRetries())
	require.NoError(t, err)
	deduper := NewMemoryDeduper(0, 0)
	handler, err := NewWebhookHandler(func(context.Context, Event) error { <-release; return nil }, WithUnverifiedWebhooks(), WithWebhookDeduper(deduper))
	require.NoError(t, err)
	for i := range 4 {
		calls.Go(func() {
			_, _ = number.Messages.Send(t.Context(), testSend())
			_, _ = deduper.Claim(t.Context(), fmt.Sprint(i), time.Minute)
			body := strings.NewReader(fmt.Sprintf(`{"event":"message.sent","data":{"messageId":"%d"}}`, i))
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", body))
		})
	}
	values := []any{number, *number, number.Client, number.Messages, deduper, handler, struct{ a, b, c any }{number, deduper, handler}}
	look := func() {
		for _, value := range values {
			assert.Empty(t, reached(value))
			_ = fmt.Sprintf("%v %+v %#v", value, value, value)
			_, _ = json.Marshal(value)
		}
	}
	look()
	close(release)
	for range 20 {
		look()
	}
	calls.Wait()
}
