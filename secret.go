package pilotstatus

import (
	"bytes"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"

	"github.com/pilotstatus/pilotstatus-go/internal/redact"
)

// redacted replaces a secret or a personal text.
const redacted = redact.Redacted

// Secret is a key, a token or QR data in an answer. Every printer, logger and encoder shows
// a redacted form: "ps_…wxyz" for an API key of 16 characters or more, "[redacted]" for
// anything else. Reveal returns the value. Store that value, not a printed or encoded
// Secret.
type Secret struct {
	_ safeWord

	// A closure, because fmt and reflection print the values of fields, unexported ones
	// too.
	reveal func() string
}

// safeWord is the first field of a type with methods that go-spew could otherwise call on
// the wrong memory. go-spew treats a struct that holds only one pointer, such as struct{
// *NumberClient }, as a pointer to that struct, and dereferences once too often. It then
// reads this word, which is always 0, as a nil pointer, instead of a closure as the code to
// call.
type safeWord uintptr

// NewSecret returns a Secret that holds value.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{reveal: func() string { return value }}
}

// Reveal returns the value, "" for a zero [Secret].
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports whether there is no value, because the field was null or absent.
func (s Secret) IsZero() bool { return s.reveal == nil }

// Equal reports whether both hold the same value, in constant time.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String returns the redacted form, "" for a zero [Secret].
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	value := s.Reveal()
	if len(value) >= 16 && strings.HasPrefix(value, keyPrefix) {
		return keyPrefix + "…" + value[len(value)-4:]
	}
	return redacted
}

// Format writes the redacted form, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// GoString returns the redacted form.
func (s Secret) GoString() string { return s.String() }

// LogValue returns the redacted form.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON encodes the redacted form. To store a Secret, store Reveal().
func (s Secret) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(s.String())
}

// UnmarshalJSON decodes the value. It refuses a redacted form, because that means that a
// printed Secret was stored instead of its value.
func (s *Secret) UnmarshalJSON(data []byte) error {
	var value string
	if err := json.Unmarshal(data, &value); err != nil {
		return errors.New("pilotstatus: a secret must be a JSON string")
	}
	if isRedacted(value) {
		return errors.New("pilotstatus: this is the printed form of a secret; store what Reveal returns")
	}
	*s = NewSecret(value)
	return nil
}

func isRedacted(value string) bool {
	return strings.Contains(value, "…") || strings.Contains(value, redacted)
}

const pngSignature = "\x89PNG\r\n\x1a\n"

var (
	errNoQRCode = errors.New("pilotstatus: there is no QR code; " +
		"a person can type the pairing code instead, and connecting again makes a new QR code")
	errNotPNG = errors.New("pilotstatus: the QR code is not a PNG picture; " +
		"its text is what Reveal returns, and connecting again makes a new QR code")
)

// QRCode is a QR code that a person scans to pair a number. Anyone who has it can pair a
// device, so it prints as redacted. Reveal returns it as a data URI, which a web page can
// use as the source of an image (html/template needs a template.URL). PNG returns the
// image.
type QRCode struct{ Secret }

// PNG returns the image as the bytes of a PNG file. It returns an error if there is no QR
// code (IsZero) or if it is not a PNG.
func (q QRCode) PNG() ([]byte, error) {
	text := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, q.Reveal())
	if text == "" {
		return nil, errNoQRCode
	}
	if head, data, found := strings.Cut(text, ","); found {
		if !strings.EqualFold(head, "data:image/png;base64") {
			return nil, errNotPNG
		}
		text = data
	}
	// Some encoders leave out the padding.
	picture, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil || !bytes.HasPrefix(picture, []byte(pngSignature)) {
		return nil, errNotPNG
	}
	return picture, nil
}

const (
	headerAPIKey   = "X-Api-Key"
	headerAPIKeyID = "X-Api-Key-Id"
	headerNumberID = "X-Whatsapp-Number-Id"

	// keyPrefix is the prefix of every API key, for numbers and tenants.
	keyPrefix = "ps_"
)
