package pilotstatus_test

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

func (s *stage) changesBranding() {
	t, ctx := s.t, s.t.Context()
	branding := s.tenant().Branding
	for _, other := range []bool{true, false} {
		s.Tenant().OtherForms(other)
		empty, err := branding.Get(ctx)
		require.NoError(t, err)
		assert.Equal(t, &pilotstatus.Branding{}, empty)
	}
	updated, err := branding.Update(ctx, pilotstatus.UpdateBrandingRequest{
		LogoURL: pilotstatus.Set("https://cdn.example.test/logo.png"), PrimaryColor: pilotstatus.Set("#0A7F5A"),
		CompanyName: pilotstatus.Set("Acme"), Subtitle: pilotstatus.Set("Support desk"), HidePilotStatusBranding: pilotstatus.Ptr(true),
	})
	require.NoError(t, err)
	want := &pilotstatus.Branding{
		LogoURL: "https://cdn.example.test/logo.png", PrimaryColor: "#0A7F5A", CompanyName: "Acme", Subtitle: "Support desk", HidePilotStatusBranding: true,
	}
	assert.Equal(t, want, updated)
	_, err = branding.Update(ctx, pilotstatus.UpdateBrandingRequest{
		LogoURL: pilotstatus.Null[string](), SupportURL: pilotstatus.Set("https://acme.example/help"),
		DefaultRedirectURL: pilotstatus.Set("https://acme.example/done"), BackgroundColor: pilotstatus.Set("#FFFFFF"),
	})
	require.NoError(t, err)
	want.LogoURL, want.SupportURL, want.DefaultRedirectURL, want.BackgroundColor = "", "https://acme.example/help", "https://acme.example/done", "#FFFFFF"
	stored, err := branding.Get(ctx)
	require.NoError(t, err)
	assert.Equal(t, want, stored)
}
