package pilotstatus_test

import (
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

func (s *stage) changesGroups() {
	t, ctx := s.t, s.t.Context()
	web := s.number("num_1")
	s.Number("num_1").AddNewsletter("120363000000000999@newsletter", "Aurora news")
	for _, wrapped := range []bool{false, true} {
		s.Tenant().WrapLists(wrapped)
		group, err := web.Groups.Create(ctx, pilotstatus.CreateGroupRequest{Subject: "Night shift", Participants: []string{"5511900001234"}})
		require.NoError(t, err)
		assert.Equal(t, "Night shift", group.Subject)
		assert.True(t, strings.HasSuffix(group.ID, "@g.us"))
		assert.Equal(t, []string{"5511900001234"}, memberIDs(group))

		list, err := web.Groups.List(ctx)
		require.NoError(t, err)
		assert.Contains(t, list, pilotstatus.Group{ID: group.ID, Subject: "Night shift"})

		_, err = web.Groups.AddParticipants(ctx, group.ID, pilotstatus.ChangeParticipantsRequest{Participants: []string{joana, rita}})
		require.NoError(t, err)
		_, err = web.Groups.RemoveParticipants(ctx, group.ID, pilotstatus.ChangeParticipantsRequest{Participants: []string{rita}})
		require.NoError(t, err)
		detail, err := web.Groups.Get(ctx, group.ID)
		require.NoError(t, err)
		assert.Equal(t, group.ID, detail.ID)
		assert.Equal(t, []string{
			"551130004000@s.whatsapp.net", "5511900001234@s.whatsapp.net", "5511988887777@s.whatsapp.net",
		}, memberIDs(detail))
		assert.Equal(t, "admin", detail.Participants[0].Role)

		channels, err := web.Newsletters.List(ctx)
		require.NoError(t, err)
		assert.Equal(t, []pilotstatus.Newsletter{{ID: "120363000000000999@newsletter", Name: "Aurora news"}}, channels)
		templates, err := web.Templates.List(ctx)
		require.NoError(t, err)
		assert.Len(t, templates, 1)
	}
	_, err := web.Groups.Get(ctx, "120363000000000000@g.us")
	require.ErrorAs(t, err, new(*pilotstatus.NotFoundError))

	s.Number("num_2").AllowGroups(true)
	s.Number("num_2").AddGroup("120363000000000778@g.us", "Team B", joana)
	list, err := s.number("num_2").Groups.List(ctx)
	require.NoError(t, err)
	assert.Equal(t, []pilotstatus.Group{{ID: "120363000000000778@g.us", Subject: "Team B"}}, list)
}

func memberIDs(g *pilotstatus.GroupDetail) []string {
	return idsOf(g.Participants, func(p pilotstatus.GroupParticipant) string { return p.ID })
}
