package pilotstatus

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// The methods here print only the text of an error, or the same facts as fields. Without
// them fmt, slog and encoding/json would print the raw answer. The receivers are values, so
// that a dereferenced error is covered too. The types that embed an APIError declare the
// methods again, because promoted ones would panic with a nil APIError.

func printText(f fmt.State, text string) { _, _ = io.WriteString(f, text) }

func marshalText(err error) ([]byte, error) {
	return json.Marshal(struct {
		Error string `json:"error"`
	}{err.Error()})
}

// Format writes the error's text, whatever the verb.
func (e APIError) Format(f fmt.State, _ rune) { printText(f, e.Error()) }

// LogValue returns the printed facts as a group.
func (e APIError) LogValue() slog.Value { return e.logValue() }

// MarshalJSON writes the printed facts as an object.
func (e APIError) MarshalJSON() ([]byte, error) { return e.marshal() }

func (e *APIError) logValue() slog.Value {
	if e == nil {
		return slog.Value{}
	}
	attrs := []slog.Attr{
		slog.String("op", e.Op),
		slog.Int("status", e.StatusCode),
		slog.String("code", e.shownCode()),
		slog.String("message", e.shownMessage()),
		slog.Int("attempts", e.Attempts),
		slog.Duration("retry_after", e.RetryAfter),
	}
	if len(e.fields) > 0 {
		attrs = append(attrs, slog.String("fields", strings.Join(e.fields, ", ")))
	}
	return slog.GroupValue(attrs...)
}

func (e *APIError) marshal() ([]byte, error) {
	if e == nil {
		return []byte("null"), nil
	}
	return json.Marshal(struct {
		Op                string   `json:"op"`
		Status            int      `json:"status"`
		Code              string   `json:"code,omitempty"`
		Message           string   `json:"message"`
		Fields            []string `json:"fields,omitempty"`
		Attempts          int      `json:"attempts"`
		RetryAfterSeconds float64  `json:"retryAfterSeconds,omitempty"`
	}{e.Op, e.StatusCode, e.shownCode(), e.shownMessage(), e.fields, e.Attempts, e.RetryAfter.Seconds()})
}

// Format writes the error's text, whatever the verb.
func (e UnauthorizedError) Format(f fmt.State, _ rune) { printText(f, e.APIError.Error()) }

// LogValue returns the printed facts as a group.
func (e UnauthorizedError) LogValue() slog.Value { return e.logValue() }

// MarshalJSON writes the printed facts as an object.
func (e UnauthorizedError) MarshalJSON() ([]byte, error) { return e.marshal() }

// Format writes the error's text, whatever the verb.
func (e TenantScopeError) Format(f fmt.State, _ rune) { printText(f, e.APIError.Error()) }

// LogValue returns the printed facts as a group.
func (e TenantScopeError) LogValue() slog.Value { return e.logValue() }

// MarshalJSON writes the printed facts as an object.
func (e TenantScopeError) MarshalJSON() ([]byte, error) { return e.marshal() }

// Format writes the error's text, whatever the verb.
func (e NumberScopeError) Format(f fmt.State, _ rune) { printText(f, e.APIError.Error()) }

// LogValue returns the printed facts as a group.
func (e NumberScopeError) LogValue() slog.Value { return e.logValue() }

// MarshalJSON writes the printed facts as an object.
func (e NumberScopeError) MarshalJSON() ([]byte, error) { return e.marshal() }

// Format writes the error's text, whatever the verb.
func (e NotFoundError) Format(f fmt.State, _ rune) { printText(f, e.APIError.Error()) }

// LogValue returns the printed facts as a group.
func (e NotFoundError) LogValue() slog.Value { return e.logValue() }

// MarshalJSON writes the printed facts as an object.
func (e NotFoundError) MarshalJSON() ([]byte, error) { return e.marshal() }

// Format writes the error's text, whatever the verb.
func (e RateLimitError) Format(f fmt.State, _ rune) { printText(f, e.APIError.Error()) }

// LogValue returns the printed facts as a group.
func (e RateLimitError) LogValue() slog.Value { return e.logValue() }

// MarshalJSON writes the printed facts as an object.
func (e RateLimitError) MarshalJSON() ([]byte, error) { return e.marshal() }

// Format writes the error's text, whatever the verb.
func (e PaymentError) Format(f fmt.State, _ rune) { printText(f, e.APIError.Error()) }

// LogValue returns the printed facts as a group.
func (e PaymentError) LogValue() slog.Value { return e.logValue() }

// MarshalJSON writes the printed facts as an object.
func (e PaymentError) MarshalJSON() ([]byte, error) { return e.marshal() }

// Format writes the error's text, whatever the verb.
func (e DecodeError) Format(f fmt.State, _ rune) { printText(f, e.Error()) }

// LogValue returns the error's text.
func (e DecodeError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// MarshalJSON writes the error's text as an object.
func (e DecodeError) MarshalJSON() ([]byte, error) { return marshalText(&e) }

// Format writes the error's text, whatever the verb.
func (e TransportError) Format(f fmt.State, _ rune) { printText(f, e.Error()) }

// LogValue returns the error's text.
func (e TransportError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// MarshalJSON writes the error's text as an object.
func (e TransportError) MarshalJSON() ([]byte, error) { return marshalText(&e) }

// Format writes the error's text, whatever the verb.
func (e OutcomeUnknownError) Format(f fmt.State, _ rune) { printText(f, e.Error()) }

// LogValue returns the error's text.
func (e OutcomeUnknownError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// MarshalJSON writes the error's text as an object.
func (e OutcomeUnknownError) MarshalJSON() ([]byte, error) { return marshalText(&e) }

// Format writes the error's text, whatever the verb.
func (e KeyUnavailableError) Format(f fmt.State, _ rune) { printText(f, e.Error()) }

// LogValue returns the error's text.
func (e KeyUnavailableError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// MarshalJSON writes the error's text as an object.
func (e KeyUnavailableError) MarshalJSON() ([]byte, error) { return marshalText(&e) }

// Format writes the error's text, whatever the verb.
func (e KeyCheckError) Format(f fmt.State, _ rune) { printText(f, e.Error()) }

// LogValue returns the error's text.
func (e KeyCheckError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// MarshalJSON writes the error's text as an object.
func (e KeyCheckError) MarshalJSON() ([]byte, error) { return marshalText(&e) }

// Format writes the error's text, whatever the verb.
func (e WaitError) Format(f fmt.State, _ rune) { printText(f, e.Error()) }

// LogValue returns the error's text.
func (e WaitError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// MarshalJSON writes the error's text as an object.
func (e WaitError) MarshalJSON() ([]byte, error) { return marshalText(&e) }
