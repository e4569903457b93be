package pilotstatus_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
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

func (s *stage) writesTemplates() {
	t, ctx := s.t, s.t.Context()
	official := s.number("num_2")
	draft := pilotstatus.SubmitTemplateRequest{
		Name: "visit reminder!", Category: pilotstatus.TemplateCategoryUtility, Language: "pt_BR",
		Body: pilotstatus.TemplateBody{
			Header: &pilotstatus.TemplateHeader{Type: pilotstatus.TemplateHeaderTypeText, Text: "Hello {{clinic}}"},
			Text:   "Hi {{name}}, see you {{day}} at the clinic.", Footer: "Clinic Aurora",
			Buttons: []pilotstatus.TemplateButton{
				{Type: pilotstatus.TemplateButtonTypeQuickReply, Text: "Confirm"},
				{Type: pilotstatus.TemplateButtonTypeURL, Text: "Map", URL: "https://aurora.example/{{link}}"},
				{Type: pilotstatus.TemplateButtonTypePhoneNumber, Text: "Call", PhoneNumber: joana},
				{Type: pilotstatus.TemplateButtonTypeCopyCode, Code: "RECALL20"},
			},
		},
		Examples: map[string]string{"clinic": "Aurora", "name": "Lia", "day": "Tuesday", "link": "map"},
	}
	submitted, err := official.Templates.Create(ctx, draft)
	require.NoError(t, err)
	assert.Equal(t, "visit_reminder", submitted.Name)
	assert.Equal(t, pilotstatus.TemplateCategoryUtility, submitted.Category)
	assert.Equal(t, pilotstatus.TemplateStatusPending, submitted.MetaStatus)
	s.approvesAndSends(official, submitted)

	updated, err := official.Templates.Update(ctx, "visit_reminder", pilotstatus.SubmitTemplateRequest{
		Body: pilotstatus.TemplateBody{Text: "Dear {{name}}, we wait for you."}, Examples: map[string]string{"name": "Lia"},
	})
	require.NoError(t, err)
	assert.Equal(t, submitted.ID, updated.ID)
	assert.Equal(t, pilotstatus.TemplateStatusPending, updated.MetaStatus)
	s.Tenant().RejectTemplate(submitted.ID, "too little text")
	template, err := official.Templates.Get(ctx, submitted.ID)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.TemplateStatusRejected, template.MetaStatus)
	assert.Equal(t, "too little text", template.RejectionReason)
	assert.False(t, template.CanSend())
	assert.Equal(t, []string{"name"}, template.Variables)
	assert.Equal(t, "Dear {{name}}, we wait for you.", template.Text())
	assert.Equal(t, 2, versionOf(t, template))

	require.NoError(t, official.Templates.Delete(ctx, "visit_reminder"))
	_, err = official.Templates.Get(ctx, submitted.ID)
	require.ErrorIs(t, err, pilotstatus.CodeTemplateNotFound)
	s.writesWebTemplate()
}

// approvesAndSends sends a template before and after Meta approved it.
func (s *stage) approvesAndSends(official *pilotstatus.NumberClient, submitted *pilotstatus.SubmittedTemplate) {
	t, ctx := s.t, s.t.Context()
	request := pilotstatus.SendRequest{To: pilotstatus.Phone(joana), Content: pilotstatus.TemplateContent{
		ID: "visit_reminder", Variables: map[string]string{"clinic": "Aurora", "name": "Lia", "day": "Friday", "link": "x"},
	}}
	early, err := official.Messages.Send(ctx, request)
	require.NoError(t, err)
	s.Tenant().ApproveTemplate("visit_reminder")
	list, err := official.Templates.List(ctx)
	require.NoError(t, err)
	require.Len(t, list, 2)
	template := list[1]
	assert.Equal(t, submitted.ID, template.ID)
	assert.Equal(t, pilotstatus.TemplateStatusApproved, template.MetaStatus)
	assert.Equal(t, pilotstatus.TemplateSourceMeta, template.Source)
	assert.Equal(t, "pt_BR", template.Language)
	assert.Equal(t, []string{"clinic", "name", "day", "link"}, template.Variables)
	assert.Equal(t, "Hi {{name}}, see you {{day}} at the clinic.", template.Text())
	assert.True(t, template.CanSend())
	later, err := official.Messages.Send(ctx, request)
	require.NoError(t, err)
	s.Advance(time.Second)
	message, err := official.Messages.Get(ctx, early.ID)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.FailureMetaTemplateNotApproved, message.ErrorCode)
	message, err = official.Messages.Get(ctx, later.ID)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.MessageStatusRead, message.Status)
}

func versionOf(t *testing.T, template *pilotstatus.Template) int {
	t.Helper()
	var latest struct{ Version int }
	require.NoError(t, json.Unmarshal(template.LatestVersion, &latest))
	return latest.Version
}

// writesWebTemplate makes a template with each kind of media, which a web number can
// send at once.
func (s *stage) writesWebTemplate() {
	t, ctx := s.t, s.t.Context()
	web := s.number("num_1")
	for name, header := range map[string]pilotstatus.TemplateHeader{
		"none":  {Type: pilotstatus.TemplateHeaderTypeNone},
		"image": {Type: pilotstatus.TemplateHeaderTypeImage, Source: "https://aurora.example/a.png"},
		"video": {Type: pilotstatus.TemplateHeaderTypeVideo, Source: "https://aurora.example/a.mp4"},
		"paper": {Type: pilotstatus.TemplateHeaderTypeDocument, Source: "data:application/pdf;base64,JVBERi0="},
	} {
		submitted, err := web.Templates.Create(ctx, pilotstatus.SubmitTemplateRequest{
			Name: name, Category: pilotstatus.TemplateCategoryMarketing, Body: pilotstatus.TemplateBody{Header: &header, Text: "Come and see."},
		})
		require.NoError(t, err, name)
		assert.Empty(t, submitted.MetaStatus)
		for _, plain := range []bool{false, true} {
			s.Tenant().PlainTemplateBodies(plain)
			template, err := web.Templates.Get(ctx, name)
			require.NoError(t, err)
			assert.True(t, template.CanSend(), name)
			assert.Equal(t, "Come and see.", template.Text(), name)
			assert.Equal(t, pilotstatus.TemplateSourcePilotStatus, template.Source)
		}
	}
	_, err := web.Templates.Create(ctx, pilotstatus.SubmitTemplateRequest{Name: "image", Body: pilotstatus.TemplateBody{Text: "Again."}})
	var refused *pilotstatus.APIError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, http.StatusConflict, refused.StatusCode)
}

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

// A template with a Flow button answers the token that joins the answers to the send.
func TestFlowTemplateAnswersToken(t *testing.T) {
	t.Parallel()
	server := pilotstatustest.NewServer(t)
	id := server.Tenant().AddTemplate(pilotstatustest.Template{Name: "booking", Text: "Book here.", Flow: true})
	accepted, err := server.NumberClient("num_1").Messages.Send(t.Context(), pilotstatus.SendRequest{
		To: pilotstatus.Phone(joana), Content: pilotstatus.TemplateContent{ID: id},
	})
	require.NoError(t, err)
	assert.Equal(t, server.Messages()[0].FlowToken, accepted.FlowToken)
	assert.NotEmpty(t, accepted.FlowToken)
}
