package pilotstatus_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	storePage = "100200300400"
	offerForm = "900800700"
	videoAd   = "238500001"
)

func (s *stage) readsLeads() {
	t, ctx := s.t, s.t.Context()
	s.Tenant().SharePage(storePage, "Acme Store", pilotstatustest.LeadForm{ID: offerForm, Name: "Spring offer"})
	var newest []string
	for i := range 7 {
		s.Advance(time.Minute)
		id := s.Number("num_2").AddLead(pilotstatustest.Lead{
			PageID: storePage, AdID: videoAd, Platform: "ig", Organic: pilotstatus.Ptr(false), FullName: fmt.Sprint("Rita ", i),
			Email: "rita@example.test", Phone: rita, Consent: pilotstatus.Ptr(true),
			Fields: []pilotstatustest.LeadField{{Key: "city", Label: "Your city", Values: []string{"Campinas"}}},
		})
		newest = append([]string{id}, newest...)
	}
	s.Tenant().ResolveAdNames(videoAd, pilotstatustest.AdNames{Ad: "Video A", Campaign: "Spring"})
	for name, leads := range map[string]pilotstatus.LeadsService{"number": s.number("num_2").Leads, "view": s.view("num_2").Leads} {
		all := rows(t, leads.All(ctx, pilotstatus.ListLeadsOptions{PageSize: 3}))
		assert.Equal(t, newest, idsOf(all, func(l pilotstatus.Lead) string { return l.ID }), name)
		page, err := leads.List(ctx, pilotstatus.ListLeadsOptions{
			FormID: offerForm, AdID: videoAd, PageID: storePage, StartDate: fakeStart().Add(time.Minute), EndDate: fakeStart().Add(2 * time.Minute),
		})
		require.NoError(t, err)
		assert.Len(t, page.Items, 2)
		assert.EqualValues(t, 2, page.Total)
		none, err := leads.List(ctx, pilotstatus.ListLeadsOptions{FormID: "1"})
		require.NoError(t, err)
		assert.Empty(t, none.Items)

		answer, err := leads.Get(ctx, newest[0])
		require.NoError(t, err)
		assert.Equal(t, all[0], *answer)
		assert.Empty(t, answer.Notice)
		assert.Equal(t, pilotstatus.Lead{
			ID: newest[0],
			LeadData: pilotstatus.LeadData{
				LeadgenID: answer.LeadgenID, WhatsAppNumberID: "num_2",
				PageID: storePage, PageName: "Acme Store", FormID: offerForm, FormName: "Spring offer",
				AdID: videoAd, AdNames: pilotstatus.AdNames{AdName: "Video A", CampaignName: "Spring"}, Platform: pilotstatus.LeadPlatformInstagram,
				IsOrganic: pilotstatus.Ptr(false), CreatedAt: answer.CreatedAt, FullName: "Rita 6", Email: "rita@example.test",
				Phone: "5511970001000", ConsentGiven: pilotstatus.Ptr(true),
				Fields: []pilotstatus.LeadField{{Key: "city", Label: "Your city", Values: []string{"Campinas"}}},
			},
			AutoSendStatus: "SKIPPED", Source: "WEBHOOK",
		}, *answer)
		_, err = leads.Get(ctx, answer.LeadgenID)
		require.ErrorIs(t, err, pilotstatus.CodeLeadNotFound)
	}
	s.Number("num_2").SetPIIMode(string(pilotstatus.PIIModeRelayOnly), 0)
	answer, err := s.number("num_2").Leads.Get(ctx, newest[0])
	require.NoError(t, err)
	assert.True(t, answer.Redacted)
	assert.Empty(t, answer.FullName+answer.Email+answer.Phone)
	assert.Empty(t, answer.Fields)
	assert.Equal(t, "Video A", answer.AdName)
	assert.Equal(t, pilotstatus.NoticePIIRelayOnly, answer.Notice)
}

// comesFromAd lets people come from an ad and one from a post.
func (s *stage) comesFromAd() (newest []string) {
	for i := range 5 {
		s.Advance(time.Minute)
		id := s.Number("num_2").AddReferral(pilotstatustest.Referral{
			SourceID: videoAd, SourceType: "ad", SourceURL: "https://fb.example.test/ad", Headline: "Spring", Body: "20% off",
			MediaType: "image", ImageURL: "https://fb.example.test/a.png", ClickID: fmt.Sprint("clid-", i),
			From: fmt.Sprintf("+55119700010%02d", i/2), Name: "Rita", Text: "Is this still available?",
		})
		newest = append([]string{id}, newest...)
	}
	s.Advance(time.Minute)
	id := s.Number("num_2").AddReferral(pilotstatustest.Referral{SourceID: "post_1", SourceType: "post", UserID: "BR.900100200300"})
	return append([]string{id}, newest...)
}

