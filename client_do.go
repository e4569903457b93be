package pilotstatus

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"unicode"
)

// Request is a call of an endpoint that has no method in this package.
type Request struct {
	Method string     // as in http.MethodGet
	Path   string     // begins with /v1/; escape ids in it with url.PathEscape
	Query  url.Values // escaped by this package

	// Body is encoded with encoding/json and sent if it is not nil. A json.RawMessage is
	// sent unchanged, except for insignificant blanks.
	Body any

	// IdempotencyKey is sent only with [RetryKeyed]. If it is empty, the client makes a
	// key. See [SendRequest].IdempotencyKey.
	IdempotencyKey string

	// Retry decides which failures are retried. The zero value is [RetryNever]: one
	// attempt.
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

// validatePath refuses a path that a server could read as another path.
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

// Do calls an endpoint that has no method in this package, with the credential, the retries
// and the errors of every other call. It decodes the JSON answer into out; a nil out
// discards the answer. The path must begin with /v1/ and cannot name another host.
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
	_, err := c.run(ctx, op, input{query: r.Query, body: r.Body, key: r.IdempotencyKey}, out)
	return err
}
