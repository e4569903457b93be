package pilotstatustest

import (
	"cmp"
	"slices"
)

// RequestQuery chooses requests for [Server.FindRequests]. What is zero chooses nothing.
type RequestQuery struct {
	Op        string
	NumberID  string
	MessageID string // that was accepted or repeated, or that the Idempotency-Key of the request belongs to
	Status    int
	Failed    bool // answered with 400 or more, or not at all
	Broken    bool // by a fault

	Before string // ID: only older ones
	Limit  int    // of the page; 0 is 50
}

// RequestPage is the newest requests that a query chooses, the newest first, all from one
// moment.
type RequestPage struct {
	Requests []Request
	Total    int // that the query chooses, whatever Before and Limit
	More     bool
	Dropped  int // requests that WithKeep dropped so far
	Seq      int64
}

// FindRequests returns requests. Header and Body are shared with later calls: do not
// change them. They have the key of the caller as it came, see [MaskKey].
func (s *Server) FindRequests(q RequestQuery) RequestPage {
	s.mu.Lock()
	defer s.mu.Unlock()
	page := RequestPage{Requests: []Request{}, Dropped: s.state.lost.Requests, Seq: s.state.changes.last}
	before, limit := serialOf(q.Before), cmp.Or(max(q.Limit, 0), defaultLimit)
	var key string
	if m := s.state.message(q.MessageID); m != nil {
		key = m.IdempotencyKey
	}
	for _, r := range slices.Backward(s.requests) {
		if !q.chooses(r, key) {
			continue
		}
		page.Total++
		switch {
		case before != 0 && serialOf(r.ID) >= before:
		case len(page.Requests) == limit:
			page.More = true
		default:
			page.Requests = append(page.Requests, *r)
		}
	}
	return page
}

// Request returns a request by its ID, as [Server.FindRequests] does. An error is an
// [*UnknownIDError].
func (s *Server) Request(id string) (Request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	serial := serialOf(id)
	known := serial > 0 && serial <= s.asked && id == idText("req_", serial)
	i := serial - 1 - s.asked + len(s.requests) // all of the newest are there
	if !known || i < 0 {
		return Request{}, &UnknownIDError{What: "request", ID: id, Dropped: known && i >= -s.state.lost.Requests}
	}
	return *s.requests[i], nil
}

// chooses takes the idempotency key of the wanted message, "" for none.
func (q *RequestQuery) chooses(r *Request, key string) bool {
	return (q.Op == "" || q.Op == r.Op) && (q.NumberID == "" || q.NumberID == r.NumberID) && (q.Status == 0 || q.Status == r.Status) &&
		(!q.Failed || r.Status == 0 || r.Status >= 400) && (!q.Broken || r.FaultID != "") &&
		(q.MessageID == "" || q.MessageID == r.MessageID ||
			key != "" && r.Op == "Messages.Send" && r.Header.Get(keyHeader) == key && r.MessageID == "")
}

// MaskKey writes a secret with its beginning and its last four characters only, as in
// ps_demo…7d2f.
func MaskKey(secret string) string {
	if len(secret) < 16 {
		return "…"
	}
	return secret[:7] + "…" + secret[len(secret)-4:]
}
