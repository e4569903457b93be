package pilotstatustest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	jsonv1 "github.com/go-json-experiment/json/v1"
)

// on is an operation with a method and a path such as "GET /v1/calls/{callId}". Unless
// the methods below say otherwise, the request has no body and a success status 200.
func on(op, pattern string, scope scope, handle handler) route {
	method, path, _ := strings.Cut(pattern, " ")
	return route{op: op, method: method, path: strings.Split(path, "/"), scope: scope, status: http.StatusOK, handle: handle}
}

// onBody is on for an operation whose handler takes the decoded body of the request, see
// body.
func onBody[T any](op, pattern string, scope scope, handle func(*call, *T) (any, *failure)) route {
	return on(op, pattern, scope, with(body[T], handle)).takesBody()
}

func (r route) answers(status int) route {
	r.status = status
	return r
}

func (r route) creates() route { return r.answers(http.StatusCreated) }

func (r route) takesBody() route {
	r.body = true
	return r
}

// optionalBody allows a request without the body that the operation takes.
func (r route) optionalBody() route {
	r.optional = true
	return r
}

// needing sets the permission that the key must have for the operations.
func needing(permission string, routes ...route) []route {
	for i := range routes {
		routes[i].permission = permission
	}
	return routes
}

// match compares the route with a method and the segments of an escaped path and returns
// the unescaped path parameters.
func (r *route) match(method string, path []string) (map[string]string, bool) {
	if method != r.method || len(path) != len(r.path) {
		return nil, false
	}
	params := make(map[string]string)
	for i, segment := range path {
		text, err := url.PathUnescape(segment)
		name, isParam := strings.CutPrefix(r.path[i], "{")
		if err != nil || !isParam && text != name || isParam && (text == "" || slices.Contains(r.reserved, text)) {
			return nil, false
		}
		if isParam {
			params[strings.TrimSuffix(name, "}")] = text
		}
	}
	return params, true
}

// with calls handle with the value that get returns. If get refuses, handle is not called
// and the refusal is the answer.
func with[T any](get func(*call) (T, *failure), handle func(*call, T) (any, *failure)) handler {
	return func(c *call) (any, *failure) {
		found, refused := get(c)
		if refused != nil {
			return nil, refused
		}
		return handle(c, found)
	}
}

// with2 is with for two values. get refuses before getNext is called.
func with2[T, U any](
	get func(*call) (T, *failure), getNext func(*call) (U, *failure), handle func(*call, T, U) (any, *failure),
) handler {
	return with(get, func(c *call, t T) (any, *failure) {
		return with(getNext, func(c *call, u U) (any, *failure) { return handle(c, t, u) })(c)
	})
}

// body decodes the body of a request into a T. If T has a method check, its error refuses
// the request.
func body[T any](c *call) (*T, *failure) {
	in := new(T)
	if err := c.decodeBody(in); err != nil {
		return nil, invalid("%v", err)
	}
	if rules, ok := any(in).(interface{ check() error }); ok {
		if err := rules.check(); err != nil {
			c.noteError(err)
			return nil, invalid("%v", err)
		}
	}
	return in, nil
}

// decodeBody leaves v unchanged if an optional body is absent.
func (c *call) decodeBody(v any) error {
	if len(c.body) == 0 && c.route.optional {
		return nil
	}
	return c.decode(v)
}

// pathNumber finds the number that the path names.
func (c *call) pathNumber() (*number, *failure) {
	n := c.state.number(c.params["id"])
	if n == nil {
		return nil, notFound("Number")
	}
	return n, nil
}

// run calls the handler.
func (c *call) run() answer { return c.runAs(c.route.status, c.route.handle) }

// runAs makes an answer with a status by a handler.
func (c *call) runAs(status int, handle handler) answer {
	value, refused := handle(c)
	if refused != nil {
		return refused.answer()
	}
	a, ok := value.(answer)
	if !ok {
		a = jsonAnswer(status, value)
	}
	if c.state.shapes.unknownFields && a.kind == typeJSON {
		a.body = addUnknown(a.body)
	}
	return a
}

// checkBody refuses a body where none belongs and one that does not say that it
// is JSON. Whether it is JSON is for the handler to find out.
func (c *call) checkBody() *failure {
	if !c.route.body {
		if len(c.body) > 0 {
			return invalid("%s has no body", c.route.op)
		}
		return nil
	}
	if len(c.body) == 0 && c.route.optional {
		return nil
	}
	if len(c.body) == 0 {
		return invalid("%s needs a body", c.route.op)
	}
	kind, _, err := mime.ParseMediaType(c.header.Get("Content-Type"))
	if err != nil || kind != typeJSON {
		return invalid("the content type is %q", c.header.Get("Content-Type"))
	}
	if err := checkDepth(c.body, maxDepth); err != nil {
		return invalid("%v", err)
	}
	return nil
}

