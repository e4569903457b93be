package emulator

import (
	"net/http"
	"strings"
)

const (
	apiPath    = "/emulator/v1"
	tenantPath = apiPath + "/tenants/{tenant}"
)

// newAPI makes the handler of the JSON API out of a table.
func newAPI(e *Emulator, routes []route) http.Handler {
	mux := http.NewServeMux()
	for i := range routes {
		r := &routes[i]
		mux.Handle(r.method+" "+apiPath+r.path, serve(e, r))
		if !r.global {
			mux.Handle(r.method+" "+tenantPath+r.path, serve(e, r))
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if handler, pattern := mux.Handler(r); pattern != "" {
			_ = handler // the mux sets the values of the path
			mux.ServeHTTP(w, r)
			return
		}
		if allowed := methodsOf(mux, r); allowed != "" {
			w.Header().Set("Allow", allowed)
			failf(http.StatusMethodNotAllowed, "WRONG_METHOD", "%s is %s, not %s", r.URL.Path, allowed, r.Method).write(w)
			return
		}
		failf(http.StatusNotFound, "NO_SUCH_PATH", "there is no %s; GET %s/operations lists what there is", r.URL.Path, apiPath).write(w)
	})
}

// methodsOf lists the methods that the path of a request has.
func methodsOf(mux *http.ServeMux, r *http.Request) string {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		other := *r
		other.Method = method
		if _, pattern := mux.Handler(&other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	return strings.Join(allowed, ", ")
}

// serve makes the handler of one operation.
func serve(e *Emulator, operation *route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := &request{Request: r, query: query{values: r.URL.Query()}, w: w, emulator: e, route: operation}
		value, err := q.run()
		switch {
		case err != nil:
			failureOf(err).write(w)
		case value == streamed{}:
		default:
			answerJSON(w, max(operation.status, http.StatusOK), value)
		}
	})
}

// run finds the tenant and calls the handler.
func (q *request) run() (any, error) {
	q.tenant = q.emulator.Default()
	if id := q.PathValue("tenant"); id != "" {
		q.tenant = q.emulator.Tenant(id)
	}
	if q.tenant == nil {
		return nil, failf(http.StatusNotFound, "NO_SUCH_TENANT",
			"there is no tenant %q; it was deleted, or the emulator was started again: make one with POST %s/tenants",
			q.PathValue("tenant"), apiPath)
	}
	if err := q.check(); err != nil {
		return nil, err
	}
	return q.route.handle(q)
}
