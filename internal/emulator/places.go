package emulator

import "net/http"

// places bounds how many requests of a kind, which take long, are open at once.
type places chan struct{}

// enter takes a place, which leave gives back. Where all are taken it is a failure with the
// code and the name of what there are too many of.
func (p places) enter(w http.ResponseWriter, code, things string) (leave func(), err error) {
	select {
	case p <- struct{}{}:
		return func() { <-p }, nil
	default:
		w.Header().Set("Retry-After", "5")
		return nil, failf(http.StatusServiceUnavailable, code, "there are %d %s open, and no more may be: end one", cap(p), things)
	}
}
