package pilotstatus

import (
	"context"
	"errors"
	"net/http"
)

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
	verdict, err := c.client.kind().find(c.Context, c.op.name)
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

// find returns what is known about the key and asks the API where nothing is. The
// error says why there is still no answer to the call op.
func (k *keyKind) find(ctx context.Context, op string) (keyVerdict, error) {
	if verdict := k.known(); verdict != kindOpen {
		return verdict, nil
	}
	err := k.flight.do(ctx, op, k.ask)
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
