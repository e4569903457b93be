package emulator

import (
	"context"
	"net/http"
	"strings"
)

// New makes an emulator with its default tenant. It has to be closed. An error is a
// [*pilotstatustest.SnapshotError] of the seed.
func New(c Config) (*Emulator, error) {
	e := &Emulator{config: c, guard: guard{hosts: c.Hosts, origins: c.CORSOrigins}}
	e.notices.tell = c.Notice
	e.tenants.limit = 1 + orDefault(c.Tenants, defaultTenants)
	e.streams = make(places, orDefault(c.Streams, defaultStreams))
	e.waits = make(places, orDefault(c.Waits, defaultWaits))
	e.life, e.end = context.WithCancel(context.Background())
	if _, err := e.newTenant(beginning{c.Seed, c.ManualTicks, c.Webhooks}); err != nil {
		e.end()
		return nil, err
	}
	e.api = newAPI(e, routes())
	e.page = newPage(e)
	return e, nil
}

func orDefault(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// ServeHTTP answers a request to the API that is emulated, to the JSON API or to the page.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asData(w.Header())
	limitBody(w, r, bodyTimeout)
	if !e.guard.admitsHost(r.Host) {
		e.guard.refuseHost(w, r)
		return
	}
	if e.guard.share(w, r) {
		return
	}
	isFile := e.isKnownFile(r)
	if isFile { // by a link that nobody can guess, and which an event may have given to a page
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	if !isFile && !isLink(r) && !e.guard.admitsOrigin(r) {
		e.guard.refuseOrigin(w, r)
		return
	}
	switch {
	case strings.HasPrefix(r.URL.Path, "/emulator/"):
		e.api.ServeHTTP(w, r)
	case isEmulated(r):
		e.owner(r).Engine.ServeHTTP(w, r)
	default:
		asPage(w.Header())
		e.page.ServeHTTP(w, r)
	}
}

// isLink says whether a browser follows a link to the page, which any page may have. What
// else a page of another origin asks for is refused also where it only reads: a request to
// the API uses up a fault and is listed.
func isLink(r *http.Request) bool {
	return isSafe(r.Method) && r.Header.Get("Sec-Fetch-Mode") == "navigate" && !isEmulated(r)
}

// isKnownFile says whether r asks for the file of a person, whose link a service may show on
// a page of its own.
func (e *Emulator) isKnownFile(r *http.Request) bool {
	return isSafe(r.Method) && isFileLink(r) && e.owner(r).Engine.Knows(r)
}

func isFileLink(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/files/") }

// isEmulated says whether a request is one to the API that is emulated. With a key it is,
// whatever its path: the engine answers like the API and notes an unknown one.
func isEmulated(r *http.Request) bool {
	return r.URL.Path == "/v1" || strings.HasPrefix(r.URL.Path, "/v1/") || isFileLink(r) ||
		len(r.Header["X-Api-Key"]) > 0 || len(r.Header["X-Api-Key-Id"]) > 0
}
