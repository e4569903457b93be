package pilotstatustest_test

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// A program that goes on running over a reset, and knows ids of before, meets none again.
func TestNoIDComesAgainAfterAReset(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]pilotstatustest.Option{nil, {pilotstatustest.WithIDs(7)}} {
		fake := pilotstatustest.NewServer(t, opts...)
		number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
		seen := map[string]bool{}
		for range 3 {
			for _, id := range []string{
				number.send(t, text), fake.Number("num_1").Receive(pilotstatustest.Inbound{From: "+5511999999999"}),
				fake.Number("num_1").AddLead(pilotstatustest.Lead{}),
			} {
				assert.False(t, seen[id], id)
				seen[id] = true
			}
			fake.Reset()
		}
		_, err := fake.Message("msg_000005")
		assertUnknown(t, err, "msg_000005", false)
	}
}

// The messages of a snapshot do not lie in the future of the server that begins with it.
func TestSnapshotKeepsTheTime(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	fake.Advance(26*time.Hour + 30*time.Minute)
	number.send(t, text)
	snapshot, err := pilotstatustest.ReadSnapshot(fake.Snapshot())
	require.NoError(t, err)
	again := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()), pilotstatustest.WithSnapshot(snapshot))
	assert.Equal(t, fake.Skipped(), again.Skipped())
	assert.Equal(t, again.Now(), again.Messages()[0].CreatedAt)
	again.Advance(time.Hour)
	again.Reset()
	assert.Equal(t, fake.Skipped(), again.Skipped())
	for _, skipped := range []string{"26", "-1h", "999999h"} {
		_, err := pilotstatustest.ReadSnapshot([]byte(`{"skipped": "` + skipped + `"}`))
		require.ErrorContains(t, err, "skipped is")
	}
}

// Why a request is refused is said in the words of the request.
func TestRefusalsSpeakOfTheRequest(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	for buttons, why := range map[string]string{
		`["Yes"]`: "body.buttons.0 cannot be a JSON string",
		`[{"type":"reply","id":"yes","title":"Yes"}]`: `a button of type "reply" needs label`,
		`[{"type":"url","label":"Open"}]`:             `a button of type "url" needs label and url`,
	} {
		body := `{"destinationNumber":"+5511999999999","text":"hi","buttons":` + buttons + `}`
		require.True(t, json.Valid([]byte(body)))
		assert.Equal(t, http.StatusBadRequest, number.do(t, http.MethodPost, sendPath, body).status)
		assert.Equal(t, "Validation error: "+why, lastRequest(fake).Refusal)
	}
}

// A send that was answered by the state that a reset puts there is there. The race detector
// says so where requests use the state that has gone.
func TestResetBetweenRequests(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(epoch()))
	key := fake.NumberKey("num_1")
	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() {
			number := newCaller(t, fake.URL, key)
			for range 20 {
				assert.Equal(t, http.StatusAccepted, number.try("POST", sendPath, text).status)
			}
		})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		senders.Wait()
	}()
	for going := true; going; {
		select {
		case <-done:
			going = false
		default:
			fake.Reset()
		}
	}
	_, err := fake.Message(newCaller(t, fake.URL, key).send(t, text))
	require.NoError(t, err)
}
