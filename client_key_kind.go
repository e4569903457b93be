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
		return c.unasked(err)
	}
	return nil
}

// unasked ends a call that changes something where the question ended with err. A call
// that can be repeated goes on after a stray answer: it will get one too.
func (c *call) unasked(err error) error {
	stray, ok := err.(strayAnswer) //nolint:errorlint // ask returns this very one
	switch {
	case !ok:
		return &KeyCheckError{Op: c.op.name, Err: err}
	case c.op.retry == RetrySafe:
		return nil
	}
	return &KeyCheckError{Op: c.op.name, Err: stray.error}
}

// strayAnswer is the end of a question with a whole answer that is not the API's: a
// redirect, a login page of the network, a page for the time of maintenance.
type strayAnswer struct{ error }

// isStray reports whether the answer that the question ended with is not the API's.
func (c *call) isStray(err error) bool {
	if unread, ok := errors.AsType[*DecodeError](err); ok {
		return !c.last.partial && !unread.Accepted()
	}
	refused, ok := errors.AsType[*APIError](err)
	return ok && !c.last.partial && !isAPICode(refused.Code) && !leavesOpen(refused.StatusCode)
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
	sent, verdict, err := k.client.askKind(ctx, kindQuestion(k.client.scope))
	switch {
	case verdict == kindOpen && sent != nil && sent.isStray(err):
		return strayAnswer{err}
	case verdict == kindOpen:
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
// question ended, nil for a success; the call is nil where none was made.
func (c *Client) askKind(ctx context.Context, question *operation) (*call, keyVerdict, error) {
	sent, err := c.prepare(withoutCallOptions(ctx), question, input{}, nil)
	if err != nil {
		return nil, kindOpen, err
	}
	sent, err = sent.perform()
	return sent, sent.kindVerdict(err), err
}

// kindVerdict says what the end of a question proves. Only an answer that names the
// scope proves the wrong kind. Only an answer of the API says that it has nothing against
// the kind: a success that can be read, or a refusal with a code. What may be another
// answer a moment later proves nothing.
func (c *call) kindVerdict(err error) keyVerdict {
	_, wrong := errors.AsType[*NumberScopeError](err)
	if c.client.scope == forNumber {
		_, wrong = errors.AsType[*TenantScopeError](err)
	}
	if wrong {
		return kindWrong
	}
	if err == nil {
		return kindAllowed
	}
	refused, ok := errors.AsType[*APIError](err)
	if !ok || c.last.partial || c.last.transient || leavesOpen(refused.StatusCode) || !isAPICode(refused.Code) {
		return kindOpen
	}
	return kindAllowed
}

// leavesOpen reports whether an answer with that status says nothing about the kind of a
// key, even where it is the API's.
func leavesOpen(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status < http.StatusOK || status >= http.StatusInternalServerError
}

// checkKey is CheckKey of both clients.
func (c *Client) checkKey(ctx context.Context, scope scopeSet) error {
	if c == nil || c.core == nil {
		return errNoClient()
	}
	if err := c.checkScope("CheckKey", scope); err != nil {
		return err
	}
	question := *kindQuestion(c.scope)
	question.name = "CheckKey" // so that all its errors name what was called
	_, verdict, err := c.askKind(ctx, &question)
	if c.kind != nil {
		c.kind().learn(verdict)
	}
	switch verdict {
	case kindWrong:
		return c.wrongKind(&APIError{Op: question.name, Attempts: 1}, "nothing was sent but the question")
	case kindAllowed: // also where the API knew the key, and refused for another reason than its kind
		return nil
	}
	return err
}
