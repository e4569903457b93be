package pilotstatustest_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// began starts a server with a snapshot.
func began(t *testing.T, snapshot []byte, opts ...pilotstatustest.Option) *pilotstatustest.Server {
	t.Helper()
	read, err := pilotstatustest.ReadSnapshot(snapshot)
	require.NoError(t, err)
	return pilotstatustest.NewServer(t, append(opts, pilotstatustest.WithSnapshot(read), pilotstatustest.WithClock(epoch()))...)
}

func TestFilesCallsAndLeadsInASnapshot(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	one, two := fake.Number("num_1"), fake.Number("num_2")
	picture, err := one.As("+5511999999999").SendFile(pilotstatustest.File{Kind: "image", MimeType: "image/png", Data: []byte("png")}, "look")
	require.NoError(t, err)
	paper, err := two.As("+5511999999999").SendFile(pilotstatustest.File{Kind: "document", FileName: "a.pdf", Data: []byte("pdf")}, "")
	require.NoError(t, err)
	fake.Tenant().AddMedia("meta_1", "media_x", "audio/ogg", "", []byte("ogg"))
	voice := two.Receive(pilotstatustest.Inbound{From: "+5511999999999", Type: "audio", MediaID: "media_x"})
	fake.Tenant().ExpireMedia("media_x")
	call := one.Ring("+5511999999999")
	one.AnswerCall(call)
	lead := one.AddLead(pilotstatustest.Lead{
		FullName: "Ada", Phone: "+5511999999999", Consent: new(true), Fields: []pilotstatustest.LeadField{{Key: "size", Values: []string{"L"}}},
	})

	first := fake.Snapshot()
	again := began(t, first)
	assert.Equal(t, string(first), string(again.Snapshot()))
	for id, data := range map[string]string{picture: "png", paper: "pdf", voice: "ogg"} {
		file, err := again.MessageFile(id, "media")
		require.NoError(t, err)
		assert.Equal(t, data, string(file.Data))
	}
	assert.Equal(t, fake.Calls(), again.Calls())
	number := newCaller(t, again.URL, again.NumberKey("num_1"))
	assert.Equal(t, http.StatusOK, number.do(t, "GET", "/v1/calls/"+call, "").status)
	assert.Equal(t, http.StatusOK, number.do(t, "GET", "/v1/calls/"+fake.Calls()[0].ExternalID, "").status)
	shown := number.object(t, http.StatusOK, "GET", "/v1/leads/"+lead, "")["lead"].(map[string]any)
	old := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	assert.Equal(t, old.object(t, http.StatusOK, "GET", "/v1/leads/"+lead, "")["lead"], shown)
	again.Number("num_1").HangUp(call)
	assert.Equal(t, "COMPLETED", again.Calls()[0].Status)
	assert.NotEqual(t, lead, again.Number("num_1").AddLead(pilotstatustest.Lead{}))
}

// Files of a snapshot count for WithKeepBytes, but for those that nobody sent.
func TestFilesOfASnapshotAreBounded(t *testing.T) {
	t.Parallel()
	text := `{"files": [
		{"id": "media_3", "phoneNumberId": "551130004000", "sentAt": "2026-11-03T12:00:00Z", "data": "AAAA"},
		{"id": "media_2", "phoneNumberId": "551130004000", "sentAt": "2026-11-03T11:00:00Z", "data": "AAAA"},
		{"id": "media_1", "phoneNumberId": "meta_1", "data": "AAAA"}
	], "calls": [{"numberId": "num_1", "direction": "INBOUND", "status": "MISSED", "peer": "+5511999999999"}],
	"leads": [{"numberId": "num_2", "fullName": "Ada"}]}`
	text = strings.ReplaceAll(text, "AAAA", strings.Repeat("A", 4000))
	fake := began(t, []byte(text), pilotstatustest.WithKeepBytes(5000))
	assert.Equal(t, 1, fake.Lost().Files)
	for i, status := range []int{200, 404, 200} { // the answers count too, so the last one is asked for first
		id := "media_" + strconv.Itoa(3-i)
		assert.Equal(t, status, newCaller(t, fake.URL, "").do(t, "GET", "/files/"+id, "").status, id)
	}
	assert.Equal(t, "5511999999999", fake.Calls()[0].Peer)
	leads := newCaller(t, fake.URL, fake.NumberKey("num_2")).object(t, 200, "GET", "/v1/leads", "")
	assert.InDelta(t, 1, leads["total"], 0)
}

func TestMalformedFilesCallsAndLeads(t *testing.T) {
	t.Parallel()
	const call = `"numberId": "num_1", "direction": "INBOUND", "status": "MISSED", "peer": "1"`
	for text, reason := range map[string]string{
		`"files": [{"data": ""}]`:                                                    "a file has no id",
		`"files": [{"id": "a", "data": ""}, {"id": "a", "data": ""}]`:                `the file "a" is there twice`,
		`"files": [{"id": "a", "data": "?"}]`:                                        "/files/0/data",
		`"calls": [{"numberId": "num_9"}]`:                                           `there is no number "num_9"`,
		`"calls": [{"numberId": "num_1", "direction": "INBOUND", "status": "READ"}]`: `a call of the direction "INBOUND" with the status "READ"`,
		`"calls": [{"id": "call_2", ` + call + `}, {"id": "call_2", ` + call + `}]`:  "does not grow",
		`"leads": [{"numberId": "num_1", "id": "ld_x"}]`:                             "does not grow",
		`"messages": [{"numberId": "num_1", "contact": "+5511999999999", "text": "a"},
{"id": "cm_000009", "numberId": "num_1", "contact": "+5511999999999", "text": "b"}]`: `the message "cm_000009" has an id and one before it has none`,
		`"leads": [{"numberId": "num_9"}]`:                                               `there is no number "num_9"`,
		`"leads": [{"numberId": "num_1", "fields": [{"key": "a", "values": ["b", 1]}]}]`: "/leads/0/fields/0/values/1",
	} {
		_, err := pilotstatustest.ReadSnapshot([]byte("{\n" + text + "}"))
		require.ErrorContains(t, err, reason)
		assert.ErrorContains(t, err, fmt.Sprint("line ", 2+strings.Count(text, "\n")), text)
	}
}
