package pilotstatus_test

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

func (s *stage) makesProjects() {
	t, ctx := s.t, s.t.Context()
	made := map[string]bool{}
	for name, projects := range map[string]pilotstatus.ProjectsService{"number": s.number("num_1").Projects, "tenant": s.tenant().Projects} {
		for _, description := range []string{"", "of " + name} {
			s.Tenant().OtherForms(description == "")
			project, err := projects.Create(ctx, pilotstatus.CreateProjectRequest{Name: "Front desk", Description: description})
			require.NoError(t, err)
			assert.Equal(t, "Front desk", project.Name)
			assert.Equal(t, description, project.Description)
			assert.Equal(t, fakeStart(), project.CreatedAt.Time)
			assert.NotEmpty(t, project.Slug)
			made[project.ID] = true
			list, err := projects.List(ctx)
			require.NoError(t, err)
			assert.Len(t, list, len(made))
			assert.Contains(t, list, *project)
		}
	}
}
