package emulator_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
)

// Groups and newsletters speak, and webhooks hear of it as the API tells it.
func TestGroupsAndNewsletters(t *testing.T) {
	t.Parallel()
	url, asked := counter(t, nil)
	s := open(t, emulator.Config{Webhooks: []string{url}})
	const group, news = "120363040000000001@g.us", "120363040000000002@newsletter"
	s.post(t, "/numbers/num_1/groups", object{"id": group, "subject": "Hiking", "members": []any{"+5511999990001"}})
	said := s.post(t, "/numbers/num_1/contacts/+5511999990001/say", object{"text": "Who comes?", "groupId": group})
	assert.Equal(t, "+5511999990001", said["message"].(object)["senderPhone"])
	s.post(t, "/numbers/num_1/newsletters", object{"id": news, "name": "Weather"})
	wrote := s.post(t, "/numbers/num_1/newsletters/"+news+"/say", object{"text": "Rain"})
	assert.Equal(t, wrote["id"], wrote["message"].(object)["id"])

	names := map[any]any{}
	for _, chat := range s.get(t, "/conversations?number=num_1")["conversations"].([]any) {
		names[chat.(object)["kind"]] = chat.(object)["name"]
	}
	assert.Equal(t, map[any]any{"GROUP": "Hiking", "NEWSLETTER": "Weather"}, names)
	require.NoError(t, s.Default().Engine.Flush(t.Context()))
	assert.EqualValues(t, 2, asked.Load())
	assert.Len(t, s.get(t, "/deliveries?event=message.newsletter")["deliveries"], 1)

	for path, body := range map[string]object{
		"/groups":                       {"id": "hiking"},
		"/newsletters":                  {"id": "@newsletter"},
		"/newsletters/weather/say":      {"text": "Rain"},
		"/newsletters/" + news + "/say": {},
	} {
		status, out := s.call(t, http.MethodPost, "/numbers/num_1"+path, body)
		assert.Equal(t, http.StatusBadRequest, status, path)
		assert.Equal(t, "INVALID", out["code"], path)
	}
	status, out := s.call(t, http.MethodPost, "/numbers/num_1/groups", object{"id": group, "members": []any{"Ana"}})
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, out["error"], `"Ana"`)
}

// A call goes as the person wants, where it can.
func TestCalls(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	call := s.post(t, "/numbers/num_1/contacts/+5511999990001/call", nil)["id"].(string)
	assert.Equal(t, "RINGING", first(s.get(t, "/calls")["list"])["status"])
	assert.Equal(t, "ACCEPTED", s.post(t, "/calls/"+call+"/answer", nil)["status"])
	assert.Equal(t, "COMPLETED", s.post(t, "/calls/"+call+"/hang-up", nil)["status"])
	status, out := s.call(t, http.MethodPost, "/calls/"+call+"/hang-up", nil)
	assert.Equal(t, http.StatusConflict, status)
	assert.Equal(t, "CALL_IS_COMPLETED", out["code"])
	for path, want := range map[string]string{"decline": "REJECTED", "miss": "MISSED"} {
		again := s.post(t, "/numbers/num_1/contacts/+5511999990001/call", nil)["id"].(string)
		assert.Equal(t, want, s.post(t, "/calls/"+again+"/"+path, nil)["status"])
	}
	status, out = s.call(t, http.MethodPost, "/calls/call_9/answer", nil)
	assert.Equal(t, http.StatusNotFound, status)
	assert.Equal(t, "NO_SUCH_CALL", out["code"])
}

// A call that the number begins rings when the phone of the person does.
func TestCallOfTheNumber(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(s.Default().Engine.NumberKey("num_1")), pilotstatus.WithBaseURL(s.URL))
	require.NoError(t, err)
	call, err := client.Calls.Start(t.Context(), pilotstatus.StartCallRequest{To: "+5511999990001"})
	require.NoError(t, err)
	assert.Equal(t, "RINGING", s.post(t, "/calls/"+call.ID+"/ring", nil)["status"])
}

// What happens to a number outside the API.
func TestHealthAndPicture(t *testing.T) {
	t.Parallel()
	url, asked := counter(t, nil)
	s := open(t, emulator.Config{Webhooks: []string{url}})
	assert.Equal(t, "num_1", s.post(t, "/numbers/num_1/health", object{"event": "number.health_degraded"})["id"])
	require.NoError(t, s.Default().Engine.Flush(t.Context()))
	assert.EqualValues(t, 1, asked.Load())
	assert.Len(t, s.get(t, "/deliveries?event=number.health_degraded")["deliveries"], 1)
	status, out := s.call(t, http.MethodPost, "/numbers/num_1/health", object{"event": "poor"})
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, out["error"], "number.recovered")

	sent := s.post(t, "/numbers/num_1/contacts/+5511999990001/picture", object{"caption": "See"})
	media := sent["message"].(object)["content"].(object)["media"].(object)
	status, body := s.raw(t, http.MethodGet, "/messages/"+sent["id"].(string)+"/files/"+media["part"].(string), nil)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "\x89PNG", body[:4])
	s.post(t, "/numbers/num_1/scan-second", nil)
}

// A code that has expired is not shown any more, and the next question shows another.
func TestExpiredCode(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	client, err := pilotstatus.NewTenantClient(pilotstatus.APIKey(s.Default().Engine.TenantKey()), pilotstatus.WithBaseURL(s.URL))
	require.NoError(t, err)
	s.post(t, "/numbers/num_1/disconnect", nil)
	shown, err := client.Numbers.Connect(t.Context(), "num_1", pilotstatus.DeviceOptions{})
	require.NoError(t, err)
	code := func(number object) any { return first(number["devices"])["qrCode"] }
	assert.Equal(t, shown.QRCode.Reveal(), code(s.get(t, "/numbers/num_1")))
	assert.Empty(t, code(s.post(t, "/numbers/num_1/expire", nil)))
	again, err := client.Numbers.Connect(t.Context(), "num_1", pilotstatus.DeviceOptions{})
	require.NoError(t, err)
	assert.Equal(t, again.QRCode.Reveal(), code(s.get(t, "/numbers/num_1")))
	assert.NotEqual(t, shown.QRCode.Reveal(), again.QRCode.Reveal())
}
