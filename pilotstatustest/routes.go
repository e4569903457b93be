package pilotstatustest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// route is one operation of the API.
type route struct {
	op     string
	method string
	path   string // a segment in braces is a parameter
	scope  scope
	status int                         // of a success
	handle func(*call) (any, *failure) // the value may be an answer, which goes out as it is

	permission string // that the key must have; "" for none

	body     bool     // the request has a JSON body; otherwise it may have none
	optional bool     // the body may be left out
	keyed    bool     // the request may carry an Idempotency-Key
	needsKey bool     // keyed, and the Idempotency-Key may not be missing
	reserved []string // words that are paths of their own and never a parameter

	// replay makes the answer, with status 200, to a request that repeats an accepted
	// one; nil repeats the first answer.
	replay func(*call) (any, *failure)
}

// routes lists what the server answers; each resource brings its rows. Two rows
// may share method and path: the first one that is open to the caller's kind of
// key counts.
func routes() []route {
	return slices.Concat(
		messageRoutes(), inboxRoutes(), groupRoutes(), templateRoutes(), mediaRoutes(), analyticsRoutes(), contactRoutes(),
		callRoutes(), lineRoutes(),
		leadRoutes(), adRoutes(), pageRoutes(), webhookRoutes(),
		keyRoutes(), numberRoutes(), pairingRoutes(), workspaceRoutes(),
	)
}

// match compares the route with a method and an escaped path and returns the
// unescaped path parameters.
func (r *route) match(method, path string) (map[string]string, bool) {
	want, got := strings.Split(r.path, "/"), strings.Split(path, "/")
	if method != r.method || len(got) != len(want) {
		return nil, false
	}
	params := make(map[string]string)
	for i, segment := range got {
		text, err := url.PathUnescape(segment)
		name, isParam := strings.CutPrefix(want[i], "{")
		switch {
		case err != nil:
			return nil, false
		case !isParam && text != want[i]:
			return nil, false
		case isParam && !r.accepts(text):
			return nil, false
		case isParam:
			params[strings.TrimSuffix(name, "}")] = text
		}
	}
	return params, true
}

// accepts says whether a path segment can be a parameter of the route.
func (r *route) accepts(text string) bool {
	return text != "" && !slices.Contains(r.reserved, text)
}

// newCall finds the operation of a request. Where two share the path, the key
// decides; without a usable key it is the first.
func (s *Server) newCall(r *http.Request, body []byte) *call {
	c := &call{state: s.state, header: r.Header, query: r.URL.Query(), body: body}
	c.key, c.refused = s.state.authenticate(r.Header)
	for i := range s.routes {
		row := &s.routes[i]
		params, ok := row.match(r.Method, r.URL.EscapedPath())
		if !ok {
			continue
		}
		admits := row.scope.admits(c.key)
		if c.route == nil || admits {
			c.route, c.params = row, params
		}
		if admits {
			break
		}
	}
	return c
}
