package pilotstatustest

import (
	"net/http"
	"time"
)

func leadRoutes() []route {
	return []route{
		{
			op: "Leads.List", method: http.MethodGet, path: "/v1/leads",
			scope: scopeNumberView, status: http.StatusOK, permission: "chat:read", handle: listLeads,
		},
		{
			op: "Leads.Get", method: http.MethodGet, path: "/v1/leads/{id}",
			scope: scopeNumberView, status: http.StatusOK, permission: "chat:read", handle: getLead,
		},
		{
			op: "Referrals.List", method: http.MethodGet, path: "/v1/referrals",
			scope: scopeNumberView, status: http.StatusOK, permission: "chat:read", handle: listReferrals,
		},
		{
			op: "Referrals.Summary", method: http.MethodGet, path: "/v1/referrals/summary",
			scope: scopeNumberView, status: http.StatusOK, permission: "chat:read", handle: summarizeReferrals,
		},
	}
}

func adRoutes() []route {
	return []route{
		{
			op: "Ads.Summary", method: http.MethodGet, path: "/v1/ads/summary",
			scope: scopeBothView, status: http.StatusOK, permission: "analytics:read", handle: summarizeAds,
		},
		{
			op: "AdAccounts.List", method: http.MethodGet, path: "/v1/ads/accounts",
			scope: scopeTenant, status: http.StatusOK, permission: "integrations:manage", handle: listAdAccounts,
		},
		{
			op: "AdAccounts.Link", method: http.MethodPost, path: "/v1/ads/accounts",
			scope: scopeTenant, status: http.StatusCreated, permission: "integrations:manage", body: true, handle: linkAdAccount,
		},
		{
			op: "AdAccounts.Unlink", method: http.MethodDelete, path: "/v1/ads/accounts/{adAccountId}",
			scope: scopeTenant, status: http.StatusOK, permission: "integrations:manage", handle: unlinkAdAccount,
		},
	}
}

func pageRoutes() []route {
	return []route{
		{
			op: "LeadPages.List", method: http.MethodGet, path: "/v1/lead-pages",
			scope: scopeBothView, status: http.StatusOK, permission: "integrations:manage", handle: listLeadPages,
		},
		{
			op: "LeadPages.Link", method: http.MethodPost, path: "/v1/lead-pages",
			scope: scopeBothView, status: http.StatusCreated, permission: "integrations:manage", body: true, handle: linkLeadPage,
		},
		{
			op: "LeadPages.Move", method: http.MethodPatch, path: "/v1/lead-pages/{pageLinkId}",
			scope: scopeBothView, status: http.StatusOK, permission: "integrations:manage", body: true, handle: moveLeadPage,
		},
		{
			op: "LeadPages.Unlink", method: http.MethodDelete, path: "/v1/lead-pages/{pageLinkId}",
			scope: scopeBothView, status: http.StatusOK, permission: "integrations:manage", handle: unlinkLeadPage,
		},
		{
			op: "LeadPages.Forms", method: http.MethodGet, path: "/v1/lead-pages/{pageLinkId}/forms",
			scope: scopeBothView, status: http.StatusOK, permission: "integrations:manage", handle: listLeadForms,
		},
		{
			op: "LeadPages.UpdateForm", method: http.MethodPut, path: "/v1/lead-pages/{pageLinkId}/forms/{formId}",
			scope: scopeBothView, status: http.StatusOK, permission: "integrations:manage", body: true, handle: updateLeadForm,
		},
		{
			op: "LeadPages.Resync", method: http.MethodPost, path: "/v1/lead-pages/{pageLinkId}/resync",
			scope: scopeBothView, status: http.StatusAccepted, permission: "integrations:manage", handle: resyncLeadPage,
		},
	}
}

// growthState is what ads, posts and the forms of Facebook Pages bring to the
// workspace.
type growthState struct {
	leads    []*lead            // in the order of their arrival
	adNames  map[string]adNames // by ad id
	accounts []*adAccount       // in the order in which they were shared
	pages    []*leadPage        // in the order in which they were shared
	lookup   string             // what asking Meta gives; "" is lookupOK

	noOfficial    bool // as if there were no official number
	bareReferrals bool // rows of Referrals.List are referrals, not messages
}

// What asking Meta about the workspace's Pages and ad accounts gives.
const (
	lookupOK            = "ok"
	lookupUnavailable   = "unavailable"
	lookupNotConfigured = "not_configured"
)

// partnerBusiness is the portfolio of the platform at Meta.
const partnerBusiness = "440055006600"

// lookupState is lookup by its name.
func (g *growthState) lookupState() string {
	if g.lookup == "" {
		return lookupOK
	}
	return g.lookup
}

// partnerBusinessID is null as long as the integration is not configured.
func (g *growthState) partnerBusinessID() *string {
	if g.lookupState() == lookupNotConfigured {
		return nil
	}
	return nullable(partnerBusiness)
}

// wireTime is a time as precise as answers write it, so that the time of a row
// finds the row.
func wireTime(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// namedNumber finds a number that the query or the body names, within the reach
// of the credential.
func (c *call) namedNumber(id string) (*number, *failure) {
	n := c.state.number(id)
	if n == nil || c.number != nil && n != c.number {
		return nil, outOfGrant()
	}
	return n, nil
}

func outOfGrant() *failure {
	return forbidden("NUMBER_NOT_IN_GRANT", "The number is not within the reach of this API key")
}
