package emulator

import "net/http"

// route is an operation of the JSON API. The table of them makes the handler, the list of
// GET /emulator/v1/operations and the paths of openapi.json.
type route struct {
	id      string // name of the operation
	method  string
	path    string // below /emulator/v1
	summary string

	query  []param
	body   any   // zero value of the form of the body; nil: there is none
	stream []any // zero values of the events of an answer that is a stream of them
	answer any   // zero value of the form of the answer; nil: it is not JSON
	status int   // of success; 0 is 200
	global bool  // of the emulator, not of a tenant
	large  bool  // the body may have a file

	handle func(*request) (any, error)
}

// param is a parameter in the query.
type param struct {
	name, what string
	takes      takes
}

// takes says which values a parameter can have.
type takes struct {
	kind     string   // integer or boolean; "" is text
	only     []string // the values that there are; nil: see want
	required bool

	// want is what must stand in place of a value that can never match, and "" for one that
	// can: with the former a test that nothing came would always succeed. nil: any value can,
	// or the handler reads it as a number, a flag, a time or a cursor.
	want func(q *request, value string) string
}

// request is a request to the JSON API.
type request struct {
	*http.Request
	query

	w        http.ResponseWriter
	emulator *Emulator
	tenant   *Tenant
	route    *route
}

// streamed is an answer that was written already.
type streamed struct{}

// read decodes the body.
func (q *request) read(v any) error {
	limit := int64(maxBody)
	if q.route.large {
		limit = maxFile
	}
	return decodeBody(q.w, q.Request, limit, v)
}
