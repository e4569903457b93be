package pilotstatus

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The new key opens a client; an answer without it is not believed.
func TestRegeneratedKey(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, "/v1/api-keys", http.StatusCreated, `{"numberId":"num_1","keyId":"key_1","key":"ps_new_key_0123456789"}`)
	m.answer(http.MethodPost, sendPath, http.StatusAccepted, testAccepted)
	key, err := m.tenant(t).APIKeys.RegenerateNumber(t.Context(), "num_1")
	require.NoError(t, err)
	number, err := NewNumberClient(key.Credential(), m.options(nil)...)
	require.NoError(t, err)
	_, err = number.Messages.Send(t.Context(), testSend())
	require.NoError(t, err)
	assert.Equal(t, "ps_new_key_0123456789", m.Requests()[1].Header.Get("X-Api-Key"))

	m = newMockAPI(t)
	m.answer(http.MethodPost, "/v1/api-keys", http.StatusCreated, `[{"numberId":"num_1","keyId":"key_1"}]`)
	_, err = m.tenant(t).APIKeys.RegenerateNumber(t.Context(), "num_1")
	var unread *DecodeError
	require.ErrorAs(t, err, &unread)
	assert.True(t, unread.Accepted())

	m = newMockAPI(t)
	m.answer(http.MethodPost, "/v1/api-keys", http.StatusCreated, `{"numberId":"num_1","keyId":"key_1","key":null}`)
	_, err = m.tenant(t).APIKeys.RegenerateNumber(t.Context(), "num_1")
	require.ErrorContains(t, err, `the answer has no "key"`)

	_, err = NewNumberClient(NumberKey{NumberID: "num_1"}.Credential())
	require.ErrorContains(t, err, "APIKeys.RegenerateNumber")
}
