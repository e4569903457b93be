package pilotstatustest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"
)

const (
	defaultRedeliveries = 3
	defaultRetryWait    = 50 * time.Millisecond
	defaultPatience     = 5 * time.Second

	// shuffleWindow is how long events are gathered that go out in another order. A
	// message gets from SENT to READ in it.
	shuffleWindow = 5 * pace
)

func newDeliveries() deliveryState {
	return deliveryState{
		secret:  "whsec_" + randomHex(24),
		retries: defaultRedeliveries, wait: defaultRetryWait, patience: defaultPatience,
	}
}

// enqueue puts an event into the queues of its webhooks.
func (s *state) enqueue(e event) {
	d := &s.deliveries
	if d.carry == nil {
		return
	}
	now := time.Now()
	for _, hook := range e.takers {
		for range max(d.copies, 1) {
			d.underway++
			d.put(hook, parcel{e.name, e.body, now.Add(d.delay), s.slip(hook, e)})
		}
		if !hook.carried {
			hook.carried = true
			d.carry(hook)
		}
	}
}

// slip notes a delivery to a webhook, as one of so many.
func (s *state) slip(hook *webhook, e event) *Delivery {
	d := &s.deliveries
	d.lastSlip++
	slip := &Delivery{
		ID: idText("dlv", d.lastSlip), WebhookID: hook.id, NumberID: hook.number.id, MessageID: e.about, Event: e.name, Body: e.body,
		State: DeliveryWaiting, CreatedAt: e.at, NextAt: s.clock.now().Add(d.delay),
	}
	if s.keep > 0 && len(hook.sends) == s.keep {
		s.lost.deliveries++
	}
	hook.sends = appendNewest(hook.sends, slip, s.keep)
	s.publish(ChangeDelivery, slip.NumberID, slip.ID)
	return slip
}

// put puts a parcel at the end of a queue, or at its front to mix up the order.
func (d *deliveryState) put(hook *webhook, p parcel) {
	if !d.shuffle {
		hook.queue = append(hook.queue, p)
		return
	}
	p.from = p.from.Add(shuffleWindow)
	if len(hook.queue) > 0 {
		p.from = hook.queue[0].from
	}
	hook.queue = slices.Insert(hook.queue, 0, p)
}

// settled notes that so many parcels are delivered or given up.
func (d *deliveryState) settled(count int) {
	d.underway -= count
	if d.underway == 0 && d.idle != nil {
		close(d.idle)
		d.idle = nil
	}
}

// end puts a delivery into its last state; a nil one has none.
func (d *Delivery) end(state DeliveryState) {
	if d != nil {
		d.State, d.NextAt = state, time.Time{}
	}
}

// giveUp empties the queue of a webhook.
func (d *deliveryState) giveUp(hook *webhook) {
	d.settled(len(hook.queue))
	for _, p := range hook.queue {
		p.slip.end(DeliveryGivenUp)
	}
	hook.queue = nil
}

// whenIdle returns what is closed when nothing is on its way; nil means now.
func (d *deliveryState) whenIdle() <-chan struct{} {
	if d.underway == 0 {
		return nil
	}
	if d.idle == nil {
		d.idle = make(chan struct{})
	}
	return d.idle
}

// Flush waits until every delivery of what has happened so far was made or given up,
// with its tries and what Webhooks.Logs says of them. It fails when ctx ends or the
// server closes before. Time does not move on in it: call Advance first for what is
// to happen.
func (s *Server) Flush(ctx context.Context) error {
	s.mu.Lock()
	idle, closed := s.state.deliveries.whenIdle(), s.closed
	s.mu.Unlock()
	switch {
	case idle == nil:
		return nil
	case closed:
		return fmt.Errorf("pilotstatustest: Flush: %w", errClosed())
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("pilotstatustest: Flush: %w", ctx.Err())
	case <-s.life.Done():
		return fmt.Errorf("pilotstatustest: Flush: %w", errClosed())
	}
}

// startCarrying gives a webhook a goroutine of its own for as long as its queue is
// not empty, so that a slow receiver holds up nobody else. Server.mu is held, and the
// server is not closed: Close takes this function away before it waits.
func (s *Server) startCarrying(hook *webhook) {
	s.work.Go(func() { s.carry(hook) })
}

// carry delivers what waits for a webhook, one after the other.
func (s *Server) carry(hook *webhook) {
	for {
		p, wait, more := s.nextParcel(hook)
		switch {
		case !more:
			return
		case wait > 0:
			if !s.hold(s.life, wait) {
				return
			}
		case !s.deliver(hook, p):
			return
		}
	}
}

// nextParcel takes the next parcel out of the queue of a webhook, or says how long it
// has to stay there. When there is none the goroutine ends.
func (s *Server) nextParcel(hook *webhook) (p parcel, wait time.Duration, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(hook.queue) == 0 {
		hook.carried = false
		return parcel{}, 0, false
	}
	if wait := time.Until(hook.queue[0].from); wait > 0 {
		return parcel{}, wait, true
	}
	p, hook.queue = hook.queue[0], hook.queue[1:]
	return p, 0, true
}

