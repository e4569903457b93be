package pilotstatus

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"unicode"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

var (
	errNoQRCode = errors.New("pilotstatus: there is no QR code; " +
		"a person can type the pairing code instead, and connecting again makes a new QR code")
	errNotPNG = errors.New("pilotstatus: the QR code is not a PNG picture; " +
		"its text is what Reveal returns, and connecting again makes a new QR code")
)

// QRCode is a QR code that a person scans to pair a number. Whoever has it can pair
// a device, so it prints as redacted. Reveal returns it as a data URI, which a web
// page can show as the source of an image (html/template wants it as a template.URL);
// PNG returns the picture itself.
type QRCode struct{ Secret }

// PNG returns the picture, as the bytes of a PNG file. It is an error where there is
// no QR code (IsZero) or where it is not a PNG.
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
	// Without the padding, which some encoders leave out.
	picture, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil || !bytes.HasPrefix(picture, []byte(pngSignature)) {
		return nil, errNotPNG
	}
	return picture, nil
}
