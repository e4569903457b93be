package emulator_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
)

// notebook keeps notices.
type notebook struct {
	mu    sync.Mutex
	texts []string
}

func (n *notebook) note(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.texts = append(n.texts, text)
}

func (n *notebook) all() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string{}, n.texts...)
}

// A refused request and a delivery that was given up are told of, of every tenant; what a
// fault broke is not.
func TestNotices(t *testing.T) {
	t.Parallel()
	var said notebook
	s := open(t, emulator.Config{Notice: said.note})
	tenant := s.post(t, "/tenants", nil)
	s.post(t, "/faults", object{"op": "Messages.Send", "status": 500})
	for range 2 { // the first one meets the fault
		_, err := send(t, s.URL, s.Default().Engine.NumberKey("num_1"), "+5511999990001", "")
		require.NoError(t, err, "the SDK tries again")
	}
	key := first(tenant["numbers"])["key"].(string)
	assert.Equal(t, http.StatusBadRequest, s.ask(t, http.MethodPost, "/v1/messages/send", map[string]string{"X-Api-Key": key}).StatusCode)

	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	s.post(t, "/webhooks", object{"numberId": "num_1", "url": strings.Replace(gone.URL, "//", "//user:pass@", 1) + "?token=t", "events": []any{"message.received"}})
	s.post(t, "/numbers/num_1/contacts/+5511999990001/say", object{"text": "Hello"})
	require.Eventually(t, func() bool {
		s.post(t, "/deliver-now", nil)
		return len(said.all()) == 2
	}, assertWithin, assertEvery)
	texts := said.all()
	slices.SortFunc(texts, strings.Compare) // each tenant tells for itself
	refused, given := texts[0], texts[1]
	assert.True(t, strings.HasPrefix(refused, "400 POST /v1/messages/send: "), refused)
	assert.Contains(t, refused, "see "+s.URL+"/t/"+tenant["id"].(string)+"/requests?request=req_")
	assert.Contains(t, given, "message.received to "+gone.URL+" was given up: ")
	for _, private := range []string{"99999", "user", "pass", "token"} {
		assert.NotContains(t, refused+given, private)
	}
}
