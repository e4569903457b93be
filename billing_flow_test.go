package pilotstatus_test

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

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
