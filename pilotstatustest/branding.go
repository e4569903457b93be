package pilotstatustest

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

func brandingRoutes() []route {
	return []route{
		on("Branding.Get", "GET /v1/branding", scopeTenant, getBranding),
		onBody("Branding.Update", "PUT /v1/branding", scopeTenant, updateBranding).optionalBody(),
	}
}

// brandingPatch is the body of Branding.Update, and the look of a single link or
// session.
type brandingPatch struct {
	LogoURL                 patch[string] `json:"logoUrl"`
	PrimaryColor            patch[string] `json:"primaryColor"`
	BackgroundColor         patch[string] `json:"backgroundColor"`
	CompanyName             patch[string] `json:"companyName"`
	Subtitle                patch[string] `json:"subtitle"`
	SupportURL              patch[string] `json:"supportUrl"`
	DefaultRedirectURL      patch[string] `json:"defaultRedirectUrl"`
	HidePilotStatusBranding patch[bool]   `json:"hidePilotStatusBranding"`
}

// check takes none at all too.
func (in *brandingPatch) check() error {
	if in == nil {
		return nil
	}
	for _, field := range []*patch[string]{&in.LogoURL, &in.SupportURL, &in.DefaultRedirectURL} {
		if field.value != nil && !isSecureURL(*field.value) {
			return errors.New("a URL does not begin with https")
		}
	}
	for _, field := range []*patch[string]{&in.PrimaryColor, &in.BackgroundColor} {
		if field.value != nil && !isColor(*field.value) {
			return fmt.Errorf("the color is %q", *field.value)
		}
	}
	if n := utf8.RuneCountInString(value(in.CompanyName.value)); n > 60 {
		return fmt.Errorf("companyName has %d characters", n)
	}
	if n := utf8.RuneCountInString(value(in.Subtitle.value)); n > 120 {
		return fmt.Errorf("subtitle has %d characters", n)
	}
	if in.HidePilotStatusBranding.null() {
		return errors.New("hidePilotStatusBranding is null")
	}
	return nil
}

func (in *brandingPatch) apply(b *brandingAnswer) {
	in.LogoURL.setOrReset(&b.LogoURL)
	in.PrimaryColor.setOrReset(&b.PrimaryColor)
	in.BackgroundColor.setOrReset(&b.BackgroundColor)
	in.CompanyName.setOrReset(&b.CompanyName)
	in.Subtitle.setOrReset(&b.Subtitle)
	in.SupportURL.setOrReset(&b.SupportURL)
	in.DefaultRedirectURL.setOrReset(&b.DefaultRedirectURL)
	in.HidePilotStatusBranding.set(&b.HidePilotStatusBranding)
}

func isSecureURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Hostname() != ""
}

// isColor takes #RRGGBB.
func isColor(text string) bool {
	digits, ok := strings.CutPrefix(text, "#")
	return ok && len(digits) == 6 && strings.Trim(digits, "0123456789abcdefABCDEF") == ""
}

func getBranding(c *call) (any, *failure) {
	w := &c.state.workspace
	if w.otherForms && !w.brandingSaved {
		return map[string]any{"branding": nil}, nil
	}
	return map[string]any{"branding": &w.branding}, nil
}

func updateBranding(c *call, in *brandingPatch) (any, *failure) {
	w := &c.state.workspace
	in.apply(&w.branding)
	w.brandingSaved = true
	return map[string]any{"branding": &w.branding}, nil
}
