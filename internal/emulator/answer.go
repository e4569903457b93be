package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
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

// failureOf is the answer to an error, which may be one of the engine.
func failureOf(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	unknown, ok := errors.AsType[*pilotstatustest.UnknownIDError](err)
	switch {
	case !ok:
		return invalid("%s", strings.TrimPrefix(strings.TrimPrefix(err.Error(), "pilotstatustest: "), "Inject: "))
	case unknown.Dropped:
		return failf(http.StatusGone, "DROPPED",
			"the %s %q was dropped to keep no more: start the emulator with a larger -keep", unknown.What, unknown.ID)
	}
	return failf(http.StatusNotFound, "NO_SUCH_"+strings.ToUpper(unknown.What), "there is no %s %q", unknown.What, unknown.ID)
}

// namesOf lists the names of things with commas between them.
func namesOf[T any](all []T, name func(T) string) string {
	names := make([]string, len(all))
	for i := range all {
		names[i] = name(all[i])
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
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
