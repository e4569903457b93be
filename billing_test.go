package pilotstatus

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAccountInputIsChecked(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	tenant := m.tenant(t)
	for name, call := range map[string]struct {
		field string
		make  func() error
	}{
		"no number": {"numberID", func() error { _, err := tenant.APIKeys.RegenerateNumber(t.Context(), " "); return err }},
		"no branding": {"UpdateBrandingRequest", func() error {
			_, err := tenant.Branding.Update(t.Context(), UpdateBrandingRequest{})
			return err
		}},
		"negative preview": {"quantity", func() error {
			_, err := tenant.ExtraNumbers.Preview(t.Context(), -1)
			return err
		}},
		"negative purchase": {"Quantity", func() error {
			_, err := tenant.ExtraNumbers.Buy(t.Context(), BuyExtraNumbersRequest{Quantity: -1})
			return err
		}},
		"purchase of nothing": {"Quantity", func() error {
			_, err := tenant.ExtraNumbers.Buy(t.Context(), BuyExtraNumbersRequest{Confirm: true})
			return err
		}},
		"release of nothing": {"quantity", func() error {
			_, err := tenant.ExtraNumbers.Release(t.Context(), 0)
			return err
		}},
		"negative release": {"quantity", func() error {
			_, err := tenant.ExtraNumbers.Release(t.Context(), -1)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) { requireValidation(t, call.make(), call.field) })
	}
	for _, test := range []struct {
		request CreatePaymentPageRequest
		field   string
	}{
		{CreatePaymentPageRequest{}, "Purpose"},
		{CreatePaymentPageRequest{Purpose: CheckoutPurposeWalletTopup}, "Amount"},
		{CreatePaymentPageRequest{Purpose: CheckoutPurposeWalletTopup, Amount: -5}, "Amount"},
		{CreatePaymentPageRequest{Purpose: CheckoutPurposeWalletTopup, Amount: math.NaN()}, "Amount"},
		{CreatePaymentPageRequest{Purpose: CheckoutPurposeWalletTopup, Amount: math.Inf(1)}, "amount"},
		{CreatePaymentPageRequest{Purpose: CheckoutPurposeAddCard, Extra: map[string]any{"amount": 1}}, "Extra"},
	} {
		_, err := tenant.Billing.Checkout(t.Context(), test.request)
		requireValidation(t, err, test.field)
	}
	origins := []string{"https://app.example.test"}
	for _, test := range []struct {
		session CreateEmbedSessionRequest
		field   string
	}{
		{CreateEmbedSessionRequest{AllowedOrigins: origins}, "Surface"},
		{CreateEmbedSessionRequest{Surface: EmbedSurfaceChat}, "AllowedOrigins"},
		{CreateEmbedSessionRequest{Surface: EmbedSurfaceChat, AllowedOrigins: []string{""}}, "AllowedOrigins"},
		{CreateEmbedSessionRequest{Surface: EmbedSurfaceChat, AllowedOrigins: make([]string, 21)}, "AllowedOrigins"},
		{CreateEmbedSessionRequest{Surface: EmbedSurfaceChat, AllowedOrigins: origins, TTLSeconds: 3601}, "TTLSeconds"},
		{CreateEmbedSessionRequest{Surface: EmbedSurfaceChat, AllowedOrigins: origins, TTLSeconds: -1}, "TTLSeconds"},
		{CreateEmbedSessionRequest{Surface: EmbedSurfaceChat, AllowedOrigins: origins, Extra: map[string]any{"surface": "x"}}, "Extra"},
	} {
		_, err := tenant.EmbedSessions.Create(t.Context(), test.session)
		requireValidation(t, err, test.field)
	}
	_, err := m.public(t).MetaOnboarding.Complete(t.Context(), "tok", CompleteMetaOnboardingRequest{Extra: map[string]any{"CODE": "x"}})
	requireValidation(t, err, "Extra")
	assert.Empty(t, m.Requests())
}

// What is not set is not sent, but for how many numbers to buy or to release.
func TestAccountCallsWithDefaults(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/subscription/extra-numbers", http.StatusOK, `{}`)
	m.answer(http.MethodPost, "/v1/subscription/extra-numbers", http.StatusOK, `{"charged":false}`)
	m.answer(http.MethodDelete, "/v1/subscription/extra-numbers", http.StatusOK, `{}`)
	m.answer(http.MethodPost, "/v1/billing/checkout", http.StatusOK, `{}`)
	tenant := m.tenant(t)
	_, err := tenant.ExtraNumbers.Preview(t.Context(), 0)
	require.NoError(t, err)
	_, err = tenant.ExtraNumbers.Buy(t.Context(), BuyExtraNumbersRequest{Quantity: 1})
	require.NoError(t, err)
	_, err = tenant.ExtraNumbers.Release(t.Context(), 1)
	require.NoError(t, err)
	_, err = tenant.Billing.Checkout(t.Context(), CreatePaymentPageRequest{Purpose: CheckoutPurposeAddCard})
	require.NoError(t, err)
	sent := m.Requests()
	assert.NotContains(t, sent[0].URL, "?")
	for i, want := range []string{"", `{"quantity":1}`, `{"quantity":1}`, `{"purpose":"add_card"}`} {
		assert.Equal(t, want, string(sent[i].Body))
	}
	assert.Equal(t, "application/json", sent[2].Header.Get("Content-Type"))
}

