package pilotstatuspg

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
)

const (
	minRepeat = 200 * time.Millisecond
	maxRepeat = 30 * time.Second

	// limitedFor is how long a number waits after a 429 that does not say.
	limitedFor = time.Second

	// clientAgain is how long a number waits whose client cannot be had.
	clientAgain = 5 * time.Second

	// maxOutagePause is the longest time between two probes of an outage.
	maxOutagePause = 10 * time.Second
)

// sent is a request that ended.
type sent struct {
	claim    *claim
	accepted *pilotstatus.Accepted
	err      error
}

// send makes the one request of an attempt. The outbox repeats it, and nothing else does.
func (w *worker) send(c *claim) sent {
	ctx, cancel := context.WithTimeout(context.Background(), w.r.options.AttemptTimeout)
	defer cancel()
	ctx = pilotstatus.ContextWithRetry(ctx, pilotstatus.RetryPolicy{})
	accepted, err := w.client.Messages.SendEncoded(ctx, pilotstatus.EncodedSend{IdempotencyKey: c.key, Body: c.body})
	return sent{claim: c, accepted: accepted, err: err}
}

// meaning is what the end of a request means beyond its message.
type meaning uint8

const (
	meansNothing meaning = iota
	meansAlive           // the API works
	meansUnknown         // it may be away
	meansLimited         // the number is too fast
	meansPause           // the number cannot send
)

// judge says what becomes of a message whose request ended, and what else that means.
func judge(c *claim, accepted *pilotstatus.Accepted, err error) (result, meaning) {
	r := result{chain: c.chain, of: c, id: c.id, attempts: 1}
	var invalid *pilotstatus.ValidationError
	outcome := pilotstatus.Outcome(err)
	switch {
	case err == nil:
		r.state, r.acceptedID = StateAccepted, accepted.ID
		return r, meansAlive
	case errors.As(err, &invalid):
		return c.refused(r, err), meansNothing
	case pauseReason(err) != "":
		back := c.back()
		back.reason = reasonOf(err)
		return back, meansPause
	case isLimited(err):
		back := c.back()
		back.reason = reasonOf(err)
		return back, meansLimited
	case isInDoubt(err):
		return c.again(r, StateSending, err), meansNothing
	case outcome == pilotstatus.OutcomeRefused && isAPIs(err):
		return c.refused(r, err), meansAlive
	case outcome == pilotstatus.OutcomeNotSent && !c.wasTried:
		return c.again(r, StatePending, err), meansUnknown
	}
	return c.again(r, StateSending, err), meansUnknown
}

// refused ends a message. One that was perhaps sent before is for a person to look at.
func (c *claim) refused(r result, err error) result {
	r.state, r.reason = StateRefused, reasonOf(err)
	if c.wasTried {
		r.state = StateParked
	}
	return r
}

// again has a message sent again, later each time.
func (c *claim) again(r result, state State, err error) result {
	wait := min(minRepeat<<min(c.attempts, 20), maxRepeat)
	wait = wait/2 + rand.N(wait/2) //nolint:gosec // jitter
	r.state, r.reason, r.wait = state, reasonOf(err), max(wait, retryAfter(err))
	return r
}

// retryAfter is how long the API asks to wait, an hour at most.
func retryAfter(err error) time.Duration {
	d, _ := pilotstatus.RetryAfter(err)
	return min(d, maxNextAt-time.Minute)
}

// reasonOf is the text of an error, which holds nothing private.
func reasonOf(err error) string { return err.Error() }

// isLimited reports whether the answer says that the request came too early.
func isLimited(err error) bool {
	answer := answerOf(err)
	return answer != nil && (answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusTooEarly)
}

// isInDoubt reports whether the API works on the same key, or a 409 does not say so: one
// that has an API's code of its own is a refusal.
func isInDoubt(err error) bool {
	answer := answerOf(err)
	if answer == nil || answer.StatusCode != http.StatusConflict {
		return false
	}
	code := string(answer.Code)
	if code == string(pilotstatus.CodeIdempotencyKeyReused) {
		return false
	}
	word := code != "" && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == ""
	return !word || !json.Valid(answer.Body) || strings.HasPrefix(code, "IDEMPOTENCY_")
}

// isAPIs reports whether an error is not a page for people, as a proxy sends it or a wrong
// base URL: the API sends JSON.
func isAPIs(err error) bool {
	answer := answerOf(err)
	return answer == nil || len(answer.Body) == 0 || json.Valid(answer.Body)
}

func answerOf(err error) *pilotstatus.APIError {
	answer, _ := errors.AsType[*pilotstatus.APIError](err)
	return answer
}

// settle takes in the end of a request.
func (w *worker) settle(s sent) {
	c := s.claim
	delete(w.busy, c.chain)
	w.running--
	r, means := judge(c, s.accepted, s.err)
	r = w.judgeTemplate(c, r, s.err)
	w.add(r)
	switch means {
	case meansNothing:
	case meansAlive:
		w.pace.unknowns = 0
		w.effect.unpause = w.effect.unpause || w.probing
		w.probing = false
	case meansUnknown:
		w.pace.unknowns++
	case meansLimited:
		w.stopping = true
		w.delay(max(limitedFor, retryAfter(s.err)))
	case meansPause:
		w.pause(pauseReason(s.err))
	}
	if w.probing && means != meansPause { // it is still not known whether it can send
		w.stopping = true
		w.delay(time.Minute)
	}
	if w.outage() && means == meansUnknown {
		w.stopping = true
		pause := min(time.Duration(w.pace.unknowns-outageAfter+1)*time.Second, maxOutagePause)
		w.delay(pause - pause/10 + rand.N(pause/5)) //nolint:gosec // jitter
		w.r.log.warn("outage "+w.number, "the API does not answer a number's sends", "number", w.number)
	}
	if r.open() { // the rest of the chain waits for it
		w.giveBack(func(q *claim) bool { return q.chain == c.chain })
	}
}