func (s *stage) readsReferrals() {
	t, ctx := s.t, s.t.Context()
	newest := s.comesFromAd()
	s.Tenant().ResolveAdNames(videoAd, pilotstatustest.AdNames{Ad: "Video A", AdsetID: "2385", Adset: "SP", CampaignID: "2384", Campaign: "Spring"})
	resolved := fakeStart().Add(6 * time.Minute)
	for name, referrals := range map[string]pilotstatus.ReferralsService{"number": s.number("num_2").Referrals, "view": s.view("num_2").Referrals} {
		all := rows(t, referrals.All(ctx, pilotstatus.ListReferralsOptions{PageSize: 4}))
		assert.Equal(t, newest, idsOf(all, func(m pilotstatus.ReferralMessage) string { return m.ID }), name)
		page, err := referrals.List(ctx, pilotstatus.ListReferralsOptions{SourceType: pilotstatus.ReferralSourceTypeAd, SourceID: videoAd, PageSize: 2})
		require.NoError(t, err)
		assert.EqualValues(t, 5, page.Total)
		assert.Equal(t, 3, page.TotalPages)
		message := page.Items[0]
		assert.Equal(t, "Is this still available?", message.Text)
		assert.Equal(t, "+5511970001002", message.ParticipantPhone)
		assert.Equal(t, pilotstatus.MessageDirectionInbound, message.Direction)
		assert.Equal(t, fakeStart().Add(5*time.Minute), message.ProviderTimestamp.Time)
		referral := *message.Referral
		assert.Equal(t, resolved, referral.NamesResolvedAt.Time)
		referral.NamesResolvedAt = pilotstatus.Timestamp{}
		assert.Equal(t, pilotstatus.ChatReferral{
			SourceID: videoAd, SourceType: pilotstatus.ReferralSourceTypeAd, SourceURL: "https://fb.example.test/ad", Headline: "Spring",
			Body: "20% off", MediaType: "image", ImageURL: "https://fb.example.test/a.png", CTWAClickID: "clid-4",
			AdNames: pilotstatus.AdNames{AdName: "Video A", AdSetID: "2385", AdSetName: "SP", CampaignID: "2384", CampaignName: "Spring"},
		}, referral)

		summary, err := referrals.Summary(ctx, pilotstatus.ReferralsSummaryOptions{StartDate: fakeStart(), EndDate: fakeStart().Add(time.Hour)})
		require.NoError(t, err)
		require.Len(t, summary.Ads, 2)
		assert.EqualValues(t, 2, summary.Total)
		assert.Equal(t, 200, summary.Limit)
		ad := summary.Ads[0]
		assert.Equal(t, []int64{3, 5}, []int64{ad.Conversations, ad.Messages})
		assert.Equal(t, []time.Time{fakeStart().Add(time.Minute), fakeStart().Add(5 * time.Minute)}, []time.Time{ad.FirstAt.Time, ad.LastAt.Time})
		assert.Equal(t, []string{videoAd, "Spring", "Video A", "SP"}, []string{ad.SourceID, ad.LastHeadline, ad.AdName, ad.AdSetName})
		assert.Empty(t, summary.Notice+summary.PIINotice)
	}
	s.hidesReferrals()
}

func (s *stage) hidesReferrals() {
	t, ctx := s.t, s.t.Context()
	referrals := s.number("num_2").Referrals
	s.Number("num_2").SetPIIMode(string(pilotstatus.PIIModeRelayOnly), 0)
	page, err := referrals.List(ctx, pilotstatus.ListReferralsOptions{SourceID: videoAd})
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.NoticePIIRelayOnly, page.Notice)
	require.Len(t, page.Items, 5)
	message := page.Items[0]
	assert.True(t, message.Redacted)
	assert.True(t, message.Referral.Redacted)
	assert.Equal(t, []string{videoAd, "Video A"}, []string{message.Referral.SourceID, message.Referral.AdName})
	assert.Empty(t, message.Text+message.ParticipantPhone+message.Referral.Headline+message.Referral.CTWAClickID)
	summary, err := referrals.Summary(ctx, pilotstatus.ReferralsSummaryOptions{})
	require.NoError(t, err)
	assert.Equal(t, pilotstatus.NoticePIIRelayOnly, summary.PIINotice)
	assert.Empty(t, summary.Ads[0].LastHeadline)
}

