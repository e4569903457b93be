package pilotstatustest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func onboarding() pilotstatus.SendRequest {
	return pilotstatus.SendRequest{
		To:      pilotstatus.Phone("+5511999999999"),
		Content: pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "John"}},
	}
}

func TestClients(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()))
	number, tenant := fake.NumberClient("num_1"), fake.TenantClient()

	accepted, err := number.Messages.Send(t.Context(), onboarding())
	require.NoError(t, err)
	require.Len(t, fake.Messages(), 1)
	assert.Equal(t, fake.Messages()[0].ID, accepted.ID)
	fake.Advance(time.Second)
	message, err := number.Messages.Get(t.Context(), fake.Messages()[0].ExternalID)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.MessageStatusRead, message.Status)

	numbers, err := tenant.Numbers.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, numbers, 2)
	info, err := fake.PublicClient().Pairing.Info(t.Context(), fake.Tenant().PairingLink("num_1"))
	require.NoError(t, err)
	assert.NotZero(t, info)
	assert.Empty(t, fake.Requests()[len(fake.Requests())-1].Header.Get("x-api-key"))
	opened, err := tenant.OpenNumber(t.Context(), "num_2")
	require.NoError(t, err)
	_, err = opened.Messages.Send(t.Context(), onboarding())
	require.NoError(t, err)
	assert.Equal(t, "num_2", fake.Messages()[1].NumberID)
}

func TestClientOptionsComeLast(t *testing.T) {
	t.Parallel()
	fake, other := pilotstatustest.NewServer(t), pilotstatustest.NewServer(t)
	_, err := fake.TenantClient(pilotstatus.WithBaseURL(other.URL)).Numbers.List(t.Context())
	var unauthorized *pilotstatus.UnauthorizedError
	require.ErrorAs(t, err, &unauthorized)
	assert.Empty(t, fake.Requests())
	assert.Len(t, other.Requests(), 1)
}

func TestClientThatCannotBe(t *testing.T) {
	t.Parallel()
	tb := &fakeTB{}
	fake := pilotstatustest.NewServer(tb)
	defer tb.end()
	fake.NumberClient("num_9")
	fake.TenantClient(pilotstatus.WithBaseURL("ftp://nowhere"))
	fake.PublicClient(pilotstatus.WithBaseURL("ftp://nowhere"))
	require.Len(t, tb.failures, 3)
	assert.Contains(t, tb.failures[2], `pilotstatustest: public client: `)
	assert.Contains(t, tb.failures[0], `pilotstatustest: client of number "num_9": `)

	program := pilotstatustest.Start()
	defer program.Close()
	var invalid *pilotstatus.ValidationError
	_, err := program.NumberClient("num_9").Messages.Send(t.Context(), onboarding())
	require.ErrorAs(t, err, &invalid)
	_, err = program.TenantClient(pilotstatus.WithBaseURL("ftp://nowhere")).Numbers.List(t.Context())
	require.ErrorAs(t, err, &invalid)
	_, err = program.PublicClient(pilotstatus.WithBaseURL("ftp://nowhere")).Pairing.Info(t.Context(), "token")
	require.ErrorAs(t, err, &invalid)
	assert.Empty(t, program.Requests())
}

func TestLostAnswerIsNoSecondMessage(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Processed: true, Reset: true})
	quick := pilotstatus.WithRetry(pilotstatus.RetryPolicy{MaxRetries: 3, MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond})
	accepted, err := fake.NumberClient("num_1", quick).Messages.Send(t.Context(), onboarding())
	require.NoError(t, err)
	assert.True(t, accepted.Replayed)
	assert.Len(t, fake.Messages(), 1)
	assert.Len(t, fake.Requests(), 2)
}
