package emulator

import "net/http"

// owner finds the tenant whose key a request has; without a known one it is the default
// tenant, which refuses it and notes it.
func (e *Emulator) owner(r *http.Request) *Tenant {
	all := e.tenants.list()
	for _, t := range all[1:] {
		if knows(t, r) {
			return t
		}
	}
	return all[0]
}

// knows says whether a key is one of a tenant.
func knows(t *Tenant, r *http.Request) bool {
	key := r.Header.Get("X-Api-Key")
	if key == "" {
		return false
	}
	if key == t.Engine.TenantKey() {
		return true
	}
	for _, n := range t.Engine.Numbers() {
		if n.Key == key {
			return true
		}
	}
	return false
}
