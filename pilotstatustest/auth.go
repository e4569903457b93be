package pilotstatustest

import "net/http"

// scope says which credentials an operation takes.
type scope uint8

const (
	byNumberKey scope = 1 << iota
	byTenantKey
	byView      // a tenant key, if the request names a number
	byPathToken // no key at all: the token in the path is the credential
)

const (
	scopeNumber     = byNumberKey
	scopeNumberView = byNumberKey | byView
	scopeBoth       = byNumberKey | byTenantKey
	scopeBothView   = byNumberKey | byTenantKey | byView
	scopeTenant     = byTenantKey
	scopePublic     = byPathToken
)

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
		return nil, &failure{status: http.StatusUnauthorized, text: "Invalid or missing API key"}
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

func forbidden(code, text string) *failure {
	return &failure{status: http.StatusForbidden, code: code, text: text}
}
