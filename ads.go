package pilotstatus

import (
	"context"
	"strings"
	"time"
)

// AdSummary counts the results of ads and posts, for one number or for the whole workspace.
type AdSummary struct {
	Ads   []AdSummaryAd `json:"ads" required:"true"` // sorted by conversations, the most first
	Total int64         `json:"total"`
	Limit int           `json:"limit"` // the largest number of ads in an answer

	// Truncated is true if there are more than Limit ads. The rest is missing: ask for
	// fewer days at a time.
	Truncated bool `json:"truncated" strict:"true"`
}

// AdSummaryAd counts the results of one ad or post.
type AdSummaryAd struct {
	ReferralSummaryAd

	LeadCount int64 `json:"leadCount"` // forms that people submitted from this ad in the same period
}

// AdsSummaryOptions selects the period and the number that [AdsService.Summary] counts.
type AdsSummaryOptions struct {
	// StartDate and EndDate limit the period of the messages and leads. Zero means no
	// limit. A start after the end is [CodeInvalidDateRange].
	StartDate time.Time `query:"startDate"`
	EndDate   time.Time `query:"endDate"`

	// WhatsAppNumberID selects one number on a [TenantClient]; "" means the whole
	// workspace. A [NumberView] already sends its own number id and refuses a different one
	// here.
	WhatsAppNumberID string `query:"whatsappNumberId"`
}

// MetaLookup says whether Meta could be asked. The set is open.
type MetaLookup string

// The documented outcomes.
const (
	MetaLookupOK            MetaLookup = "ok"
	MetaLookupUnavailable   MetaLookup = "unavailable"    // Meta could not be asked
	MetaLookupNotConfigured MetaLookup = "not_configured" // the platform's integration is not set up
)

// AdAccounts lists the ad accounts that are linked to the workspace, and those that can be.
type AdAccounts struct {
	Linked []LinkedAdAccount `json:"linked" required:"true"`

	// Candidates are accounts that are not linked yet. The advertiser shares them with the
	// platform, and ads of this workspace use them. An empty list means that there are no
	// candidates only if SharingLookup is [MetaLookupOK].
	Candidates []AdAccountCandidate `json:"candidates"`

	// PartnerBusinessID is the platform's portfolio at Meta, to which the advertiser grants
	// ads_read on the ad account as a partner. "" means that the integration is not set up.
	PartnerBusinessID string `json:"partnerBusinessId"`

	SharingLookup MetaLookup `json:"sharingLookup"`
}

// LinkedAdAccount is an ad account that is linked.
type LinkedAdAccount struct {
	AdAccountID   string    `json:"adAccountId"`
	AdAccountName string    `json:"adAccountName"`
	LinkedAt      Timestamp `json:"linkedAt"`

	// SharingActive is true while the advertiser shares the account. nil means that Meta
	// could not be asked; the account may still be shared.
	SharingActive *bool `json:"sharingActive"`
}

// AdAccountCandidate is an ad account that can be linked.
type AdAccountCandidate struct {
	AdAccountID   string `json:"adAccountId"`
	AdAccountName string `json:"adAccountName"`
	AccountStatus int    `json:"accountStatus"` // Meta's status number: 1 is active, 0 is unknown
}

// AdAccountLink is the answer of [AdAccountsService.Link].
type AdAccountLink struct {
	AdAccountID   string    `json:"adAccountId" required:"true"`
	AdAccountName string    `json:"adAccountName"`
	LinkedAt      Timestamp `json:"linkedAt"`
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

// isMetaID reports whether id consists of digits, like Meta's ids.
func isMetaID(id string) bool {
	return id != "" && strings.Trim(id, "0123456789") == ""
}

// AdsService summarizes the results of ads. A key without the permission analytics:read
// gets [CodePermissionDenied]. It is part of a [NumberClient], of a [TenantClient] and of a
// [NumberView].
//
//   - [AdsService.Summary] counts conversations and leads by ad
type AdsService struct{ client *Client }

// Summary counts conversations and leads by ad. A [NumberClient] and a [NumberView] count
// those of their number, a [TenantClient] those of all numbers of the workspace. The answer
// is one list of at most [AdSummary].Limit ads: check Truncated.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetrySafe].
// Errors: [CodeNumberNotInGrant] for a number that the key cannot reach,
// [CodeInvalidDateRange] and those of every call.
func (s AdsService) Summary(ctx context.Context, opts AdsSummaryOptions) (*AdSummary, error) {
	var err error
	if opts.WhatsAppNumberID, err = s.client.numberIDForBody(opts.WhatsAppNumberID); err != nil {
		return nil, err
	}
	return invoke[AdSummary](ctx, s.client, opAdsSummary, input{query: opts})
}

// AdAccountsService links ad accounts, so that ads have names in Leads, Referrals and Ads.
// The advertiser grants access at Meta: it makes the platform a partner
// ([AdAccounts].PartnerBusinessID), and no token is sent here. A key without the permission
// integrations:manage gets [CodePermissionDenied]. It is part of a [TenantClient].
//
//   - [AdAccountsService.List] lists the linked ad accounts and the candidates
//   - [AdAccountsService.Link] links an ad account
//   - [AdAccountsService.Unlink] removes the link of an ad account
type AdAccountsService struct{ client *Client }

// List returns the ad accounts that are linked and those that can be.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s AdAccountsService) List(ctx context.Context) (*AdAccounts, error) {
	return invoke[AdAccounts](ctx, s.client, opAdAccountsList, input{})
}

// Link links the ad account with that id ("act_" and digits). After an
// [*OutcomeUnknownError], look in List whether the account is linked before calling again.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [CodeAdAccountNotProven] if nothing
// shows that the account belongs to ads of this workspace, [CodeAdAccountNotShared] if the
// advertiser has not made the platform a partner, [CodeAdsNotConfigured] until the operator
// sets the integration up, [*OutcomeUnknownError] (its Err has [CodeAdsLookupUnavailable]
// if Meta could not be asked) and those of every call.
func (s AdAccountsService) Link(ctx context.Context, adAccountID string) (*AdAccountLink, error) {
	return invokeMember[AdAccountLink](ctx, s.client, opAdAccountsLink, input{body: adAccountBody{adAccountID}}, "link")
}

// Unlink removes the link of an ad account. Names that were read before stay. After an
// [*OutcomeUnknownError], calling again does no harm: [CodeNotFound] then means that the
// account is unlinked.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError], [*NotFoundError]
// ([CodeNotFound]) if the account is not linked, and those of every call.
func (s AdAccountsService) Unlink(ctx context.Context, adAccountID string) error {
	return invokeDone(ctx, s.client, opAdAccountsUnlink, input{path: params{adAccountID}}, "unlinked")
}
