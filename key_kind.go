package pilotstatus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
)

// A number key and a tenant key look alike, and on an operation that both may call the
// API answers whichever it gets: it cannot know which kind the caller believes to hold.
// Rotating "the workspace's key" with a number's key would revoke the number's. This
// file finds such a key before anything is changed.

// keyVerdict is what is known about the kind of a client's key.
type keyVerdict uint8

const (
	kindOpen    keyVerdict = iota // nothing yet
	kindAllowed                   // nothing says that it is the wrong kind
	kindWrong                     // the API said so
)

// keyKind knows whether the key of a client is of the kind that the client is for. A
// tenant client and its views share one.
type keyKind struct {
	client *Client // the root client, whose calls name no number
	flight singleFlight

	mu      sync.Mutex
	verdict keyVerdict
}

// watchKind makes the client look for a key of the wrong kind.
func (c *Client) watchKind() {
	kind := &keyKind{client: c}
	c.kind = func() *keyKind { return kind }
}

// kindQuestion is the operation whose refusal proves that the key is of the other kind
// than clients of that scope are for: it reads, it has no effect, and only one kind of
// key may call it. GET /v1/api-keys would prove nothing where it is refused, and would
// reveal keys where it is not.
func kindQuestion(scope scopeSet) *operation {
	if scope == forNumber {
		return opCallsSettings
	}
	return opBrandingGet
}

// checkKind ends a call that a key of the wrong kind could make, if the key is one. A
// call that changes something also ends where the API could not be asked.
func (c *call) checkKind() error {
	if c.client.kind == nil || !c.op.takesOtherKind(c.client.scope) {
		return nil
	}
	verdict, err := c.client.kind().find(c.Context)
	if verdict == kindWrong {
		return c.client.wrongKind(&APIError{Op: c.op.name, IdempotencyKey: c.key}, "the call was not sent")
	}
	// An ended context ends the call itself, before its first attempt.
	if err != nil && c.op.method != http.MethodGet && c.Context.Err() == nil {
		return &KeyCheckError{Op: c.op.name, Err: err}
	}
	return nil
}

// wrongKind completes the error of a call that has a key of the wrong kind. found says
// when that was found.
func (c *Client) wrongKind(e *APIError, found string) error {
	if c.scope == forNumber {
		e.Code = CodeTenantScopeNotAllowed
		e.Message = "found here: the key of this number client is a tenant key; " + found + "; use it with NewTenantClient"
		return &TenantScopeError{e}
	}
	e.Code = CodeNumberScopeNotAllowed
	e.Message = "found here: the key of this " + c.scope.String() + " is a number's key; " + found + "; use it with NewNumberClient"
	return &NumberScopeError{e}
}

// KeyCheckError means that a call was not sent: it changes something, both kinds of key
// may call it, and the API could not be asked of which kind this key is (see
// NumberClient.CheckKey). Call again later: the next call asks again.
type KeyCheckError struct {
	Op  string // the operation that was not sent, as in "Webhooks.Create"
	Err error  // how the question ended; a 401 is an *UnauthorizedError
}

