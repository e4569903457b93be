package pilotstatus

import (
	"bytes"
	"context"
	"crypto/fips140"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// refusal is the reason why a request is not a delivery.
type refusal struct {
	status int
	reason string // for the log: it never shows the proof
}

// accept returns the body of a verified delivery, or a refusal.
func (h *webhookHandler) accept(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &refusal{http.StatusMethodNotAllowed, "the method is not POST"}
	}
	if reason := h.tokenProblem(r); reason != "" {
		return nil, &refusal{http.StatusUnauthorized, reason}
	}
	given := readSignatures(strings.Join(r.Header.Values(SignatureHeader), ","))
	if h.signers != nil && given.count == 0 {
		return nil, &refusal{http.StatusUnauthorized, "the header " + SignatureHeader + " has no signature"}
	}
	encoding := strings.Join(r.Header.Values("Content-Encoding"), ",")
	_, err := decoded(encoding, http.NoBody)
	if unknown, ok := errors.AsType[*unknownEncodingError](err); ok {
		return nil, &refusal{http.StatusUnsupportedMediaType, unknown.Error()}
	}
	received, refused := h.read(w, r)
	if refused != nil {
		return nil, refused
	}
	d := deliveredBody{received: received, encoding: encoding, limit: h.maxBody}
	if h.signers != nil {
		s, _ := h.signers.Get().(*signer)
		refused := d.verify(&given, s)
		s.reset()
		h.signers.Put(s)
		if refused != nil {
			return nil, refused
		}
	}
	return d.content()
}

// tokenProblem returns the problem of the token in the URL.
func (h *webhookHandler) tokenProblem(r *http.Request) string {
	if h.knows == nil {
		return ""
	}
	var given []string
	if r.URL != nil {
		given = r.URL.Query()["token"]
	}
	switch {
	case len(given) != 1:
		return "the URL does not have one token"
	case !h.knows(given[0]):
		return "the token of the URL is another one"
	}
	return ""
}

// read reads the body within its time limit.
func (h *webhookHandler) read(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	if r.ContentLength > h.maxBody {
		return nil, tooLarge()
	}
	if r.Body == nil {
		return nil, nil
	}
	arriving := &arrivingBody{io.LimitedReader{R: r.Body, N: h.maxBody + 1}, time.Now().Add(h.readTimeout)}
	limited := hasShorterReadTimeout(r, h.readTimeout)
	connection := http.NewResponseController(w)
	if !limited {
		limited = connection.SetReadDeadline(arriving.end) != nil // not supported
	}
	var body bytes.Buffer
	body.Grow(int(min(max(r.ContentLength, 0), announcedRoom)) + bytes.MinRead) // ReadFrom needs that much to see the end
	switch _, err := body.ReadFrom(arriving); {
	case arriving.N == 0:
		return nil, tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &refusal{http.StatusRequestTimeout, "the body took too long"}
	case err != nil:
		return nil, &refusal{http.StatusBadRequest, "the body could not be read"}
	}
	if !limited {
		// With the deadline the server would assume that the sender is gone while handle
		// runs.
		_ = connection.SetReadDeadline(time.Time{})
	}
	return body.Bytes(), nil
}

func tooLarge() *refusal {
	return &refusal{http.StatusRequestEntityTooLarge, "the body is larger than the limit"}
}

// hasShorterReadTimeout reports whether the server has a shorter limit for the body.
func hasShorterReadTimeout(r *http.Request, timeout time.Duration) bool {
	server, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	return ok && server.ReadTimeout > 0 && server.ReadTimeout <= timeout
}

// arrivingBody is the body of a request. It ends with os.ErrDeadlineExceeded at a time,
// like a connection with that deadline. It cannot end a blocked read.
type arrivingBody struct {
	io.LimitedReader

	end time.Time
}

func (b *arrivingBody) Read(p []byte) (int, error) {
	if time.Now().After(b.end) {
		return 0, os.ErrDeadlineExceeded
	}
	return b.LimitedReader.Read(p)
}

// deliveredBody is a body as it was received.
type deliveredBody struct {
	received []byte
	encoding string
	limit    int64
}

