package pilotstatus

import (
	"crypto/sha256"
	"crypto/subtle"
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
// WithWebhookToken.
func WithWebhookSecret(secrets ...string) WebhookOption {
	return func(h *webhookHandler) error {
		if h.verify != nil {
			return invalid("secrets", "WithWebhookSecret was given before; give all secrets to one")
		}
		if err := validateSecrets(secrets); err != nil {
			return err
		}
		secrets = slices.Clone(secrets)
		h.verify = func(payload []byte, signature string) error { return VerifySignature(payload, signature, secrets...) }
		return nil
	}
}

// WithWebhookToken makes the handler compare the query parameter "token" of the URL
// that the webhook was registered with, as in https://hooks.example.com/ps?token=….
// Beside WithWebhookSecret both must match.
func WithWebhookToken(token string) WebhookOption {
	return func(h *webhookHandler) error {
		if strings.TrimSpace(token) == "" {
			return invalid("token", "it is empty; every delivery would be let in")
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

// WithWebhookMaxBody sets how large a delivery may be, in bytes. The default is 5 MiB.
func WithWebhookMaxBody(limit int64) WebhookOption {
	return func(h *webhookHandler) error {
		if limit <= 0 {
			return invalid("limit", "it must be positive")
		}
		h.maxBody = limit
		return nil
	}
}

// WithWebhookDeduper sets where the handler remembers which events were handled. The
// default is a MemoryDeduper with 10,000 events and 24 hours: with several receivers,
// or where a restart must not handle an event again, use one in a database.
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

// WithWebhookLogger makes the handler log why it answered 500 or 503: the error of
// handle as it is, the type of what it panicked with and the stack, and errors of the
// deduper, with the name of the event. The handler itself logs nothing of the event's
// content. The default logs nothing.
func WithWebhookLogger(logger *slog.Logger) WebhookOption {
	return func(h *webhookHandler) error {
		h.logger = logger
		return nil
	}
}
