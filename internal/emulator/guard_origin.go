package emulator

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// admitsOrigin says whether a request comes from the page itself, from an origin that was
// allowed, or from a program that is no browser.
func (g *guard) admitsOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	site := r.Header.Get("Sec-Fetch-Site") // which no script can set
	switch {
	case site == "same-origin" || g.allows(origin):
		return true
	case origin == "":
		return site == "" || site == "none"
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	// Behind a proxy Host can be another one. A foreign page cannot send the header of the
	// proxy: the browser asks before, and is refused.
	return strings.EqualFold(u.Host, r.Host) || strings.EqualFold(u.Host, r.Header.Get("X-Forwarded-Host"))
}

// allows says whether an origin was allowed by the configuration.
func (g *guard) allows(origin string) bool {
	return origin != "" && slices.Contains(g.origins, origin)
}

// isSafe says whether a method changes nothing.
func isSafe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// share lets the scripts of an allowed origin read the answer. It says whether r was the
// question that the browser asks before, which is answered then.
func (g *guard) share(w http.ResponseWriter, r *http.Request) bool {
	if len(g.origins) == 0 {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if !g.allows(origin) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		h.Set("Access-Control-Expose-Headers", "*")
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
	h.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// refuseOrigin answers a request of another origin.
func (g *guard) refuseOrigin(w http.ResponseWriter, r *http.Request) {
	page, flag := "another origin", "-cors-origin and that origin"
	if origin := r.Header.Get("Origin"); origin != "" {
		page, flag = strconv.Quote(origin), "-cors-origin "+origin
	}
	failf(http.StatusForbidden, "ORIGIN_NOT_ALLOWED",
		"a page of %s may not do this; start the emulator with %s if it shall", page, flag).write(w)
}
