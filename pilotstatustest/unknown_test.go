package pilotstatustest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func TestUnknown(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	number.send(t, template)
	number.send(t, buttons)
	require.Empty(t, fake.Unknown())

	number.do(t, "GET", "/v1/flows/7/responses", "")
	odd := number.send(t, `{"destinationNumber":"+5511999999999","text":"hi","variables":{},"colour":"teal",`+
		`"buttons":[{"type":"reply","label":"A","icon":"x"}]}`)
	number.do(t, "POST", sendPath, `{"destinationNumber":"+5511999999999","media":"https://x.example/a","mediaType":"hologram"}`)
	number.do(t, "POST", webhooksPath, `{"url":"http://127.0.0.1:1/","name":"x","events":["message.sent","message.sung"]}`)
	fake.Advance(time.Second)
	number.do(t, "GET", "/v1/flows/7/responses", "")

	type use struct {
		kind  pilotstatustest.UnknownKind
		what  string
		times int
	}
	var got []use
	for _, u := range fake.Unknown() {
		got = append(got, use{u.Kind, u.What, u.Times})
	}
	assert.ElementsMatch(t, []use{
		{pilotstatustest.UnknownCall, "GET /v1/flows/7/responses", 2},
		{pilotstatustest.UnknownMember, "colour", 1},
		{pilotstatustest.UnknownMember, "buttons.icon", 1},
		{pilotstatustest.UnknownValue, "mediaType: hologram", 1},
		{pilotstatustest.UnknownValue, "events: message.sung", 1},
	}, got)
	assert.Equal(t, epoch().Add(time.Second), fake.Unknown()[0].Last)
	m, err := fake.Message(odd)
	require.NoError(t, err)
	assert.Equal(t, 2, m.Unknown)
	assert.Len(t, fake.FindRequests(pilotstatustest.RequestQuery{MessageID: odd}).Requests[0].Unknown, 2)
	fake.ClearUnknown()
	assert.Empty(t, fake.Unknown())
}

// A reset gives the server back as it was, and its keys stay.
func TestReset(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Tenant().AddWebhook("num_1", "", "http://127.0.0.1:1/")
	fake.Tenant().DeliveryRetries(3, time.Hour)
	fake.Inject(pilotstatustest.Fault{Op: "Numbers.List", Times: -1})
	number.send(t, text)
	fake.Advance(48 * time.Hour)
	ghost := fake.Number("num_1").As("+5511999999999")
	before := fake.Seq()

	fake.Reset()
	require.NoError(t, fake.Flush(t.Context()))
	assert.Equal(t, epoch(), fake.Now())
	assert.Empty(t, fake.Messages())
	assert.Empty(t, fake.Requests())
	assert.Empty(t, fake.Faults())
	assert.Empty(t, fake.Webhooks())
	assert.Greater(t, fake.Seq(), before)
	_, err := ghost.Say("hello", "")
	require.Error(t, err)
	number.send(t, text)
	assert.Len(t, fake.FindMessages(pilotstatustest.MessageQuery{After: before}).Messages, 1)
	assert.Equal(t, http.StatusOK, number.do(t, "GET", "/v1/conversations", "").status)
}

// The state of a delivery is that of its whole form.
func TestDeliveryState(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Tenant().AddWebhook("num_1", "", "http://127.0.0.1:1/")
	fake.Tenant().DeliveryRetries(0, 0)
	number.send(t, text)
	fake.Advance(time.Minute)
	require.NoError(t, fake.Flush(t.Context()))
	for _, d := range fake.FindDeliveries(pilotstatustest.DeliveryQuery{}).Deliveries {
		assert.Equal(t, pilotstatustest.DeliveryGivenUp, fake.DeliveryState(d.ID))
	}
	assert.Empty(t, fake.DeliveryState("dlv_999999"))
}

// Nothing after a reset has the id of something before it, but what is there at the start.
func TestIDsAfterAReset(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	seen := map[string]bool{}
	for range 2 {
		fake.Tenant().AddWebhook("num_1", "", "http://127.0.0.1:1/")
		fake.Inject(pilotstatustest.Fault{Op: "Numbers.List"})
		number.send(t, text)
		fake.Advance(time.Minute)
		ids := []string{fake.Requests()[0].ID, fake.Faults()[0].ID, fake.Messages()[0].ID, fake.Webhooks()[0].ID}
		for _, d := range fake.FindDeliveries(pilotstatustest.DeliveryQuery{}).Deliveries {
			ids = append(ids, d.ID)
		}
		require.Greater(t, len(ids), 4)
		for _, id := range ids {
			assert.False(t, seen[id], id)
			seen[id] = true
		}
		fake.Reset()
	}
}