// deliver tries to deliver a parcel until it is accepted or given up. It is false
// when the server closes before.
func (s *Server) deliver(hook *webhook, p parcel) bool {
	for try := 0; s.life.Err() == nil; try++ {
		to, ok := s.receiver(hook, p)
		if !ok {
			s.settled(p, DeliveryGivenUp)
			return true
		}
		wait, state := s.noteTry(hook, p, to, s.post(s.life, to, p.body), try)
		if state != DeliveryWaiting {
			s.settled(p, state)
			return true
		}
		s.hold(s.life, wait)
	}
	return false
}

func (s *Server) settled(p parcel, state DeliveryState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.slip.end(state)
	s.state.publish(ChangeDelivery, p.slip.NumberID, p.slip.ID)
	s.state.deliveries.settled(1)
}

// receiver is where a webhook sends to now. A webhook that was paused or deleted
// meanwhile sends nothing.
func (s *Server) receiver(hook *webhook, p parcel) (receiver, bool) {
	signature := sign(s.WebhookSecret(), p.body)
	s.mu.Lock()
	defer s.mu.Unlock()
	p.slip.NextAt = time.Time{}
	return receiver{hook.url, signature, s.state.deliveries.patience}, hook.active && !hook.deleted
}

// noteTry puts a try into the log of the webhook and says whether there is another,
// and when. What Server.Close cut off did not happen.
func (s *Server) noteTry(hook *webhook, p parcel, to receiver, o outcome, try int) (time.Duration, DeliveryState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.status == 0 && s.life.Err() != nil {
		return 0, DeliveryWaiting
	}
	d, now := &s.state.deliveries, s.state.clock.now()
	hook.logDelivery(webhookDelivery{
		event: p.event, statusCode: o.status, payload: p.body, response: o.text, took: o.took, at: now,
	}, s.state.keep)
	p.slip.note(to, o, now)
	switch wait := d.wait << min(try, 10); {
	case o.accepted():
		return 0, DeliveryAccepted
	case try >= d.retries:
		return 0, DeliveryGivenUp
	default:
		p.slip.NextAt = now.Add(wait)
		s.state.publish(ChangeDelivery, p.slip.NumberID, p.slip.ID)
		return wait, DeliveryWaiting
	}
}

// note adds a try.
func (d *Delivery) note(to receiver, o outcome, now time.Time) {
	try := DeliveryAttempt{URL: to.url, Signature: to.signature, At: now, Took: o.took, Status: o.status, Answer: o.text}
	if o.err != nil {
		try.Error = o.err.Error()
	}
	d.Attempts = append(d.Attempts, try)
}

// logDelivery notes an attempt, as one of so many. A number that keeps nothing does not keep what was
// sent and answered either.
func (hook *webhook) logDelivery(d webhookDelivery, keep int) {
	if hook.number.privacy.hides(d.at, d.at) {
		d.payload, d.response = nil, ""
	}
	hook.logs = appendNewest(hook.logs, d, keep)
	hook.lastTriggered = d.at
}

const (
	signatureHeader = "X-Pilot-Status-Signature"

	// maxReply is how much of the answer of a receiver is read.
	maxReply = 64 << 10
)

// WebhookSecret returns the secret that signs the deliveries of all webhooks. It is
// another one on every server. No answer of the API has it.
func (s *Server) WebhookSecret() string { return s.state.deliveries.secret }

// sign returns the signature of a body.
func sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// newCarrier returns the transport of deliveries. It is used without an http.Client,
// so that no redirect is followed.
func newCarrier() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     10 * time.Second,
	}
}

// receiver is where a delivery goes.
type receiver struct {
	url       string
	signature string // "" sends no such header
	patience  time.Duration
}

// outcome is what a receiver made of a delivery.
type outcome struct {
	status int // 0: no answer came
	text   string
	took   time.Duration // 0: no answer came
	err    error         // why there is no answer
}

func (o outcome) accepted() bool { return o.status >= 200 && o.status < 300 }

// post sends a body once.
func (s *Server) post(ctx context.Context, to receiver, body []byte) outcome {
	ctx, cancel := context.WithTimeout(ctx, to.patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url, bytes.NewReader(body))
	if err != nil {
		if wrong, ok := errors.AsType[*url.Error](err); ok {
			err = wrong.Err // the text of wrong has the URL, which may hold a token
		}
		return outcome{err: err}
	}
	req.Header.Set("Content-Type", typeJSON)
	req.Header.Set("User-Agent", "pilotstatustest")
	if to.signature != "" {
		req.Header[signatureHeader] = []string{to.signature}
	}
	began := time.Now()
	resp, err := s.carrier.RoundTrip(req)
	if err != nil {
		return outcome{err: err}
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxReply)) // the status is there, whatever becomes of the rest
	return outcome{status: resp.StatusCode, text: string(text), took: max(time.Since(began), 1)}
}
