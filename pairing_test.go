package pilotstatus

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The request with Meta's code prints nothing of it, and neither does the error of a
// server that repeats it.
func TestMetaCodeIsASecret(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, "/v1/meta-embedded/ey.tok/complete", http.StatusUnauthorized,
		`{"error":"session ey.tok with AQD-code-77 expired","code":"INVALID_SESSION"}`)
	request := CompleteMetaOnboardingRequest{PhoneNumberID: "1020", WABAID: "3040", Code: NewSecret("AQD-code-77")}
	_, err := m.public(t).MetaOnboarding.Complete(t.Context(), "ey.tok", request)
	require.ErrorIs(t, err, CodeInvalidSession)
	assert.False(t, isA[*UnauthorizedError](err))
	assert.NotContains(t, err.Error(), "AQD-code-77")
	assert.NotContains(t, err.Error(), "ey.tok")
	for _, form := range formsOfAnswer(t, request) {
		assert.NotContains(t, form, "AQD-code-77")
	}
}
