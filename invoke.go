package pilotstatus

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// input is what one call of an operation brings along.
type input struct {
	path  params  // values for the placeholders of the route
	query querier // nil: none
	body  any     // nil: none
	key   string  // the caller's idempotency key, for keyed operations

	encoded []byte // a body that was encoded before; in place of body

	// limit is how large the answer may be, in bytes; 0 is maxAnswer. The bytes of
	// an answer with a limit of its own are not used again, so that out may keep
	// parts of them.
	limit int64
}

// validator is a body or a query that can tell what is wrong with it before it is
// sent.
type validator interface{ validate() error }

// extender is a body with fields that this version does not know.
type extender interface{ extra() map[string]any }

// checker is an answer, or a row of one, that can tell whether it is the one that
// was expected.
type checker interface{ check() error }

// emptyTaker is an answer that may be left out.
type emptyTaker interface{ takesEmpty() }

// rawKeeper is an answer, or a row of one, that keeps the text it was decoded from:
// what it means is less sure than elsewhere.
type rawKeeper interface{ keepRaw(json.RawMessage) }

// invoke is the path of every method: it calls op and returns its decoded answer.
func invoke[T any](ctx context.Context, c *Client, op *operation, in input) (*T, error) {
	out := new(T)
	if _, err := c.run(ctx, op, in, out); err != nil {
		return nil, err
	}
	return out, nil
}

// invokeList is invoke for an answer that is an array, bare or as the first of
// the named members of an object.
func invokeList[T any](ctx context.Context, c *Client, op *operation, in input, members ...string) ([]T, error) {
	out := list[T]{members: members}
	if _, err := c.run(ctx, op, in, &out); err != nil {
		return nil, err
	}
	return out.items, nil
}

// receipt is what a call leaves besides its answer.
type receipt struct {
	key    string      // the idempotency key that it went out with
	header http.Header // of the answer
}

// run calls op and decodes the answer into out, which is nil where the answer
// does not matter.
func (c *Client) run(ctx context.Context, op *operation, in input, out any) (receipt, error) {
	sent, err := c.prepare(ctx, op, in, out)
	if err != nil {
		return receipt{}, err
	}
	if err := sent.checkKind(); err != nil {
		return receipt{}, err
	}
	sent, err = sent.perform()
	if err != nil {
		return receipt{}, err
	}
	return receipt{key: sent.key, header: sent.answer}, nil
}

// prepare builds a call that can be made.
func (c *Client) prepare(ctx context.Context, op *operation, in input, out any) (*call, error) {
	c = c.current()
	if err := c.ready(ctx, op, in); err != nil {
		return nil, err
	}
	return c.newCall(ctx, op, in, out)
}

// perform makes the call. It returns the call that ended it, which is another one where
// the number's key had changed.
func (c *call) perform() (*call, error) {
	err := c.finish(c.client.core().retrier.do(c))
	if next := c.withNewKey(); next != nil {
		return next, next.finish(next.client.core().retrier.do(next))
	}
	return c, err
}

// ready refuses a call that cannot be made, before anything of it is built.
func (c *Client) ready(ctx context.Context, op *operation, in input) error {
	if c == nil || c.core == nil {
		return errNoClient()
	}
	if ctx == nil {
		return errNoContext()
	}
	if c.problem != nil {
		return c.problem
	}
	if err := c.checkScope(op.name, op.scopes); err != nil {
		return err
	}
	if v, ok := in.query.(validator); ok {
		if err := v.validate(); err != nil {
			return err
		}
	}
	if v, ok := in.body.(validator); ok {
		return v.validate()
	}
	return nil
}

// newCall builds what stays the same over all attempts.
func (c *Client) newCall(ctx context.Context, op *operation, in input, out any) (*call, error) {
	timeout, err := c.core().attemptTimeoutFor(ctx)
	if err != nil {
		return nil, err
	}
	path, escaped, err := op.path(in.path)
	if err != nil {
		return nil, err
	}
	sent := &call{Context: ctx, client: c, op: op, in: in, out: out, timeout: timeout}
	sent.stream, _ = out.(streamer)
	sent.url = *c.core().baseURL
	sent.url.Path += path
	if sent.url.RawPath != "" || path != escaped {
		sent.url.RawPath = c.core().baseURL.EscapedPath() + escaped
	}
	if in.query != nil {
		query := in.query.query()
		if query.problem != nil {
			return nil, query.problem
		}
		sent.query = query.values
		if err := checkQuery(sent.query); err != nil {
			return nil, err
		}
		sent.url.RawQuery = sent.query.Encode()
	}
	if in.encoded != nil {
		sent.body = in.encoded
	} else if err := sent.setBody(in.body); err != nil {
		return nil, err
	}
	return sent, sent.setKey(in.key)
}

// checkQuery refuses a query that the API would read as other characters.
func checkQuery(query url.Values) error {
	for name, values := range query {
		if !utf8.ValidString(name) {
			return invalid("Query", alteredText)
		}
		for _, value := range values {
			if !utf8.ValidString(value) {
				return invalid(name, alteredText)
			}
		}
	}
	return nil
}

// setBody encodes the body once, so that every attempt sends the same bytes.
func (c *call) setBody(body any) error {
	if body == nil {
		return nil
	}
	if e, ok := body.(extender); ok {
		extended, err := withExtra(body, e.extra())
		if err != nil {
			return err
		}
		body = extended
	}
	if c.op.name == opDo {
		var err error
		c.body, err = marshalOwn("Body", body)
		return err
	}
	data, err := marshalBody(body)
	if err != nil {
		return unencodable(err)
	}
	if hasNUL(data) {
		return invalid("body", "a text in it: "+reasonNUL)
	}
	c.body = data
	return nil
}

// setKey chooses the idempotency key of a keyed call.
func (c *call) setKey(key string) error {
	switch {
	case c.op.retry != RetryKeyed:
		return nil
	case key == "":
		key = rand.Text()
	default:
		if err := validateIdempotencyKey(key); err != nil {
			return err
		}
		if secret := c.credential(); secret != "" && strings.Contains(key, secret) {
			return invalid("IdempotencyKey", "it holds the credential, which would be stored as a key of yours")
		}
	}
	c.key = key
	return nil
}

// maxIdempotencyKey is the API's limit. It says characters without saying whether a
// character of several bytes counts as one, so the bytes are limited.
const maxIdempotencyKey = 255

func validateIdempotencyKey(key string) error {
	const field = "IdempotencyKey"
	switch {
	case key == "":
		return invalid(field, "it is empty")
	case len(key) > maxIdempotencyKey:
		return invalid(field, "it is longer than 255 bytes; a letter with an accent has two")
	case strings.TrimSpace(key) != key:
		return invalid(field, "it has blanks at an end, which a header loses")
	case strings.ContainsFunc(key, unicode.IsControl) || !utf8.ValidString(key):
		return invalid(field, "it has control characters")
	}
	return nil
}
