package emulator

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A value that can match nothing is refused, whatever the parameter and the operation: else
// a test that nothing came would always succeed.
func TestParametersRefuseWhatCannotMatch(t *testing.T) {
	t.Parallel()
	e, err := New(Config{})
	require.NoError(t, err)
	defer e.Close()
	takesAnyText := []string{"key", "correlation", "text"}
	count := 0
	for _, r := range routes() {
		for _, p := range r.query {
			wrong := []string{p.name + "=", p.name + "=a&" + p.name + "=b"}
			if !slices.Contains(takesAnyText, p.name) && r.id != "streamEvents" { // which tells of it in its first event
				wrong = append(wrong, p.name+"=no+such+value", p.name+"=1x")
			}
			for _, query := range wrong {
				count++
				status, out := asked(t, e, r.method, r.path+"?"+query)
				assert.Equal(t, http.StatusBadRequest, status, "%s?%s", r.path, query)
				assert.Contains(t, out.Error, p.name+" is ", "%s?%s", r.path, query)
			}
		}
	}
	assert.Greater(t, count, 100)
}

// The sentence lists what there is.
func TestParametersListWhatThereIs(t *testing.T) {
	t.Parallel()
	e, err := New(Config{Webhooks: []string{"http://127.0.0.1:1/hook"}})
	require.NoError(t, err)
	defer e.Close()
	for query, says := range map[string]string{
		"wait?none=true&status=delivred":   "QUEUED, SENT, DELIVERED, READ, FAILED, CANCELED",
		"wait?none=true&reached=delivered": "QUEUED, SENT, DELIVERED, READ, FAILED, CANCELED",
		"wait?none=true&to=nobody":         "a phone such as +5511999990001",
		"messages?number=num_77":           "one of: num_1, num_2",
		"messages?direction=IN":            "INBOUND, OUTBOUND",
		"messages?template=onboarding-tst": "one of: onboarding-test",
		"messages?conversation=conv_77":    "GET conversations",
		"conversations":                    "number is missing",
		"conversations?number=num_77":      "one of: num_1, num_2",
		"requests?op=Messages.Sned":        "Messages.Send",
		"requests?message=msg_x":           "GET messages",
		"deliveries?state=acepted":         "waiting, accepted",
		"deliveries?event=message.snt":     "message.sent",
		"deliveries?webhook=wh_77":         "one of: wh_",
	} {
		status, out := asked(t, e, http.MethodGet, "/"+query)
		assert.Equal(t, http.StatusBadRequest, status, query)
		assert.Contains(t, out.Error, says, query)
	}
}

// What can match is taken: also a contact without a conversation, and a status that a
// message was given. A plus in a query is one.
func TestParametersTakeWhatCanMatch(t *testing.T) {
	t.Parallel()
	e, err := New(Config{})
	require.NoError(t, err)
	defer e.Close()
	id, err := e.Default().Engine.Number("num_1").As("+5511999990001").Say("Hello", "")
	require.NoError(t, err)
	require.NotEmpty(t, id)
	for query, total := range map[string]int{
		"to=+5511999990001": 1, "to=%2B5511999990001": 1, "to=5511999990001": 1, "text=+5511999990001": 1, "text=Hello": 1,
		"to=+5511999990002": 0, "to=BR.900100200300": 0, "to=120363040000000001@g.us": 0, "status=DELIVERED": 1, "before=" + id: 1,
	} {
		status, out := asked(t, e, http.MethodGet, "/messages?"+query)
		assert.Equal(t, http.StatusOK, status, query+out.Error)
		assert.Equal(t, total, out.Total, query)
	}
	status, _ := asked(t, e, http.MethodGet, "/wait?to=+5511999990001&none=true&wait=1ms&after=0")
	assert.Equal(t, http.StatusConflict, status)

	r := httptest.NewRequest(http.MethodDelete, "/v1/numbers/num_1", http.NoBody)
	r.Host = "localhost"
	r.Header.Set("X-Api-Key", e.Default().Engine.TenantKey())
	e.ServeHTTP(httptest.NewRecorder(), r)
	require.Len(t, e.Default().Engine.Numbers(), 1)
	for path, want := range map[string]int{"/requests": 200, "/deliveries": 200, "/messages": 400} {
		status, out := asked(t, e, http.MethodGet, path+"?number=num_1")
		assert.Equal(t, want, status, "of a number that was deleted: "+path+" "+out.Error)
	}
}

// said is what an answer may have.
type said struct {
	Error string
	Total int
}

func asked(t *testing.T, e *Emulator, method, path string) (int, said) {
	t.Helper()
	r := httptest.NewRequest(method, apiPath+path, http.NoBody)
	r.Host = "localhost"
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	var out said
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out), w.Body.String())
	return w.Code, out
}
