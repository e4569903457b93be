package pilotstatus_test

import (
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

func (s *stage) changesKeys() {
	t, ctx := s.t, s.t.Context()
	tenant, old := s.tenant(), s.number("num_1")
	own, err := old.Key.List(ctx)
	require.NoError(t, err)
	require.Len(t, own, 1)
	assert.Equal(t, s.Number("num_1").KeyID(), own[0].ID.Reveal())
	assert.Equal(t, s.NumberKey("num_1")[:7], own[0].KeyPrefix)
	assert.Equal(t, 30, own[0].RetentionDays)
	require.NotNil(t, own[0].WhatsAppInstance)
	assert.Equal(t, "551130004000", own[0].WhatsAppInstance.Number)

	s.Number("num_2").HideKey()
	keys, err := tenant.APIKeys.List(ctx)
	require.NoError(t, err)
	require.Len(t, keys, 2)
	assert.Equal(t, s.NumberKey("num_1"), keys[0].Key.Reveal())
	assert.True(t, keys[0].Revealable)
	assert.False(t, keys[1].Revealable)
	_, err = tenant.OpenNumber(ctx, "num_2")
	var unavailable *pilotstatus.KeyUnavailableError
	require.ErrorAs(t, err, &unavailable)
	assert.Equal(t, "num_2", unavailable.NumberID)

	regenerated, err := tenant.APIKeys.RegenerateNumber(ctx, "num_1")
	require.NoError(t, err)
	assert.Equal(t, "num_1", regenerated.NumberID)
	assert.Equal(t, s.NumberKey("num_1"), regenerated.Key.Reveal())
	_, err = old.Templates.List(ctx)
	require.ErrorAs(t, err, new(*pilotstatus.UnauthorizedError))
	renewed, err := pilotstatus.NewNumberClient(regenerated.Credential(), pilotstatus.WithBaseURL(s.URL), s.seen.from("number"))
	require.NoError(t, err)
	s.rotatesKeys(renewed)
}

func (s *stage) rotatesKeys(number *pilotstatus.NumberClient) {
	t, ctx := s.t, s.t.Context()
	rotated, err := number.Key.Rotate(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"number", "num_1"}, []string{string(rotated.Scope), rotated.WhatsAppNumberID})
	assert.Equal(t, s.NumberKey("num_1"), rotated.Key.Reveal())
	assert.Equal(t, fakeStart(), rotated.CreatedAt.Time)
	_, err = number.Key.List(ctx)
	require.ErrorAs(t, err, new(*pilotstatus.UnauthorizedError))
	next, err := pilotstatus.NewNumberClient(rotated.Credential(), pilotstatus.WithBaseURL(s.URL))
	require.NoError(t, err)
	_, err = next.Key.List(ctx)
	require.NoError(t, err)

	old := s.tenant()
	rotated, err = old.Key.Rotate(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"tenant", ""}, []string{string(rotated.Scope), rotated.WhatsAppNumberID})
	_, err = old.Numbers.List(ctx)
	require.ErrorAs(t, err, new(*pilotstatus.UnauthorizedError))
	tenant, err := pilotstatus.NewTenantClient(pilotstatus.APIKeyID(s.Tenant().KeyID()), pilotstatus.WithBaseURL(s.URL))
	require.NoError(t, err)
	_, err = tenant.Numbers.List(ctx)
	require.NoError(t, err, "the id of a key stands for the key")
}

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

