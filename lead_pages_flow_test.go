package pilotstatus_test

import (
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func sharedForm() pilotstatustest.LeadForm {
	return pilotstatustest.LeadForm{
		ID: offerForm, Name: "Spring offer", Status: "ACTIVE",
		Questions: []pilotstatustest.LeadQuestion{
			{Key: "full_name", Label: "Full name", Type: "FULL_NAME"},
			{Key: "size", Options: []pilotstatustest.LeadOption{{Key: "s", Value: "Small"}}},
		},
		Checkboxes: []pilotstatustest.LeadCheckbox{{Key: "optin_1", Text: "I agree"}},
	}
}

// leadPageClients are the clients that link Pages to the official number.
func (s *stage) leadPageClients() map[string]pilotstatus.LeadPagesService {
	return map[string]pilotstatus.LeadPagesService{
		"number": s.number("num_2").LeadPages, "tenant": s.tenant().LeadPages, "view": s.view("num_2").LeadPages,
	}
}

func (s *stage) linksLeadPages() {
	t, ctx := s.t, s.t.Context()
	s.Tenant().SharePage(storePage, "Acme Store", sharedForm())
	s.Tenant().SharePage("100200300401", "", sharedForm())
	s.Tenant().PageTasks("100200300401", []string{"ADVERTISE"})
	for name, pages := range s.leadPageClients() {
		list, err := pages.List(ctx)
		require.NoError(t, err, name)
		assert.Empty(t, list.Linked)
		assert.Equal(t, []pilotstatus.LeadPageCandidate{
			{PageID: storePage, PageName: "Acme Store", MissingTasks: []string{}},
			{PageID: "100200300401", MissingTasks: []string{"ADVERTISE"}},
		}, list.Candidates)
		assert.True(t, list.Configured)
		assert.Equal(t, pilotstatus.MetaLookupOK, list.CandidatesLookup)
		assert.Empty(t, list.EligibilityBlocker)

		s.Tenant().SubmitLead(pilotstatustest.Lead{PageID: storePage, FullName: "Early bird"})
		request := pilotstatus.LinkLeadPageRequest{PageID: storePage}
		if name == "tenant" {
			request.WhatsAppNumberID = "num_2"
		}
		link, err := pages.Link(ctx, request)
		require.NoError(t, err, name)
		assert.Equal(t, []string{storePage, "Acme Store", "num_2"}, []string{link.PageID, link.PageName, link.WhatsAppNumberID})
		assert.False(t, link.SubscribedAt.IsZero())
		s.Advance(time.Second)
		pushed := s.Tenant().SubmitLead(pilotstatustest.Lead{PageID: storePage, FullName: "Rita"})
		list, err = pages.List(ctx)
		require.NoError(t, err)
		require.Len(t, list.Linked, 1)
		assert.Positive(t, list.Linked[0].LeadsCount)
		s.resyncsLeadPage(pages, link)
		s.unlinksLeadPage(pages, link, pushed)
	}
	s.linksBrokenLeadPage()
	s.movesLeadPage()
}

func (s *stage) resyncsLeadPage(pages pilotstatus.LeadPagesService, link *pilotstatus.LeadPageLink) {
	t, ctx := s.t, s.t.Context()
	s.Advance(15 * time.Minute) // of the Page, also if it was linked anew
	resync, err := pages.Resync(ctx, link.PageLinkID)
	require.NoError(t, err)
	assert.True(t, resync.Started)
	assert.Equal(t, link.PageLinkID, resync.PageLinkID)
	assert.False(t, resync.SubscriptionRetried)
	s.Advance(time.Minute)
	_, err = pages.Resync(ctx, link.PageLinkID)
	var limited *pilotstatus.RateLimitError
	require.ErrorAs(t, err, &limited)
	assert.Equal(t, pilotstatus.CodeResyncCooldown, limited.Code)
	assert.Equal(t, 14*time.Minute, limited.RetryAfter)
	assert.Equal(t, 1, limited.Attempts)

	s.Advance(15 * time.Minute)
	s.Tenant().FailSubscription(storePage, "META_PERMISSION_MISSING")
	s.Tenant().FailSubscription(storePage, "")
	resync, err = pages.Resync(ctx, link.PageLinkID)
	require.NoError(t, err)
	assert.True(t, resync.SubscriptionRetried)
	assert.False(t, resync.SubscribedAt.IsZero())
	assert.Empty(t, resync.SubscriptionError)
}

func (s *stage) unlinksLeadPage(pages pilotstatus.LeadPagesService, link *pilotstatus.LeadPageLink, leadID string) {
	t, ctx := s.t, s.t.Context()
	leads := rows(t, s.number("num_2").Leads.All(ctx, pilotstatus.ListLeadsOptions{PageID: storePage}))
	require.NotEmpty(t, leads)
	_, err := s.number("num_2").Leads.Get(ctx, leadID)
	require.NoError(t, err)
	unlinked, err := pages.Unlink(ctx, link.PageLinkID)
	require.NoError(t, err)
	assert.Equal(t, &pilotstatus.UnlinkedLeadPage{Unlinked: true, PageLinkID: link.PageLinkID, DeletedLeads: int64(len(leads))}, unlinked)
	_, err = s.number("num_2").Leads.Get(ctx, leadID)
	require.ErrorIs(t, err, pilotstatus.CodeLeadNotFound)
	_, err = pages.Forms(ctx, link.PageLinkID)
	require.ErrorAs(t, err, new(*pilotstatus.NotFoundError))
}

// linksBrokenLeadPage links a Page whose leads Meta does not push, which is no error.
func (s *stage) linksBrokenLeadPage() {
	t, ctx := s.t, s.t.Context()
	link, err := s.number("num_2").LeadPages.Link(ctx, pilotstatus.LinkLeadPageRequest{PageID: "100200300401"})
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.LeadSubscriptionFailurePageAccessMissing, link.SubscriptionError)
	assert.True(t, link.SubscribedAt.IsZero())
	resync, err := s.number("num_2").LeadPages.Resync(ctx, link.PageLinkID)
	require.NoError(t, err)
	assert.True(t, resync.SubscriptionRetried)
	assert.Equal(t, pilotstatus.LeadSubscriptionFailurePageAccessMissing, resync.SubscriptionError)
	s.Tenant().PageTasks("100200300401", nil)
	_, err = s.number("num_2").LeadPages.Unlink(ctx, link.PageLinkID)
	require.NoError(t, err)
	list, err := s.tenant().LeadPages.List(ctx)
	require.NoError(t, err)
	assert.Nil(t, list.Candidates[1].MissingTasks, "Meta could not be asked")
	s.Tenant().NoOfficialNumber(true)
	list, err = s.tenant().LeadPages.List(ctx)
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.EligibilityBlockerNoOfficialNumber, list.EligibilityBlocker)
	s.Tenant().NoOfficialNumber(false)
}

