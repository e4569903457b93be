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
		x.noClient(v, err)
		return
	}
	if x.checkKey(ctx, v, client.CheckKey) {
		x.examineNumber(ctx, client)
	}
}

func (x *examination) visitTenant(ctx context.Context, v visit) {
	client, err := v.tenant(x.option())
	if err != nil {
		x.noClient(v, err)
		return
	}
	if x.checkKey(ctx, v, client.CheckKey) {
		x.examineTenant(ctx, client)
	}
}

// checkKey reports whether the key works and is of the kind that its variable is for.
func (x *examination) checkKey(ctx context.Context, v visit, check func(context.Context) error) bool {
	_, err := x.measured(ctx, checkKey, check)
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

// noClient adds why the client was not made: because of the key, or of the base URL.
func (x *examination) noClient(v visit, err error) {
	const baseURL = "PILOT_STATUS_BASE_URL"
	if invalid, ok := errors.AsType[*pilotstatus.ValidationError](err); ok && invalid.Field == baseURL {
		x.keys = append(x.keys, v.name+": could not be checked")
		x.add(unanswered, baseURL, err.Error())
		return
	}
	x.refuseKey(v, err.Error())
}

func (x *examination) refuseKey(v visit, why string) {
	x.keys = append(x.keys, v.name+": does not work")
	x.add(badKey, v.variable, why)
}

// ask makes a call and compares its answer with its form. It reports whether the call
// returned an answer.
func ask[T any](ctx context.Context, x *examination, op string, f form, call func(context.Context) (T, error)) (T, bool) {
	var answer T
	response, err := x.measured(ctx, op, func(ctx context.Context) (err error) {
		answer, err = call(ctx)
		return err
	})
	if err != nil && ctx.Err() == nil {
		x.fail(op, err)
	}
	if response.StatusCode/100 == 2 && !x.tape.cut {
		x.judgeHeader(op, response)
		x.judgeBody(op, f, response, err)
	}
	return answer, err == nil
}

// measured makes a call and adds it to the table of operations.
func (x *examination) measured(ctx context.Context, op string, call func(context.Context) error) (pilotstatus.Response, error) {
	var response pilotstatus.Response
	x.tape.body.Reset()
	x.tape.cut = false
	start := x.tape.now()
	err := call(pilotstatus.ContextWithResponse(ctx, &response))
	took := x.tape.now().Sub(start)
	x.measure(x.key, op, response, took)
	switch {
	case took > slow:
		x.add(attention, op, "slow: it took "+took.Round(time.Second).String())
	case response.Attempts > 1:
		x.add(note, op, "it needed more than one attempt")
	}
	return response, err
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