func TestExtraNumbersPreviewOf(t *testing.T) {
	t.Parallel()
	const preview = `{"requiresConversion":true,"billedQuantity":2,"monthlyTotalBRL":63,"explanation":{"pt":"p","en":"e"}}`
	buy := func(status int, body string) error {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/subscription/extra-numbers", status, body)
		_, err := m.tenant(t).ExtraNumbers.Buy(t.Context(), BuyExtraNumbersRequest{Quantity: 1})
		require.Error(t, err)
		assert.Len(t, m.Requests(), 1)
		return err
	}
	for _, body := range []string{
		`{"error":"Confirm","code":"CONFIRMATION_REQUIRED","preview":` + preview + `,"details":{"preview":{"billedQuantity":9}}}`,
		`{"error":"Confirm","code":"CONFIRMATION_REQUIRED","details":{"preview":` + preview + `,"billedQuantity":9}}`,
		`{"error":"Confirm","code":"CONFIRMATION_REQUIRED","details":` + preview + `,"billedQuantity":9}`,
		`{"error":"Confirm","code":"CONFIRMATION_REQUIRED","preview":null,"details":"none",` + preview[1:],
		`{"error":"Confirm","code":"CONFIRMATION_REQUIRED","preview":{"billedQuantity":"two"},` + preview[1:],
	} {
		found, ok := ExtraNumbersPreviewOf(fmt.Errorf("buying: %w", buy(http.StatusConflict, body)))
		require.True(t, ok, body)
		assert.Equal(t, &ExtraNumbersPreview{
			RequiresConversion: true, BilledQuantity: 2, MonthlyTotalBRL: 63, Explanation: ExtraNumbersExplanation{PT: "p", EN: "e"},
		}, found, body)
	}
	for _, err := range []error{
		nil,
		errors.New("else"),
		CodeConfirmationRequired,
		buy(http.StatusConflict, `{"error":"Confirm","code":"CONFIRMATION_REQUIRED"}`),
		buy(http.StatusConflict, `{"error":"Confirm","code":"CONFIRMATION_REQUIRED","preview":{},"details":{"preview":[]}}`),
		buy(http.StatusConflict, `{"error":"Confirm","code":"PAYMENT_IN_PROGRESS","preview":`+preview+`}`),
	} {
		found, ok := ExtraNumbersPreviewOf(err)
		assert.False(t, ok, err)
		assert.Nil(t, found)
	}
}

// A purchase that does not say whether the card was charged was accepted, and its
// answer is kept for a person to read.
func TestPurchaseWithoutCharged(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"success":true}`, `{"success":true,"charged":null}`, `{"success":1}`} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/subscription/extra-numbers", http.StatusOK, body)
		purchase, err := m.tenant(t).ExtraNumbers.Buy(t.Context(), BuyExtraNumbersRequest{Quantity: 1, Confirm: true})
		assert.Nil(t, purchase)
		var unread *DecodeError
		require.ErrorAs(t, err, &unread)
		assert.True(t, unread.Accepted())
		assert.Equal(t, body, string(unread.Body))
		assert.Len(t, m.Requests(), 1)
	}
}

func TestCheckoutKeepsTheAnswer(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	const answer = `{"url":null,"checkoutUrl":"https://pay.example.test/c/1","setupIntent":"seti_1"}`
	m.answer(http.MethodPost, "/v1/billing/checkout", http.StatusOK, answer)
	page, err := m.tenant(t).Billing.Checkout(t.Context(), CreatePaymentPageRequest{Purpose: CheckoutPurposeAddCard})
	require.NoError(t, err)
	assert.Equal(t, "https://pay.example.test/c/1", page.URL.Reveal())
	assert.True(t, page.Raw.Equal(NewSecret(answer)))
	for _, form := range formsOfAnswer(t, page) {
		assert.NotContains(t, form, "seti_1")
		assert.NotContains(t, form, "pay.example")
	}
	assert.Error(t, json.Unmarshal([]byte(`["120"]`), new(PaymentPage)))
}

// Capacity and pages are made once: no failure repeats them.
func TestChargingCallsAreTriedOnce(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.RegisterNoResponder(jsonResponder(http.StatusBadGateway, `{"error":"later"}`))
	tenant := m.tenant(t)
	_, err := tenant.ExtraNumbers.Buy(t.Context(), BuyExtraNumbersRequest{Quantity: 1})
	assert.True(t, isA[*OutcomeUnknownError](err))
	_, err = tenant.ExtraNumbers.Release(t.Context(), 1)
	assert.True(t, isA[*OutcomeUnknownError](err))
	_, err = tenant.Billing.Checkout(t.Context(), CreatePaymentPageRequest{Purpose: CheckoutPurposeAddCard})
	assert.True(t, isA[*OutcomeUnknownError](err))
	assert.Len(t, m.Requests(), 3)
}
