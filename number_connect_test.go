package pilotstatus

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNumberIsCreatedByteForByte(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"+5511999990000", "+551199990000", "5511999990000", "+55 (11) 9-9999"} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/numbers", http.StatusCreated, `{"instance":{"id":"num_1"}}`)
		_, err := m.tenant(t).Numbers.Create(t.Context(), CreateNumberRequest{Name: "Sales", Number: number})
		require.NoError(t, err)
		assert.Equal(t, map[string]any{"name": "Sales", "number": number}, bodyOf(t, m.Requests()[0]))
	}
}

// A link to Meta's signup needs neither a name nor a number.
func TestPairingLinkForMeta(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, "/v1/numbers/remote-pairing", http.StatusCreated, `{"url":"https://a.example/x"}`)
	link, err := m.tenant(t).Numbers.CreatePairingLink(t.Context(), CreatePairingLinkRequest{Provider: ProviderMeta})
	require.NoError(t, err)
	assert.JSONEq(t, `{"provider":"META"}`, string(m.Requests()[0].Body))
	assert.JSONEq(t, `{"url":"https://a.example/x"}`, link.Raw.Reveal())
	assert.True(t, link.URL.IsZero())
	assert.True(t, link.Token.IsZero())
}

func TestPairingLinkFillsInWhatIsMissing(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]struct{ id, token string }{
		`{"instance":{"id":"num_1"},"remotePairingUrl":"https://a.example/connect/tok"}`: {"num_1", "tok"},
		`{"numberId":"num_2","instance":{"id":"num_1"},"remotePairingToken":"t2"}`:       {"num_2", "t2"},
		`{"remotePairingUrl":"https://a.example/connect/to%2Fk/?x=1#y"}`:                 {"", "k"},
		`{"remotePairingUrl":"https://a.example/","remotePairingToken":null}`:            {"", ""},
		`{"remotePairingUrl":"https://a.example"}`:                                       {"", ""},
		`{"remotePairingUrl":"://"}`:                                                     {"", ""},
		`{}`:                                                                             {"", ""},
	} {
		var link PairingLink
		require.NoError(t, decode([]byte(answer), &link), answer)
		assert.Equal(t, want.id, link.ID, answer)
		assert.Equal(t, want.token, link.Token.Reveal(), answer)
	}
	assert.Error(t, decode([]byte(`[1]`), new(PairingLink)))
}

func TestInstanceStateHasTwoNames(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]ConnectionState{
		`{"state":"OPEN","status":"CLOSE"}`: ConnectionStateOpen,
		`{"status":"CLOSE"}`:                ConnectionStateClosed,
		`{"state":"","status":"CLOSE"}`:     ConnectionStateClosed,
		`{"state":null}`:                    "",
		`null`:                              "",
	} {
		var instance Instance
		require.NoError(t, json.Unmarshal([]byte(answer), &instance), answer)
		assert.Equal(t, want, instance.State, answer)
	}
	assert.Error(t, new(Instance).UnmarshalJSON([]byte(`[1]`)))
}

func TestCreatedNumberHasItsCode(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`{"pairingCode":"AAAA-1111","primaryLink":{"pairingCode":"BBBB-2222"}}`:                     "AAAA-1111",
		`{"qrcodeBase64":null,"pairingCode":null,"primaryLink":{"pairingCode":"BBBB-2222"}}`:        "BBBB-2222",
		`{"primaryLink":{"qrcodeBase64":"data:image/png;base64,A","pairingCode":"CCCC-3333"}}`:      "CCCC-3333",
		`{"qrcodeBase64":"data:image/png;base64,A","primaryLink":{"pairingCode":"not of that QR"}}`: "",
		`{"primaryLink":null,"instance":{"id":"num_1"}}`:                                            "",
	} {
		var created CreatedNumber
		require.NoError(t, decode([]byte(answer), &created), answer)
		assert.Equal(t, want, created.PairingCode.Reveal(), answer)
	}
	for _, answer := range []string{`[1]`, `{"primaryLink":null}`} {
		assert.Error(t, decode([]byte(answer), new(CreatedNumber)), answer)
	}
}

