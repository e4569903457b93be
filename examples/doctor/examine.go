package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
)

const (
	pageSize = 100             // rows of a list: more rows show more words
	most     = 20              // numbers and webhooks that are examined one by one
	slow     = 5 * time.Second // of one call, with its retries

	checkKey = "CheckKey"
)

// examination is the visit with one key.
type examination struct {
	*report

	tape *tape
	key  string // as the report names it
}

// examine makes all visits and returns the report.
func examine(ctx context.Context, p plan, now func() time.Time) *report {
	r := new(report)
	t := &tape{next: p.base, now: now}
	for _, v := range p.visits {
		x := &examination{report: r, tape: t, key: v.name}
		if v.number != nil {
			x.visitNumber(ctx, v)
		} else {
			x.visitTenant(ctx, v)
		}
	}
	r.host = t.host
	t.clock.judge(r)
	return r
}

// option makes a client send through the tape.
func (x *examination) option() pilotstatus.Option {
	return pilotstatus.WithHTTPClient(&http.Client{Transport: x.tape})
}

func (x *examination) visitNumber(ctx context.Context, v visit) {
	client, err := v.number(x.option())
	if err != nil {
		x.refuseKey(v, err.Error())
		return
	}
	if x.checkKey(ctx, v, client.CheckKey) {
		x.examineNumber(ctx, client)
	}
}

func (x *examination) visitTenant(ctx context.Context, v visit) {
	client, err := v.tenant(x.option())
	if err != nil {
		x.refuseKey(v, err.Error())
		return
	}
	if x.checkKey(ctx, v, client.CheckKey) {
		x.examineTenant(ctx, client)
	}
}

// checkKey reports whether the key works and is of the kind that its variable is for.
func (x *examination) checkKey(ctx context.Context, v visit, check func(context.Context) error) bool {
	call := x.begin(ctx, checkKey)
	err := check(call.ctx)
	call.end()
	switch {
	case err == nil:
		x.keys = append(x.keys, v.name+": works")
		return true
	case isA[*pilotstatus.UnauthorizedError](err):
		x.refuseKey(v, "the API does not know the key: it was revoked or rotated, or belongs to another base URL")
		return false
	case isA[*pilotstatus.TenantScopeError](err):
		x.refuseKey(v, "it has a tenant key: move it to "+tenantVariable+", and put the key of one number here")
		return false
	case isA[*pilotstatus.NumberScopeError](err):
		x.refuseKey(v, "it has a number key: move it to "+numberVariable+", and put the key of the workspace here")
		return false
	}
	x.keys = append(x.keys, v.name+": could not be checked")
	if x.isPage() {
		x.add(unanswered, checkKey, "a page of HTML answers, which is not the API: check PILOT_STATUS_BASE_URL")
	} else {
		x.fail(checkKey, err)
	}
	return false
}

func (x *examination) refuseKey(v visit, why string) {
	x.keys = append(x.keys, v.name+": does not work")
	x.add(badKey, v.variable, why)
}

// timedCall is a call that is measured.
type timedCall struct {
	x        *examination
	ctx      context.Context //nolint:containedctx // it is the context of this one call
	op       string
	start    time.Time
	response pilotstatus.Response
}

func (x *examination) begin(ctx context.Context, op string) *timedCall {
	x.tape.body.Reset()
	call := &timedCall{x: x, op: op, start: x.tape.now()}
	call.ctx = pilotstatus.ContextWithResponse(ctx, &call.response)
	return call
}

func (c *timedCall) end() {
	took := c.x.tape.now().Sub(c.start)
	c.x.measure(c.x.key, c.op, c.response, took)
	switch {
	case took > slow:
		c.x.add(attention, c.op, "slow: it took "+took.Round(time.Second).String())
	case c.response.Attempts > 1:
		c.x.add(note, c.op, "it needed more than one attempt")
	}
}

// ask makes a call and compares its answer with its form. It reports whether the call
// returned an answer.
func ask[T any](ctx context.Context, x *examination, op string, f form, call func(context.Context) (T, error)) (T, bool) {
	timed := x.begin(ctx, op)
	answer, err := call(timed.ctx)
	timed.end()
	if err != nil && ctx.Err() == nil {
		x.fail(op, err)
	}
	if timed.response.StatusCode/100 == 2 {
		x.judgeHeader(op, timed.response)
		x.judgeBody(op, f, timed.response, err)
	}
	return answer, err == nil
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