// admits says whether the scope is open to a key of this kind, perhaps with
// conditions. No key is nil.
func (s scope) admits(k *key) bool {
	switch {
	case s&byPathToken != 0:
		return true
	case k == nil:
		return false
	case k.number != nil:
		return s&byNumberKey != 0
	default:
		return s&(byTenantKey|byView) != 0
	}
}

// authenticate finds the key of a request. Exactly one of the two headers must
// name it.
func (s *state) authenticate(h http.Header) (*key, *failure) {
	secrets, ids := h.Values("x-api-key"), h.Values("x-api-key-id")
	if len(secrets)+len(ids) > 1 {
		return nil, invalid("more than one key")
	}
	var k *key
	if len(secrets) > 0 {
		k = s.keysBySecret[secrets[0]]
	}
	if len(ids) > 0 {
		k = s.keysByID[ids[0]]
	}
	if k == nil {
		return nil, refuse(http.StatusUnauthorized, "", "Invalid or missing API key")
	}
	return k, nil
}

// admit applies the scope of the operation and finds the number it acts on.
func (c *call) admit() *failure {
	if c.route.scope&byPathToken != 0 {
		c.key = nil
		return nil
	}
	if c.refused != nil {
		return c.refused
	}
	number, refused := c.state.authorize(c.route.scope, c.key, c.header)
	c.number = number
	if refused == nil && c.state.workspace.denied[c.route.permission] {
		refused = forbidden("PERMISSION_DENIED", "This API key lacks the permission "+c.route.permission)
	}
	return refused
}

// authorize returns the number that a key acts on in a scope: nil for a tenant
// key that acts on the whole workspace.
func (s *state) authorize(sc scope, k *key, h http.Header) (*number, *failure) {
	if k.number != nil {
		if sc&byNumberKey == 0 {
			return nil, forbidden("NUMBER_SCOPE_NOT_ALLOWED", "This operation requires an account-wide API key")
		}
		return k.number, nil // whatever x-whatsapp-number-id says
	}
	named := h.Values("x-whatsapp-number-id")
	if sc&byView != 0 && len(named) > 0 {
		n := s.number(named[0])
		if n == nil || len(named) > 1 {
			return nil, outOfGrant()
		}
		return n, nil
	}
	if sc&byTenantKey == 0 {
		return nil, forbidden("TENANT_SCOPE_NOT_ALLOWED", "This operation requires the API key of a number")
	}
	return nil, nil // the whole workspace
}

// namedNumber finds a number that the query or the body names, within the reach
// of the credential.
func (c *call) namedNumber(id string) (*number, *failure) {
	n := c.state.number(id)
	if n == nil || c.number != nil && n != c.number {
		return nil, outOfGrant()
	}
	return n, nil
}

const (
	typeJSON = "application/json"
	typeHTML = "text/html; charset=utf-8"
)

// with returns the answer with further headers, which win.
func (a answer) with(header http.Header) answer {
	merged := make(http.Header, len(a.header)+len(header))
	maps.Copy(merged, a.header)
	for name, values := range header {
		merged[http.CanonicalHeaderKey(name)] = values
	}
	a.header = merged
	return a
}

