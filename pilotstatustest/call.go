package pilotstatustest

import (
	"mime"
	"net/http"
	"net/url"
)

// call is one request on its way through the state. A handler reads from it what
// was asked, changes the state and returns the answer, or why it refuses.
type call struct {
	state  *state
	route  *route            // nil: unknown path
	params map[string]string // of the path, unescaped
	query  url.Values
	header http.Header
	body   []byte

	key     *key     // whose request it is; nil without a usable key
	refused *failure // why there is no usable key
	number  *number  // the number the call acts on; nil: the whole workspace

	held  bool        // the answer will be held back
	inUse *remembered // what keeps the idempotency key in use until release
}

// op is the name of the operation, "" for an unknown path.
func (c *call) op() string {
	if c.route == nil {
		return ""
	}
	return c.route.op
}

// answer processes the call.
func (c *call) answer() answer {
	if c.route == nil {
		return notFoundPage()
	}
	if refused := c.admit(); refused != nil {
		return refused.answer()
	}
	if refused := c.checkBody(); refused != nil {
		return refused.answer()
	}
	run := c.run
	if c.route.keyed {
		run = c.runOnce
	}
	a := run()
	if c.key != nil {
		c.key.lastUsed = c.state.clock.now()
	}
	return a
}

// run calls the handler.
func (c *call) run() answer { return c.runAs(c.route.status, c.route.handle) }

// runAs makes an answer with a status by a handler.
func (c *call) runAs(status int, handle func(*call) (any, *failure)) answer {
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
	return nil
}
