package emulator

import (
	"io"
	"net/http"
	"time"
)

// bodyTimeout is how long a client has for the whole body of a request.
const bodyTimeout = 30 * time.Second

// timedBody gives a slow body up after a time. The time ends with the body: what a handler
// then waits for may take longer.
type timedBody struct {
	io.ReadCloser

	control *http.ResponseController
}

// limitBody bounds the time of the body of r.
func limitBody(w http.ResponseWriter, r *http.Request, timeout time.Duration) {
	if r.ContentLength == 0 {
		return
	}
	control := http.NewResponseController(w)
	if control.SetReadDeadline(time.Now().Add(timeout)) == nil {
		r.Body = &timedBody{r.Body, control}
	}
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
