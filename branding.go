package pilotstatus

import "context"

// Branding is the look of the pages on which people pair numbers. For an empty field the
// page uses the default of the platform.
type Branding struct {
	LogoURL                 string `json:"logoUrl"`
	PrimaryColor            string `json:"primaryColor"` // as in "#0A7F5A", like BackgroundColor
	BackgroundColor         string `json:"backgroundColor"`
	CompanyName             string `json:"companyName"` // the title of the page
	Subtitle                string `json:"subtitle"`
	SupportURL              string `json:"supportUrl"`
	DefaultRedirectURL      string `json:"defaultRedirectUrl"` // the page that follows a pairing
	HidePilotStatusBranding bool   `json:"hidePilotStatusBranding" strict:"true"`
}

// UpdateBrandingRequest holds the changes for [BrandingService.Update]. Zero fields stay as
// they are; null clears a text.
type UpdateBrandingRequest struct {
	LogoURL                 Nullable[string] `json:"logoUrl,omitzero"`         // an https URL
	PrimaryColor            Nullable[string] `json:"primaryColor,omitzero"`    // as in "#0A7F5A"
	BackgroundColor         Nullable[string] `json:"backgroundColor,omitzero"` // as in "#0A7F5A"
	CompanyName             Nullable[string] `json:"companyName,omitzero"`     // at most 60 characters
	Subtitle                Nullable[string] `json:"subtitle,omitzero"`        // at most 120 characters
	SupportURL              Nullable[string] `json:"supportUrl,omitzero"`      // an https URL
	DefaultRedirectURL      Nullable[string] `json:"defaultRedirectUrl,omitzero"`
	HidePilotStatusBranding *bool            `json:"hidePilotStatusBranding,omitzero"`
}

func (u UpdateBrandingRequest) validate() error { return requireChange(u) }

// BrandingOverride is the look of one page, in place of the branding of the workspace. Zero
// fields are not sent. The fields are those of [Branding].
type BrandingOverride struct {
	LogoURL                 string `json:"logoUrl,omitzero"`
	PrimaryColor            string `json:"primaryColor,omitzero"`
	BackgroundColor         string `json:"backgroundColor,omitzero"`
	CompanyName             string `json:"companyName,omitzero"`
	Subtitle                string `json:"subtitle,omitzero"`
	SupportURL              string `json:"supportUrl,omitzero"`
	DefaultRedirectURL      string `json:"defaultRedirectUrl,omitzero"`
	HidePilotStatusBranding *bool  `json:"hidePilotStatusBranding,omitzero"`
}

// BrandingService reads and changes the look of the pages on which people pair numbers. The
// query of a page's URL has priority, then the branding of its link ([BrandingOverride]),
// then this one. It is part of a [TenantClient].
//
//   - [BrandingService.Get] returns the branding of the workspace
//   - [BrandingService.Update] changes the branding of the workspace
type BrandingService struct{ client *Client }

// Get returns the branding of the workspace, a zero one if none was saved.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s BrandingService) Get(ctx context.Context) (*Branding, error) {
	return invokeMember[Branding](ctx, s.client, opBrandingGet, input{}, "branding")
}

// Update changes the fields that req sets and returns the whole branding. An update that
// sets no field is a [*ValidationError] here.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s BrandingService) Update(ctx context.Context, req UpdateBrandingRequest) (*Branding, error) {
	return invokeMember[Branding](ctx, s.client, opBrandingUpdate, input{body: req}, "branding")
}
