package emulator

import "net/http"

// newPage is the page. Its paths are those that neither the API nor the JSON API has.
func newPage(*Emulator) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "there is no page yet", http.StatusNotFound)
	})
}
