package pilotstatus

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A session without its token is none.
func TestEmbedSessionWithoutToken(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, "/v1/embed/sessions", http.StatusCreated, `{"surface":"chat","token":null}`)
	_, err := m.number(t).EmbedSessions.Create(t.Context(), CreateEmbedSessionRequest{
		Surface: EmbedSurfaceChat, AllowedOrigins: []string{"https://app.example.test"},
	})
	require.ErrorContains(t, err, `the answer has no "token"`)
	assert.Equal(t, map[string]any{"surface": "chat", "allowedOrigins": []any{"https://app.example.test"}}, bodyOf(t, m.Requests()[0]))
}
