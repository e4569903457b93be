package pilotstatus

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	defaultWebhookBody = 5 << 20 // bytes

	defaultReadTimeout = 10 * time.Second // of a body

	defaultClaimLease = 5 * time.Minute

	// settleTimeout limits Done and Release, which must not end with the request.
	settleTimeout = 5 * time.Second
)

// NewWebhookHandler returns a handler that receives deliveries. It verifies each one, reads
// it, and calls handle once for each event, however often it is delivered. It needs
// [WithWebhookSecret], [WithWebhookToken] or both, unless [WithUnverifiedWebhooks] is set.
//
// The handler claims the event before it calls handle. If handle returns nil, the event is
// done and the answer is 200, also for every later delivery of it. If handle returns an
// error or panics, the handler releases the claim and answers 500, so that the API delivers
// again. handle gets the context of the request. The API does not document how long it
// waits for an answer, so store the event and process it afterwards. If a receiver crashes
// after handle and before it marks the event as done, the event is handled again. If that
// matters, use Outbox.Receive of the module pilotstatuspg, which does both in one transaction.
//
// A verified delivery that cannot be read goes to handle as a [*MalformedEvent], so that it
// is not lost; another delivery would not help. Other answers: 405 for another method than
// POST, 401 for a wrong signature or token, 415 for a Content-Encoding other than gzip, 413
// for a body above the limit, 408 for a body that takes too long, 503 while another
// delivery of the same event is handled or if the deduper fails, and 400 for an unreadable
// body with [WithUnverifiedWebhooks]. No answer repeats any part of the delivery, and the
// handler closes the connection of a refused sender.
//
// The handler reads no part of a body before it has checked the token, if one is
// configured, and the form of the signature, if secrets are. Memory grows only with the
// received bytes. A signature may match the received bytes, with a byte order mark. With
// Content-Encoding: gzip it may also match the decompressed bytes, because a proxy may have
// compressed the body after the API signed it.
func NewWebhookHandler(handle func(context.Context, Event) error, opts ...WebhookOption) (http.Handler, error) {
	if handle == nil {
		return nil, invalid("handle", "it is nil")
	}
	h := &webhookHandler{handle: handle, maxBody: defaultWebhookBody, readTimeout: defaultReadTimeout, lease: defaultClaimLease}
	for _, opt := range opts {
		if opt == nil {
			return nil, invalid("opts", "an option is nil")
		}
		if err := opt(h); err != nil {
			return nil, err
		}
	}
	verified := h.signers != nil || h.knows != nil
	switch {
	case !verified && !h.unverified:
		return nil, invalid("opts", "nothing proves who sends; use WithWebhookSecret, WithWebhookToken or both")
	case verified && h.unverified:
		return nil, invalid("opts", "WithUnverifiedWebhooks contradicts the secret or the token")
	}
	if h.deduper == nil {
		h.deduper = NewMemoryDeduper(defaultDedupeSize, defaultDedupeTTL)
	}
	// A function, so that printers find neither the deduper nor the logger.
	return http.HandlerFunc(h.ServeHTTP), nil
}

// ServeHTTP receives one delivery.
func (h *webhookHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	payload, refused := h.accept(w, r)
	if refused != nil {
		h.refuse(w, r, refused)
		return
	}
	event, err := parseOwned(withoutBOM(payload))
	if err != nil && h.unverified {
		h.refuse(w, r, &refusal{http.StatusBadRequest, "the body is no event"})
		return
	}
	answer(w, h.once(r.Context(), event))
}

// once handles the event unless it is done or being handled, and returns the status of the
// answer.
func (h *webhookHandler) once(ctx context.Context, event Event) int {
	key := h.consumer + event.DedupeKey()
	claimed := time.Now()
	state, err := h.deduper.Claim(ctx, key, h.lease)
	switch {
	case err != nil:
		h.log(ctx, "claim", event, err)
		return http.StatusServiceUnavailable
	case state == ClaimBusy:
		return http.StatusServiceUnavailable
	case state == ClaimDone:
		return http.StatusOK
	case state != ClaimFresh:
		h.log(ctx, "claim", event, fmt.Errorf("the deduper answered with the unknown state %d", state))
		return http.StatusServiceUnavailable
	}
	c := webhookClaim{handler: h, event: event, key: key, lost: claimed.Add(h.lease)}
	return c.handle(ctx)
}

