package pilotstatus

import (
	"cmp"
	"context"
	"iter"
	"time"
)

// ReferralMessage is the message with which a person came from an ad or a post. Its
// Referral is never nil in an answer. A row that comes without the message has no ID, but
// a Referral.SourceID.
type ReferralMessage struct{ HistoryMessage }

// UnmarshalJSON reads a message with its referral, and a row that is the referral.
func (m *ReferralMessage) UnmarshalJSON(data []byte) error {
	var message HistoryMessage
	if err := unmarshalAnswer(data, &message); err != nil {
		return err
	}
	if message.Referral == nil {
		message.Referral = new(ChatReferral)
		if err := unmarshalAnswer(data, message.Referral); err != nil {
			return err
		}
	}
	m.HistoryMessage = message
	return nil
}

// check refuses a row that names neither a message nor what brought it.
func (m *ReferralMessage) check() error {
	if m.ID == "" && m.Referral.SourceID == "" {
		return lacking("id")
	}
	return nil
}

// rowID falls back to the click where the row is the referral: all rows may come from
// one ad, and are not one row for that.
func (m *ReferralMessage) rowID() string {
	return cmp.Or(m.ID, m.Referral.SourceID+" "+m.Referral.CTWAClickID+" "+m.CreatedAt.Text())
}

// ReferralSummary is what ads and posts brought to a number.
type ReferralSummary struct {
	Ads   []ReferralSummaryAd `json:"ads" required:"true"` // those with the most conversations first
	Total int64               `json:"total"`
	Limit int                 `json:"limit"` // how many ads an answer can have

	// Truncated is set where ads are missing because there are more than Limit: ask
	// for fewer days at a time.
	Truncated bool   `json:"truncated" strict:"true"`
	Notice    string `json:"notice"` // explains Truncated, to people

	// PIINotice is [NoticePIIRelayOnly] where the number keeps no personal data, "" where
	// it does.
	PIINotice string `json:"piiNotice"`
}

// ReferralSummaryAd is what one ad or post brought. Group by ids: names can be
// changed at Meta.
type ReferralSummaryAd struct {
	SourceID      string             `json:"sourceId"`
	SourceType    ReferralSourceType `json:"sourceType"`
	Conversations int64              `json:"conversations"` // different ones: the count of leads of click-to-WhatsApp
	Messages      int64              `json:"messages"`
	FirstAt       Timestamp          `json:"firstAt"` // of the messages in the time asked for
	LastAt        Timestamp          `json:"lastAt"`
	LastSourceURL string             `json:"lastSourceUrl"` // of the newest message; "" on numbers that keep no personal data
	LastHeadline  string             `json:"lastHeadline"`
	AdNames

	// NamesResolvedAt is when Meta was last asked for the names and the ids of ad set and
	// campaign. Zero: never, because the ad account is not linked
	// ([AdAccountsService.Link]) or the ad is too fresh. A time without names: Meta gave
	// none.
	NamesResolvedAt Timestamp `json:"namesResolvedAt"`
}

// ListReferralsOptions choose referrals. The zero value is all of them.
type ListReferralsOptions struct {
	SourceID   string             // one ad or post
	SourceType ReferralSourceType // other than the documented ones it is [CodeInvalidSourceType]

	// StartDate and EndDate bound the time of the message, the end included. A start
	// after the end is [CodeInvalidDateRange].
	StartDate, EndDate time.Time

	Page     int // from 1; 0: the first
	PageSize int // 1 to 100; 0: the API's default of 30
}

func (o *ListReferralsOptions) pageFields() pageFields {
	return pageFields{&o.Page, o.PageSize, o.StartDate, o.EndDate}
}

func (o ListReferralsOptions) query() queryValues {
	q := o.pageFields().query()
	q.text("sourceId", o.SourceID)
	q.text("sourceType", string(o.SourceType))
	return q
}

// ReferralsSummaryOptions bound the time that [ReferralsService.Summary] counts.
type ReferralsSummaryOptions struct {
	// StartDate and EndDate bound the time of the messages. Zero: unbounded. A start
	// after the end is [CodeInvalidDateRange].
	StartDate, EndDate time.Time
}

func (o ReferralsSummaryOptions) query() queryValues {
	return spanQuery(o.StartDate, o.EndDate)
}

// ReferralsService reads which ads and posts led people to write to an official
// number. A key without the permission chat:read gets [CodePermissionDenied]. It is part of
// a [NumberClient] and of a [NumberView].
//
//   - [ReferralsService.List] returns one page of the messages that came from ads and
//     posts, the newest first
//   - [ReferralsService.All] returns the messages of all pages from opts.Page on
//   - [ReferralsService.Summary] counts conversations by ad and post
type ReferralsService struct{ client *Client }

// List returns one page of the messages that came from ads and posts, the newest
// first. Only the message that opens a conversation is one. The names in it are
// filled in later.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors: those of
// every call.
func (s ReferralsService) List(ctx context.Context, opts ListReferralsOptions) (*Page[ReferralMessage], error) {
	return invokePage[ReferralMessage](ctx, s.client, opReferralsList, input{query: opts}, "referrals")
}

// All returns the messages of all pages from opts.Page on. It asks for one page at a
// time and ends at the first error, which it yields. A message that arrives meanwhile
// moves the others, so that one may come twice: tell them apart by ID.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
func (s ReferralsService) All(ctx context.Context, opts ListReferralsOptions) iter.Seq2[ReferralMessage, error] {
	return allPages(ctx, opts, s.List)
}

// Summary counts conversations by ad and post. It comes whole, cut at
// [ReferralSummary].Limit ads: look at Truncated.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors: those of
// every call.
func (s ReferralsService) Summary(ctx context.Context, opts ReferralsSummaryOptions) (*ReferralSummary, error) {
	return invoke[ReferralSummary](ctx, s.client, opReferralsSummary, input{query: opts})
}
