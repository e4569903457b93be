package pilotstatustest

import (
	"encoding/json"
	"net/http"
	"time"
)

// workspaceState is what belongs to no number, with the switches of Tenant.
type workspaceState struct {
	otherForms   bool           // see Tenant.OtherForms
	lateCodes    bool           // new numbers have no code at first
	scanAfter    *time.Duration // nil: nobody scans by themselves
	messageError string         // why links are not sent by WhatsApp
	denied       map[string]bool

	bin     []*number         // deleted numbers that can be restored
	places  int               // of all numbers that there ever were
	news    []json.RawMessage // see Tenant.NumberEvents
	signups map[string]*signup

	branding      brandingAnswer
	brandingSaved bool

	free   bool // the plan is FREE, otherwise ON_DEMAND
	slots  int  // numbers that the workspace pays for, or that are free
	noCard bool
	charge charge               // what becomes of a purchase
	pages  map[string]*checkout // by URL

	projects []projectAnswer
}

func workspaceRoutes() []route {
	return []route{
		{
			op: "Branding.Get", method: http.MethodGet, path: "/v1/branding",
			scope: scopeTenant, status: http.StatusOK, handle: getBranding,
		},
		{
			op: "Branding.Update", method: http.MethodPut, path: "/v1/branding",
			scope: scopeTenant, status: http.StatusOK, body: true, optional: true, handle: updateBranding,
		},
		{
			op: "ExtraNumbers.Preview", method: http.MethodGet, path: "/v1/subscription/extra-numbers",
			scope: scopeTenant, status: http.StatusOK, handle: previewSlots,
		},
		{
			op: "ExtraNumbers.Buy", method: http.MethodPost, path: "/v1/subscription/extra-numbers",
			scope: scopeTenant, status: http.StatusOK, body: true, optional: true, handle: buySlots,
		},
		{
			op: "ExtraNumbers.Release", method: http.MethodDelete, path: "/v1/subscription/extra-numbers",
			scope: scopeTenant, status: http.StatusOK, body: true, optional: true, handle: releaseSlots,
		},
		{
			op: "Billing.Checkout", method: http.MethodPost, path: "/v1/billing/checkout",
			scope: scopeTenant, status: http.StatusOK, body: true, handle: newCheckout,
		},
		{
			op: "EmbedSessions.Create", method: http.MethodPost, path: "/v1/embed/sessions",
			scope: scopeBoth, status: http.StatusCreated, body: true, handle: createEmbedSession,
		},
		{
			op: "Projects.List", method: http.MethodGet, path: "/v1/projects",
			scope: scopeBoth, status: http.StatusOK, handle: listProjects,
		},
		{
			op: "Projects.Create", method: http.MethodPost, path: "/v1/projects",
			scope: scopeBoth, status: http.StatusCreated, body: true, handle: createProject,
		},
	}
}