// movesLeadPage moves a Page that sends automatically from one number to the other.
// A client of a number can only keep it where it is.
func (s *stage) movesLeadPage() {
	t, ctx := s.t, s.t.Context()
	for name, pages := range s.leadPageClients() {
		target := "num_2"
		if name == "tenant" {
			target = "num_1"
		}
		link, err := s.tenant().LeadPages.Link(ctx, pilotstatus.LinkLeadPageRequest{PageID: storePage, WhatsAppNumberID: "num_2"})
		require.NoError(t, err)
		_, err = pages.UpdateForm(ctx, link.PageLinkID, offerForm, pilotstatus.UpdateLeadFormRequest{
			AutoSendEnabled: true, TemplateID: pilotstatus.Ptr("tpl_1"),
			VariableMap: map[string]pilotstatus.VariableSource{"name": pilotstatus.FormField("full_name")},
		})
		require.NoError(t, err, name)
		for _, disabled := range []bool{true, false} {
			moved, err := pages.Move(ctx, link.PageLinkID, target)
			require.NoError(t, err, name)
			assert.Equal(t, target, moved.Link.WhatsAppNumberID)
			assert.Equal(t, disabled, moved.AutoSendDisabled, name)
		}
		_, err = s.tenant().LeadPages.Unlink(ctx, link.PageLinkID)
		require.NoError(t, err)
	}
}

