package emulator

import "net/http"

// owner finds the tenant whose key a request has; without a known one it is the default
// tenant, which refuses it and notes it.
func (e *Emulator) owner(r *http.Request) *Tenant {
	all := e.tenants.list()
	for _, t := range all[1:] {
		if t.Engine.Knows(r) {
			return t
		}
	}
	return all[0]
}