func TestMetaNumberHasItsID(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		`{"id":"num_1"}`, `{"numberId":"num_1"}`, `{"instance":{"id":"num_1"}}`, `{"id":"x","numberId":"y","instance":{"id":"num_1"}}`,
	} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/numbers/meta", http.StatusCreated, answer)
		number, err := m.tenant(t).Numbers.CreateMeta(t.Context(), CreateMetaNumberRequest{Name: "Official"})
		require.NoError(t, err)
		assert.Equal(t, "num_1", number.ID, answer)
		assert.Equal(t, answer, number.Raw.Reveal())
		assert.JSONEq(t, `{"name":"Official"}`, string(m.Requests()[0].Body))
	}
}

// The answer of an official number is not documented: whatever comes with a success is
// a number that was added.
func TestMetaNumberBelievesEveryAnswer(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]MetaNumber{
		``:                 {},
		`null`:             {},
		`true`:             {},
		`"done"`:           {},
		`17`:               {},
		`[]`:               {},
		`[{"id":"num_1"}]`: {},
		`{}`:               {},
		`{"id":1,"numberId":{},"instance":"num_1","verifyToken":["vt"]}`: {ID: "1"},
		`{"id":1,"numberId":"num_1","instance":[]}`:                      {ID: "num_1"},
		`{"id":"num_1","verifyToken":7,"instance":{"state":"OPEN","quality":5}}`: {
			ID: "num_1", Instance: Instance{State: ConnectionStateOpen},
		},
		`{"instance":{"tenantId":5,"id":"num_1","number":"5511"}}`: {ID: "num_1", Instance: Instance{ID: "num_1", TenantID: "5", Number: "5511"}},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, "/v1/numbers/meta", http.StatusCreated, answer)
		m.answer(http.MethodPost, "/v1/meta-embedded/tok/complete", http.StatusOK, answer)
		created, err := m.tenant(t).Numbers.CreateMeta(t.Context(), CreateMetaNumberRequest{Name: "Official"})
		require.NoError(t, err, answer)
		completed, err := m.public(t).MetaOnboarding.Complete(t.Context(), "tok", CompleteMetaOnboardingRequest{})
		require.NoError(t, err, answer)
		for _, number := range []*MetaNumber{created, completed} {
			assert.Equal(t, answer, number.Raw.Reveal())
			number.Raw = Secret{}
			assert.Equal(t, want, *number, answer)
		}
	}
	m := newMockAPI(t)
	m.answer(http.MethodPost, "/v1/numbers/meta", http.StatusOK, `<!doctype html><p>Sign in</p>`)
	_, err := m.tenant(t).Numbers.CreateMeta(t.Context(), CreateMetaNumberRequest{Name: "Official"})
	assert.True(t, isA[*DecodeError](err))
}

func TestNumberStatusConnected(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]bool{
		`{"state":"OPEN"}`: true,
		`{"state":"open","stale":false,"isFullyConnected":true}`:  true,
		`{"state":"OPEN","isFullyConnected":null}`:                true,
		`{"state":"OPEN","stale":true}`:                           false,
		`{"state":"OPEN","isFullyConnected":false}`:               false,
		`{"state":"CLOSE","isFullyConnected":true}`:               false,
		`{"state":"CONNECTING"}`:                                  false,
		`{"state":"CONNECTED"}`:                                   false,
		`{"state":"STATE_OF_TOMORROW","stale":false}`:             false,
		`{"state":"OPEN","stale":true,"lastKnownAt":"yesterday"}`: false,
	} {
		var status NumberStatus
		require.NoError(t, json.Unmarshal([]byte(answer), &status), answer)
		assert.Equal(t, want, status.Connected(), answer)
	}
}

// The primary link is asked for without a word.
func TestPrimaryLinkIsNotNamed(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodGet, "/v1/numbers/num_1/connect", http.StatusOK, `{"qrcodeBase64":null,"pairingCode":null}`)
	m.answer(http.MethodGet, "/v1/numbers/num_1/status", http.StatusOK, `{"state":"CLOSE"}`)
	numbers := m.tenant(t).Numbers
	code, err := numbers.Connect(t.Context(), "num_1", DeviceOptions{})
	require.NoError(t, err)
	assert.True(t, code.QRCode.IsZero())
	assert.True(t, code.PairingCode.IsZero())
	_, err = numbers.Status(t.Context(), "num_1", DeviceOptions{})
	require.NoError(t, err)
	for _, sent := range m.Requests() {
		assert.NotContains(t, sent.URL, "?")
	}
}
