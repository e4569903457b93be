package browsertest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// A number that the service creates shows its code; a scan on the page ends the service's
// wait.
func TestScan(t *testing.T) {
	t.Parallel()
	p := start(t)
	tenant, err := pilotstatus.NewTenantClient(pilotstatus.APIKey(p.TenantAPIKey), pilotstatus.WithBaseURL(p.URL))
	require.NoError(t, err)
	b := open(t, p.URL, "numbers")
	created, err := tenant.Numbers.Create(t.Context(), pilotstatus.CreateNumberRequest{Name: "Front desk", Number: "+551130004077"})
	require.NoError(t, err)
	card := "#n-" + created.ID
	b.wait(`document.querySelector(%s)?.naturalWidth > 50`, card+" .qr img")

	ends := make(chan error, 1)
	status := make(chan *pilotstatus.NumberStatus, 1)
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	go func() {
		got, err := tenant.Numbers.WaitConnected(ctx, created.ID, pilotstatus.WaitConnectedOptions{
			Code: created.PairingCodes, StatusInterval: 20 * time.Millisecond,
			OnCode: func(context.Context, pilotstatus.PairingCodes) error { return nil },
		})
		status <- got
		ends <- err
	}()
	b.click(card + ` button[class~="act"]`)
	b.wait(`document.querySelector(%s)?.dataset.state === "open"`, card)
	require.NoError(t, <-ends)
	assert.True(t, (<-status).Connected())
	b.lacks(card + " .qr")
}

// What the page does to a number is what the service meets.
func TestBlockedNumber(t *testing.T) {
	t.Parallel()
	p := start(t)
	b := open(t, p.URL, "numbers")
	b.click(`#n-num_1 button[value="block"]`)
	b.wait(`document.querySelector("#n-num_1").dataset.state === "blocked"`)
	_, err := p.number("num_1").Messages.Send(t.Context(), pilotstatus.SendRequest{
		To: pilotstatus.Phone(ada), Content: pilotstatus.TextContent{Body: "Hello"},
	})
	require.ErrorIs(t, err, pilotstatus.CodeNumberBlocked)
	b.click(`#n-num_1 button[value="unblock"]`)
	b.wait(`document.querySelector("#n-num_1").dataset.state === "open"`)
	p.send("num_1", ada, "Hello")
}
