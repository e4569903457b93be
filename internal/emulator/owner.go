package emulator

import "net/http"

// owner finds the tenant whose key a request has; without a known one it is the default
// tenant, which refuses it and notes it.
func (e *Emulator) owner(r *http.Request) *Tenant {
	e.tenants.mu.RLock()
	defer e.tenants.mu.RUnlock()
	all := e.tenants.all
	if len(all) > 1 {
		for _, t := range all {
			if t.Engine.Knows(r) {
				return t
			}
		}
	}
	return all[0]
}
