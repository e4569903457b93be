package pilotstatustest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

const (
	signatureHeader = "X-Pilot-Status-Signature"

	// maxReply is how much of the answer of a receiver is read.
	maxReply = 64 << 10
)

// WebhookSecret returns the secret that signs the deliveries of all webhooks. It is
// another one on every server. No answer of the API has it.
func (s *Server) WebhookSecret() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.deliveries.secret
}

// sign returns the signature of a body.
func sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// newCarrier returns the transport of deliveries. It is used without an http.Client,
// so that no redirect is followed. With allow there is no proxy, whose address would be
// asked about in place of the receiver's.
func newCarrier(allow func(netip.AddrPort) error) *http.Transport {
	carrier := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     10 * time.Second,
	}
	if allow == nil {
		return carrier
	}
	dialer := &net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return allow(netip.AddrPortFrom(to.Addr().Unmap(), to.Port()))
	}}
	carrier.Proxy, carrier.DialContext = nil, dialer.DialContext
	return carrier
}

// receiver is where a delivery goes.
type receiver struct {
	url       string
	signature string // "" sends no such header
	patience  time.Duration
	byHand    bool
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
