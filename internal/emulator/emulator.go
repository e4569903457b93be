package emulator

import (
	"context"
	"net/http"
)

// Emulator is tenants behind one address, with the page and the JSON API.
type Emulator struct {
	config  Config
	tenants tenants
	guard   guard
	streams places // of event streams
	waits   places // of waits of the JSON API
	notices notices

	life context.Context //nolint:containedctx // the end of the emulator, which ends the streams
	end  context.CancelFunc

	api, page http.Handler
}

// Default returns the tenant that is always there.
func (e *Emulator) Default() *Tenant { return e.tenants.find(DefaultTenant) }

// Tenants returns all tenants, the default one first.
func (e *Emulator) Tenants() []*Tenant { return e.tenants.list() }

// Tenant returns the tenant with an id, nil for an unknown one.
func (e *Emulator) Tenant(id string) *Tenant { return e.tenants.find(id) }

// Config returns what the emulator was made with.
func (e *Emulator) Config() Config { return e.config }

// Messages counts the messages that all tenants ever had.
func (e *Emulator) Messages() int { return e.tenants.messages() }

// Close ends the event streams and all tenants.
func (e *Emulator) Close() {
	e.end()
	for _, t := range e.tenants.shut() {
		t.Engine.Close()
	}
	e.notices.readers.Wait()
}
