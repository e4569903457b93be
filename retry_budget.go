package pilotstatus

import (
	"net/http"
	"sync"
	"time"
)

// Retries help a call through a short failure. While the API is down they only multiply
// the requests, and they keep it down. So the repeats of a client draw on a budget that
// its successes fill: where few calls fail it never ends, and where all of them do it
// ends at once, and nearly every call makes one request.
const (
	defaultBudget = 500 // tokens
	repeatCost    = 5   // tokens
	keyedReserve  = 100 // the last tokens, for the repeats of keyed calls only
)

// retryBudget is the tokens of a client and of all that share its core. It is safe for
// concurrent use; nil is a budget without an end.
type retryBudget struct {
	size int

	mu     sync.Mutex
	tokens int
	filled time.Time // when time gave the last token
}

// newRetryBudget returns a full budget, as RetryPolicy.Budget says.
func newRetryBudget(size int) *retryBudget {
	if size < 0 {
		return nil
	}
	if size == 0 {
		size = defaultBudget
	}
	return &retryBudget{size: size, tokens: size, filled: time.Now()}
}

// take takes n tokens, or none where that would leave less than reserve.
func (b *retryBudget) take(n, reserve int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	passed := time.Since(b.filled).Truncate(time.Second) // a token each
	b.filled = b.filled.Add(passed)
	b.add(int(min(passed/time.Second, time.Duration(b.size))))
	if b.tokens-n < reserve {
		return false
	}
	b.tokens -= n
	return true
}

// give puts n tokens back. It leaves the ones that time gives to the next take, which
// makes no difference.
func (b *retryBudget) give(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(n)
}

// add adds tokens up to size. A size near the largest int does not overflow.
func (b *retryBudget) add(n int) { b.tokens += min(n, b.size-b.tokens) }

// account is what one call takes from a budget.
type account struct {
	budget *retryBudget // nil: the call pays nothing
	paid   int          // for its repeats so far
	due    int          // of paid, for a repeat that is not made yet
}

// pay pays for a repeat after o, and reports whether the budget allowed it.
func (a *account) pay(class RetryClass, o outcome) bool {
	if a.budget == nil || o.isPaced() {
		return true
	}
	reserve := keyedReserve
	if class == RetryKeyed {
		reserve = 0
	}
	if !a.budget.take(repeatCost, reserve) {
		return false
	}
	a.due = repeatCost
	a.paid += repeatCost
	return true
}

// succeed gives back what the call paid: its repeats were of use. A call that paid nothing
// gives one token.
func (a *account) succeed() {
	if a.budget != nil {
		a.budget.give(max(a.paid, 1))
		a.paid, a.due = 0, 0
	}
}

// refund gives back what was paid for a repeat that was not made after all.
func (a *account) refund() {
	if a.due > 0 {
		a.budget.give(a.due)
		a.paid, a.due = a.paid-a.due, 0
	}
}

// isPaced reports whether the API itself said when to come again: it lives, and a repeat
// at its pace does not harm it.
func (o outcome) isPaced() bool {
	return o.busy || o.status == http.StatusTooManyRequests || o.status == http.StatusTooEarly
}
