package emulator

import (
	"fmt"
	"net/http"
)

// failure is an answer that says what was wrong: a code for programs and a sentence that
// says what to do.
type failure struct {
	status int
	code   string
	text   string
}

func (f *failure) Error() string { return f.text }

func failf(status int, code, format string, args ...any) *failure {
	return &failure{status, code, fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *failure {
	return failf(http.StatusBadRequest, "INVALID", format, args...)
}

// problem is the form of a failure in JSON.
type problem struct {
	Code  string
	Error string
}

func (f *failure) write(w http.ResponseWriter) {
	answerJSON(w, f.status, problem{Code: f.code, Error: f.text})
}

// answerJSON answers with a value as JSON, see encode.
func answerJSON(w http.ResponseWriter, status int, v any) {
	body, err := encode(v)
	if err != nil {
		http.Error(w, "the answer cannot be written as JSON: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
