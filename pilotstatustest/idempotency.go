package pilotstatustest

import (
	"bytes"
	"net/http"
	"time"
	"unicode"
	"unicode/utf8"
)

// keyLife is how long an idempotency key is remembered.
const keyLife = 24 * time.Hour

// runOnce runs the handler unless the request repeats an accepted one. A
// repetition gets the stored answer, or one that the route makes.
func (c *call) runOnce() answer {
	values := c.header.Values("Idempotency-Key")
	if len(values) == 0 && !c.route.needsKey {
		return c.run()
	}
	if len(values) != 1 || !validIdempotencyKey(values[0]) {
		return badRequest("IDEMPOTENCY_KEY_INVALID", "Idempotency-Key must have 1 to 255 characters and no control characters").answer()
	}
	k := idempotencyKey{value: values[0]}
	if c.number != nil {
		k.numberID = c.number.id
	}
	if first := c.state.recall(k); first != nil {
		return first.replay(c)
	}
	a := c.run()
	if accepted(a) || c.held {
		c.state.remember(c, k, a)
	}
	return a
}

// recall returns what is remembered under a key and still counts.
func (s *state) recall(k idempotencyKey) *remembered {
	first := s.remembered[k]
	if first == nil || !first.running && !s.clock.now().Before(first.expires) {
		return nil
	}
	return first
}

// remember stores the answer of the first request with a key. While the answer
// is held back the key is in use, also if the answer is a refusal.
func (s *state) remember(c *call, k idempotencyKey, a answer) {
	first := &remembered{key: k, body: c.body, answer: a, expires: s.clock.now().Add(keyLife), running: c.held}
	s.remembered[k] = first
	if c.held {
		c.inUse = first
	}
}

// release ends the use of the call's idempotency key. Only an accepted request
// is remembered further.
func (c *call) release() {
	if c.inUse == nil {
		return
	}
	c.inUse.running = false
	if !accepted(c.inUse.answer) {
		delete(c.state.remembered, c.inUse.key)
	}
	c.inUse = nil
}

// replay answers a request that comes with the same key as the first one.
func (first *remembered) replay(c *call) answer {
	switch {
	case first.running:
		return conflict("IDEMPOTENCY_KEY_IN_USE", "A request with this Idempotency-Key is still running").answer()
	case !bytes.Equal(first.body, c.body):
		return conflict("IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used with another body").answer()
	}
	a := first.answer
	if c.route.replay != nil {
		a = c.runAs(http.StatusOK, c.route.replay)
	}
	return a.with(http.Header{"Idempotent-Replayed": {"true"}})
}

func accepted(a answer) bool {
	return a.status >= 200 && a.status < 300
}

func validIdempotencyKey(text string) bool {
	if n := utf8.RuneCountInString(text); n < 1 || n > 255 {
		return false
	}
	for _, r := range text {
		if unicode.IsControl(r) {
			return false
		}
	}
	return true
}
