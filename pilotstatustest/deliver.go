package pilotstatustest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
)

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
	if err := s.deliverByHand(ctx, url, event, opts); err != nil {
		return fmt.Errorf("pilotstatustest: Deliver: %w", err)
	}
	return nil
}

func (s *Server) deliverByHand(ctx context.Context, url string, event any, opts []DeliverOption) error {
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
	to := receiver{url, orOld(d.signature, sign(s.WebhookSecret(), body)), s.patience()}
	for range max(d.times, 1) {
		o := s.post(ctx, to, body)
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
