package pilotstatustest

import (
	"slices"
	"time"
)

// Lost returns how much was dropped so far.
func (s *Server) Lost() Losses {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.state.lost
	out.Keys = s.state.repeats.lost
	return out
}

// oldest is the oldest of what can be dropped.
type oldest struct {
	at   time.Time
	drop func()
}

// consider takes what is older.
func (o *oldest) consider(at time.Time, drop func()) {
	if o.drop == nil || at.Before(o.at) {
		o.at, o.drop = at, drop
	}
}

// trim drops what is too much in bytes. Deliveries have a share: what waits for a receiver
// drops no message by more than that, nor is it dropped for messages.
func (s *Server) trim() {
	b := &s.state.bytes
	share := b.limit / deliveriesShare
	for b.limit > 0 {
		var first oldest
		if b.deliveries > share {
			s.state.considerDeliveries(&first, true)
		}
		if first.drop == nil && b.used > b.limit && b.used-b.deliveries > b.limit-share {
			s.state.considerDeliveries(&first, false)
			s.considerRest(&first)
		}
		if first.drop == nil {
			return
		}
		first.drop()
	}
}

// considerDeliveries considers the oldest of each webhook, also one that waits where waiting
// says so. The newest one stays: an event that alone is more than the share goes out.
func (s *state) considerDeliveries(first *oldest, waiting bool) {
	for _, hook := range s.webhooks.all {
		if len(hook.sends) > 1 && (waiting || hook.sends[0].state != DeliveryWaiting) {
			first.consider(hook.sends[0].event.at, func() { s.dropSending(hook) })
		}
	}
}

// deliveriesShare is the part of all bytes that deliveries can have: one in so many.
const deliveriesShare = 4

// considerRest considers everything but deliveries.
func (s *Server) considerRest(first *oldest) {
	st := s.state
	if len(s.requests) > 1 { // before its message, with which it shares the body
		first.consider(s.requests[0].At, s.dropRequest)
	}
	if len(st.messages) > 1 {
		first.consider(st.messages[0].CreatedAt, func() { st.drop(st.messages[0]) })
	}
	if files := st.media.sent; len(files) > 0 {
		first.consider(files[0].at, st.dropFile)
	}
	for _, n := range slices.Concat(st.numbers, st.workspace.bin) {
		if b := &n.box; len(b.rows)-b.rowsGone > 1 && b.rows[0].message == nil { // else its message goes first
			first.consider(b.rows[0].storedAt, func() { st.dropReceived(b.rows[0]) })
		}
	}
}

// size is what a request takes. Its body is counted with the message that it was accepted
// as, if it was.
func (r *Request) size() int {
	bytes := len(r.AnswerBody) + len(r.Path) + len(r.RawQuery)
	for name, values := range r.Header {
		bytes += len(name)
		for _, value := range values {
			bytes += len(value)
		}
	}
	if r.MessageID == "" || r.Replayed {
		bytes += len(r.Body)
	}
	return bytes
}

// countReceived takes down how large a message is that did not go through the API.
func (s *state) countReceived(r *chatRow) {
	r.counted = len(r.text) + len(r.name) + len(r.repliedTo)
	if r.media != nil {
		r.counted += len(value(r.media.MimeType)) + len(value(r.media.FileName)) + len(value(r.media.URL))
	}
	if r.answer != nil {
		r.counted += len(r.answer.Payload) + len(encode(r.answer.Form))
	}
	if r.referral != nil {
		r.counted += len(encode(r.referral))
	}
	s.bytes.used += r.counted
}

func (s *state) dropReceived(r *chatRow) {
	s.noteSends(r.number) // else their conversation would begin anew
	if r.gone {
		return
	}
	s.dropRow(r)
	s.publish(ChangeDropped, r.number.id, r.id)
}

// keepRequest keeps one more request.
func (s *Server) keepRequest(r *Request) {
	if st := s.state; st.keep > 0 && len(s.requests) == st.keep {
		s.dropRequest()
	}
	s.requests = append(s.requests, r)
}

func (s *Server) dropRequest() {
	r := s.requests[0]
	r.dropped = true
	s.state.bytes.used -= r.counted
	s.state.lost.Requests++
	s.requests = withoutFirst(s.requests)
}

// count takes down how large a request is by now.
func (s *Server) count(r *Request) {
	if !r.dropped {
		s.state.bytes.used += r.size() - r.counted
		r.counted = r.size()
	}
}

func (s *state) keepFile(key mediaKey, file *mediaFile, now time.Time) {
	if s.keep > 0 && len(s.media.sent) == s.keep {
		s.dropFile()
	}
	s.media.add(key, file)
	s.media.sent = append(s.media.sent, sentFile{key, now})
	s.bytes.used += len(file.data)
}

func (s *state) dropFile() {
	key := s.media.sent[0].key
	s.bytes.used -= len(s.media.files[key].data)
	s.lost.Files++
	s.media.remove(key)
	s.media.sent = withoutFirst(s.media.sent)
}
