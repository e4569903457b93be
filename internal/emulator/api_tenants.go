package emulator

import (
	"encoding/json"
	"net/http"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func tenantRoutes() []route {
	return []route{
		{
			id: "listTenants", method: http.MethodGet, path: "/tenants", global: true,
			summary: "The tenants, the default one first.", answer: []tenantView{},
			handle: listTenants,
		},
		{
			id: "createTenant", method: http.MethodPost, path: "/tenants", global: true,
			summary: "A fresh tenant with own keys, numbers, secret, faults and clock. Its api is the address of its own JSON API.",
			body:    tenantBody{}, answer: tenantView{}, status: http.StatusCreated, large: true,
			handle: createTenant,
		},
		{
			id: "getTenant", method: http.MethodGet, path: "/tenants/{tenant}", global: true,
			summary: "One tenant.", answer: tenantView{},
			handle: func(q *request) (any, error) { return q.view(q.tenant), nil },
		},
		{
			id: "resetTenant", method: http.MethodPost, path: "/reset",
			summary: "Puts the tenant back to how it began: numbers, contacts, messages, templates, " +
				"webhooks, faults, requests, unknown, ticks and clock. Keys and secret stay.",
			answer: tenantView{},
			handle: func(q *request) (any, error) {
				q.emulator.tenants.reset(q.tenant)
				return q.view(q.tenant), nil
			},
		},
		{
			id: "deleteTenant", method: http.MethodDelete, path: "/tenants/{tenant}", global: true,
			summary: "Ends a tenant. The default one stays.", answer: []tenantView{},
			handle: deleteTenant,
		},
	}
}

// tenantView is a tenant with what a client of it needs.
type tenantView struct {
	ID            string
	API           string // address of its JSON API
	BaseURL       string // of the emulated API
	TenantKey     string
	WebhookSecret string
	Numbers       []pilotstatustest.NumberInfo
	Next          string // of its changes, for the parameter after
}

func (q *request) view(t *Tenant) tenantView {
	base := "http://" + q.Host // by the name that the client knows
	view := tenantView{
		ID: t.ID, API: base + apiPath, BaseURL: base, TenantKey: t.Engine.TenantKey(), WebhookSecret: t.Engine.WebhookSecret(),
		Numbers: t.Engine.Numbers(), Next: t.Cursor(t.Engine.Seq()),
	}
	if t.ID != DefaultTenant {
		view.API += "/tenants/" + t.ID
	}
	return view
}

func listTenants(q *request) (any, error) {
	views := []tenantView{}
	for _, t := range q.emulator.Tenants() {
		views = append(views, q.view(t))
	}
	return views, nil
}

// tenantBody is the body of createTenant; it may be empty.
type tenantBody struct {
	Snapshot    json.RawMessage // what it begins with but for keys and secret, see getSnapshot; missing: two numbers and a template
	ManualTicks bool            // its messages wait for setMessageStatus
	Webhooks    []string        // URLs that the events of every number go to
}

func createTenant(q *request) (any, error) {
	var in tenantBody
	if err := q.read(&in); err != nil {
		return nil, err
	}
	t, err := q.emulator.newTenant(beginning{in.Snapshot, in.ManualTicks, in.Webhooks})
	if err != nil {
		return nil, err
	}
	return q.view(t), nil
}

func deleteTenant(q *request) (any, error) {
	if q.tenant.ID == DefaultTenant {
		return nil, invalid("the default tenant cannot be deleted; reset it with POST %s/reset", apiPath)
	}
	if q.emulator.tenants.remove(q.tenant) {
		q.tenant.Engine.Close()
	}
	return listTenants(q)
}