func (s *stage) buysExtraNumbers() {
	t, ctx := s.t, s.t.Context()
	extra := s.tenant().ExtraNumbers
	s.Tenant().FreePlan(true)
	preview, err := extra.Preview(ctx, 2)
	require.NoError(t, err)
	assert.True(t, preview.RequiresConversion)
	assert.Equal(t, []string{"FREE", "ON_DEMAND"}, []string{preview.FromPlan, preview.ToPlan})
	assert.Equal(t, []int64{2, 2, 4}, []int64{preview.CurrentNumbers, preview.Requested, preview.BilledQuantity})
	assert.InDelta(t, 31.5, preview.UnitPriceBRL, 0.001)
	assert.True(t, preview.HasSavedCard)
	assert.NotEmpty(t, preview.Explanation.PT+preview.Explanation.EN)
	for _, other := range []bool{false, true} {
		s.Tenant().OtherForms(other)
		_, err = extra.Buy(ctx, pilotstatus.BuyExtraNumbersRequest{Quantity: 2})
		require.ErrorIs(t, err, pilotstatus.CodeConfirmationRequired)
		refused, ok := pilotstatus.ExtraNumbersPreviewOf(err)
		require.True(t, ok, "other form: %v", other)
		assert.Equal(t, preview, refused)
	}
	bought, err := extra.Buy(ctx, pilotstatus.BuyExtraNumbersRequest{Quantity: 2, Confirm: true})
	require.NoError(t, err)
	assert.Equal(t, &pilotstatus.PurchasedExtraNumbers{Success: true, Charged: true, Plan: "ON_DEMAND", PaidExtraNumbers: 4, MonthlyTotalBRL: 126}, bought)

	for _, other := range []bool{false, true} {
		s.Tenant().OtherForms(other)
		s.Tenant().SavedCard(false)
		bought, err = extra.Buy(ctx, pilotstatus.BuyExtraNumbersRequest{Quantity: 1})
		require.NoError(t, err)
		assert.False(t, bought.Charged)
		s.Tenant().FinishCheckout(bought.CheckoutURL.Reveal())
	}
	released, err := extra.Release(ctx, 3)
	require.NoError(t, err)
	assert.Equal(t, &pilotstatus.ReleasedExtraNumbers{Success: true, Charged: true, Plan: "ON_DEMAND", PaidExtraNumbers: 3, MaxNumbers: 3}, released)
	released, err = extra.Release(ctx, 1)
	require.NoError(t, err)
	assert.EqualValues(t, 2, released.PaidExtraNumbers)
}

func (s *stage) opensCheckouts() {
	t, ctx := s.t, s.t.Context()
	billing := s.tenant().Billing
	for _, other := range []bool{false, true} {
		s.Tenant().OtherForms(other)
		topup, err := billing.Checkout(ctx, pilotstatus.CreatePaymentPageRequest{
			Purpose: pilotstatus.CheckoutPurposeWalletTopup, Amount: 120, SuccessURL: "https://acme.example/paid", CancelURL: "https://acme.example/back",
		})
		require.NoError(t, err)
		assert.Equal(t, pilotstatus.CheckoutPurposeWalletTopup, topup.Purpose)
		assert.InDelta(t, 120, topup.Amount, 0.001)
		assert.Equal(t, "BRL", topup.Currency)
		assert.NotEmpty(t, topup.OrderID)
		s.Number("num_1").BlockUnpaid()
		s.Tenant().FinishCheckout(topup.URL.Reveal())
		detail, err := s.tenant().Numbers.Get(ctx, "num_1", pilotstatus.GetNumberOptions{})
		require.NoError(t, err)
		assert.True(t, detail.ExtraChargeUnpaidSince.IsZero(), "the money pays what was refused")
		card, err := billing.Checkout(ctx, pilotstatus.CreatePaymentPageRequest{Purpose: pilotstatus.CheckoutPurposeAddCard})
		require.NoError(t, err)
		assert.Empty(t, card.OrderID)
		s.Tenant().FinishCheckout(card.URL.Reveal())
	}
}

func (s *stage) makesEmbedSessions() {
	t, ctx := s.t, s.t.Context()
	origins := []string{"https://app.example.test", "http://localhost:3000"}
	for name, row := range map[string]struct {
		sessions pilotstatus.EmbedSessionsService
		create   pilotstatus.CreateEmbedSessionRequest
		numbers  []string
		life     time.Duration
	}{
		"number":  {s.number("num_1").EmbedSessions, pilotstatus.CreateEmbedSessionRequest{Surface: pilotstatus.EmbedSurfaceChat}, []string{"num_1"}, 15 * time.Minute},
		"chat":    {s.tenant().EmbedSessions, pilotstatus.CreateEmbedSessionRequest{Surface: pilotstatus.EmbedSurfaceChat, WhatsAppNumberIDs: []string{"num_1", "num_2"}, TTLSeconds: 60}, []string{"num_1", "num_2"}, time.Minute},
		"connect": {s.tenant().EmbedSessions, pilotstatus.CreateEmbedSessionRequest{Surface: pilotstatus.EmbedSurfaceConnect, BrandingOverride: pilotstatus.BrandingOverride{PrimaryColor: "#0A7F5A", HidePilotStatusBranding: pilotstatus.Ptr(true)}}, []string{}, 30 * time.Minute},
	} {
		row.create.AllowedOrigins = origins
		session, err := row.sessions.Create(ctx, row.create)
		require.NoError(t, err, name)
		assert.False(t, session.Token.IsZero())
		assert.Equal(t, row.create.Surface, session.Surface)
		assert.Equal(t, row.numbers, session.WhatsAppNumberIDs, name)
		assert.Equal(t, origins, session.AllowedOrigins)
		assert.Equal(t, fakeStart().Add(row.life), session.ExpiresAt.Time, name)
	}
}
