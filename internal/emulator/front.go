package emulator

import (
	"net/http"
	"sync/atomic"
)

// Front answers while the emulator is being prepared: it is not ready.
type Front struct{ behind atomic.Pointer[Emulator] }

// NewFront returns a front without an emulator.
func NewFront() *Front { return new(Front) }

// Open passes all requests on to the emulator from now on.
func (f *Front) Open(e *Emulator) { f.behind.Store(e) }

// ServeHTTP answers 503 NOT_READY until Open was called, and then as the emulator does.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e := f.behind.Load(); e != nil {
		e.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Retry-After", "1")
	failf(http.StatusServiceUnavailable, "NOT_READY", "the emulator is starting: its seed and webhooks are not in place yet").write(w)
}
