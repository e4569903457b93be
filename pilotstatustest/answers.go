package pilotstatustest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
)

const (
	typeJSON = "application/json"
	typeHTML = "text/html; charset=utf-8"
)

// answer is a whole answer, ready to be written. It is never changed once built,
// because the idempotency store keeps it.
type answer struct {
	status  int
	header  http.Header // beside the content type and length
	kind    string      // content type; "" for none
	body    []byte
	chunked bool   // the length is not announced
	refusal string // for Request.Refusal
}

// with returns the answer with further headers, which win.
func (a answer) with(header http.Header) answer {
	merged := make(http.Header, len(a.header)+len(header))
	maps.Copy(merged, a.header)
	for name, values := range header {
		merged[http.CanonicalHeaderKey(name)] = values
	}
	a.header = merged
	return a
}

// write sends the answer. With truncateAt above zero it announces the whole body
// and sends only so many bytes of it, at least one less than there are, and the
// connection is closed.
func (a answer) write(w http.ResponseWriter, truncateAt int) {
	header := w.Header()
	header["Content-Type"] = []string{a.kind}
	if a.kind == "" {
		header["Content-Type"] = nil // net/http would guess one
	}
	maps.Copy(header, a.header)
	if a.status == http.StatusNoContent || a.status == http.StatusNotModified {
		w.WriteHeader(a.status) // these have no body
		return
	}
	if !a.chunked {
		header.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if a.chunked {
		_ = http.NewResponseController(w).Flush() // net/http would announce the length of a short body
	}
	if truncateAt <= 0 || len(a.body) == 0 {
		_, _ = w.Write(a.body)
		return
	}
	_, _ = w.Write(a.body[:min(truncateAt, len(a.body)-1)])
	if a.chunked {
		cutOff(w) // net/http would write the end of the body
	}
}

// cutOff closes the connection of w after what was written so far. Only HTTP/1.1
// has it; elsewhere the answer ends there as if it were whole.
func cutOff(w http.ResponseWriter) {
	controller := http.NewResponseController(w)
	_ = controller.Flush()
	if conn, _, err := controller.Hijack(); err == nil {
		_ = conn.Close()
	}
}

// notFoundPage is what the API answers on a path that it does not have.
func notFoundPage() answer {
	return answer{
		status:  http.StatusNotFound,
		kind:    typeHTML,
		body:    []byte("<!DOCTYPE html><html><head><title>404</title></head><body><h1>This page could not be found.</h1></body></html>\n"),
		refusal: "no such method and path",
	}
}

// jsonAnswer encodes v the way the API does, without escaping HTML.
func jsonAnswer(status int, v any) answer {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return answer{status: http.StatusInternalServerError, kind: typeJSON, body: []byte("{}"), refusal: err.Error()}
	}
	return answer{status: status, kind: typeJSON, body: bytes.TrimSuffix(buf.Bytes(), []byte("\n"))}
}

// failure is a refusal. An empty code, reason or details does not appear.
type failure struct {
	status  int
	code    string
	text    string
	details any
	reason  string
	more    map[string]any // further members of the body
	why     string         // not sent: what exactly was wrong, where text does not say it
}

func (f *failure) answer() answer {
	body := map[string]any{"error": f.text}
	maps.Copy(body, f.more)
	if f.code != "" {
		body["code"] = f.code
	}
	if f.reason != "" {
		body["reason"] = f.reason
	}
	if f.details != nil {
		body["details"] = f.details
	}
	a := jsonAnswer(f.status, body)
	a.refusal = f.text
	if f.why != "" {
		a.refusal += ": " + f.why
	}
	return a
}

// invalid is the plain 400 without a code. Only Request.Refusal says why.
func invalid(format string, args ...any) *failure {
	return &failure{status: http.StatusBadRequest, text: "Validation error", why: fmt.Sprintf(format, args...)}
}

// notFound is the plain 404 without a code.
func notFound(what string) *failure {
	return &failure{status: http.StatusNotFound, text: what + " not found"}
}
