package pilotstatus

import (
	"cmp"
	"context"
	"iter"
	"time"
)

// ReferralMessage is the message with which a person came from an ad or a post. In an
// answer its Referral is never nil. A row without the message has no ID, only a
// Referral.SourceID.
type ReferralMessage struct {
	HistoryMessage `required:"-"`
}

// complete sets Referral in a row that is the referral alone.
func (m *ReferralMessage) complete(text []byte) {
	if m.Referral == nil {
		m.Referral = new(ChatReferral)
		_ = unmarshalAnswer(text, m.Referral) // the message in it could be read
	}
}

// check refuses a row that has neither a message id nor a source id.
func (m *ReferralMessage) check([]byte) error {
	if m.ID == "" && m.Referral.SourceID == "" {
		return lacking("id")
	}
	return nil
}

// rowID identifies a row without a message by its click. The source id alone is not enough,
// because many rows can come from one ad.
func (m *ReferralMessage) rowID() string {
	return cmp.Or(m.ID, m.Referral.SourceID+" "+m.Referral.CTWAClickID+" "+m.CreatedAt.Text())
}

// ReferralSummary counts the conversations that ads and posts started with a number.
type ReferralSummary struct {
	Ads   []ReferralSummaryAd `json:"ads" required:"true"` // sorted by conversations, the most first
	Total int64               `json:"total"`
	Limit int                 `json:"limit"` // the largest number of ads in an answer

	// Truncated is true if there are more than Limit ads. The rest is missing: ask for
	// fewer days at a time.
	Truncated bool   `json:"truncated" strict:"true"`
	Notice    string `json:"notice"` // a text for people that explains Truncated

	// PIINotice is [NoticePIIRelayOnly] if the number stores no personal data, and ""
	// otherwise.
	PIINotice string `json:"piiNotice"`
}

// ReferralSummaryAd counts the results of one ad or post. Group by ids, because names can
// change at Meta.
type ReferralSummaryAd struct {
	SourceID      string             `json:"sourceId"`
	SourceType    ReferralSourceType `json:"sourceType"`
	Conversations int64              `json:"conversations"` // distinct conversations, which is the lead count of click-to-WhatsApp
	Messages      int64              `json:"messages"`
	FirstAt       Timestamp          `json:"firstAt"` // of the messages in the requested period
	LastAt        Timestamp          `json:"lastAt"`
	LastSourceURL string             `json:"lastSourceUrl"` // of the newest message; "" on numbers that store no personal data
	LastHeadline  string             `json:"lastHeadline"`
	AdNames

	// NamesResolvedAt is when the API last asked Meta for the names and the ids of ad set
	// and campaign. Zero means never: the ad account is not linked
	// ([AdAccountsService.Link]), or the ad is too new. A time without names means that
	// Meta returned no names.
	NamesResolvedAt Timestamp `json:"namesResolvedAt"`
}

// ListReferralsOptions filters referrals. The zero value selects all of them.
type ListReferralsOptions struct {
	SourceID   string             `query:"sourceId"`   // one ad or post
	SourceType ReferralSourceType `query:"sourceType"` // an undocumented value is [CodeInvalidSourceType]

	// StartDate and EndDate limit the time of the message; the end is included. A start
	// after the end is [CodeInvalidDateRange].
	StartDate time.Time `query:"startDate"`
	EndDate   time.Time `query:"endDate"`

	Page     int `query:"page"`     // from 1; 0: the first
	PageSize int `query:"pageSize"` // 1 to 100; 0: the API's default of 30
}

func (o *ListReferralsOptions) page() *int { return &o.Page }

// ReferralsSummaryOptions selects the period that [ReferralsService.Summary] counts.
type ReferralsSummaryOptions struct {
	// StartDate and EndDate limit the time of the messages. Zero means no limit. A start
	// after the end is [CodeInvalidDateRange].
	StartDate time.Time `query:"startDate"`
	EndDate   time.Time `query:"endDate"`
}

// ReferralsService reads which ads and posts led people to write to an official number. A
// key without the permission chat:read gets [CodePermissionDenied]. It is part of a
// [NumberClient] and of a [NumberView].
//
//   - [ReferralsService.List] returns one page of messages from ads, the newest first
//   - [ReferralsService.All] iterates over the messages of all pages
//   - [ReferralsService.Summary] counts conversations by ad and post
type ReferralsService struct{ client *Client }

// List returns one page of the messages that came from ads and posts, the newest first.
// Only the first message of a conversation counts. The API fills in the names of ads later.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors:
// [CodeInvalidSourceType], [CodeInvalidDateRange] and those of every call.
func (s ReferralsService) List(ctx context.Context, opts ListReferralsOptions) (*Page[ReferralMessage], error) {
	return invokePage[ReferralMessage](ctx, s.client, opReferralsList, input{query: opts}, "referrals")
}

// All iterates over the messages of all pages, from opts.Page on. It requests a page when
// the loop reaches it, and ends at the first error, which it yields. A message that arrives
// meanwhile moves the others, so a message may come twice: compare ids.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
func (s ReferralsService) All(ctx context.Context, opts ListReferralsOptions) iter.Seq2[ReferralMessage, error] {
	return allPages(ctx, opts, s.List)
}

// Summary counts conversations by ad and post. The answer is one list of at most
// [ReferralSummary].Limit ads: check Truncated.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors:
// [CodeInvalidDateRange] and those of every call.
func (s ReferralsService) Summary(ctx context.Context, opts ReferralsSummaryOptions) (*ReferralSummary, error) {
	return invoke[ReferralSummary](ctx, s.client, opReferralsSummary, input{query: opts})
}
