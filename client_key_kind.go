package pilotstatus

import (
	"context"
	"errors"
	"net/http"
)

// kindQuestion returns the operation whose refusal proves that the key is of the wrong kind
// for clients of that scope. It only reads, and only one kind of key may call it. GET
// /v1/api-keys is unsuitable: its refusal proves nothing, and its success reveals keys.
func kindQuestion(scope scopeSet) *operation {
	if scope == forNumber {
		return opCallsSettings
	}
	return opBrandingGet
}

// checkKind ends a call that accepts both kinds of key, if the key is of the wrong kind. It
// also ends a call that changes something if the API did not answer the question.
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

// unasked ends a call that changes something if the question ended with err. A call that
// can be repeated continues after a stray answer, because it will get a stray answer too.
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

// strayAnswer is a complete answer to the question that does not come from the API: a
// redirect, a login page of the network, a maintenance page.
type strayAnswer struct{ error }

// isStray reports whether the answer to the question does not come from the API.
func (c *call) isStray(err error) bool {
	if unread, ok := errors.AsType[*DecodeError](err); ok {
		return !c.last.partial && !unread.Accepted()
	}
	refused, ok := errors.AsType[*APIError](err)
	return ok && !c.last.partial && !isAPICode(refused.Code) && !leavesOpen(refused.StatusCode)
}

// wrongKind completes the error of a call with a key of the wrong kind. found says when the
// client found it.
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

// find returns the verdict about the key. If there is no verdict, it asks the API for the
// call op, and the error says why the API did not answer.
func (k *keyKind) find(ctx context.Context, op string) (keyVerdict, error) {
	if verdict := k.known(); verdict != kindOpen {
		return verdict, nil
	}
	err := k.flight.do(ctx, op, k.ask)
	return k.known(), err
}

// ask asks the API, unless another caller has done so meanwhile.
func (k *keyKind) ask(ctx context.Context) error {
	if k.known() != kindOpen {
		return nil
	}
	sent, verdict, err := k.client.askKind(withoutCallOptions(ctx), kindQuestion(k.client.scope))
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

// askKind asks the API for the kind of the key. It returns the error of the question; the
// call is nil if none was made.
func (c *Client) askKind(ctx context.Context, question *operation) (*call, keyVerdict, error) {
	wanted := beginResponse(ctx)
	sent, err := c.prepare(ctx, question, input{}, nil)
	if err != nil {
		return nil, kindOpen, err
	}
	sent, err = sent.perform()
	wanted.end(sent)
	return sent, sent.kindVerdict(err), err
}

// kindVerdict returns the verdict that the result of a question proves. Only an answer that
// names the scope proves the wrong kind. Only an answer of the API proves that the kind is
// allowed: a readable success, or a refusal with a code. A temporary answer proves nothing.
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

// leavesOpen reports whether an answer with that status proves nothing about the kind of a
// key, even if it comes from the API.
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
	question.name = "CheckKey" // all its errors name the called method
	_, verdict, err := c.askKind(ctx, &question)
	if c.kind != nil {
		c.kind().learn(verdict)
	}
	switch verdict {
	case kindWrong:
		return c.wrongKind(&APIError{Op: question.name, Attempts: 1}, "nothing was sent but the question")
	case kindAllowed: // also if the API refused the call for a reason other than the kind of key
		return nil
	}
	return err
}
