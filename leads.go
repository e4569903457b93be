package pilotstatus

import (
	"context"
	"iter"
	"time"
)

// LeadPlatform is the platform on which a person submitted a form. The set is open.
type LeadPlatform string

// The documented platforms.
const (
	LeadPlatformFacebook  LeadPlatform = "fb"
	LeadPlatformInstagram LeadPlatform = "ig"
)

// Lead is an Instant Form that a person submitted on Facebook or Instagram. It holds
// personal data: keep it out of logs.
type Lead struct {
	ID string `json:"id" required:"true"` // for [LeadsService.Get]
	LeadData

	AutoSendStatus string `json:"autoSendStatus"` // the status of the automatic message; the values are not documented
	AutoSendReason string `json:"autoSendReason"` // the reason; the values are not documented
	Source         string `json:"source"`         // how the lead was captured; the values are not documented

	// Redacted is true if the number's privacy policy hides the answers. FullName, Email,
	// Phone and Fields are then empty.
	Redacted bool `json:"redacted"`

	// Notice is [NoticePIIRelayOnly] if the number stores no personal data, and ""
	// otherwise. Only [LeadsService.Get] sets it; a list has Page.Notice.
	Notice string `json:"notice,omitzero"`
}

// LeadData is the part that a [Lead] and a [LeadEvent] have in common. An event that lacks
// a field tagged requiredInEvent is a [MalformedEvent].
type LeadData struct {
	LeadgenID        string `json:"leadgenId" requiredInEvent:"true"` // Meta's id, which is unique: use it to find duplicates
	WhatsAppNumberID string `json:"whatsappNumberId" requiredInEvent:"true"`
	PageID           string `json:"pageId" requiredInEvent:"true"`
	PageName         string `json:"pageName,omitzero"`
	FormID           string `json:"formId" requiredInEvent:"true"`
	FormName         string `json:"formName,omitzero"`
	AdID             string `json:"adId,omitzero"` // "" if Meta names no ad
	AdNames                 // a [Lead] has no AdSetID and no CampaignID

	Platform  LeadPlatform `json:"platform,omitzero"`
	IsOrganic *bool        `json:"isOrganic,omitzero"`               // true: not from a paid ad; nil: unknown
	CreatedAt Timestamp    `json:"createdAt" requiredInEvent:"true"` // when the person submitted the form, maybe long before it was stored

	FullName string      `json:"fullName,omitzero"`
	Email    string      `json:"email,omitzero"`
	Phone    string      `json:"phone,omitzero"` // digits, or the text as typed if it is not a phone number
	Fields   []LeadField `json:"fields" requiredInEvent:"true"`

	// ConsentGiven is true if the person checked the form's consent box. nil means unknown,
	// not refused.
	ConsentGiven *bool `json:"consentGiven,omitzero"`

	ConversationID string `json:"conversationId,omitzero"` // the conversation with the person, or ""
}

// AdNames are the names of an ad at Meta, and the ids of its ad set and campaign. They are
// "" until Meta is asked. Advertisers can change the names, so group by ids.
type AdNames struct {
	AdSetID      string `json:"adsetId,omitzero"`
	CampaignID   string `json:"campaignId,omitzero"`
	AdName       string `json:"adName,omitzero"`
	AdSetName    string `json:"adsetName,omitzero"`
	CampaignName string `json:"campaignName,omitzero"`
}

func (l *Lead) rowID() string { return l.ID }

// LeadField is one answer of a form.
type LeadField struct {
	Key    string   `json:"key" required:"true"`
	Label  string   `json:"label,omitzero"` // the question, or the key if the question has no text; may be "" in an event
	Values []string `json:"values" required:"true"`
}

// leadAnswer is the answer of Leads.Get.
type leadAnswer struct {
	Lead   Lead   `json:"lead" required:"true"`
	Notice string `json:"notice"`
}

// ListLeadsOptions filters leads. The zero value selects all of them.
type ListLeadsOptions struct {
	FormID string `query:"formId"`
	AdID   string `query:"adId"`
	PageID string `query:"pageId"`

	// StartDate and EndDate limit [Lead].CreatedAt; the end is included. A start after the
	// end is [CodeInvalidDateRange].
	StartDate time.Time `query:"startDate"`
	EndDate   time.Time `query:"endDate"`

	Page     int `query:"page"`     // from 1; 0: the first
	PageSize int `query:"pageSize"` // 1 to 100; 0: the API's default of 30
}

func (o *ListLeadsOptions) page() *int { return &o.Page }

// LeadsService reads the leads that people submitted in forms of Facebook Pages.
// [LeadPagesService] links those Pages to a number. For the leads of a whole workspace,
// loop over [NumbersService.List] and call tenant.Number(id).Leads for each number. A key
// without the permission chat:read gets [CodePermissionDenied]. It is part of a
// [NumberClient] and of a [NumberView].
//
//   - [LeadsService.List] returns one page of leads, the newest first
//   - [LeadsService.All] iterates over the leads of all pages
//   - [LeadsService.Get] returns one lead by its Lead.ID
type LeadsService struct{ client *Client }

// List returns one page of the number's leads, the newest first. A number that stores no
// personal data lists its leads too, with Redacted set.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors:
// [CodeInvalidDateRange] and those of every call.
func (s LeadsService) List(ctx context.Context, opts ListLeadsOptions) (*Page[Lead], error) {
	return invokePage[Lead](ctx, s.client, opLeadsList, input{query: opts}, "leads")
}

// All iterates over the leads of all pages, from opts.Page on. It requests a page when the
// loop reaches it, and ends at the first error, which it yields. A lead that arrives
// meanwhile moves the others, so a lead may come twice: compare LeadgenID.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
func (s LeadsService) All(ctx context.Context, opts ListLeadsOptions) iter.Seq2[Lead, error] {
	return allPages(ctx, opts, s.List)
}

// Get returns the lead with that id, which is [Lead].ID and not Meta's LeadgenID.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors:
// [*NotFoundError] ([CodeLeadNotFound]), also for a lead of another number, and those of
// every call.
func (s LeadsService) Get(ctx context.Context, id string) (*Lead, error) {
	answer, err := invoke[leadAnswer](ctx, s.client, opLeadsGet, input{path: params{id}})
	if err != nil {
		return nil, err
	}
	answer.Lead.Notice = answer.Notice
	return &answer.Lead, nil
}
