package pilotstatus

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

const (
	defaultWebhookBody = 5 << 20 // bytes

	defaultReadTimeout = 10 * time.Second // of a body

	defaultClaimLease = 5 * time.Minute

	// settleTimeout bounds Done and Release, which must not end with the request.
	settleTimeout = 5 * time.Second
)

// NewWebhookHandler returns a handler that receives deliveries: it verifies each one,
// reads it, and calls handle once for each event, however often it is delivered. It
// needs [WithWebhookSecret], [WithWebhookToken] or both; [WithUnverifiedWebhooks] is the
// only way without.
//
// Before handle runs, the event is claimed. When handle returns nil, the event is done
// and the answer is 200, also for every later delivery of it. When handle returns an
// error or panics, the claim is released and the answer is 500, so that the API
// delivers again. handle gets the context of the request; how long the API waits for
// an answer is not documented, so store the event and work on it afterwards. A
// receiver that dies between the end of handle and the mark leaves the event to be
// handled again: where that matters, mark it in the transaction of handle, as
// examples/receiver-postgres does.
//
// What is verified and cannot be read goes to handle as a [*MalformedEvent], so that it
// is not lost; delivering it again could not mend it. Other answers: 405 for another
// method than POST, 401 for a wrong proof, 415 for a Content-Encoding other than gzip,
// 413 for a body above the limit, 408 for one that takes too long, 503 while another
// delivery of the same event is worked on or the deduper fails, and 400 for what cannot
// be read under [WithUnverifiedWebhooks]. No answer repeats anything of the delivery, and
// the connection of a refused sender is closed.
//
// Nothing of a body is read before the headers and the URL hold a proof in the right
// form: the right token where one is configured, and a signature where secrets are.
// Memory grows with what has arrived. A signature may be that of the bytes as they were
// received, a byte order mark included, or with Content-Encoding: gzip that of the
// inflated bytes, because a proxy may have compressed what the API signed.
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
	verified := h.isSigned != nil || h.knows != nil
	switch {
	case !verified && !h.unverified:
		return nil, invalid("opts", "nothing proves who sends; use WithWebhookSecret, WithWebhookToken or both")
	case verified && h.unverified:
		return nil, invalid("opts", "WithUnverifiedWebhooks contradicts the secret or the token")
	}
	if h.deduper == nil {
		h.deduper = NewMemoryDeduper(defaultDedupeSize, defaultDedupeTTL)
	}
	// A function: printers find neither the deduper nor the logger behind it.
	return http.HandlerFunc(h.ServeHTTP), nil
}

// ServeHTTP receives one delivery.
func (h *webhookHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	payload, refused := h.accept(w, r)
	if refused != nil {
		h.refuse(w, r, refused)
		return
	}
	event, err := ParseEvent(payload)
	if err != nil && h.unverified {
		h.refuse(w, r, &refusal{http.StatusBadRequest, "the body is no event"})
		return
	}
	answer(w, h.once(r.Context(), event))
}

// once handles the event unless somebody did or does, and returns the answer's status.
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
	lost    time.Time // when somebody else may have it
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
		status = http.StatusOK // where the deduper panicked
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
	ctx, cancel := settling(ctx)
	defer cancel()
	if err := c.handler.deduper.Done(ctx, c.key); err != nil {
		// It was handled: another delivery could only do it twice.
		c.handler.log(ctx, "done", c.event, err)
	}
	return http.StatusOK
}

// release gives the claim back, unless it may be somebody else's by now.
func (c *webhookClaim) release(ctx context.Context) {
	if !time.Now().Before(c.lost) {
		return
	}
	ctx, cancel := settling(ctx)
	defer cancel()
	if err := c.handler.deduper.Release(ctx, c.key); err != nil {
		c.handler.log(ctx, "release", c.event, err)
	}
}

// settling returns a context for settling a claim, which has to happen although the
// request may have ended.
func settling(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
}

// log writes what the answer must not say. It shows no content of the event.
func (h *webhookHandler) log(ctx context.Context, step string, event Event, err error) {
	if h.logger == nil {
		return
	}
	h.logger.LogAttrs(ctx, slog.LevelError, "pilotstatus webhook failed",
		slog.String("step", step), slog.String("event", shortName(event.EventName())), slog.Any("error", err))
}

// WebhookOption changes how a webhook handler works.
type WebhookOption func(*webhookHandler) error