// verify checks for a signature of the received bytes, or of the decompressed bytes. It
// decompresses an unverified body only into the hash, not into memory.
func (d deliveredBody) verify(given *signatures, s *signer) *refusal {
	_, _ = s.Write(d.received)
	if s.matches(given) {
		return nil
	}
	wrong := &refusal{http.StatusUnauthorized, "the signature does not match the body and the secrets"}
	if !d.isCoded() {
		return wrong
	}
	inflated, err := decoded(d.encoding, bytes.NewReader(d.received))
	if err != nil {
		return wrong
	}
	bounded := &io.LimitedReader{R: inflated, N: d.limit + 1}
	s.reset()
	switch _, err := io.Copy(s, bounded); {
	case bounded.N == 0:
		return tooLarge()
	case err != nil || !s.matches(given):
		return wrong
	}
	return nil
}

// content returns the decompressed body. A body that cannot be decompressed stays
// unchanged: the application gets it as a malformed event.
func (d deliveredBody) content() ([]byte, *refusal) {
	if !d.isCoded() {
		return d.received, nil
	}
	inflated, err := decoded(d.encoding, bytes.NewReader(d.received))
	if err != nil {
		return d.received, nil
	}
	bounded := &io.LimitedReader{R: inflated, N: d.limit + 1}
	var content bytes.Buffer
	_, err = content.ReadFrom(bounded)
	switch {
	case bounded.N == 0:
		return nil, tooLarge()
	case err != nil:
		return d.received, nil
	}
	return content.Bytes(), nil
}

func (d deliveredBody) isCoded() bool {
	return d.encoding != "" && !strings.EqualFold(strings.TrimSpace(d.encoding), "identity")
}

// refuse answers and closes the connection, without reading the rest of the body. A server
// continues to read after such an answer, up to 256 KiB and without a time limit, unless a
// deadline has passed. After a body that is too large, it gives the sender time to read the
// answer before it closes, because MaxBytesReader tells it.
func (h *webhookHandler) refuse(w http.ResponseWriter, r *http.Request, why *refusal) {
	if h.logger != nil {
		h.logger.LogAttrs(r.Context(), slog.LevelWarn, "pilotstatus webhook refused",
			slog.Int("status", why.status), slog.String("reason", why.reason))
	}
	closing := http.MaxBytesReader(w, io.NopCloser(strings.NewReader("x")), 0)
	_, _ = closing.Read(make([]byte, 1))
	w.Header().Set("Connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(time.Now()) // if not supported, the server continues to read
	answer(w, why.status)
}

// SignatureHeader is the header that carries the signature of a delivery: the hex
// HMAC-SHA256 of the raw body, with the webhook's secret as the key.
const SignatureHeader = "X-Pilot-Status-Signature"

// ErrInvalidSignature means that a delivery was not signed with any of the secrets. It is
// not from the API, or its body was changed on the way.
var ErrInvalidSignature = errors.New("pilotstatus: the signature does not match the body and the secrets")

const (
	signaturePrefix = "sha256="

	// maxSignatures is the number of signatures of one header that are checked.
	maxSignatures = 8

	// announcedRoom limits the memory that an announced length reserves, in bytes. It is
	// larger than most deliveries.
	announcedRoom = 16 << 10
)

// VerifySignature compares the signature of a delivery, the value of [SignatureHeader],
// with its body. payload must be the received bytes: JSON that was decoded and encoded
// again has another signature, and so has a body without its byte order mark. One matching
// secret is enough, so that you can change a secret without a gap. The hex may be in upper
// case, follow "sha256=", and be one of several, separated by commas.
//
// The error is [ErrInvalidSignature], or a [*ValidationError] if there is no secret or an
// invalid one. A secret is invalid if it is empty, has blanks, control characters or
// characters beyond ASCII, is a redacted form, or, in Go's FIPS 140-only mode, has fewer
// than 14 bytes. Then nothing is verified. A signature proves the origin of a delivery, not
// that it is new: see [Event.DedupeKey].
func VerifySignature(payload []byte, signature string, secrets ...string) error {
	if err := validateSecrets(secrets); err != nil {
		return err
	}
	given := readSignatures(signature)
	s := newSigner(secrets)
	_, _ = s.Write(payload)
	if !s.matches(&given) {
		return ErrInvalidSignature
	}
	return nil
}

// signer signs one body with each secret. The handler keeps signers, because to set a key
// costs more than to sign a delivery.
type signer struct {
	macs []hash.Hash
	sum  [sha256.Size]byte // room for one signature
}

func newSigner(secrets []string) *signer {
	s := new(signer)
	for _, secret := range secrets {
		s.macs = append(s.macs, hmac.New(sha256.New, []byte(secret)))
	}
	return s
}

// Write appends a part of the body. It returns no error.
func (s *signer) Write(part []byte) (int, error) {
	for _, mac := range s.macs {
		_, _ = mac.Write(part)
	}
	return len(part), nil
}

// matches reports whether one of the signatures matches the body and one of the secrets.
func (s *signer) matches(given *signatures) bool {
	for _, mac := range s.macs {
		want := mac.Sum(s.sum[:0])
		for i := range given.count {
			if hmac.Equal(want, given.all[i][:]) {
				return true
			}
		}
	}
	return false
}

// reset makes the signer ready for another body.
func (s *signer) reset() {
	for _, mac := range s.macs {
		mac.Reset()
	}
}

// minFIPSSecret is the shortest HMAC key in FIPS 140-only mode, in bytes. crypto/hmac
// panics with a shorter one.
const minFIPSSecret = 112 / 8

func validateSecrets(secrets []string) error {
	if len(secrets) == 0 {
		return invalid("secrets", "a secret is required; without one every delivery would be let in")
	}
	for _, secret := range secrets {
		if problem := proofProblem(secret); problem != "" {
			return invalid("secrets", "a secret "+problem)
		}
		if len(secret) < minFIPSSecret && fips140.Enforced() {
			return invalid("secrets", fmt.Sprintf("a secret is too short for FIPS 140-only mode: it takes %d bytes or more", minFIPSSecret))
		}
	}
	return nil
}

// proofProblem returns the reason why a text cannot be a secret or a token, or "". It never
// shows the text.
func proofProblem(text string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return "is empty; with it anybody could send"
	case isRedacted(text):
		return "is in its printed form; use the value itself"
	case strings.TrimSpace(text) != text:
		return "begins or ends with a blank or a line break, which many secret stores add; trim it"
	case strings.ContainsFunc(text, notHeaderText):
		return "has blanks, line breaks or characters that are not ASCII; copy it again"
	}
	return ""
}