// Error says that nothing was sent and how the question ended.
func (e *KeyCheckError) Error() string {
	if e == nil {
		return "no key check error"
	}
	text := e.Op + ": not sent, the API could not be asked of which kind the key is"
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns how the question ended.
func (e *KeyCheckError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// Format writes the error's text, whatever the verb.
func (e KeyCheckError) Format(f fmt.State, _ rune) { printText(f, e.Error()) }

// LogValue returns the error's text.
func (e KeyCheckError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// MarshalJSON writes the error's text as an object.
func (e KeyCheckError) MarshalJSON() ([]byte, error) { return marshalText(&e) }

// find returns what is known about the key and asks the API where nothing is. The
// error says why there is still no answer.
func (k *keyKind) find(ctx context.Context) (keyVerdict, error) {
	if verdict := k.known(); verdict != kindOpen {
		return verdict, nil
	}
	err := k.flight.do(ctx, k.ask)
	return k.known(), err
}

// ask asks the API, unless somebody was faster.
func (k *keyKind) ask(ctx context.Context) error {
	if k.known() != kindOpen {
		return nil
	}
	verdict, err := k.client.askKind(ctx)
	if verdict == kindOpen {
		return err
	}
	k.learn(verdict)
	return nil
}

func (k *keyKind) known() keyVerdict {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.verdict
}

// learn remembers a verdict. The kind of a key never changes.
func (k *keyKind) learn(verdict keyVerdict) {
	if verdict == kindOpen {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.verdict = verdict
}

// askKind asks the API whether the key is of the other kind. Its error is how the
// question ended, nil for a success.
func (c *Client) askKind(ctx context.Context) (keyVerdict, error) {
	sent, err := c.prepare(c.core().withOwnTimeout(ctx), kindQuestion(c.scope), input{}, nil)
	if err != nil {
		return kindOpen, err
	}
	sent, err = sent.perform()
	return sent.kindVerdict(err), err
}

// kindVerdict says what the end of a question proves. Only an answer that names the
// scope proves the wrong kind; what may be another answer a moment later proves
// nothing.
func (c *call) kindVerdict(err error) keyVerdict {
	_, wrong := errors.AsType[*NumberScopeError](err)
	if c.client.scope == forNumber {
		_, wrong = errors.AsType[*TenantScopeError](err)
	}
	switch status := c.last.status; {
	case wrong:
		return kindWrong
	case c.last.partial || c.last.transient || status < http.StatusOK || status >= http.StatusInternalServerError:
		return kindOpen
	case status == http.StatusUnauthorized || status == http.StatusRequestTimeout,
		status == http.StatusTooEarly || status == http.StatusTooManyRequests:
		return kindOpen
	}
	return kindAllowed
}

// checkKey is CheckKey of both clients.
func (c *Client) checkKey(ctx context.Context, scope scopeSet) error {
	if c == nil || c.core == nil {
		return errNoClient()
	}
	if err := c.checkScope("CheckKey", scope); err != nil {
		return err
	}
	verdict, err := c.askKind(ctx)
	if c.kind != nil {
		c.kind().learn(verdict)
	}
	if verdict == kindWrong {
		return c.wrongKind(&APIError{Op: "CheckKey", Attempts: 1}, "nothing was sent but the question")
	}
	if refused, ok := errors.AsType[*APIError](err); ok && verdict == kindAllowed && refused.Code != "" {
		return nil //nolint:nilerr // the API knew the key, and refused for another reason than its kind
	}
	return err
}

// CheckKey asks the API whether the key works and is a number's, by one request that
// changes nothing (Calls.Settings). Call it when a service starts:
//
//	if err := number.CheckKey(ctx); err != nil {
//		return fmt.Errorf("PILOT_STATUS_API_KEY: %w", err)
//	}
//
// It returns a *TenantScopeError for a tenant key, an *UnauthorizedError for a key that
// the API does not know, and otherwise how the request failed: the base URL may be
// wrong, or the API out of reach. Nothing but a clear answer of the API makes it nil;
// that a number has no call settings is one.
//
// # Keys of the wrong kind
//
// A number key and a tenant key look alike. Most operations are for one kind only, and
// the API refuses the other one. Operations that both kinds may call would do their
// work on the wrong number or workspace: the first such call of a client asks the same
// question as CheckKey, at the cost of one request, and the client remembers the
// answer. With a key of the wrong kind the call is not sent; its error is a
// *TenantScopeError or a *NumberScopeError whose StatusCode is 0. Where the question has
// no answer (the API is down, a timeout, a 401), a call that only reads goes on, one
// that changes something is not sent and returns a *KeyCheckError, and the next call
// asks again. Messages.Send never asks, nor do clients of TenantClient.OpenNumber and
// NumberPool.
func (c *NumberClient) CheckKey(ctx context.Context) error {
	if c == nil {
		return errNoClient()
	}
	return c.Client.checkKey(ctx, forNumber)
}

// CheckKey asks the API whether the key works and is the workspace's, by one request
// that changes nothing (Branding.Get). Call it when a service starts. It returns a
// *NumberScopeError for a number's key, an *UnauthorizedError for a key that the API
// does not know, and otherwise how the request failed. What other calls do with a key
// of the wrong kind is told at [NumberClient.CheckKey]; a tenant client and its views
// ask once for all.
func (t *TenantClient) CheckKey(ctx context.Context) error {
	if t == nil {
		return errNoClient()
	}
	return t.Client.checkKey(ctx, forTenant)
}
