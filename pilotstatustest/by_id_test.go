package pilotstatustest_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// assertUnknown checks what is said of an id that the server does not have.
func assertUnknown(t *testing.T, err error, id string, dropped bool) {
	t.Helper()
	unknown, ok := errors.AsType[*pilotstatustest.UnknownIDError](err)
	require.True(t, ok, "%v of %q", err, id)
	assert.Equal(t, id, unknown.ID)
	assert.Equal(t, dropped, unknown.Dropped, id)
}

func TestRequestByID(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithKeep(3))
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	for range 5 {
		number.send(t, text)
	}
	for _, want := range fake.Requests() {
		got, err := fake.Request(want.ID)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, id := range []string{"", "req_", "req_000000", "req_000006", "req_4", "dlv_000004", "4"} {
		_, err := fake.Request(id)
		assertUnknown(t, err, id, false)
	}
	_, err := fake.Request("req_000002")
	assertUnknown(t, err, "req_000002", true)
	fake.Reset()
	_, err = fake.Request("req_000005")
	assertUnknown(t, err, "req_000005", false)
	number.send(t, text)
	got, err := fake.Request("req_000006")
	require.NoError(t, err)
	assert.Equal(t, http.StatusAccepted, got.Status)
}

func TestDeliveryByID(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()), pilotstatustest.WithKeep(2))
	r := newReceiver(t, nil)
	for range 2 {
		fake.Tenant().AddWebhook("num_1", "", r.URL, "message.received")
	}
	for range 3 {
		fake.Number("num_1").Receive(pilotstatustest.Inbound{From: "+5511999999999", Text: "hi"})
		require.NoError(t, fake.Flush(t.Context()))
	}
	all := fake.FindDeliveries(pilotstatustest.DeliveryQuery{}).Deliveries
	require.Len(t, all, 4)
	for _, want := range all {
		got, err := fake.Delivery(want.ID)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for id, dropped := range map[string]bool{"": false, "dlv_000002": true, "dlv_000007": false, "req_000003": false, "dlv_3": false} {
		_, err := fake.Delivery(id)
		assertUnknown(t, err, id, dropped)
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	all := pilotstatustest.Operations()
	assert.Equal(t, []string{"Messages.Send", "Messages.Get", "Messages.Cancel", "Inbox.Conversations"}, all[:4])
	assert.NotContains(t, all, "")
	seen := map[string]bool{}
	for _, op := range all {
		assert.False(t, seen[op], op)
		seen[op] = true
	}
	assert.Len(t, all, 91)
}

func TestMessagesThatReachedAStatus(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	n := fake.Number("num_1")
	reached := func(status string) []string {
		return find(fake, pilotstatustest.MessageQuery{Reached: status})
	}
	n.FailNext("DELIVERED_NOT_CONFIRMED", "")
	unconfirmed := number.send(t, text)
	first := number.send(t, text)
	assert.Equal(t, []string{first, unconfirmed}, reached("QUEUED"))
	assert.Empty(t, reached("SENT"))
	fake.Tenant().SetMessageStatus(first, "READ", "")
	fake.Advance(20 * time.Millisecond)
	fake.Advance(20 * time.Millisecond)
	in := n.Receive(pilotstatustest.Inbound{From: "+5511999999999", Text: "hi"})
	last := number.send(t, text)
	assert.Equal(t, []string{last, first, unconfirmed}, reached("QUEUED"))
	assert.Equal(t, []string{first, unconfirmed}, reached("SENT"))
	assert.Equal(t, []string{in, first}, reached("DELIVERED"))
	assert.Equal(t, []string{first}, reached("READ"))
	assert.Equal(t, []string{unconfirmed}, reached("FAILED"))
	assert.Empty(t, reached("PAUSED"))
}

// A wait that asks for a status that a message only passes does not miss it.
func TestWaitForAStatusThatIsPassed(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	id := number.send(t, text)
	for _, status := range []string{"READ", "DELIVERED", "SENT", "QUEUED"} {
		page, err := fake.WaitMessages(t.Context(), pilotstatustest.MessageQuery{Reached: status}, 1)
		require.NoError(t, err)
		assert.Equal(t, id, page.Messages[0].ID)
	}
}

// Hand-written messages have a status, and perhaps no times.
func TestReachedWithoutTimes(t *testing.T) {
	t.Parallel()
	snapshot, err := pilotstatustest.ReadSnapshot([]byte(`{"messages": [
		{"id": "msg_000001", "numberId": "num_1", "status": "READ", "body": ` + text + `},
		{"id": "msg_000002", "numberId": "num_1", "contact": "+5511999999999", "text": "hi"}
	]}`))
	require.NoError(t, err)
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithSnapshot(snapshot))
	assert.Equal(t, []string{"msg_000001"}, find(fake, pilotstatustest.MessageQuery{Reached: "SENT"}))
	assert.Equal(t, []string{"msg_000002", "msg_000001"}, find(fake, pilotstatustest.MessageQuery{Reached: "DELIVERED"}))
}

func TestExpiredQRCode(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	made := tenant.object(t, http.StatusCreated, http.MethodPost, "/v1/numbers", `{"name":"New","number":"+14155550123"}`)
	id := fake.Numbers()[2].ID
	device := func() pilotstatustest.DeviceInfo { return fake.Numbers()[2].Devices[0] }
	n := fake.Number(id)
	n.ConnectAfter(time.Second)
	assert.Equal(t, made["qrcodeBase64"], device().QRCode)

	begin := fake.Seq()
	n.ExpireQR()
	assert.Equal(t, begin+1, fake.Seq())
	assert.Equal(t, pilotstatustest.DeviceInfo{State: "CONNECTING"}, device())
	n.ExpireQR()
	assert.Equal(t, begin+1, fake.Seq(), "there is none any more")
	fake.Advance(time.Second)
	assert.Equal(t, "CONNECTING", device().State, "nobody has scanned it")

	again := tenant.object(t, http.StatusOK, http.MethodGet, "/v1/numbers/"+id+"/connect", "")
	assert.NotEqual(t, made["qrcodeBase64"], again["qrcodeBase64"])
	assert.Equal(t, again["qrcodeBase64"], device().QRCode)
	assert.Equal(t, again["pairingCode"], device().PairingCode)
}
