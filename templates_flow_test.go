package pilotstatus_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

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
