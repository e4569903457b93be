package pilotstatus

import (
	"context"
	"iter"
	"time"
)

// LeadPlatform is where a person filled in a form. The set is open.
type LeadPlatform string

// The documented platforms.
const (
	LeadPlatformFacebook  LeadPlatform = "fb"
	LeadPlatformInstagram LeadPlatform = "ig"
)

// Lead is an Instant Form that a person filled in on Facebook or Instagram. It holds
// personal data: keep it out of logs.
type Lead struct {
	ID string `json:"id" required:"true"` // for [LeadsService.Get]
	LeadData

	AutoSendStatus string `json:"autoSendStatus"` // what became of the automatic message; the set is not documented
	AutoSendReason string `json:"autoSendReason"` // why; the set is not documented
	Source         string `json:"source"`         // how the lead was captured; the set is not documented

	// Redacted is set where the number's privacy policy hides the answers: FullName,
	// Email, Phone and Fields are empty then.
	Redacted bool `json:"redacted"`

	// Notice is [NoticePIIRelayOnly] where the number keeps no personal data, which is
	// then missing here. Otherwise it is "". Only [LeadsService.Get] sets it; a list has
	// Page.Notice.
	Notice string `json:"notice,omitzero"`
}

// LeadData is the part of a lead that Leads and a [LeadEvent] have in common. An event
// without what is requiredInEvent is a [MalformedEvent].
type LeadData struct {
	LeadgenID        string `json:"leadgenId" requiredInEvent:"true"` // Meta's id, the same everywhere: tell leads apart by it
	WhatsAppNumberID string `json:"whatsappNumberId" requiredInEvent:"true"`
	PageID           string `json:"pageId" requiredInEvent:"true"`
	PageName         string `json:"pageName,omitzero"`
	FormID           string `json:"formId" requiredInEvent:"true"`
	FormName         string `json:"formName,omitzero"`
	AdID             string `json:"adId,omitzero"` // "" where Meta names no ad
	AdNames                 // a Lead has no AdSetID and no CampaignID

	Platform  LeadPlatform `json:"platform,omitzero"`
	IsOrganic *bool        `json:"isOrganic,omitzero"`               // not from a paid ad; nil: unknown
	CreatedAt Timestamp    `json:"createdAt" requiredInEvent:"true"` // when the form was sent, which can be long before it was stored

	FullName string      `json:"fullName,omitzero"`
	Email    string      `json:"email,omitzero"`
	Phone    string      `json:"phone,omitzero"` // digits, or as typed where it makes no number
	Fields   []LeadField `json:"fields" requiredInEvent:"true"`

	// ConsentGiven is whether the person checked the form's consent box. nil is
	// unknown and never a refusal.
	ConsentGiven *bool `json:"consentGiven,omitzero"`

	ConversationID string `json:"conversationId,omitzero"` // the chat with the person, "" without one
}

// AdNames are the names that Meta gives an ad, and the ids of what it belongs to. They are
// "" until Meta is asked, and its users can change the names: group by ids.
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
	Label  string   `json:"label,omitzero"` // the question, or the key where it has no text; "" in an event where it is not known
	Values []string `json:"values" required:"true"`
}

// leadAnswer is the answer of Leads.Get.
type leadAnswer struct {
	Lead   Lead   `json:"lead" required:"true"`
	Notice string `json:"notice"`
}

// ListLeadsOptions choose leads. The zero value is all of them.
type ListLeadsOptions struct {
	FormID, AdID, PageID string

	// StartDate and EndDate bound Lead.CreatedAt, the end included. A start after
	// the end is [CodeInvalidDateRange].
	StartDate, EndDate time.Time

	Page     int // from 1; 0: the first
	PageSize int // 1 to 100; 0: the API's default of 30
}

func (o *ListLeadsOptions) pageFields() pageFields {
	return pageFields{&o.Page, o.PageSize, o.StartDate, o.EndDate}
}

func (o ListLeadsOptions) query() queryValues {
	q := o.pageFields().query()
	q.text("formId", o.FormID)
	q.text("adId", o.AdID)
	q.text("pageId", o.PageID)
	return q
}

// LeadsService reads the leads of the forms of Facebook Pages that [LeadPages] links to a
// number. It is part of a [NumberClient] and of a [NumberView]: for the leads of a whole
// workspace, walk over [NumbersService.List] and ask tenant.Number(id).Leads for each. A
// key without the permission chat:read gets [CodePermissionDenied].
//
//   - [LeadsService.List] returns one page of the number's leads, the newest first
//   - [LeadsService.All] returns the leads of all pages from opts.Page on
//   - [LeadsService.Get] returns the lead with that id, which is Lead.ID and not Meta's
//     LeadgenID
type LeadsService struct{ client *Client }

// List returns one page of the number's leads, the newest first. On a number that
// keeps no personal data the leads are there, with Redacted set.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors: those of
// every call.
func (s LeadsService) List(ctx context.Context, opts ListLeadsOptions) (*Page[Lead], error) {
	return invokePage[Lead](ctx, s.client, opLeadsList, input{query: opts}, "leads")
}

// All returns the leads of all pages from opts.Page on. It asks for one page at a time
// and ends at the first error, which it yields. A lead that arrives meanwhile moves
// the others, so that one may come twice: tell them apart by LeadgenID.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
func (s LeadsService) All(ctx context.Context, opts ListLeadsOptions) iter.Seq2[Lead, error] {
	return allPages(ctx, opts, s.List)
}

// Get returns the lead with that id, which is Lead.ID and not Meta's LeadgenID. A
// lead of another number is a [*NotFoundError] with [CodeLeadNotFound], like one that
// does not exist.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key or tenant key on a [NumberView]. Retry: [RetrySafe]. Errors: those of
// every call.
func (s LeadsService) Get(ctx context.Context, id string) (*Lead, error) {
	answer, err := invoke[leadAnswer](ctx, s.client, opLeadsGet, input{path: params{id}})
	if err != nil {
		return nil, err
	}
	answer.Lead.Notice = answer.Notice
	return &answer.Lead, nil
}
