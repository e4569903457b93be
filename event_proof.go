package pilotstatus

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
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
	end := time.Now().Add(h.readTimeout)
	var connection readDeadliner
	if !hasShorterReadTimeout(r, h.readTimeout) {
		connection = readDeadlinerOf(w)
	}
	if connection != nil && connection.SetReadDeadline(end) != nil {
		connection = nil
	}
	body, refused := h.receive(r, end)
	if connection != nil && refused == nil {
		// With the deadline the server would assume that the sender is gone while handle
		// runs.
		_ = connection.SetReadDeadline(time.Time{})
	}
	return body, refused
}

// announcedRoom limits the memory that an announced length reserves, in bytes. It is larger
// than most deliveries.
const announcedRoom = 16 << 10

// receive reads the body within its limits of size and time. It cannot end a blocked read.
func (h *webhookHandler) receive(r *http.Request, end time.Time) ([]byte, *refusal) {
	body := make([]byte, 0, min(max(r.ContentLength, 0), announcedRoom)+1) // one byte more, to see the end
	for {
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > h.maxBody, isAboveLimit(err):
			return nil, tooLarge()
		case err == io.EOF:
			return body, nil
		case errors.Is(err, os.ErrDeadlineExceeded), err == nil && time.Now().After(end):
			return nil, &refusal{http.StatusRequestTimeout, "the body took too long"}
		case err != nil:
			return nil, &refusal{http.StatusBadRequest, "the body could not be read"}
		case len(body) == cap(body):
			body = slices.Grow(body, max(len(body), bytes.MinRead))
		}
	}
}

// readDeadliner is the part of a response writer that limits the time of reading.
type readDeadliner interface{ SetReadDeadline(end time.Time) error }

// readDeadlinerOf finds what http.ResponseController would use. It returns nil if the
// writer has no deadlines, for which a controller makes an error.
func readDeadlinerOf(w http.ResponseWriter) readDeadliner {
	for {
		switch inner := w.(type) {
		case readDeadliner:
			return inner
		case interface{ Unwrap() http.ResponseWriter }:
			w = inner.Unwrap()
		default:
			return nil
		}
	}
}

// isAboveLimit reports whether a middleware has limited the body, and it was larger.
func isAboveLimit(err error) bool {
	_, above := errors.AsType[*http.MaxBytesError](err)
	return above
}

func tooLarge() *refusal {
	return &refusal{http.StatusRequestEntityTooLarge, "the body is larger than the limit"}
}

// hasShorterReadTimeout reports whether the server has a shorter limit for the body.
func hasShorterReadTimeout(r *http.Request, timeout time.Duration) bool {
	server, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	return ok && server.ReadTimeout > 0 && server.ReadTimeout <= timeout
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
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_ = http.NewResponseController(w).SetReadDeadline(time.Now()) // if not supported, the server continues to read
	answer(w, why.status)
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

// answer writes the status and its text. It sets no header, because the first one costs a
// map, and a server copies that; a server recognizes the text as text/plain itself.
func answer(w http.ResponseWriter, status int) {
	w.WriteHeader(status)
	_, _ = io.WriteString(w, http.StatusText(status)) //nolint:gosec // the text of a status is ours
}
