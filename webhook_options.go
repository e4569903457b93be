package pilotstatus

import (
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"time"
)

// WebhookOption changes how a webhook handler works.
type WebhookOption func(*webhookHandler) error

// WithWebhookSecret makes the handler verify the signature of each delivery. Any of
// the secrets may match, so that one can be changed without a gap. The API shows the
// secret of a webhook in no answer: where you find none in your account, use
// WithWebhookToken. NewWebhookHandler refuses what cannot be a secret, as
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
// Beside WithWebhookSecret both must match. A token is visible ASCII without blanks.
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
// and ":" stand in front of Event.DedupeKey in every key that the Deduper gets. Two
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
// default is a MemoryDeduper with 10,000 events and 24 hours: with several receivers,
// or where a restart must not handle an event again, use one in a database. Different
// handlers on one Deduper need WithWebhookConsumer.
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
