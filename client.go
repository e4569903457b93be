package pilotstatus

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"github.com/go-json-experiment/json"
)

// Client is the authenticated core that NumberClient, TenantClient, NumberView
// and PublicClient share. Its Do reaches endpoints that have no method yet. It
// is safe for concurrent use.
type Client struct {
	_         safeWord
	core      func() *core // a closure, so that no printer follows it to the transport and its requests
	scope     scopeSet
	cred      Credential
	transport *authTransport  // adds the credential
	private   func() []string // what an error must not show: the credential and a view's number
	viewed    func() string   // the id of a view's number, "" elsewhere; a function is not printed
	kind      func() *keyKind // whether the key is of the client's kind; nil: nobody asks

	// pooled is set for a client of a NumberPool, whose key may change.
	pooled  func() *pooledNumber
	problem error // why every call of this client fails, nil normally
}

// core is what all clients made from one root share. Whatever changes while calls run,
// and whatever reaches a transport, belongs here: a Client holds it in a closure.
type core struct {
	options

	origin      origin
	retrier     *retrier
	buffers     sync.Pool   // of *bytes.Buffer, for answers
	http2       atomic.Bool // the last answer came over HTTP/2
	traces      atomic.Bool // the transport tells when it has written headers over HTTP/2
	readHeader  http.Header // of a request without a body; shared, never changed
	writeHeader http.Header // of a request with a body; shared, never changed
}

func newClient(scope scopeSet, cred Credential, opts []Option) (*Client, error) {
	if err := cred.validate(); err != nil {
		return nil, err
	}
	o, err := newOptions(opts)
	if err != nil {
		return nil, err
	}
	c := newCore(o).client(scope, cred, "")
	c.watchKind()
	return c, nil
}

func newCore(o options) *core {
	if o.transport == nil {
		o.transport = defaultTransport()
	}
	accept, agent := []string{"application/json"}, []string{o.userAgent}
	return &core{
		options:     o,
		origin:      originOf(o.baseURL),
		retrier:     newRetrier(o.retry),
		readHeader:  http.Header{"Accept": accept, "User-Agent": agent},
		writeHeader: http.Header{"Accept": accept, "User-Agent": agent, "Content-Type": accept},
	}
}

// client returns a client of the core. numberID is set for a view.
func (c *core) client(scope scopeSet, cred Credential, numberID string) *Client {
	return &Client{
		core:      func() *core { return c },
		scope:     scope,
		cred:      cred,
		transport: &authTransport{origin: c.origin, authorize: authorizer(cred, numberID), next: c.options.transport.RoundTrip},
		private: func() []string {
			if cred.reveal == nil {
				return nil
			}
			return []string{cred.reveal(), numberID}
		},
		viewed: func() string { return numberID },
	}
}

// checkScope refuses an operation that is not for this kind of client: an
// embedded client or a service was swapped by hand.
func (c *Client) checkScope(op string, scopes scopeSet) error {
	if scopes&c.scope == 0 {
		return invalid("client", op+" is not for a "+c.scope.String())
	}
	return nil
}

func errNoClient() error {
	return invalid("client", "it is nil or zero; make it with NewNumberClient, NewTenantClient or NewPublicClient")
}

func errNoContext() error { return invalid("ctx", "it is nil; use context.Background()") }

// opDo is the operation name of Client.Do. It is not its path, which may hold ids.
const opDo = "Do"

// Request is one call of an endpoint that has no method in this package.
type Request struct {
	Method string     // as in http.MethodGet
	Path   string     // begins with /v1/; escape ids in it with url.PathEscape
	Query  url.Values // escaped by this package

	// Body is encoded with encoding/json and sent where it is not nil. A
	// json.RawMessage goes out as it is, apart from insignificant blanks.
	Body any

	// IdempotencyKey goes with RetryKeyed only; without one a key is made. See
	// SendRequest.IdempotencyKey.
	IdempotencyKey string

	// Retry says what makes it safe to repeat the call. The zero value is
	// RetryOnce: one attempt.
	Retry RetryClass
}

func (r Request) validate() error {
	switch r.Method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return invalid("Method", "it must be GET, POST, PUT, PATCH or DELETE")
	}
	if r.Retry > RetryKeyed {
		return invalid("Retry", "no such class")
	}
	if r.IdempotencyKey != "" && r.Retry != RetryKeyed {
		return invalid("IdempotencyKey", "it goes with Retry: RetryKeyed only, because net/http repeats what carries a key")
	}
	return validatePath(r.Path)
}

// validatePath refuses a path that leads elsewhere than it says.
func validatePath(path string) error {
	const field = "Path"
	if !strings.HasPrefix(path, "/v1/") {
		return invalid(field, "it must begin with /v1/; the host comes from the base URL")
	}
	if strings.ContainsAny(path, "?#\\") {
		return invalid(field, "it has a query, a fragment or a backslash; use Query")
	}
	plain, err := url.PathUnescape(path)
	if err != nil {
		return invalid(field, "it has a broken percent escape")
	}
	if strings.ContainsFunc(plain, unicode.IsControl) || hasDotSegment(plain) {
		return invalid(field, "it has control characters or dot segments")
	}
	if u := (url.URL{Path: plain, RawPath: path}); plain != path && u.EscapedPath() != path {
		return invalid(field, "it mixes escaped and unescaped characters; escape each id with url.PathEscape")
	}
	return nil
}

// Do calls an endpoint that has no method in this package, with the credential,
// the retries and the errors of every other call, and decodes the JSON answer
// into out. A nil out discards the answer. The path must begin with /v1/ and
// cannot name another host.
func (c *Client) Do(ctx context.Context, r Request, out any) error {
	if err := r.validate(); err != nil {
		return err
	}
	if v := reflect.ValueOf(out); out != nil && (v.Kind() != reflect.Pointer || v.IsNil()) {
		return invalid("out", "it must be a pointer, or nil to discard the answer")
	}
	op := &operation{
		name: opDo, method: r.Method, route: r.Path, retry: r.Retry,
		scopes: forNumber | forTenant | forView | forPublic,
	}
	_, err := c.run(ctx, op, input{query: queryValues{values: r.Query}, body: r.Body, key: r.IdempotencyKey}, out)
	return err
}

// CloseIdleConnections closes the connections that no call uses at the moment,
// those of a transport given with WithHTTPClient included. The client goes on
// working. The clients and views that share the transport share the connections.
func (c *Client) CloseIdleConnections() {
	if c == nil || c.core == nil {
		return
	}
	if t, ok := c.core().options.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// String names the kind of the client and its host.
func (c *Client) String() string {
	if c == nil || c.core == nil {
		return "pilotstatus: zero client"
	}
	return "pilotstatus: " + c.scope.String() + " for " + c.core().baseURL.Host
}

// GoString is String.
func (c *Client) GoString() string { return c.String() }

// LogValue returns the kind of the client and its host.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON writes the kind of the client and its host.
func (c *Client) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }
