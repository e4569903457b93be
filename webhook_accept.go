package pilotstatus

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"
)

// refusal is why a request is not a delivery.
type refusal struct {
	status int
	reason string // for the log: it never shows the proof
}

// accept returns the body of a delivery with its proof, or why there is none.
func (h *webhookHandler) accept(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &refusal{http.StatusMethodNotAllowed, "the method is not POST"}
	}
	if reason := h.tokenProblem(r); reason != "" {
		return nil, &refusal{http.StatusUnauthorized, reason}
	}
	given := signatures(strings.Join(r.Header.Values(SignatureHeader), ","))
	if h.isSigned != nil && len(given) == 0 {
		return nil, &refusal{http.StatusUnauthorized, "the header " + SignatureHeader + " has no signature"}
	}
	encoding := strings.Join(r.Header.Values("Content-Encoding"), ",")
	var unknown *unknownEncodingError
	if _, err := decoded(encoding, http.NoBody); errors.As(err, &unknown) {
		return nil, &refusal{http.StatusUnsupportedMediaType, unknown.Error()}
	}
	received, refused := h.read(w, r)
	if refused != nil {
		return nil, refused
	}
	d := deliveredBody{received: received, encoding: encoding, limit: h.maxBody}
	if h.isSigned != nil {
		if refused := d.verify(given, h.isSigned); refused != nil {
			return nil, refused
		}
	}
	return d.content()
}

// tokenProblem says what is wrong with the token of the URL.
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

// read reads the body, in the time that it has.
func (h *webhookHandler) read(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	if r.ContentLength > h.maxBody {
		return nil, tooLarge()
	}
	if r.Body == nil {
		return nil, nil
	}
	arriving := timedReader{r.Body, time.Now().Add(h.readTimeout)}
	limited := hasShorterReadTimeout(r, h.readTimeout)
	connection := http.NewResponseController(w)
	if !limited {
		limited = connection.SetReadDeadline(arriving.end) != nil // not supported
	}
	var body bytes.Buffer
	_, err := body.ReadFrom(http.MaxBytesReader(w, arriving, h.maxBody))
	var above *http.MaxBytesError
	switch {
	case errors.As(err, &above):
		return nil, tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &refusal{http.StatusRequestTimeout, "the body took too long"}
	case err != nil:
		return nil, &refusal{http.StatusBadRequest, "the body could not be read"}
	}
	if !limited {
		// With the deadline the server would take the sender for gone while handle runs.
		_ = connection.SetReadDeadline(time.Time{})
	}
	return body.Bytes(), nil
}

func tooLarge() *refusal {
	return &refusal{http.StatusRequestEntityTooLarge, "the body is larger than the limit"}
}

// hasShorterReadTimeout reports whether the server ends the reading of the body earlier.
func hasShorterReadTimeout(r *http.Request, timeout time.Duration) bool {
	server, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	return ok && server.ReadTimeout > 0 && server.ReadTimeout <= timeout
}

// timedReader ends with os.ErrDeadlineExceeded at a time, as a connection with that
// deadline does. It cannot end a read that waits.
type timedReader struct {
	io.ReadCloser

	end time.Time
}

func (t timedReader) Read(p []byte) (int, error) {
	if time.Now().After(t.end) {
		return 0, os.ErrDeadlineExceeded
	}
	return t.ReadCloser.Read(p)
}

// deliveredBody is a body as it was received.
type deliveredBody struct {
	received []byte
	encoding string
	limit    int64
}

// verify looks for a signature of the bytes as they were received, or of those that they
// inflate to. What is not proven is inflated into the hash only, not into memory.
func (d deliveredBody) verify(given [][]byte, isSigned func(io.Reader, [][]byte) (bool, error)) *refusal {
	if match, _ := isSigned(bytes.NewReader(d.received), given); match {
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
	switch match, err := isSigned(bounded, given); {
	case bounded.N == 0:
		return tooLarge()
	case err != nil || !match:
		return wrong
	}
	return nil
}

// content returns the body without its encoding. What cannot be inflated stays as it is:
// no event can be read from it, which is for the application to see.
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

// refuse answers and closes the connection, without reading what is left of the body. A
// server reads on after such an answer, up to 256 KiB and for as long as they take, unless
// a deadline is over. It gives the sender time to read the answer before it closes, if a
// body was too large: MaxBytesReader says so to it.
func (h *webhookHandler) refuse(w http.ResponseWriter, r *http.Request, why *refusal) {
	if h.logger != nil {
		h.logger.LogAttrs(r.Context(), slog.LevelWarn, "pilotstatus webhook refused",
			slog.Int("status", why.status), slog.String("reason", why.reason))
	}
	closing := http.MaxBytesReader(w, io.NopCloser(strings.NewReader("x")), 0)
	_, _ = closing.Read(make([]byte, 1))
	w.Header().Set("Connection", "close")
	_ = http.NewResponseController(w).SetReadDeadline(time.Now()) // where it is not supported, the server reads on
	answer(w, why.status)
}
