package emulator

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// tenantShare is the part of -keep-bytes that a tenant beside the default one has: there
// can be many.
const tenantShare = 16

// seedStep lies between the seeds of two tenants, so that an emulator with the next seed has
// others.
const seedStep = 0x9E3779B97F4A7C15

// beginning is how a tenant begins.
type beginning struct {
	snapshot    []byte // nil: two numbers and a template
	manualTicks bool
	webhooks    []string // URLs for the events of every number
}

// newTenant makes a tenant with an engine of its own. The first one is the default.
func (e *Emulator) newTenant(b beginning) (*Tenant, error) {
	n := e.tenants.next()
	id := "t_" + freshID()
	switch {
	case n == 0:
		id = DefaultTenant
	case e.config.IDs != nil:
		id = "t_" + strconv.FormatUint(n, 10)
	}
	keepBytes := e.config.KeepBytes
	if n > 0 && keepBytes > 0 {
		keepBytes = max(keepBytes/tenantShare, 1)
	}
	options := []pilotstatustest.Option{
		pilotstatustest.WithKeep(e.config.Keep),
		pilotstatustest.WithKeepBytes(keepBytes),
		pilotstatustest.WithDialControl(admitsDelivery(e.config.DeliverTo)),
	}
	if b.snapshot != nil {
		snapshot, err := readSnapshot(b.snapshot, n == 0)
		if err != nil {
			return nil, err
		}
		options = append(options, pilotstatustest.WithSnapshot(snapshot))
	}
	if b.manualTicks {
		options = append(options, pilotstatustest.WithManualTicks())
	}
	seed := rand.Uint64() //nolint:gosec // ids that differ from those of other runs, no secrets
	if e.config.IDs != nil {
		seed = *e.config.IDs + n*seedStep
	}
	options = append(options, pilotstatustest.WithIDs(seed))
	if id == DefaultTenant && e.config.Fixed {
		options = append(options, pilotstatustest.WithCredentials(fixed(b.snapshot)))
	}
	engine := pilotstatustest.New(options...)
	engine.URL = e.config.URL
	t := &Tenant{ID: id, Engine: engine, webhooks: b.webhooks, run: freshID()}
	t.addWebhooks()
	if err := e.tenants.add(t, func() { e.notices.follow(engine, e.config.URL+"/"+t.under()) }); err != nil {
		engine.Close()
		return nil, err
	}
	return t, nil
}

// fixed are secrets that can stand in an .env file. They are public, and so must not be
// reached from elsewhere.
func fixed(snapshot []byte) pilotstatustest.Credentials {
	seed := struct{ Numbers []struct{ ID string } }{Numbers: []struct{ ID string }{{"num_1"}, {"num_2"}}}
	if snapshot != nil {
		_ = json.Unmarshal(snapshot, &seed) // ReadSnapshot has found it right
	}
	c := pilotstatustest.Credentials{
		TenantKey: "ps_emulator_tenant_key", WebhookSecret: "whsec_emulator_secret", NumberKeys: map[string]string{},
	}
	for _, n := range seed.Numbers {
		c.NumberKeys[n.ID] = "ps_emulator_key_of_" + n.ID
	}
	return c
}
