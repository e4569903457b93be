package emulator

import (
	"net/http"
	"time"
)

// bodyTimeout is how long a client has for the whole body of a request.
const bodyTimeout = 30 * time.Second

// limitBody bounds the time of the body of r. net/http ends the bound with the body: what a
// handler then waits for may take longer.
func limitBody(w http.ResponseWriter, r *http.Request, timeout time.Duration) {
	if r.ContentLength != 0 {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(timeout)) // a recorder of a test has none
	}
}
