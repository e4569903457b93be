package pilotstatustest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	brandingPath = "/v1/branding"
	slotsPath    = "/v1/subscription/extra-numbers"
	checkoutPath = "/v1/billing/checkout"
	embedPath    = "/v1/embed/sessions"
)

func TestWorkspaceScopes(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	for _, row := range [][2]string{
		{"GET", brandingPath}, {"PUT", brandingPath}, {"GET", slotsPath}, {"POST", slotsPath}, {"DELETE", slotsPath}, {"POST", checkoutPath},
	} {
		number.refused(t, 403, "NUMBER_SCOPE_NOT_ALLOWED", row[0], row[1], "")
		assert.Equal(t, 401, newCaller(t, fake.URL, "").do(t, row[0], row[1], "").status)
		assert.NotEqual(t, 403, tenant.do(t, row[0], row[1], "").status)
	}
}

func TestExtraNumbersOnFree(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	fake.Tenant().FreePlan(true)
	fake.Tenant().IncludedNumbers(1)
	tenant.object(t, 200, "DELETE", numbersPath+"/num_2/purge", "")
	preview := tenant.object(t, 200, "GET", slotsPath+"?quantity=2", "")
	assert.Equal(t, map[string]any{
		"requiresConversion": true, "fromPlan": "FREE", "toPlan": "ON_DEMAND", "currentNumbers": 1.0, "requested": 2.0, "billedQuantity": 3.0,
		"unitPriceBRL": 31.5, "monthlyTotalBRL": 94.5, "messagesBecomeUnlimited": true, "hasSavedCard": true,
		"explanation": map[string]any{"pt": "Plano sob demanda com 3 números pagos.", "en": "On demand plan with 3 paid numbers."},
	}, preview)
	assert.Equal(t, 2.0, tenant.object(t, 200, "GET", slotsPath, "")["billedQuantity"]) //nolint:testifylint // a whole number
	r := tenant.refused(t, 400, "", "DELETE", slotsPath, "")
	assert.JSONEq(t, `{"error":"Validation error"}`, string(r.body))

	buy := func(body string) map[string]any {
		tenant.refused(t, 409, "CONFIRMATION_REQUIRED", "POST", slotsPath, body)
		return tenant.object(t, 409, "POST", slotsPath, body)
	}
	assert.Equal(t, preview, buy(`{"quantity":2}`)["preview"])
	assert.Equal(t, preview, buy(`{"quantity":2,"confirm":false}`)["preview"])
	fake.Tenant().OtherForms(true)
	assert.Equal(t, preview, buy(`{"quantity":2}`)["details"])
	fake.Tenant().OtherForms(false)
	assert.JSONEq(t, `{"success":true,"charged":true,"plan":"ON_DEMAND","paidExtraNumbers":3,"monthlyTotalBRL":94.5}`,
		string(tenant.do(t, "POST", slotsPath, `{"quantity":2,"confirm":true}`).body))

	// On demand nothing is converted, and every call buys again.
	preview = tenant.object(t, 200, "GET", slotsPath, "")
	assert.Equal(t, false, preview["requiresConversion"])
	assert.Equal(t, "ON_DEMAND", preview["fromPlan"])
	assert.Equal(t, 1.0, preview["billedQuantity"])    //nolint:testifylint // a whole number
	assert.Equal(t, 126.0, preview["monthlyTotalBRL"]) //nolint:testifylint // exact in binary
	for _, body := range []string{"", "{}"} {
		tenant.object(t, 200, "POST", slotsPath, body)
	}
	assert.JSONEq(t, `{"success":true,"charged":true,"plan":"ON_DEMAND","paidExtraNumbers":4,"maxNumbers":4,"proratedTotal":0}`,
		string(tenant.do(t, "DELETE", slotsPath, "").body))
	assert.JSONEq(t, `{"success":true,"charged":true,"plan":"ON_DEMAND","paidExtraNumbers":1,"maxNumbers":1,"proratedTotal":0}`,
		string(tenant.do(t, "DELETE", slotsPath, `{"quantity":3}`).body))
	tenant.refused(t, 409, "NUMBER_LIMIT_EXCEEDED", "DELETE", slotsPath, `{"quantity":1}`)
	tenant.refused(t, 400, "", "DELETE", slotsPath, `{"quantity":2}`)
	fake.Number("num_1").Disconnect()
	assert.Equal(t, 200, tenant.do(t, "DELETE", slotsPath, `{"quantity":1}`).status, "only connected numbers count")
	fake.Tenant().FreePlan(true)
	assert.Equal(t, "FREE", tenant.object(t, 200, "GET", slotsPath, "")["fromPlan"])

	for _, query := range []string{"0", "-1", "1.5", "x", ""} {
		tenant.refused(t, 400, "", "GET", slotsPath+"?quantity="+query, "")
	}
	for _, body := range []string{`{"quantity":0}`, `{"quantity":1.5}`, `{"quantity":"2"}`, `{"confirm":"yes"}`, `[]`} {
		tenant.refused(t, 400, "", "POST", slotsPath, body)
		tenant.refused(t, 400, "", "DELETE", slotsPath, body)
	}
}

