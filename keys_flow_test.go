package pilotstatus_test

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

func (s *stage) changesKeys() {
	t, ctx := s.t, s.t.Context()
	tenant, old := s.tenant(), s.number("num_1")
	own, err := old.Key.List(ctx)
	require.NoError(t, err)
	require.Len(t, own, 1)
	assert.Equal(t, s.Number("num_1").KeyID(), own[0].ID.Reveal())
	assert.Equal(t, s.NumberKey("num_1")[:7], own[0].KeyPrefix)
	assert.Equal(t, 30, own[0].RetentionDays)
	require.NotNil(t, own[0].WhatsAppInstance)
	assert.Equal(t, "551130004000", own[0].WhatsAppInstance.Number)

	s.Number("num_2").HideKey()
	keys, err := tenant.APIKeys.List(ctx)
	require.NoError(t, err)
	require.Len(t, keys, 2)
	assert.Equal(t, s.NumberKey("num_1"), keys[0].Key.Reveal())
	assert.True(t, keys[0].Revealable)
	assert.False(t, keys[1].Revealable)
	_, err = tenant.OpenNumber(ctx, "num_2")
	var unavailable *pilotstatus.KeyUnavailableError
	require.ErrorAs(t, err, &unavailable)
	assert.Equal(t, "num_2", unavailable.NumberID)

	regenerated, err := tenant.APIKeys.RegenerateNumber(ctx, "num_1")
	require.NoError(t, err)
	assert.Equal(t, "num_1", regenerated.NumberID)
	assert.Equal(t, s.NumberKey("num_1"), regenerated.Key.Reveal())
	_, err = old.Templates.List(ctx)
	require.ErrorAs(t, err, new(*pilotstatus.UnauthorizedError))
	renewed, err := pilotstatus.NewNumberClient(regenerated.Credential(), pilotstatus.WithBaseURL(s.URL), s.seen.from("number"))
	require.NoError(t, err)
	s.rotatesKeys(renewed)
}

func (s *stage) rotatesKeys(number *pilotstatus.NumberClient) {
	t, ctx := s.t, s.t.Context()
	rotated, err := number.Key.Rotate(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"number", "num_1"}, []string{string(rotated.Scope), rotated.WhatsAppNumberID})
	assert.Equal(t, s.NumberKey("num_1"), rotated.Key.Reveal())
	assert.Equal(t, fakeStart(), rotated.CreatedAt.Time)
	_, err = number.Key.List(ctx)
	require.ErrorAs(t, err, new(*pilotstatus.UnauthorizedError))
	next, err := pilotstatus.NewNumberClient(rotated.Credential(), pilotstatus.WithBaseURL(s.URL))
	require.NoError(t, err)
	_, err = next.Key.List(ctx)
	require.NoError(t, err)

	old := s.tenant()
	rotated, err = old.Key.Rotate(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"tenant", ""}, []string{string(rotated.Scope), rotated.WhatsAppNumberID})
	_, err = old.Numbers.List(ctx)
	require.ErrorAs(t, err, new(*pilotstatus.UnauthorizedError))
	tenant, err := pilotstatus.NewTenantClient(pilotstatus.APIKeyID(s.Tenant().KeyID()), pilotstatus.WithBaseURL(s.URL))
	require.NoError(t, err)
	_, err = tenant.Numbers.List(ctx)
	require.NoError(t, err, "the id of a key stands for the key")
}
