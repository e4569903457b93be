package pilotstatustest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// The code that is shown is the one that the API gave last.
func TestNumbersShowTheirCode(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()))
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	made := tenant.object(t, 201, "POST", "/v1/numbers", `{"name":"New","number":"+551199990001"}`)
	all := fake.Numbers()
	require.Len(t, all, 3)
	require.Len(t, all[2].Devices, 1)
	assert.Equal(t, "CONNECTING", all[2].State)
	assert.Equal(t, made["qrcodeBase64"], all[2].Devices[0].QRCode)
	assert.Equal(t, made["pairingCode"], all[2].Devices[0].PairingCode)
	again := tenant.object(t, 200, "GET", "/v1/numbers/"+all[2].ID+"/connect", "")
	assert.Equal(t, again["qrcodeBase64"], fake.Numbers()[2].Devices[0].QRCode)

	fake.Number(all[2].ID).Connect()
	assert.Empty(t, fake.Numbers()[2].Devices[0].QRCode)
	assert.Empty(t, all[1].Devices, "an official number has no device")
	assert.True(t, all[1].Official)
	fake.Number("num_1").BlockUnpaid()
	assert.Equal(t, epoch(), fake.Numbers()[0].BlockedSince)
}

// A number says since when it is disconnected.
func TestDisconnectedSince(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	n := fake.Number("num_1")
	since := func() time.Time { return fake.Numbers()[0].Disconnected }
	assert.Zero(t, since())
	fake.Advance(time.Hour)
	n.Disconnect()
	fake.Advance(time.Hour)
	n.Disconnect()
	assert.Equal(t, epoch().Add(time.Hour), since())
	n.Connect()
	assert.Zero(t, since())
}