// WithWebhookSecret makes the handler verify the signature of each delivery. Any of
// the secrets may match, so that one can be changed without a gap. The API shows the
// secret of a webhook in no answer: where you find none in your account, use
// [WithWebhookToken]. [NewWebhookHandler] refuses what cannot be a secret, as
// [VerifySignature] does.
func WithWebhookSecret(secrets ...string) WebhookOption {
	return func(h *webhookHandler) error {
		if h.isSigned != nil {
			return invalid("secrets", "WithWebhookSecret was given before; give all secrets to one")
		}
		if err := validateSecrets(secrets); err != nil {
			return err
		}
		secrets = slices.Clone(secrets)
		h.isSigned = func(body io.Reader, given [][]byte) (bool, error) { return isSigned(body, given, secrets) }
		return nil
	}
}

// WithWebhookToken makes the handler compare the query parameter "token" of the URL
// that the webhook was registered with, as in https://hooks.example.com/ps?token=….
// Beside [WithWebhookSecret] both must match. A token is visible ASCII without blanks.
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

// WithUnverifiedWebhooks lets every delivery in, whoever sends it. Use it behind a
// proxy that verifies, and nowhere else.
func WithUnverifiedWebhooks() WebhookOption {
	return func(h *webhookHandler) error {
		h.unverified = true
		return nil
	}
}

// WithWebhookMaxBody sets how large a delivery may be, in bytes, also behind a
// Content-Encoding: gzip. The default is 5 MiB.
func WithWebhookMaxBody(limit int64) WebhookOption {
	return func(h *webhookHandler) error {
		if limit <= 0 {
			return invalid("limit", "it must be positive")
		}
		h.maxBody = limit
		return nil
	}
}

// WithWebhookReadTimeout sets how long the body of a delivery may take to arrive. The
// default is 10 seconds. A shorter ReadTimeout of the http.Server stays in force. Where
// the http.ResponseWriter cannot set a deadline, the time is looked at between two reads.
func WithWebhookReadTimeout(timeout time.Duration) WebhookOption {
	return func(h *webhookHandler) error {
		if timeout <= 0 {
			return invalid("timeout", "it must be positive")
		}
		h.readTimeout = timeout
		return nil
	}
}

// WithWebhookConsumer names what the handler does with events, as in "billing". The name
// and ":" stand in front of [Event.DedupeKey] in every key that the Deduper gets. Two
// handlers that share a Deduper need two names, because what one has handled is done for
// the other too; the replicas of one handler share a name. Changing it forgets what was
// handled. The default is no name.
func WithWebhookConsumer(name string) WebhookOption {
	return func(h *webhookHandler) error {
		if name == "" || strings.ContainsFunc(name, notHeaderText) {
			return invalid("name", "the name of a consumer is visible ASCII without blanks")
		}
		h.consumer = name + ":"
		return nil
	}
}

// WithWebhookDeduper sets where the handler remembers which events were handled. The
// default is a [MemoryDeduper] with 10,000 events and 24 hours: with several receivers,
// or where a restart must not handle an event again, use one in a database. Different
// handlers on one Deduper need [WithWebhookConsumer].
func WithWebhookDeduper(d Deduper) WebhookOption {
	return func(h *webhookHandler) error {
		if v := reflect.ValueOf(d); d == nil || v.Kind() == reflect.Pointer && v.IsNil() {
			return invalid("deduper", "it is nil")
		}
		h.deduper = d
		return nil
	}
}

// WithWebhookLease sets how long a claim holds while handle runs; the default is 5
// minutes. It must be longer than handle takes. A receiver that dies leaves the event
// to the first delivery after it.
func WithWebhookLease(lease time.Duration) WebhookOption {
	return func(h *webhookHandler) error {
		if lease <= 0 {
			return invalid("lease", "it must be positive")
		}
		h.lease = lease
		return nil
	}
}

// WithWebhookLogger makes the handler log why it refused a delivery, as a warning with
// the status of the answer, and why it answered 500 or 503, as an error: the error of
// handle as it is, the type of what it panicked with and the stack, and errors of the
// deduper, with the name of the event. The handler itself logs nothing of the event's
// content, and never a signature, a token or a URL. The default logs nothing.
func WithWebhookLogger(logger *slog.Logger) WebhookOption {
	return func(h *webhookHandler) error {
		h.logger = logger
		return nil
	}
}
