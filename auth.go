package pilotstatus

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
)

// Credential authenticates a client: an API key or the id of one. The constructor of the
// client checks it. It is never printed.
type Credential struct {
	problem error // the reason why there is no credential, if known; first, see safeWord
	header  string
	reveal  func() string // a closure, so that no printer can show it
}

// APIKey returns a credential that is sent as x-api-key. A key begins with "ps_"; a number
// key and a tenant key look alike.
func APIKey(key string) Credential {
	return Credential{header: headerAPIKey, reveal: func() string { return key }}
}

// APIKeyID returns a credential that is sent as x-api-key-id: the id of a key, which the
// API accepts in place of the key. Keep it as secret as the key.
func APIKeyID(id string) Credential {
	return Credential{header: headerAPIKeyID, reveal: func() string { return id }}
}

// validate returns the problem of the credential, without its value.
func (c Credential) validate() error {
	const field = "credential"
	if c.problem != nil {
		return c.problem
	}
	if c.reveal == nil {
		return invalid(field, "use APIKey or APIKeyID")
	}
	value := c.reveal()
	switch {
	case value == "":
		return invalid(field, "the key is empty")
	case isRedacted(value):
		return invalid(field, "this is the printed form of a key; store what Secret.Reveal returns")
	case strings.ContainsFunc(value, notHeaderText):
		return invalid(field, "the key has blanks, line breaks or characters that no key has")
	case c.header == headerAPIKey && (!strings.HasPrefix(value, keyPrefix) || value == keyPrefix):
		return invalid(field, "an API key begins with "+keyPrefix+"; for the id of a key use APIKeyID")
	}
	return nil
}

// notHeaderText reports whether a character cannot be part of a key, which is visible
// ASCII.
func notHeaderText(r rune) bool { return r <= ' ' || r > '~' }

// String returns "[redacted]".
func (c Credential) String() string { return redacted }

// Format writes "[redacted]", whatever the verb.
func (c Credential) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// GoString returns "[redacted]".
func (c Credential) GoString() string { return redacted }

// LogValue returns "[redacted]".
func (c Credential) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON writes "[redacted]".
func (c Credential) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// authTransport adds the credential of one client to its requests, and refuses every
// request to another origin than the client's. It is the last code of this package to see a
// request, so a changed URL cannot carry the key elsewhere.
type authTransport struct {
	origin    origin
	authorize func(http.Header, *[2]string)               // a closure over the credential; see authorizer
	next      func(*http.Request) (*http.Response, error) // the transport's RoundTrip
}

// send sends a request that belongs to this attempt alone. Unlike a RoundTripper it adds to
// the headers in place, which saves a copy of both. values is the memory for those headers.
func (t *authTransport) send(req *http.Request, values *[2]string) (*http.Response, error) {
	if !t.origin.covers(req) {
		return nil, invalid("url", "the credential is for the configured base URL only; this request goes elsewhere")
	}
	t.authorize(req.Header, values)
	return t.next(req)
}

// authorizer returns a function that adds the credential and, for a view, the number to the
// headers of a request. It stores their values in the given array.
func authorizer(cred Credential, numberID string) func(http.Header, *[2]string) {
	if cred.reveal == nil {
		return func(http.Header, *[2]string) {}
	}
	return func(h http.Header, values *[2]string) {
		values[0] = cred.reveal()
		h[cred.header] = values[:1:1]
		if numberID != "" {
			values[1] = numberID
			h[headerNumberID] = values[1:]
		}
	}
}

// origin is the only place to which a client may send its credential.
type origin struct {
	scheme    string
	authority string // the host and port as the base URL writes them
}

func originOf(u *url.URL) origin { return origin{scheme: u.Scheme, authority: u.Host} }

// String returns the origin as the beginning of a URL.
func (o origin) String() string { return o.scheme + "://" + o.authority }

// covers reports whether the request goes to this origin. It compares the exact text of the
// base URL. Requests are built from that text, so a different spelling is an error.
func (o origin) covers(req *http.Request) bool {
	u := req.URL
	return u != nil && u.Opaque == "" && u.Scheme == o.scheme && u.Host == o.authority &&
		(req.Host == "" || req.Host == u.Host)
}