func TestBuyingNeedsMoney(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	slots := func() any { return tenant.object(t, 200, "GET", slotsPath, "")["monthlyTotalBRL"].(float64)/31.5 - 1 }
	for _, row := range []struct {
		code   string
		status int
	}{{"PAYMENT_FAILED", 402}, {"INSUFFICIENT_FUNDS", 402}, {"PAYMENT_IN_PROGRESS", 409}, {"PAYMENT_PROVIDER_ERROR", 502}} {
		fake.Tenant().ChargeOutcome(row.code)
		tenant.refused(t, row.status, row.code, "POST", slotsPath, `{"quantity":1}`)
	}
	fake.Tenant().Declined("do_not_honor", 31.5, "BRL")
	out := tenant.object(t, 402, "POST", slotsPath, `{}`)
	assert.Equal(t, "do_not_honor", out["declineCode"])
	assert.Equal(t, 2.0, slots()) //nolint:testifylint // a whole number

	fake.Tenant().SavedCard(false)
	assert.Equal(t, false, tenant.object(t, 200, "GET", slotsPath, "")["hasSavedCard"])
	out = tenant.object(t, 200, "POST", slotsPath, `{"quantity":2}`)
	url := out["checkoutUrl"].(string)
	assert.Equal(t, map[string]any{"success": true, "charged": false, "checkoutUrl": url}, out)
	assert.Equal(t, 2.0, slots(), "the slots open after the payment") //nolint:testifylint // a whole number
	fake.Tenant().FinishCheckout(url)
	assert.Equal(t, 4.0, slots()) //nolint:testifylint // a whole number
	fake.Tenant().OtherForms(true)
	assert.Contains(t, tenant.object(t, 200, "POST", slotsPath, `{}`), "url")

	// A card that was added serves the next purchase.
	page := tenant.object(t, 200, "POST", checkoutPath, `{"purpose":"add_card"}`)
	fake.Tenant().FinishCheckout(page["checkoutUrl"].(string))
	assert.Equal(t, true, tenant.object(t, 200, "POST", slotsPath, `{}`)["charged"])
}

func TestCheckout(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	body := `{"purpose":"wallet_topup","amount":120,"successUrl":"https://x.test/ok","cancelUrl":"https://x.test/no"}`
	first, second := tenant.object(t, 200, "POST", checkoutPath, body), tenant.object(t, 200, "POST", checkoutPath, body)
	assert.NotEqual(t, first["orderId"], second["orderId"], "every call makes an order")
	assert.NotEqual(t, first["url"], second["url"])
	assert.Equal(t, map[string]any{
		"url": first["url"], "purpose": "wallet_topup", "orderId": first["orderId"], "amount": 120.0, "currency": "BRL",
	}, first)
	card := tenant.object(t, 200, "POST", checkoutPath, `{"purpose":"add_card"}`)
	assert.Equal(t, map[string]any{"url": card["url"], "purpose": "add_card", "currency": "BRL"}, card)
	for _, body := range []string{
		`{}`, `{"purpose":"gift","amount":1}`, `{"purpose":"wallet_topup"}`, `{"purpose":"wallet_topup","amount":0}`,
		`{"purpose":"wallet_topup","amount":-1}`, `{"purpose":"wallet_topup","amount":"120"}`,
	} {
		tenant.refused(t, 400, "", "POST", checkoutPath, body)
	}

	// Each kind of page has the refused charges tried again.
	blocked := func() bool { return tenant.number(t, "num_1")["extraChargeUnpaidSince"] != nil }
	for _, page := range []map[string]any{first, card} {
		fake.Number("num_1").ChargeOutcome("INSUFFICIENT_FUNDS")
		fake.Number("num_1").BlockUnpaid()
		tenant.refused(t, 402, "INSUFFICIENT_FUNDS", "POST", numbersPath+"/num_1/pay", "")
		fake.Tenant().FinishCheckout(page["url"].(string))
		assert.False(t, blocked())
		assert.Equal(t, "not_required", tenant.object(t, 200, "POST", numbersPath+"/num_1/pay", "")["status"])
	}
	assert.Equal(t, 94.5, tenant.object(t, 200, "GET", slotsPath, "")["monthlyTotalBRL"], "num_1 was paid for") //nolint:testifylint // exact in binary
	fake.Tenant().OtherForms(true)
	out := tenant.object(t, 200, "POST", checkoutPath, body)
	assert.NotContains(t, out, "url")
	assert.Contains(t, out["checkoutUrl"], "https://")
}
