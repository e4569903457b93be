package pilotstatustest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestExtraNumberIsCharged(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	id := tenant.create(t, "+551140005000")
	pay := numbersPath + "/" + id + "/pay"
	unpaid := func(id string) [2]any {
		detail := tenant.number(t, id)
		return [2]any{detail["extraChargeUnpaidSince"], detail["extraChargeDisconnectAt"]}
	}
	fake.Number(id).Declined("insufficient_funds", 12.5, "BRL")
	assert.Equal(t, [2]any{nil, nil}, unpaid(id), "nothing is due before the first connection")
	fake.Number(id).Connect()
	assert.Equal(t, [2]any{"2026-11-03T14:05:09.120Z", "2026-11-10T14:05:09.120Z"}, unpaid(id))
	assert.Equal(t, "OPEN", tenant.state(t, id))
	number := newCaller(t, fake.URL, fake.NumberKey(id))
	r := number.refused(t, 409, "NUMBER_BLOCKED", "POST", sendPath, text)
	assert.Contains(t, string(r.body), `"reason":"extra_charge_unpaid"`)

	r = tenant.refused(t, 402, "PAYMENT_FAILED", "POST", pay, "")
	assert.JSONEq(t, `{"error":"The card was declined","code":"PAYMENT_FAILED","declineCode":"insufficient_funds","proratedTotal":12.5,"currency":"BRL"}`,
		string(r.body))
	for _, row := range []struct {
		code   string
		status int
	}{{"PAYMENT_FAILED", 402}, {"INSUFFICIENT_FUNDS", 402}, {"PAYMENT_IN_PROGRESS", 409}, {"PAYMENT_PROVIDER_ERROR", 502}} {
		fake.Number(id).ChargeOutcome(row.code)
		r = tenant.refused(t, row.status, row.code, "POST", pay, "")
		assert.NotContains(t, string(r.body), "declineCode")
		assert.NotContains(t, string(r.body), "proratedTotal")
	}
	fake.Tenant().DenyPermission("billing:manage")
	fake.Number(id).ChargeOutcome("")
	tenant.refused(t, 403, "PERMISSION_DENIED", "POST", pay, "")
	newCaller(t, fake.URL, fake.NumberKey(id)).refused(t, 403, "NUMBER_SCOPE_NOT_ALLOWED", "POST", pay, "")
	fake.Tenant().GrantPermission("billing:manage")
	assert.NotNil(t, unpaid(id)[0])
	assert.JSONEq(t, `{"ok":true,"status":"paid"}`, string(tenant.do(t, "POST", pay, "").body))
	assert.Equal(t, [2]any{nil, nil}, unpaid(id))
	fake.Number(id).ChargeOutcome("PAYMENT_FAILED")
	assert.JSONEq(t, `{"ok":true,"status":"not_required"}`, string(tenant.do(t, "POST", pay, "").body))
	tenant.refused(t, 404, "NUMBER_NOT_FOUND", "POST", numbersPath+"/num_9/pay", "")
	number.send(t, text)
	fake.Number(id).Disconnect()
	fake.Number(id).Connect()
	assert.Equal(t, [2]any{nil, nil}, unpaid(id), "only the first connection is charged")
	assert.InEpsilon(t, 94.5+31.5, tenant.object(t, 200, "GET", slotsPath, "")["monthlyTotalBRL"], 1e-9, "three are paid now")
}

func TestExtraNumberOutcomes(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	blocked := func(id string) bool { return tenant.number(t, id)["extraChargeUnpaidSince"] != nil }
	connect := func(phone, outcome string) string {
		id := tenant.create(t, phone)
		fake.Number(id).ChargeOutcome(outcome)
		fake.Number(id).Connect()
		return id
	}
	fake.Tenant().IncludedNumbers(3)
	assert.False(t, blocked(connect("+551140005000", "PAYMENT_FAILED")), "there is room for it")
	assert.False(t, blocked(connect("+551140005001", "")), "paid")
	assert.True(t, blocked(connect("+551140005002", "INSUFFICIENT_FUNDS")))
	assert.False(t, blocked(connect("+551140005003", "PAYMENT_PROVIDER_ERROR")), "no refusal")
	late := connect("+551140005004", "PAYMENT_FAILED")
	fake.Advance(7*24*time.Hour - 1)
	assert.Equal(t, "OPEN", tenant.state(t, late))
	fake.Advance(1)
	assert.Equal(t, "CLOSE", tenant.state(t, late))
	assert.True(t, blocked(late))
	assert.Equal(t, "2026-11-10T14:05:09.120Z", tenant.number(t, late)["extraChargeDisconnectAt"])
	fake.Number(late).Connect()
	fake.Advance(30 * 24 * time.Hour)
	assert.Equal(t, "OPEN", tenant.state(t, late), "it is cut off once")
	fake.Number(late).Unblock()
	assert.False(t, blocked(late))
	assert.Nil(t, tenant.number(t, late)["extraChargeDisconnectAt"])

	// An official number is blocked and never disconnected.
	out := tenant.object(t, 201, "POST", numbersPath+"/meta", `{"name":"L","number":"+551140005009","metaPhoneId":"1"}`)
	meta := member(t, out, "instance")["id"].(string)
	fake.Number(meta).ChargeOutcome("PAYMENT_FAILED")
	fake.Number(meta).BlockUnpaid()
	assert.Nil(t, tenant.number(t, meta)["extraChargeDisconnectAt"])
	tenant.refused(t, 402, "PAYMENT_FAILED", "POST", numbersPath+"/"+meta+"/pay", "")
}
