package pilotstatus

import (
	"context"
	"strings"
	"time"
)

// AdSummary is what ads and posts brought to a number or to all numbers of a
// workspace.
type AdSummary struct {
	Ads   []AdSummaryAd `json:"ads" required:"true"` // those with the most conversations first
	Total int64         `json:"total"`
	Limit int           `json:"limit"` // how many ads an answer can have

	// Truncated is set where ads are missing because there are more than Limit: ask
	// for fewer days at a time.
	Truncated bool `json:"truncated" strict:"true"`
}

// AdSummaryAd is what one ad or post brought.
type AdSummaryAd struct {
	ReferralSummaryAd

	LeadCount int64 `json:"leadCount"` // forms filled in from this ad, in the same time
}

// AdsSummaryOptions choose what [AdsService.Summary] counts.
type AdsSummaryOptions struct {
	// StartDate and EndDate bound the time of messages and leads. Zero: unbounded. A
	// start after the end is [CodeInvalidDateRange].
	StartDate, EndDate time.Time

	// WhatsAppNumberID is the number to count for, on a [TenantClient]; "" is the whole
	// workspace. A [NumberView] names its number already and refuses another one here.
	WhatsAppNumberID string
}

func (o AdsSummaryOptions) query() queryValues {
	q := spanQuery(o.StartDate, o.EndDate)
	q.text("whatsappNumberId", o.WhatsAppNumberID)
	return q
}

// MetaLookup says whether Meta could be asked. The set is open.
type MetaLookup string

// The documented outcomes.
const (
	MetaLookupOK            MetaLookup = "ok"
	MetaLookupUnavailable   MetaLookup = "unavailable"    // Meta could not be asked
	MetaLookupNotConfigured MetaLookup = "not_configured" // the platform's integration is not set up
)

// AdAccounts are the ad accounts whose ads the workspace can name.
type AdAccounts struct {
	Linked []LinkedAdAccount `json:"linked" required:"true"`

	// Candidates are accounts that are shared with the platform, belong to ads of this
	// workspace and are not linked yet. Without SharingLookup [MetaLookupOK] an empty list
	// says nothing.
	Candidates []AdAccountCandidate `json:"candidates"`

	// PartnerBusinessID is the platform's portfolio at Meta, to which the advertiser
	// grants ads_read on the ad account as a partner. "": the integration is not set up.
	PartnerBusinessID string `json:"partnerBusinessId"`

	SharingLookup MetaLookup `json:"sharingLookup"`
}

// LinkedAdAccount is an ad account that is linked.
type LinkedAdAccount struct {
	AdAccountID   string    `json:"adAccountId"`
	AdAccountName string    `json:"adAccountName"`
	LinkedAt      Timestamp `json:"linkedAt"`

	// SharingActive is whether the advertiser still shares the account. nil: Meta could
	// not be asked, which does not mean that it is revoked.
	SharingActive *bool `json:"sharingActive"`
}

// AdAccountCandidate is an ad account that can be linked.
type AdAccountCandidate struct {
	AdAccountID   string `json:"adAccountId"`
	AdAccountName string `json:"adAccountName"`
	AccountStatus int    `json:"accountStatus"` // Meta's number, 1 is active; 0 where Meta did not say
}

// AdAccountLink is the answer of [AdAccountsService.Link].
type AdAccountLink struct {
	AdAccountID   string    `json:"adAccountId" required:"true"`
	AdAccountName string    `json:"adAccountName"`
	LinkedAt      Timestamp `json:"linkedAt"`
}

type adAccountLinkAnswer struct {
	Link AdAccountLink `json:"link" required:"true"`
}

type adAccountBody struct {
	AdAccountID string `json:"adAccountId"`
}

func (b adAccountBody) validate() error {
	digits, prefixed := strings.CutPrefix(b.AdAccountID, "act_")
	if !prefixed || !isMetaID(digits) {
		return invalid("adAccountID", `it is Meta's id of the account, "act_" and digits`)
	}
	return nil
}

// isMetaID reports whether id consists of digits, as the ids of Meta do.
func isMetaID(id string) bool {
	return id != "" && strings.Trim(id, "0123456789") == ""
}

// AdsService sums up what ads brought. A key without the permission analytics:read
// gets [CodePermissionDenied]. It is part of a [NumberClient], of a [TenantClient] and of a
// [NumberView].
//
//   - [AdsService.Summary] counts conversations and leads by ad
type AdsService struct{ client *Client }

// Summary counts conversations and leads by ad: of the number, or of all numbers of
// the workspace on a [TenantClient]. It comes whole, cut at [AdSummary].Limit ads: look at
// Truncated. A number that the key does not reach is [CodeNumberNotInGrant].
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetrySafe].
// Errors: those of every call.
func (s AdsService) Summary(ctx context.Context, opts AdsSummaryOptions) (*AdSummary, error) {
	var err error
	if opts.WhatsAppNumberID, err = s.client.numberIDForBody(opts.WhatsAppNumberID); err != nil {
		return nil, err
	}
	return invoke[AdSummary](ctx, s.client, opAdsSummary, input{query: opts})
}

// AdAccountsService links ad accounts, so that ads have names in Leads, Referrals and Ads.
// Access itself is granted at Meta: the advertiser makes the platform a partner
// ([AdAccounts].PartnerBusinessID), and no token is sent here. A key without the permission
// integrations:manage gets [CodePermissionDenied]. It is part of a [TenantClient].
//
//   - [AdAccountsService.List] returns the ad accounts that are linked and those that can
//     be
//   - [AdAccountsService.Link] links the ad account with that id ("act_" and digits)
//   - [AdAccountsService.Unlink] takes the link of an ad account away
type AdAccountsService struct{ client *Client }

// List returns the ad accounts that are linked and those that can be. A number key is
// refused ([*NumberScopeError]).
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s AdAccountsService) List(ctx context.Context) (*AdAccounts, error) {
	return invoke[AdAccounts](ctx, s.client, opAdAccountsList, input{})
}

// Link links the ad account with that id ("act_" and digits). [CodeAdAccountNotProven]:
// nothing shows that it belongs to ads of this workspace. [CodeAdAccountNotShared]: the
// advertiser has not made the platform a partner. [CodeAdsLookupUnavailable] (in the Err of
// an [*OutcomeUnknownError]): Meta could not be asked, try later. [CodeAdsNotConfigured]
// does not pass by waiting. It is repeated only after what provably never reached the API;
// after an [*OutcomeUnknownError] look with List whether the account is linked.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s AdAccountsService) Link(ctx context.Context, adAccountID string) (*AdAccountLink, error) {
	answer, err := invoke[adAccountLinkAnswer](ctx, s.client, opAdAccountsLink, input{body: adAccountBody{adAccountID}})
	if err != nil {
		return nil, err
	}
	return &answer.Link, nil
}

// Unlink takes the link of an ad account away. Names that are resolved stay. An account
// that is not linked is a [*NotFoundError] with [CodeNotFound]. It is repeated only after
// what provably never reached the API; after an [*OutcomeUnknownError] calling again does
// no harm, and [CodeNotFound] then means that it is done.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s AdAccountsService) Unlink(ctx context.Context, adAccountID string) error {
	return invokeDone(ctx, s.client, opAdAccountsUnlink, input{path: params{adAccountID}}, "unlinked")
}
