package emulator

import (
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"
)

// refuse answers with an error: a code for programs and a sentence that says what to do.
func refuse(w http.ResponseWriter, status int, code, format string, args ...any) {
	answerJSON(w, status, map[string]string{"code": code, "error": fmt.Sprintf(format, args...)})
}

// answerJSON answers with a value as JSON.
func answerJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		http.Error(w, "the answer cannot be written as JSON: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}