// signatures are the signatures of a header, without an allocation.
type signatures struct {
	all   [maxSignatures][sha256.Size]byte
	count int
}

// readSignatures reads the signatures of a header and skips invalid ones.
func readSignatures(header string) (read signatures) {
	for text := range strings.SplitSeq(header, ",") {
		if read.count == maxSignatures {
			break
		}
		text = strings.TrimSpace(text)
		if len(text) > len(signaturePrefix) && strings.EqualFold(text[:len(signaturePrefix)], signaturePrefix) {
			text = text[len(signaturePrefix):]
		}
		var digits [2 * sha256.Size]byte
		if len(text) != copy(digits[:], text) || len(text) != len(digits) {
			continue
		}
		if _, err := hex.Decode(read.all[read.count][:], digits[:]); err == nil {
			read.count++
		}
	}
	return read
}

// webhookHandler receives deliveries.
type webhookHandler struct {
	handle func(context.Context, Event) error

	// A pool and a closure, so that printing the handler shows neither secret nor token.
	// nil: not configured.
	signers *sync.Pool // of *signer
	knows   func(token string) bool

	unverified  bool
	maxBody     int64
	readTimeout time.Duration
	deduper     Deduper
	consumer    string // the prefix of the keys, with the colon
	lease       time.Duration
	logger      *slog.Logger // nil: nothing is logged
}

func answer(w http.ResponseWriter, status int) {
	values := []string{"text/plain; charset=utf-8", "nosniff"} // one allocation
	w.Header()["Content-Type"] = values[:1:1]
	w.Header()["X-Content-Type-Options"] = values[1:]
	w.WriteHeader(status)
	_, _ = io.WriteString(w, http.StatusText(status)) //nolint:gosec // the text of a status is ours
}