func (s *stage) configuresLeadForms() {
	t, ctx := s.t, s.t.Context()
	hidden := sharedForm()
	hidden.ID, hidden.CheckboxesHidden = "900800701", true
	s.Tenant().SharePage(storePage, "Acme Store", sharedForm(), hidden)
	link, err := s.tenant().LeadPages.Link(ctx, pilotstatus.LinkLeadPageRequest{PageID: storePage, WhatsAppNumberID: "num_2"})
	require.NoError(t, err)
	for name, pages := range s.leadPageClients() {
		config, err := pages.UpdateForm(ctx, link.PageLinkID, offerForm, pilotstatus.UpdateLeadFormRequest{
			FormName: pilotstatus.Set("Spring of " + name), ConsentDisclaimerKey: pilotstatus.Ptr("optin_1"),
			AutoSendEnabled: true, TemplateID: pilotstatus.Ptr("tpl_1"),
			VariableMap: map[string]pilotstatus.VariableSource{
				"name": pilotstatus.FormField("full_name"), "shop": pilotstatus.StaticText(""),
			},
		})
		require.NoError(t, err, name)
		assert.Equal(t, "Spring of "+name, config.FormName)

		forms, err := pages.Forms(ctx, link.PageLinkID)
		require.NoError(t, err, name)
		assert.True(t, forms.NumberIsOfficial)
		assert.False(t, forms.FormsTruncated)
		assert.Equal(t, []pilotstatus.LeadFormTemplate{{ID: "tpl_1", Name: "onboarding-test", Variables: []string{"name"}}}, forms.Templates)
		require.Len(t, forms.Forms, 2)
		assert.Equal(t, pilotstatus.LeadForm{
			FormID: offerForm, FormName: "Spring offer", Status: "ACTIVE",
			Questions: []pilotstatus.LeadFormQuestion{
				{Key: "full_name", Label: "Full name", Type: "FULL_NAME", Options: []pilotstatus.LeadFormOption{}},
				{Key: "size", Label: "size", Options: []pilotstatus.LeadFormOption{{Key: "s", Value: "Small"}}},
			},
			ConsentCheckboxes: []pilotstatus.ConsentCheckbox{{Key: "optin_1", Text: "I agree"}}, ConsentAvailable: true, Config: config,
		}, forms.Forms[0])
		assert.False(t, forms.Forms[1].ConsentAvailable)
		assert.Nil(t, forms.Forms[1].Config)

		// What Forms returned can be written back as it is, and changed.
		update := forms.Forms[0].Config.Update()
		again, err := pages.UpdateForm(ctx, link.PageLinkID, offerForm, update)
		require.NoError(t, err)
		assert.Equal(t, config, again)
		update.AutoSendEnabled, update.FormName = false, pilotstatus.Null[string]()
		again, err = pages.UpdateForm(ctx, link.PageLinkID, offerForm, update)
		require.NoError(t, err)
		assert.False(t, again.AutoSendEnabled)
		assert.Empty(t, again.FormName)
	}
	s.sendsToLeads(link.PageLinkID)
}

// sendsToLeads has a lead sent a message automatically, from a number that is not official.
func (s *stage) sendsToLeads(linkID string) {
	t, ctx := s.t, s.t.Context()
	_, err := s.tenant().LeadPages.Move(ctx, linkID, "num_1")
	require.NoError(t, err)
	web := s.number("num_1")
	_, err = web.LeadPages.UpdateForm(ctx, linkID, offerForm, pilotstatus.UpdateLeadFormRequest{
		AutoSendEnabled: true, FreeText: pilotstatus.Ptr("Hello {{who}}"),
		VariableMap: map[string]pilotstatus.VariableSource{"who": pilotstatus.FormField("full_name")},
	})
	require.NoError(t, err)
	forms, err := web.LeadPages.Forms(ctx, linkID)
	require.NoError(t, err)
	assert.False(t, forms.NumberIsOfficial)
	assert.Empty(t, forms.Templates)
	id := s.Tenant().SubmitLead(pilotstatustest.Lead{PageID: storePage, FormID: offerForm, Phone: rita})
	answer, err := web.Leads.Get(ctx, id)
	require.NoError(t, err)
	assert.Equal(t, "SENT", answer.AutoSendStatus)
	assert.Equal(t, "num_1", answer.WhatsAppNumberID)
}
