package pilotstatus_test

import (
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

func (s *stage) makesEmbedSessions() {
	t, ctx := s.t, s.t.Context()
	origins := []string{"https://app.example.test", "http://localhost:3000"}
	for name, row := range map[string]struct {
		sessions pilotstatus.EmbedSessionsService
		create   pilotstatus.CreateEmbedSessionRequest
		numbers  []string
		life     time.Duration
	}{
		"number":  {s.number("num_1").EmbedSessions, pilotstatus.CreateEmbedSessionRequest{Surface: pilotstatus.EmbedSurfaceChat}, []string{"num_1"}, 15 * time.Minute},
		"chat":    {s.tenant().EmbedSessions, pilotstatus.CreateEmbedSessionRequest{Surface: pilotstatus.EmbedSurfaceChat, WhatsAppNumberIDs: []string{"num_1", "num_2"}, TTLSeconds: 60}, []string{"num_1", "num_2"}, time.Minute},
		"connect": {s.tenant().EmbedSessions, pilotstatus.CreateEmbedSessionRequest{Surface: pilotstatus.EmbedSurfaceConnect, BrandingOverride: pilotstatus.BrandingOverride{PrimaryColor: "#0A7F5A", HidePilotStatusBranding: pilotstatus.Ptr(true)}}, []string{}, 30 * time.Minute},
	} {
		row.create.AllowedOrigins = origins
		session, err := row.sessions.Create(ctx, row.create)
		require.NoError(t, err, name)
		assert.False(t, session.Token.IsZero())
		assert.Equal(t, row.create.Surface, session.Surface)
		assert.Equal(t, row.numbers, session.WhatsAppNumberIDs, name)
		assert.Equal(t, origins, session.AllowedOrigins)
		assert.Equal(t, fakeStart().Add(row.life), session.ExpiresAt.Time, name)
	}
}
