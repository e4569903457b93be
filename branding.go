package pilotstatus

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"
)

// Branding is the look of the pages on which people pair numbers. An empty text
// leaves what the platform shows by default.
type Branding struct {
	LogoURL                 string `json:"logoUrl"`
	PrimaryColor            string `json:"primaryColor"` // as in "#0A7F5A", like BackgroundColor
	BackgroundColor         string `json:"backgroundColor"`
	CompanyName             string `json:"companyName"` // the title of the page
	Subtitle                string `json:"subtitle"`
	SupportURL              string `json:"supportUrl"`
	DefaultRedirectURL      string `json:"defaultRedirectUrl"` // where a person goes after pairing
	HidePilotStatusBranding bool   `json:"hidePilotStatusBranding" strict:"true"`
}

// brandingAnswer is a Branding on the wire, inside an object.
type brandingAnswer struct{ branding Branding }

// UnmarshalJSON reads the branding, which is null where none was saved, and refuses
// an answer without it.
func (a *brandingAnswer) UnmarshalJSON(data []byte) error {
	var members map[string]jsontext.Value
	if err := unmarshalAnswer(data, &members); err != nil {
		return err
	}
	branding, ok := members["branding"]
	if !ok {
		return lacking("branding")
	}
	return unmarshalAnswer(branding, &a.branding)
}

// UpdateBrandingRequest is what [BrandingService.Update] changes. What is left zero stays
// as it is; null clears a text.
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

// BrandingOverride is the look of one page, instead of that of the workspace. What
// is left zero is not sent. The fields are those of Branding.
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

func invokeBranding(ctx context.Context, c *Client, op *operation, in input) (*Branding, error) {
	answer, err := invoke[brandingAnswer](ctx, c, op, in)
	if err != nil {
		return nil, err
	}
	return &answer.branding, nil
}

// BrandingService is the look of the pages on which people pair numbers. The query of
// a page's URL counts most, then the branding of its link ([BrandingOverride]), then
// this one. It is part of a [TenantClient].
//
//   - [BrandingService.Get] returns the branding of the workspace, a zero one where none
//     was saved
//   - [BrandingService.Update] changes what req sets, leaves the rest alone and returns the
//     whole branding
type BrandingService struct{ client *Client }

// Get returns the branding of the workspace, a zero one where none was saved.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s BrandingService) Get(ctx context.Context) (*Branding, error) {
	return invokeBranding(ctx, s.client, opBrandingGet, input{})
}

// Update changes what req sets, leaves the rest alone and returns the whole branding.
// An update without any change is a [*ValidationError] here. It is repeated like a
// read, because the same change twice is the same change.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s BrandingService) Update(ctx context.Context, req UpdateBrandingRequest) (*Branding, error) {
	return invokeBranding(ctx, s.client, opBrandingUpdate, input{body: req})
}
