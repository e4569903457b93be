package pilotstatustest

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	keyHeader = "Idempotency-Key"

	// keyLife is how long an idempotency key is remembered.
	keyLife = 24 * time.Hour

	// maxKeys is how many are, see WithKeep.
	maxKeys = 1_000_000
)

func digestOf(text []byte) digest {
	sum := sha256.Sum256(text)
	return digest(sum[:])
}

// runOnce runs the handler unless the request repeats an accepted one. A
// repetition gets the answer that the route makes.
func (c *call) runOnce() answer {
	values := c.header.Values(keyHeader)
	if len(values) == 0 && !c.route.needsKey {
		return c.run()
	}
	if len(values) != 1 || !validIdempotencyKey(values[0]) {
		return badRequest("IDEMPOTENCY_KEY_INVALID", "Idempotency-Key must have 1 to 255 characters and no control characters").answer()
	}
	name := "\x00" + values[0] // there is one workspace
	if c.number != nil {
		name = c.number.id + name
	}
	repeats, key, now := &c.state.repeats, digestOf([]byte(name)), c.state.clock.now()
	if repeats.inUse[key] {
		return conflict("IDEMPOTENCY_KEY_IN_USE", "A request with this Idempotency-Key is still running").answer()
	}
	if c.first = repeats.find(key, now); c.first != nil {
		return c.repeat()
	}
	c.receipt.at = now.UnixMilli()
	a := c.run()
	first := remembered{key, c.digest, c.receipt}
	switch {
	case c.held: // the key is in use meanwhile, also if the answer is a refusal
		repeats.inUse[key] = true
		c.inUse, c.taken = &first, accepted(a)
	case accepted(a):
		repeats.add(first, now)
	}
	return a
}

// repeat answers a request that comes with the same key as the first one.
func (c *call) repeat() answer {
	if c.first.body != c.digest {
		return conflict("IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used with another body").answer()
	}
	return c.runAs(http.StatusOK, c.route.replay).with(http.Header{"Idempotent-Replayed": {"true"}})
}

// release ends the use of the call's idempotency key. Only an accepted request
// is remembered further.
func (c *call) release() {
	if c.inUse == nil {
		return
	}
	repeats := &c.state.repeats
	delete(repeats.inUse, c.inUse.key)
	if c.taken {
		repeats.add(*c.inUse, c.state.clock.now())
	}
}

// find returns what is remembered under a key and still counts.
func (s *repeatState) find(key digest, now time.Time) *remembered {
	place, ok := s.places[key]
	if !ok || s.first[place-s.dropped].expired(now) {
		return nil
	}
	return &s.first[place-s.dropped]
}

// add remembers one more and drops what is too old or too much.
func (s *repeatState) add(one remembered, now time.Time) {
	for len(s.first) > 0 && (s.first[0].expired(now) || len(s.first) == s.limit) {
		if key := s.first[0].key; s.places[key] == s.dropped {
			delete(s.places, key)
		}
		if !s.first[0].expired(now) {
			s.lost++
		}
		s.first, s.dropped = s.first[1:], s.dropped+1
	}
	s.places[one.key] = s.dropped + len(s.first)
	if len(s.first) == cap(s.first) { // append would leave up to a quarter unused
		s.first = append(make([]remembered, 0, len(s.first)+len(s.first)/16+8), s.first...)
	}
	s.first = append(s.first, one)
}

func (r *remembered) expired(now time.Time) bool {
	return !now.Before(time.UnixMilli(r.at).Add(keyLife))
}

func accepted(a answer) bool {
	return a.status >= 200 && a.status < 300
}

func validIdempotencyKey(text string) bool {
	n := utf8.RuneCountInString(text)
	return n >= 1 && n <= 255 && !strings.ContainsFunc(text, unicode.IsControl)
}
