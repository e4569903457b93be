package printtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/davecgh/go-spew/spew"
	"github.com/google/go-cmp/cmp"
	"github.com/kr/pretty"
	"github.com/sanity-io/litter"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

const (
	key = "ps_live_KEYQWERTY0123456789abcd"

	// telling is the part of the key that no printer may show. Its bytes are looked
	// for too, as printers of byte slices write them.
	telling = "KEYQWERTY"
)

// printers are what programs and their tests print values with.
func printers() map[string]func(any) string {
	raw := spew.ConfigState{Indent: " ", DisableMethods: true, SortKeys: true}
	pointers := spew.ConfigState{Indent: " ", DisablePointerMethods: true, ContinueOnMethod: true}
	everything := cmp.Exporter(func(reflect.Type) bool { return true })
	return map[string]func(any) string{
		"spew.Dump":             func(v any) string { return spew.Sdump(v) },
		"spew.Dump, no methods": func(v any) string { return raw.Sdump(v) },
		"spew.Dump, on":         func(v any) string { return pointers.Sdump(v) },
		"spew %v":               func(v any) string { return spew.Sprintf("%v %+v %#v %#+v", v, v, v, v) },
		"litter":                func(v any) string { return litter.Sdump(v) },
		"litter, private":       func(v any) string { return litter.Options{HidePrivateFields: false}.Sdump(v) },
		"pretty":                func(v any) string { return pretty.Sprint(v) + fmt.Sprintf("%# v", pretty.Formatter(v)) },
		"pretty.Diff": func(v any) string {
			return strings.Join(pretty.Diff(v, reflect.Zero(reflect.TypeOf(v)).Interface()), "\n")
		},
		"cmp.Diff":            func(v any) string { return cmp.Diff(v, reflect.Zero(reflect.TypeOf(v)).Interface(), everything) },
		"cmp.Diff of structs": func(v any) string { return cmp.Diff(struct{ A any }{v}, struct{ A any }{1}, everything) },
		"testify": func(v any) string {
			var failure failure
			assert.Equal(&failure, reflect.Zero(reflect.TypeOf(v)).Interface(), v)
			assert.Equal(&failure, struct{ A any }{v}, struct{ A any }{})
			return failure.String()
		},
		"fmt": func(v any) string { return fmt.Sprintf("%v %+v %#v %s %q %x", v, v, v, v, v, v) },
	}
}

// failure keeps what a failing assertion prints.
type failure struct{ strings.Builder }

func (f *failure) Errorf(format string, args ...any) { fmt.Fprintf(f, format, args...) }

// app is a user's struct around a client.
type app struct {
	*pilotstatus.NumberClient

	secret pilotstatus.Secret
	err    error
}

// keeper is a fake transport as many are: it remembers the requests.
type keeper struct {
	mu       sync.Mutex
	requests []*http.Request
	next     http.RoundTripper
}

func (k *keeper) RoundTrip(req *http.Request) (*http.Response, error) {
	k.mu.Lock()
	k.requests = append(k.requests, req)
	k.mu.Unlock()
	return k.next.RoundTrip(req)
}

// requestError is a transport's error that holds the request.
type requestError struct{ Request *http.Request }

func (requestError) Error() string { return "no way" }

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// stage is what a program holds of this package.
type stage struct {
	keeper *keeper
	number *pilotstatus.NumberClient
	tenant *pilotstatus.TenantClient
	public *pilotstatus.PublicClient
	values map[string]any
}

