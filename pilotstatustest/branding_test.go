package pilotstatustest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBranding(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	want := map[string]any{
		"logoUrl": nil, "primaryColor": nil, "backgroundColor": nil, "companyName": nil, "subtitle": nil, "supportUrl": nil,
		"defaultRedirectUrl": nil, "hidePilotStatusBranding": false,
	}
	get := func() any { return tenant.object(t, 200, "GET", brandingPath, "")["branding"] }
	put := func(body string) any { return tenant.object(t, 200, "PUT", brandingPath, body)["branding"] }
	assert.Equal(t, want, get())
	fake.Tenant().OtherForms(true)
	assert.Nil(t, get())

	assert.Equal(t, want, put(""), "without a body nothing changes")
	assert.Equal(t, want, get(), "it was saved")
	want["logoUrl"], want["primaryColor"], want["companyName"] = "https://cdn.example.test/logo.png", "#0A7f5A", "Acme"
	want["hidePilotStatusBranding"] = true
	assert.Equal(t, want, put(`{"logoUrl":"https://cdn.example.test/logo.png","primaryColor":"#0A7f5A","companyName":"Acme","hidePilotStatusBranding":true}`))
	want["logoUrl"], want["backgroundColor"], want["supportUrl"] = nil, "#FFFFFF", "https://example.test/help?x=1"
	want["subtitle"], want["defaultRedirectUrl"] = strings.Repeat("é", 120), "https://example.test"
	assert.Equal(t, want, put(fmt.Sprintf(`{"logoUrl":null,"backgroundColor":"#FFFFFF","supportUrl":"https://example.test/help?x=1",
		"subtitle":%q,"defaultRedirectUrl":"https://example.test"}`, want["subtitle"])))
	for _, body := range []string{
		`{"logoUrl":"http://x.test"}`, `{"logoUrl":""}`, `{"supportUrl":"https://"}`, `{"defaultRedirectUrl":"x"}`, `{"primaryColor":"0A7F5A"}`,
		`{"primaryColor":"#0A7F5"}`, `{"backgroundColor":"#0A7F5G"}`, `{"companyName":"` + strings.Repeat("é", 61) + `"}`,
		`{"subtitle":"` + strings.Repeat("é", 121) + `"}`, `{"hidePilotStatusBranding":null}`, `{"hidePilotStatusBranding":"no"}`, `[]`,
	} {
		tenant.refused(t, 400, "", "PUT", brandingPath, body)
	}
	assert.Equal(t, want, put(`{}`))
	want["hidePilotStatusBranding"] = false
	assert.Equal(t, want, put(`{"hidePilotStatusBranding":false}`))
}
