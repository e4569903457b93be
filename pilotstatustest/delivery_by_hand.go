package pilotstatustest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
)

// DeliverOption changes what Server.Deliver sends.
type DeliverOption func(*delivery)

// delivery is what Server.Deliver was asked for.
type delivery struct {
	times     int
	signature *string
}

// DeliverTimes sends the event n times, one after the other, byte for byte the same.
// Below 1 it is once.
func DeliverTimes(n int) DeliverOption { return func(d *delivery) { d.times = n } }

// DeliverSignature sends this in place of the signature. With "" the header is left
// out.
func DeliverSignature(s string) DeliverOption { return func(d *delivery) { d.signature = &s } }

// Deliver sends an event to a URL by hand, signed as all deliveries are. It needs no
// webhook and leaves no row in a log. The event may be a []byte, a json.RawMessage or
// a string, which is sent as it is, a pilotstatus.Event, as a literal, or any other
// value, which is encoded as JSON.
//
// It returns an error when the answer is not 2xx or none comes, without a second try;
// of several times it is the first that fails.
func (s *Server) Deliver(ctx context.Context, url string, event any, opts ...DeliverOption) error {
	if err := s.deliverByHand(ctx, url, event, func(receiver, outcome) {}, opts); err != nil {
		return fmt.Errorf("pilotstatustest: Deliver: %w", err)
	}
	return nil
}

// deliverByHand calls note with each try.
func (s *Server) deliverByHand(ctx context.Context, url string, event any, note func(receiver, outcome), opts []DeliverOption) error {
	if ctx == nil {
		return errors.New("no context")
	}
	body, err := eventBody(event)
	if err != nil {
		return err
	}
	if !s.enter() {
		return errClosed()
	}
	defer s.work.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()

	var d delivery
	for _, opt := range opts {
		opt(&d)
	}
	to := receiver{url: url, signature: orOld(d.signature, sign(s.WebhookSecret(), body)), patience: s.patience(), byHand: true}
	for range max(d.times, 1) {
		o := s.post(ctx, to, body)
		note(to, o)
		if o.err != nil {
			return o.err
		}
		if !o.accepted() {
			return fmt.Errorf("the receiver answered %d %s", o.status, http.StatusText(o.status))
		}
	}
	return nil
}

// eventBody is what is sent of an event.
func eventBody(event any) ([]byte, error) {
	switch event := event.(type) {
	case pilotstatus.Event:
		if raw := event.Raw(); raw != nil {
			return raw, nil // with the secrets that its JSON does not show
		}
	case []byte:
		return event, nil
	case json.RawMessage:
		return event, nil
	case string:
		return []byte(event), nil
	}
	return json.Marshal(event)
}

func (s *Server) patience() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.deliveries.patience
}
