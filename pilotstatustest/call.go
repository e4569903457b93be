package pilotstatustest

// numberID is the number that the request is about, also where it is refused: that of its
// key, else the one that a header or the path names. "" is the whole workspace.
func (c *call) numberID() string {
	named := c.header.Get("x-whatsapp-number-id")
	switch {
	case c.number != nil:
		return c.number.id
	case c.key == nil || c.route == nil:
		return ""
	case c.key.number != nil:
		return c.key.number.id
	case named != "" && c.route.scope&byView != 0:
		return named
	case len(c.route.path) > 3 && c.route.path[2] == "numbers":
		return c.params["id"]
	}
	return ""
}

// op is the name of the operation, "" for an unknown path.
func (c *call) op() string {
	if c.route == nil {
		return ""
	}
	return c.route.op
}