// write sends the answer. With truncateAt above zero it announces the whole body
// and sends only so many bytes of it, at least one less than there are, and the
// connection is closed.
func (a answer) write(w http.ResponseWriter, truncateAt int) {
	header := w.Header()
	header["Content-Type"] = []string{a.kind}
	if a.kind == "" {
		header["Content-Type"] = nil // net/http would guess one
	}
	maps.Copy(header, a.header)
	if a.status == http.StatusNoContent || a.status == http.StatusNotModified {
		w.WriteHeader(a.status) // these have no body
		return
	}
	if !a.chunked {
		header.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	controller := http.NewResponseController(w)
	if a.chunked {
		_ = controller.Flush() // net/http would announce the length of a short body
	}
	if truncateAt <= 0 || len(a.body) == 0 {
		_, _ = w.Write(a.body)
		_ = controller.Flush() // all of it goes out in time
		return
	}
	_, _ = w.Write(a.body[:min(truncateAt, len(a.body)-1)])
	if a.chunked {
		cutOff(w) // net/http would write the end of the body
	}
}

// cutOff closes the connection of w after what was written so far. Only HTTP/1.1
// has it; elsewhere the answer ends there as if it were whole.
func cutOff(w http.ResponseWriter) {
	controller := http.NewResponseController(w)
	_ = controller.Flush()
	if conn, _, err := controller.Hijack(); err == nil {
		_ = conn.Close()
	}
}

// notFoundPage is what the API answers on a path that it does not have.
func notFoundPage() answer {
	return answer{
		status:  http.StatusNotFound,
		kind:    typeHTML,
		body:    []byte("<!DOCTYPE html><html><head><title>404</title></head><body><h1>This page could not be found.</h1></body></html>\n"),
		refusal: "no such method and path",
	}
}

func jsonAnswer(status int, v any) answer {
	return answer{status: status, kind: typeJSON, body: encode(v)}
}

// addUnknown puts a field that no client knows into every object of a JSON text.
func addUnknown(body []byte) []byte {
	dec := jsonv1.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return body
	}
	return encode(withUnknown(v))
}

func withUnknown(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withUnknown(v[i])
		}
	case map[string]any:
		for name := range v {
			if name != "statusDistribution" && name != "variableMap" { // their names are data
				v[name] = withUnknown(v[name])
			}
		}
		v["fieldOfTomorrow"] = map[string]any{"values": []any{1, "two", nil}}
	}
	return v
}

// deletedAnswer is the answer of Templates.Delete and Webhooks.Delete.
type deletedAnswer struct {
	Deleted bool   `json:"deleted"`
	ID      string `json:"id"`
}

func (f *failure) answer() answer {
	body := map[string]any{"error": f.text}
	maps.Copy(body, f.more)
	if f.code != "" {
		body["code"] = f.code
	}
	if f.reason != "" {
		body["reason"] = f.reason
	}
	if f.details != nil {
		body["details"] = f.details
	}
	a := jsonAnswer(f.status, body)
	a.refusal = f.text
	if f.why != "" {
		a.refusal += ": " + f.why
	}
	return a
}

// refuse is a refusal with a status; "" is no code.
func refuse(status int, code, text string) *failure {
	return &failure{status: status, code: code, text: text}
}

func badRequest(code, text string) *failure { return refuse(http.StatusBadRequest, code, text) }

func forbidden(code, text string) *failure { return refuse(http.StatusForbidden, code, text) }

func conflict(code, text string) *failure { return refuse(http.StatusConflict, code, text) }

// detail adds a member to the details.
func (f *failure) detail(name string, value any) *failure {
	f.details = map[string]any{name: value}
	return f
}

// because adds what exactly was wrong, for Request.Refusal.
func (f *failure) because(why string) *failure {
	f.why = why
	return f
}

// invalid is the plain 400 without a code. Only Request.Refusal says why.
func invalid(format string, args ...any) *failure {
	return &failure{status: http.StatusBadRequest, text: "Validation error", why: fmt.Sprintf(format, args...)}
}

// full refuses one more of what there are 1,000 of.
func full(what string) *failure {
	return invalid("there are %d %s: a workspace here takes no more", maxNumbers, what)
}

// notFound is the plain 404 without a code.
func notFound(what string) *failure {
	return refuse(http.StatusNotFound, "", what+" not found")
}

// unknownNumber is the 404 of the operations that give it a code.
func unknownNumber() *failure {
	return refuse(http.StatusNotFound, "NUMBER_NOT_FOUND", "Number not found")
}

func outOfGrant() *failure {
	return forbidden("NUMBER_NOT_IN_GRANT", "The number is not within the reach of this API key")
}

// tooSoon is a 429 that says after what time the request can be made.
func tooSoon(code, text string, left time.Duration) *failure {
	f := refuse(http.StatusTooManyRequests, code, text)
	if left > 0 {
		f.more = map[string]any{"retryAfterSeconds": int(math.Ceil(left.Seconds()))}
	}
	return f
}

// refuseOffline refuses a number that is paired by QR code while it is not connected.
func (n *number) refuseOffline() *failure {
	if n.official() || n.open {
		return nil
	}
	return conflict("WHATSAPP_INSTANCE_NOT_CONNECTED", "The number is not connected")
}

// enter counts a request among the work that Close waits for.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.work.Add(1)
	}
	return !s.closed
}

// hold waits for d and says whether there is still somebody to answer.
func (s *Server) hold(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-s.life.Done():
		return false
	}
}