// webhookClaim is an event that this delivery has to handle.
type webhookClaim struct {
	handler *webhookHandler
	event   Event
	key     string
	lost    time.Time // when another receiver may claim it
}

// handle calls the application and settles the claim.
func (c *webhookClaim) handle(ctx context.Context) (status int) {
	handled := false
	defer func() {
		if status != 0 {
			return
		}
		thrown := recover()
		if thrown != http.ErrAbortHandler { //nolint:errorlint // net/http compares with this very value
			c.handler.log(ctx, "handle", c.event, fmt.Errorf("panic: %T\n%s", thrown, debug.Stack()))
		}
		status = http.StatusOK // if the deduper panicked
		if !handled {
			c.release(ctx)
			status = http.StatusInternalServerError
		}
		if thrown == http.ErrAbortHandler { //nolint:errorlint // net/http compares with this very value
			panic(thrown) //nolint:forbidigo // it asks net/http to abort the answer
		}
	}()
	if err := c.handler.handle(ctx, c.event); err != nil {
		c.handler.log(ctx, "handle", c.event, err)
		c.release(ctx)
		return http.StatusInternalServerError
	}
	handled = true
	ctx, cancel := c.handler.settling(ctx)
	defer cancel()
	if err := c.handler.deduper.Done(ctx, c.key); err != nil {
		// It was handled: another delivery would handle it twice.
		c.handler.log(ctx, "done", c.event, err)
	}
	return http.StatusOK
}

// release returns the claim, unless another receiver may have it by now.
func (c *webhookClaim) release(ctx context.Context) {
	if !time.Now().Before(c.lost) {
		return
	}
	ctx, cancel := c.handler.settling(ctx)
	defer cancel()
	if err := c.handler.deduper.Release(ctx, c.key); err != nil {
		c.handler.log(ctx, "release", c.event, err)
	}
}

// settling returns a context for settling a claim, which must happen even if the request
// has ended.
func (h *webhookHandler) settling(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := h.deduper.(*MemoryDeduper); ok {
		return context.Background(), func() {} // it neither waits nor reads values
	}
	return context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
}

// log records the problem, which the answer must not show. It shows no content of the
// event.
func (h *webhookHandler) log(ctx context.Context, step string, event Event, err error) {
	if h.logger == nil {
		return
	}
	h.logger.LogAttrs(ctx, slog.LevelError, "pilotstatus webhook failed",
		slog.String("step", step), slog.String("event", shortName(event.EventName())), slog.Any("error", err))
}

// WebhookOption configures a webhook handler.
type WebhookOption func(*webhookHandler) error

// WithWebhookSecret makes the handler verify the signature of each delivery. Any of the
// secrets may match, so that you can change a secret without a gap. No answer of the API
// has the secret of a webhook. If your account does not show it, use [WithWebhookToken].
// [NewWebhookHandler] refuses an invalid secret, as [VerifySignature] does.
func WithWebhookSecret(secrets ...string) WebhookOption {
	return func(h *webhookHandler) error {
		if h.signers != nil {
			return invalid("secrets", "WithWebhookSecret was given before; give all secrets to one")
		}
		if err := validateSecrets(secrets); err != nil {
			return err
		}
		secrets = slices.Clone(secrets)
		h.signers = &sync.Pool{New: func() any { return newSigner(secrets) }}
		return nil
	}
}

