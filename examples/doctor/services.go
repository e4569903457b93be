package main

import (
	"context"
	"reflect"

	"github.com/pilotstatus/pilotstatus-go"
)

// The services that clients of several kinds have.

// inbox examines the lists of messages and returns the page of the history.
func (x *examination) inbox(ctx context.Context, s pilotstatus.InboxService) *pilotstatus.Page[pilotstatus.HistoryMessage] {
	options := pilotstatus.ListInboxOptions{PageSize: pageSize}
	ask(ctx, x, "Inbox.Conversations", paged[pilotstatus.Conversation]("conversations"),
		func(ctx context.Context) (*pilotstatus.Page[pilotstatus.Conversation], error) {
			return s.Conversations(ctx, options)
		})
	ask(ctx, x, "Inbox.Unread", paged[pilotstatus.UnreadMessage]("messages"),
		func(ctx context.Context) (*pilotstatus.Page[pilotstatus.UnreadMessage], error) {
			return s.Unread(ctx, pilotstatus.ListUnreadOptions{PageSize: pageSize})
		})
	ask(ctx, x, "Inbox.GroupMessages", paged[pilotstatus.GroupMessage]("messages"),
		func(ctx context.Context) (*pilotstatus.Page[pilotstatus.GroupMessage], error) {
			return s.GroupMessages(ctx, options)
		})
	history, _ := ask(ctx, x, "Inbox.History", paged[pilotstatus.HistoryMessage]("messages"),
		func(ctx context.Context) (*pilotstatus.Page[pilotstatus.HistoryMessage], error) {
			return s.History(ctx, options)
		})
	return history
}

// leads examines the leads and the messages that ads brought.
func (x *examination) leads(ctx context.Context, leads pilotstatus.LeadsService, referrals pilotstatus.ReferralsService) {
	list, ok := ask(ctx, x, "Leads.List", paged[pilotstatus.Lead]("leads"),
		func(ctx context.Context) (*pilotstatus.Page[pilotstatus.Lead], error) {
			return leads.List(ctx, pilotstatus.ListLeadsOptions{PageSize: pageSize})
		})
	if ok && len(list.Items) > 0 {
		ask(ctx, x, "Leads.Get", inside[pilotstatus.Lead]("lead").with(reflect.TypeFor[noticeMember]()),
			func(ctx context.Context) (*pilotstatus.Lead, error) { return leads.Get(ctx, list.Items[0].ID) })
	}
	ask(ctx, x, "Referrals.List", paged[pilotstatus.ReferralMessage]("referrals").or(reflect.TypeFor[pilotstatus.ChatReferral]()),
		func(ctx context.Context) (*pilotstatus.Page[pilotstatus.ReferralMessage], error) {
			return referrals.List(ctx, pilotstatus.ListReferralsOptions{PageSize: pageSize})
		})
	ask(ctx, x, "Referrals.Summary", whole[pilotstatus.ReferralSummary](),
		func(ctx context.Context) (*pilotstatus.ReferralSummary, error) {
			return referrals.Summary(ctx, pilotstatus.ReferralsSummaryOptions{})
		})
}

// ads examines the results of ads and the linked Pages. The forms of the first Page come
// from Meta.
func (x *examination) ads(ctx context.Context, ads pilotstatus.AdsService, pages pilotstatus.LeadPagesService) {
	ask(ctx, x, "Ads.Summary", whole[pilotstatus.AdSummary](),
		func(ctx context.Context) (*pilotstatus.AdSummary, error) {
			return ads.Summary(ctx, pilotstatus.AdsSummaryOptions{})
		})
	list, ok := ask(ctx, x, "LeadPages.List", whole[pilotstatus.LeadPages](), pages.List)
	if !ok {
		return
	}
	for i, link := range list.Linked {
		if link.SubscribedAt.IsZero() {
			x.add(attention, numbered("Facebook Page", i), "Meta does not deliver its leads ("+wordOf(link.SubscriptionError)+")")
		}
	}
	if len(list.Linked) > 0 {
		ask(ctx, x, "LeadPages.Forms", whole[pilotstatus.LeadForms](),
			func(ctx context.Context) (*pilotstatus.LeadForms, error) {
				return pages.Forms(ctx, list.Linked[0].PageLinkID)
			})
	}
}

// projects examines what remains of an earlier API.
func (x *examination) projects(ctx context.Context, s pilotstatus.ProjectsService) { //nolint:staticcheck // to see when it ends
	ask(ctx, x, "Projects.List", rows[pilotstatus.Project]("projects", "data"), s.List) //nolint:staticcheck // as above
}
