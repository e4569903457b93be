package pilotstatustest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// What belongs to a deleted number is not there, comes back with it, and is gone for
// good with it.
func TestWhatADeletedNumberHas(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	r := newReceiver(t, nil)
	id := hook(t, tenant.with("x-whatsapp-number-id", "num_1"), r.URL, "*")
	fake.Tenant().SharePage("1", "P")
	link := linkedPage(t, tenant, "1", "num_1")
	fake.Advance(time.Second)
	fake.Number("num_1").AddLead(pilotstatustest.Lead{PageID: "1", AdID: "5"})
	fake.Number("num_1").AddReferral(pilotstatustest.Referral{SourceID: "5"})
	count := func() []int {
		t.Helper()
		pages := tenant.object(t, 200, "GET", leadPagesPath, "")
		ads := tenant.object(t, 200, "GET", "/v1/ads/summary", "")
		return []int{len(tenant.list(t, webhooksPath)), len(pages["linked"].([]any)), len(pages["candidates"].([]any)), len(ads["ads"].([]any))}
	}
	assert.Equal(t, []int{1, 1, 0, 1}, count())
	flush(t, fake)
	r.forget()
	tenant.object(t, 200, "DELETE", numbersPath+"/num_1", "")
	assert.Equal(t, []int{0, 0, 0, 0}, count())
	refusesWith(t, tenant, 404, "WEBHOOK_NOT_FOUND", "GET", webhooksPath+"/"+id, "")
	refusesWith(t, tenant, 404, "NOT_FOUND", "DELETE", leadPagesPath+"/"+link, "")
	assert.Empty(t, fake.Tenant().SubmitLead(pilotstatustest.Lead{PageID: "1"}), "it waits")
	flush(t, fake)
	assert.Equal(t, "number.removed", r.names(t))

	tenant.object(t, 200, "POST", numbersPath+"/num_1/restore", "")
	assert.Equal(t, []int{1, 1, 0, 1}, count())
	tenant.object(t, 200, "DELETE", numbersPath+"/num_1", "")
	fake.Advance(31 * 24 * time.Hour)
	flush(t, fake)
	assert.Equal(t, "number.removed > number.restored > number.removed", r.names(t))
	assert.Equal(t, []int{0, 0, 1, 0}, count(), "the Page can be linked again")
	linkedPage(t, tenant, "1", "num_2")
	leads := newCaller(t, fake.URL, fake.NumberKey("num_2")).object(t, 200, "GET", "/v1/leads", "")
	assert.Empty(t, leads["leads"])
	fake.Advance(time.Second)
	leads = newCaller(t, fake.URL, fake.NumberKey("num_2")).object(t, 200, "GET", "/v1/leads", "")
	assert.Len(t, leads["leads"], 1, "what Meta kept")
	linked := tenant.object(t, 200, "GET", leadPagesPath, "")
	assert.Equal(t, []any{1.0}, columnOf(t, linked, "linked", "leadsCount"), "the leads of the other number went with it")

	number := tenant.create(t, "551140005000")
	hook(t, tenant.with("x-whatsapp-number-id", number), r.URL, "number.removed")
	r.forget()
	tenant.object(t, 200, "DELETE", numbersPath+"/"+number+"/purge", "")
	flush(t, fake)
	assert.Equal(t, number, r.data(t, "number.removed")["numberId"])
}

func TestBackfillOfADeletedNumber(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	r := newReceiver(t, nil)
	hook(t, tenant.with("x-whatsapp-number-id", "num_1"), r.URL, "lead.received")
	fake.Tenant().SharePage("1", "P")
	fake.Tenant().SubmitLead(pilotstatustest.Lead{PageID: "1"})
	linkedPage(t, tenant, "1", "num_1")
	tenant.object(t, 200, "DELETE", numbersPath+"/num_1", "")
	fake.Advance(time.Hour)
	flush(t, fake)
	assert.Empty(t, r.got())
	tenant.object(t, 200, "POST", numbersPath+"/num_1/restore", "")
	fake.Advance(time.Second)
	flush(t, fake)
	assert.Equal(t, "lead.received", r.names(t), "it comes when the number is back")
}

// AddReferral and Receive fill one store.
func TestReferralsAreMessages(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	one := fake.Number("num_1")
	ids := []any{
		one.Receive(pilotstatustest.Inbound{
			From: "5511970001000", Text: "first", Referral: &pilotstatustest.InboundReferral{SourceID: "5", AdName: "early"},
		}),
		one.AddReferral(pilotstatustest.Referral{From: "+5511970001000", SourceID: "5", Text: "second"}),
	}
	rows := number.inboxRows(t, historyPath)
	assert.ElementsMatch(t, ids, []any{rows[0]["id"], rows[1]["id"]})
	assert.Equal(t, rows[0]["conversationId"], rows[1]["conversationId"])
	assert.Equal(t, "2", inboxColumn(number.inboxRows(t, conversationsPath), "unreadCount"))
	out := number.object(t, 200, "GET", "/v1/referrals", "")
	assert.ElementsMatch(t, ids, columnOf(t, out, "referrals", "id"))
	ads := number.object(t, 200, "GET", "/v1/referrals/summary", "")
	assert.Equal(t, []any{[]any{2.0}, []any{1.0}},
		[]any{columnOf(t, ads, "ads", "messages"), columnOf(t, ads, "ads", "conversations")})

	fake.Tenant().ResolveAdNames("5", pilotstatustest.AdNames{Ad: "Video A"})
	for _, row := range number.inboxRows(t, historyPath) {
		assert.Equal(t, "Video A", row["referral"].(map[string]any)["adName"], "the history has the names, too")
	}
}