// WithWebhookToken makes the handler compare the query parameter "token" of the URL of the
// webhook, as in https://hooks.example.com/ps?token=…. Together with [WithWebhookSecret]
// both must match. A token is visible ASCII without blanks.
func WithWebhookToken(token string) WebhookOption {
	return func(h *webhookHandler) error {
		if problem := proofProblem(token); problem != "" {
			return invalid("token", "the token "+problem)
		}
		if h.knows != nil {
			return invalid("token", "WithWebhookToken was given before")
		}
		want := sha256.Sum256([]byte(token))
		h.knows = func(given string) bool {
			sum := sha256.Sum256([]byte(given)) // of one length, whatever the token's is
			return subtle.ConstantTimeCompare(sum[:], want[:]) == 1
		}
		return nil
	}
}

// WithUnverifiedWebhooks accepts every delivery from any sender. Use it only behind a proxy
// that verifies.
func WithUnverifiedWebhooks() WebhookOption {
	return func(h *webhookHandler) error {
		h.unverified = true
		return nil
	}
}

// WithWebhookMaxBody sets the largest size of a delivery, in bytes, before and after the
// decompression of gzip. The default is 5 MiB.
func WithWebhookMaxBody(limit int64) WebhookOption {
	return func(h *webhookHandler) error {
		if limit <= 0 {
			return invalid("limit", "it must be positive")
		}
		h.maxBody = min(limit, math.MaxInt64-1) // one byte more is read
		return nil
	}
}

// WithWebhookReadTimeout sets how long the body of a delivery may take to arrive. The
// default is 10 seconds. A shorter ReadTimeout of the http.Server stays in force. If the
// http.ResponseWriter cannot set a deadline, the handler checks the time between two reads.
func WithWebhookReadTimeout(timeout time.Duration) WebhookOption {
	return func(h *webhookHandler) error {
		if timeout <= 0 {
			return invalid("timeout", "it must be positive")
		}
		h.readTimeout = timeout
		return nil
	}
}

// WithWebhookConsumer names the purpose of the handler, such as "billing". The name and ":"
// become the prefix of [Event.DedupeKey] in every key that the [Deduper] gets. Two handlers
// that share a [Deduper] need two names; otherwise an event that one has handled is done
// for the other too. The replicas of one handler share a name. A new name forgets the
// handled events. The default is no name.
func WithWebhookConsumer(name string) WebhookOption {
	return func(h *webhookHandler) error {
		if name == "" || strings.ContainsFunc(name, notHeaderText) {
			return invalid("name", "the name of a consumer is visible ASCII without blanks")
		}
		h.consumer = name + ":"
		return nil
	}
}

// WithWebhookDeduper sets the [Deduper] that remembers handled events. The default is a
// [MemoryDeduper] with 10,000 events and 24 hours. With several receivers, or if a restart
// must not handle an event again, use one in a database. Different handlers on one
// [Deduper] need [WithWebhookConsumer].
func WithWebhookDeduper(d Deduper) WebhookOption {
	return func(h *webhookHandler) error {
		if v := reflect.ValueOf(d); d == nil || v.Kind() == reflect.Pointer && v.IsNil() {
			return invalid("deduper", "it is nil")
		}
		h.deduper = d
		return nil
	}
}

// WithWebhookLease sets how long a claim is valid while handle runs; the default is 5
// minutes. It must be longer than handle takes. If a receiver crashes, the first delivery
// after the lease handles the event.
func WithWebhookLease(lease time.Duration) WebhookOption {
	return func(h *webhookHandler) error {
		if lease <= 0 {
			return invalid("lease", "it must be positive")
		}
		h.lease = lease
		return nil
	}
}

// WithWebhookLogger makes the handler log refused deliveries, as warnings with the reason
// and the status of the answer. It logs the causes of 500 and 503 as errors with the name
// of the event: the error of handle unchanged, the type of a panic value and the stack, and
// errors of the deduper. The handler itself logs no content of an event, and never a
// signature, a token or a URL. The default logs nothing.
func WithWebhookLogger(logger *slog.Logger) WebhookOption {
	return func(h *webhookHandler) error {
		h.logger = logger
		return nil
	}
}
