package pilotstatus

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/go-json-experiment/json"

	"github.com/pilotstatus/pilotstatus-go/internal/repeat"
)

// Client is the authenticated core that [NumberClient], [TenantClient], [NumberView] and
// [PublicClient] share. Its Do calls endpoints that have no method yet. It is safe for
// concurrent use.
type Client struct {
	_         safeWord
	core      func() *core // a closure, so that no printer follows it to the transport and its requests
	scope     scopeSet
	cred      Credential
	transport *authTransport  // adds the credential
	private   func() []string // values that errors must not show: the credential and a view's number
	viewed    func() string   // the id of a view's number, "" elsewhere; a function is not printed
	kind      func() *keyKind // checks that the key is of the client's kind; nil: no check

	// pooled is set for a client of a NumberPool, because its key may change.
	pooled  func() keySource
	problem error // the error of every call of this client; normally nil
}

// core is shared by all clients made from one root. State that changes while calls run, and
// state that a transport can reach, belongs here, because a Client holds the core in a
// closure.
type core struct {
	options

	origin   origin
	repeater *repeat.Repeater
	buffers  sync.Pool   // of *bytes.Buffer, for answers
	tags     sync.Map    // of answerTags, by the reflect.Type of the answer
	http2    atomic.Bool // the last answer came over HTTP/2
	traces   atomic.Bool // the transport tells when it has written headers over HTTP/2
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
	o.makeTransport()
	if o.budget == nil {
		o.budget = newRetryBudget(o.retry.Budget)
	}
	return &core{
		options:  o,
		origin:   originOf(o.baseURL),
		repeater: repeat.New(),
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

// checkScope refuses an operation that is not for this kind of client. It happens if a
// program replaces an embedded client or a service by hand.
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

// CloseIdleConnections closes the connections that no call uses at the moment, including
// those of a transport set with [WithHTTPClient]. The client keeps working. Clients and
// views that share the transport share the connections.
func (c *Client) CloseIdleConnections() {
	if c == nil || c.core == nil {
		return
	}
	if t, ok := c.core().options.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// String returns the kind of the client and its host.
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

// numberIDForBody returns the number id to put into a query or a body. A view sends the id
// of its number in a header: the same id is dropped, and a different one is refused,
// because it is unknown which of the two counts.
func (c *Client) numberIDForBody(id string) (string, error) {
	if id == "" || c == nil || c.scope != forView {
		return id, nil
	}
	if id != c.viewed() {
		return "", invalid("WhatsAppNumberID", "the number view is one of another number; leave it empty")
	}
	return "", nil
}

// keySource knows the current key of a number, which may change during the life of its
// client.
type keySource interface {
	// current returns the client that makes the next call.
	current() *Client

	// renew returns a client with a different key than used, whose key the API refused. It
	// returns nil if the API has no other key.
	renew(ctx context.Context, used *Client) *Client

	// rotated takes the new key that the number's own Key.Rotate returned.
	rotated(cred Credential)
}

// current returns the client that makes the calls of c: c itself, or for a client of a
// pool, one with the current key of the number.
func (c *Client) current() *Client {
	if c == nil || c.pooled == nil {
		return c
	}
	return c.pooled().current()
}

// A number key and a tenant key look alike. An operation that accepts both works with
// either, because the API cannot know which kind the caller means: rotating "the
// workspace's key" with a number key would revoke the number key. The client finds such a
// key before it changes anything.

// keyVerdict is the knowledge about the kind of a client's key.
type keyVerdict uint8

const (
	kindOpen    keyVerdict = iota // nothing yet
	kindAllowed                   // nothing says that it is the wrong kind
	kindWrong                     // the API said so
)

// keyKind knows whether the key of a client is of the right kind. A tenant client and its
// views share one.
type keyKind struct {
	client *Client // the root client, whose calls name no number
	flight singleFlight

	mu      sync.Mutex
	verdict keyVerdict
}

// watchKind makes the client check the kind of its key.
func (c *Client) watchKind() {
	kind := &keyKind{client: c}
	c.kind = func() *keyKind { return kind }
}