func newStage(t *testing.T, next http.RoundTripper) *stage {
	t.Helper()
	s := &stage{keeper: &keeper{next: next}, values: map[string]any{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "audio") {
			w.Header().Set("Content-Type", "audio/mpeg")
			_, _ = io.WriteString(w, "sound")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/v1/api-keys" {
			_, _ = io.WriteString(w, `[{"numberId":"num_1","keyId":"`+key+`","key":"`+key+`","revealable":true}]`)
			return
		}
		_, _ = io.WriteString(w, `{"id":"msg_1"}`)
	}))
	t.Cleanup(server.Close)
	opts := []pilotstatus.Option{
		pilotstatus.WithBaseURL(server.URL), pilotstatus.WithHTTPClient(&http.Client{Transport: s.keeper}), pilotstatus.WithRetry(pilotstatus.RetryPolicy{}),
	}
	var err error
	s.number, err = pilotstatus.NewNumberClient(pilotstatus.APIKey(key), opts...)
	require.NoError(t, err)
	s.tenant, err = pilotstatus.NewTenantClient(pilotstatus.APIKey(key), opts...)
	require.NoError(t, err)
	s.public, err = pilotstatus.NewPublicClient(opts...)
	require.NoError(t, err)
	handler, err := pilotstatus.NewWebhookHandler(func(context.Context, pilotstatus.Event) error { return nil }, pilotstatus.WithWebhookSecret(key))
	require.NoError(t, err)
	view := s.tenant.Number("num_1")
	listing, err := pilotstatus.NewTenantClient(pilotstatus.APIKey(key), pilotstatus.WithBaseURL(server.URL))
	require.NoError(t, err)
	pool, err := pilotstatus.NewNumberPool(listing, opts...)
	require.NoError(t, err)
	pooled, err := pool.Get(t.Context(), "num_1")
	require.NoError(t, err)
	s.add("pool", pool)
	for name, client := range map[string]any{"number": s.number, "tenant": s.tenant, "view": view, "public": s.public, "pooled": pooled} {
		s.add(name, client)
		for i := range reflect.ValueOf(client).Elem().NumField() {
			s.add(name+" "+reflect.TypeOf(client).Elem().Field(i).Name, reflect.ValueOf(client).Elem().Field(i).Interface())
		}
	}
	secret := pilotstatus.NewSecret(key)
	s.add("secret", secret)
	s.add("secret by pointer", &secret)
	s.add("zero secret", pilotstatus.Secret{})
	s.add("credential", pilotstatus.APIKey(key))
	s.add("zero credential", pilotstatus.Credential{})
	s.add("key", pilotstatus.NumberKey{NumberID: "num_1", Key: secret, KeyID: secret})
	s.add("rotated key", &pilotstatus.RotatedKey{Key: secret})
	s.add("QR code", pilotstatus.QRCode{Secret: secret})
	s.add("options", opts)
	s.add("handler", handler)
	s.add("deduper", pilotstatus.NewMemoryDeduper(0, 0))
	s.add("zero client", &pilotstatus.NumberClient{})
	return s
}

// add adds a value in the ways in which programs hold one.
func (s *stage) add(name string, value any) {
	s.values[name] = value
	s.values[name+" in a struct"] = struct{ A any }{value}
	s.values[name+" in a map"] = map[string]any{"a": value}
	v := reflect.ValueOf(value)
	if v.Kind() == reflect.Pointer && !v.IsNil() && v.Type() != reflect.TypeFor[*pilotstatus.MemoryDeduper]() {
		s.values[name+" by value"] = v.Elem().Interface()
	}
	holder := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "A", Type: v.Type()}})).Elem()
	holder.Field(0).Set(v)
	s.values[name+" alone in a struct"] = holder.Interface()
}

// call makes calls of every kind and adds what comes of them.
func (s *stage) call(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	accepted, sendErr := s.number.Messages.Send(ctx, pilotstatus.SendRequest{
		To: pilotstatus.Phone("+5511987650432"), Content: pilotstatus.TextContent{Body: "x"},
	})
	_, getErr := s.number.Messages.Get(ctx, "msg_1")
	recording, audioErr := s.tenant.PhoneLines.ActivationAudio(ctx, "act_1")
	if recording != nil {
		s.add("recording", recording)
		_, readErr := io.Copy(io.Discard, recording.Body)
		s.addError("read", readErr)
		t.Cleanup(func() { _ = recording.Body.Close() })
	}
	if accepted != nil {
		s.add("accepted", accepted)
	}
	s.addError("send", sendErr)
	s.addError("get", getErr)
	s.addError("audio", audioErr)
	s.values["app"] = app{s.number, pilotstatus.NewSecret(key), getErr}
	s.values["app by pointer"] = &app{s.number, pilotstatus.NewSecret(key), getErr}
	s.values["embedding client"] = struct{ *pilotstatus.NumberClient }{s.number}
	s.values["embedding tenant"] = struct{ *pilotstatus.TenantClient }{s.tenant}
	s.values["embedding core"] = struct{ *pilotstatus.Client }{s.number.Client}
	secret := pilotstatus.NewSecret(key)
	s.values["embedding secret"] = struct{ pilotstatus.Secret }{secret}
	s.values["embedding secret by pointer"] = struct{ *pilotstatus.Secret }{&secret}
}

func (s *stage) addError(name string, err error) {
	if err == nil {
		return
	}
	s.add(name+" error", err)
	s.add(name+" error wrapped", fmt.Errorf("job: %w", err))
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		s.add(name+" error's cause", inner)
	}
}

// check prints everything.
func (s *stage) check(t *testing.T) {
	t.Helper()
	decimals := strings.Trim(fmt.Sprintf("%d", []byte(telling)), "[]")
	for printer, printed := range printers() {
		for name, value := range s.values {
			text := printed(value)
			assert.NotContains(t, text, telling, "%s of %s", printer, name)
			if !strings.HasPrefix(name, "embedding") && !strings.HasPrefix(name, "app") { // a nil pointer is embedded in their zero values
				assert.NotContains(t, text, "PANIC=", "%s of %s", printer, name)
			}
			assert.NotContains(t, text, fmt.Sprintf("%x", telling), "%s of %s", printer, name)
			assert.NotContains(t, text, decimals, "%s of %s", printer, name)
		}
	}
}

// No printer shows the key or dies, before and after calls, whatever came of them.
func TestPrinters(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) roundTrip {
		return func(req *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: status, Header: http.Header{"X-Echo": req.Header["X-Api-Key"]},
				Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1, Request: req,
			}, nil
		}
	}
	for name, next := range map[string]http.RoundTripper{
		"answers":      &http.Transport{},
		"no answer":    roundTrip(func(req *http.Request) (*http.Response, error) { return nil, requestError{req} }),
		"unauthorized": answer(http.StatusUnauthorized, `{"error":"`+key+`"}`),
		"not found":    answer(http.StatusNotFound, `{"error":"no"}`),
		"scope":        answer(http.StatusForbidden, `{"error":"no","code":"TENANT_SCOPE_NOT_ALLOWED"}`),
		"payment":      answer(http.StatusPaymentRequired, `{"error":"no"}`),
		"busy":         answer(http.StatusServiceUnavailable, `{"error":"no"}`),
		"broken":       answer(http.StatusOK, `{"id":"`+key),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, next)
			if name == "answers" {
				s.check(t)
			}
			s.call(t)
			s.check(t)
			s.keeper.mu.Lock()
			defer s.keeper.mu.Unlock()
			require.NotEmpty(t, s.keeper.requests)
			assert.Contains(t, spew.Sdump(s.keeper.requests[0].Header), telling, "the printer finds what it can reach")
		})
	}
}

// Printing while calls are on their way meets nothing that changes.
func TestPrintersWhileCallsRun(t *testing.T) {
	t.Parallel()
	release, arrived := make(chan struct{}), make(chan struct{}, 4)
	s := newStage(t, roundTrip(func(*http.Request) (*http.Response, error) {
		arrived <- struct{}{}
		<-release
		return nil, errors.New("no")
	}))
	var calls sync.WaitGroup
	for range 4 {
		calls.Go(func() { _, _ = s.number.Messages.Get(t.Context(), "msg_1") })
	}
	<-arrived
	s.check(t)
	close(release)
	s.check(t)
	calls.Wait()
}