// The rows of the list can be the referral itself, without the message around it.
func TestBareReferralRows(t *testing.T) {
	t.Parallel()
	server := pilotstatustest.NewServer(t)
	server.Tenant().BareReferrals(true)
	for i := range 3 {
		server.Number("num_2").AddReferral(pilotstatustest.Referral{
			SourceID: videoAd, SourceType: "ad", ClickID: "click_" + strconv.Itoa(i), From: rita,
		})
	}
	all := rows(t, server.NumberClient("num_2").Referrals.All(t.Context(), pilotstatus.ListReferralsOptions{PageSize: 1}))
	require.Len(t, all, 3)
	assert.Equal(t, videoAd, all[0].Referral.SourceID)
}

func (s *stage) sumsUpAds() {
	t, ctx := s.t, s.t.Context()
	s.comesFromAd()
	s.Number("num_2").AddLead(pilotstatustest.Lead{AdID: videoAd})
	s.Number("num_1").AddReferral(pilotstatustest.Referral{SourceID: videoAd, SourceType: "ad", From: joana})
	for name, row := range map[string]struct {
		ads      pilotstatus.AdsService
		options  pilotstatus.AdsSummaryOptions
		messages int64
	}{
		"number":           {s.number("num_2").Ads, pilotstatus.AdsSummaryOptions{}, 5},
		"view":             {s.view("num_2").Ads, pilotstatus.AdsSummaryOptions{}, 5},
		"workspace":        {s.tenant().Ads, pilotstatus.AdsSummaryOptions{}, 6},
		"number by option": {s.tenant().Ads, pilotstatus.AdsSummaryOptions{WhatsAppNumberID: "num_2"}, 5},
		"window":           {s.tenant().Ads, pilotstatus.AdsSummaryOptions{EndDate: fakeStart().Add(2 * time.Minute)}, 2},
	} {
		summary, err := row.ads.Summary(ctx, row.options)
		require.NoError(t, err, name)
		require.NotEmpty(t, summary.Ads, name)
		ad := summary.Ads[0]
		assert.Equal(t, videoAd, ad.SourceID, name)
		assert.Equal(t, row.messages, ad.Messages, name)
		want := int64(1)
		if name == "window" {
			want = 0
		}
		assert.Equal(t, want, ad.LeadCount, name)
		assert.False(t, summary.Truncated)
	}
}

func (s *stage) linksAdAccounts() {
	t, ctx := s.t, s.t.Context()
	accounts := s.tenant().AdAccounts
	s.Tenant().ShareAdAccount("act_5550001", "Acme BR", true)
	s.Tenant().ShareAdAccount("act_5550002", "", true)
	list, err := accounts.List(ctx)
	require.NoError(t, err)
	assert.Empty(t, list.Linked)
	assert.Equal(t, []pilotstatus.AdAccountCandidate{
		{AdAccountID: "act_5550001", AdAccountName: "Acme BR", AccountStatus: 1}, {AdAccountID: "act_5550002", AccountStatus: 1},
	}, list.Candidates)
	assert.Equal(t, pilotstatus.MetaLookupOK, list.SharingLookup)
	assert.NotEmpty(t, list.PartnerBusinessID)

	link, err := accounts.Link(ctx, "act_5550001")
	require.NoError(t, err)
	assert.Equal(t, "Acme BR", link.AdAccountName)
	assert.Equal(t, fakeStart(), link.LinkedAt.Time)
	s.Tenant().UnshareAdAccount("act_5550001")
	list, err = accounts.List(ctx)
	require.NoError(t, err)
	require.Len(t, list.Linked, 1)
	assert.Equal(t, pilotstatus.Ptr(false), list.Linked[0].SharingActive)
	s.Tenant().MetaLookup("unavailable")
	list, err = accounts.List(ctx)
	require.NoError(t, err)
	assert.Nil(t, list.Linked[0].SharingActive)
	assert.Empty(t, list.Candidates)
	assert.Equal(t, pilotstatus.MetaLookupUnavailable, list.SharingLookup)

	require.NoError(t, accounts.Unlink(ctx, "act_5550001"))
	require.ErrorIs(t, accounts.Unlink(ctx, "act_5550001"), pilotstatus.CodeNotFound)
}
