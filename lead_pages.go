package pilotstatus

import (
	"context"
	"encoding/json"
)

// LeadPages are the Facebook Pages whose leads come to numbers.
type LeadPages struct {
	Linked []LeadPageLink `json:"linked"` // on one number's client or view, those of that number

	// Candidates are Pages that may be linked. Without CandidatesLookup MetaLookupOK, or
	// with an EligibilityBlocker, an empty list says nothing.
	Candidates []LeadPageCandidate `json:"candidates"`

	Configured        bool       `json:"configured"`        // the platform's integration is set up
	PartnerBusinessID string     `json:"partnerBusinessId"` // the platform's portfolio at Meta, to share a Page with
	CandidatesLookup  MetaLookup `json:"candidatesLookup"`

	// EligibilityBlocker is why no Page can be a candidate, "" without a reason.
	EligibilityBlocker EligibilityBlocker `json:"eligibilityBlocker"`
}

// check refuses an answer that has no list of Pages.
func (p *LeadPages) check() error {
	if p.Linked == nil {
		return errNoList
	}
	return nil
}

// EligibilityBlocker is why a workspace cannot link Pages. The set is open.
type EligibilityBlocker string

// EligibilityBlockerNoOfficialNumber is the documented reason: without an official
// number the workspace cannot show that a Page is its own.
const EligibilityBlockerNoOfficialNumber EligibilityBlocker = "NO_OFFICIAL_NUMBER"

// LeadPageLink is a Facebook Page whose leads come to a number.
type LeadPageLink struct {
	PageLinkID       string `json:"pageLinkId"` // the id that the other calls take
	PageID           string `json:"pageId"`     // Facebook's id
	PageName         string `json:"pageName"`
	WhatsAppNumberID string `json:"whatsappNumberId"`

	// SubscribedAt is since when Meta hands on the leads of the Page. Zero: it does not,
	// and SubscriptionError says why.
	SubscribedAt      Timestamp               `json:"subscribedAt"`
	SubscriptionError LeadSubscriptionFailure `json:"subscriptionError"`

	LinkedAt   Timestamp `json:"linkedAt"`
	LeadsCount int64     `json:"leadsCount"` // stored leads
}

// check refuses an answer that names no link.
func (l *LeadPageLink) check() error { return requireID(l.PageLinkID) }

// LeadSubscriptionFailure is why Meta does not hand on the leads of a Page. The set is
// open.
type LeadSubscriptionFailure string

// The documented reasons.
const (
	LeadSubscriptionFailureMetaPermissionMissing LeadSubscriptionFailure = "META_PERMISSION_MISSING"
	LeadSubscriptionFailurePageAccessMissing     LeadSubscriptionFailure = "PAGE_ACCESS_MISSING"
	LeadSubscriptionFailurePageNotShared         LeadSubscriptionFailure = "PAGE_NOT_SHARED"
	LeadSubscriptionFailureMetaError             LeadSubscriptionFailure = "META_ERROR"
)

// LeadPageCandidate is a Facebook Page that may be linked.
type LeadPageCandidate struct {
	PageID   string `json:"pageId"`
	PageName string `json:"pageName"`

	// MissingTasks are the rights on the Page that the platform lacks. An empty list that
	// is not nil means that it lacks none and the Page can be linked. nil means that Meta
	// could not be asked, and nobody knows. Ready tells them apart.
	MissingTasks []string `json:"missingTasks"`
}

// Ready reports whether the Page is known to lack nothing.
func (c LeadPageCandidate) Ready() bool { return c.MissingTasks != nil && len(c.MissingTasks) == 0 }

type leadPageLinkAnswer struct {
	Link LeadPageLink `json:"link"`
}

// check refuses an answer that names no link.
func (a *leadPageLinkAnswer) check() error { return a.Link.check() }

// MovedLeadPage is the answer of LeadPages.Move.
type MovedLeadPage struct {
	Link LeadPageLink `json:"link"`

	// AutoSendDisabled says that the automatic messages of all forms of the Page were
	// switched off: have a person look at each form (Forms, UpdateForm).
	AutoSendDisabled bool `json:"autoSendDisabled"`
}

// check refuses an answer that names no link.
func (m *MovedLeadPage) check() error { return m.Link.check() }

// UnlinkedLeadPage is the answer of LeadPages.Unlink.
type UnlinkedLeadPage struct {
	Unlinked     bool   `json:"unlinked"`
	PageLinkID   string `json:"pageLinkId"`
	DeletedLeads int64  `json:"deletedLeads"`
}

// check refuses an answer that names no link.
func (u *UnlinkedLeadPage) check() error { return requireID(u.PageLinkID) }

// LeadPageResync is the answer of LeadPages.Resync.
type LeadPageResync struct {
	Started    bool   `json:"started"` // leads of 90 days are fetched in the background
	PageLinkID string `json:"pageLinkId"`

	// SubscriptionRetried says that the subscription was down and tried again. The two
	// fields below are its state then, and say nothing otherwise.
	SubscriptionRetried bool                    `json:"-"`
	SubscribedAt        Timestamp               `json:"subscribedAt"` // zero: still down
	SubscriptionError   LeadSubscriptionFailure `json:"subscriptionError"`
}

// UnmarshalJSON reads the answer and whether it speaks of the subscription.
func (r *LeadPageResync) UnmarshalJSON(data []byte) error {
	type plain LeadPageResync // without this method
	if err := unmarshalAnswer(data, (*plain)(r)); err != nil {
		return err
	}
	var subscription struct { // a member that is there, null or not, leaves no nil
		At    json.RawMessage `json:"subscribedAt"`
		Error json.RawMessage `json:"subscriptionError"`
	}
	if err := unmarshalAnswer(data, &subscription); err != nil {
		return err
	}
	r.SubscriptionRetried = subscription.At != nil || subscription.Error != nil
	return nil
}

// check refuses an answer that names no link.
func (r *LeadPageResync) check() error { return requireID(r.PageLinkID) }

// LinkLeadPage names a Page to link and the number that gets its leads.
type LinkLeadPage struct {
	PageID string `json:"pageId"` // Facebook's id of the Page, in digits

	// WhatsAppNumberID is needed where the client reaches more than one number: on a
	// TenantClient. A NumberView names its number already and refuses another one here.
	WhatsAppNumberID string `json:"whatsappNumberId,omitempty"`
}

func (l LinkLeadPage) validate() error {
	if !isMetaID(l.PageID) {
		return invalid("PageID", "it is Facebook's id of the Page, in digits")
	}
	return nil
}

type moveLeadPageBody struct {
	WhatsAppNumberID string `json:"whatsappNumberId"`
}

func (b moveLeadPageBody) validate() error { return validateID("numberID", b.WhatsAppNumberID) }

// LeadPagesService links Facebook Pages whose leads come to a number. On the client or
// the view of one number only its links can be seen and changed; another number's are
// CodeNumberNotInGrant. A link that is unknown is a *NotFoundError, a key without the
// permission integrations:manage gets CodePermissionDenied.
type LeadPagesService struct{ client *Client }

// List returns the Pages that are linked and those that can be: of the number, or of
// the whole workspace on a TenantClient.
//
// Where a key of the wrong kind could make this call, the first one of a client costs
// one request more: see [NumberClient.CheckKey].
func (s LeadPagesService) List(ctx context.Context) (*LeadPages, error) {
	return invoke[LeadPages](ctx, s.client, opLeadPagesList, input{})
}

// Link sends the leads of a Page to a number, and fetches those of the last 90 days in
// the background: events and, once a form has them, automatic messages may follow. An
// error is not the only failure: look at SubscribedAt of the link. It is repeated only
// after what provably never reached the API; after an *OutcomeUnknownError look with
// List whether the Page is linked.
//
// Where a key of the wrong kind could make this call, the first one of a client costs
// one request more: see [NumberClient.CheckKey].
func (s LeadPagesService) Link(ctx context.Context, page LinkLeadPage) (*LeadPageLink, error) {
	var err error
	if page.WhatsAppNumberID, err = s.client.besidesHeader(page.WhatsAppNumberID); err != nil {
		return nil, err
	}
	answer, err := invoke[leadPageLinkAnswer](ctx, s.client, opLeadPagesLink, input{body: page})
	if err != nil {
		return nil, err
	}
	return &answer.Link, nil
}

// Move MAY SWITCH AUTOMATIC MESSAGES OFF: it sends the leads of a Page to another
// number. MovedLeadPage.AutoSendDisabled says so once, and not in the answer of a
// second call. It is repeated only after what provably never reached the API; after an
// *OutcomeUnknownError look with Forms which forms still send.
//
// Where a key of the wrong kind could make this call, the first one of a client costs
// one request more: see [NumberClient.CheckKey].
func (s LeadPagesService) Move(ctx context.Context, pageLinkID, numberID string) (*MovedLeadPage, error) {
	return invoke[MovedLeadPage](ctx, s.client, opLeadPagesMove, input{
		path: params{pageLinkID}, body: moveLeadPageBody{numberID},
	})
}

// Unlink ERASES ALL LEADS OF THE PAGE and the settings of its forms, for ever. Save the
// leads first (Leads.All with ListLeadsOptions.PageID). It is tried once: after an
// *OutcomeUnknownError look with List whether the link is still there.
//
// Where a key of the wrong kind could make this call, the first one of a client costs
// one request more: see [NumberClient.CheckKey].
func (s LeadPagesService) Unlink(ctx context.Context, pageLinkID string) (*UnlinkedLeadPage, error) {
	return invoke[UnlinkedLeadPage](ctx, s.client, opLeadPagesUnlink, input{path: params{pageLinkID}})
}

// Forms returns the forms of a Page and how leads of each are treated. It asks Meta,
// which is slow and can fail: see ContextWithAttemptTimeout.
//
// Where a key of the wrong kind could make this call, the first one of a client costs
// one request more: see [NumberClient.CheckKey].
func (s LeadPagesService) Forms(ctx context.Context, pageLinkID string) (*LeadForms, error) {
	return invoke[LeadForms](ctx, s.client, opLeadPagesForms, input{path: params{pageLinkID}})
}

// UpdateForm REPLACES THE WHOLE CONFIGURATION of a form and MAY SEND MESSAGES: with
// AutoSendEnabled every new lead gets one from then on, with nobody in between, which
// Meta may bill on official numbers. Start from LeadFormConfig.Update of what Forms
// returns, since what is left out is lost. It is repeated after lost answers too,
// which changes nothing more.
//
// Where a key of the wrong kind could make this call, the first one of a client costs
// one request more: see [NumberClient.CheckKey].
func (s LeadPagesService) UpdateForm(ctx context.Context, pageLinkID, formID string, form UpdateLeadForm) (*LeadFormConfig, error) {
	answer, err := invoke[leadFormConfigAnswer](ctx, s.client, opLeadPagesUpdateForm, input{
		path: params{pageLinkID, formID}, body: form,
	})
	if err != nil {
		return nil, err
	}
	return &answer.Config, nil
}

// Resync fetches the leads of the last 90 days again in the background, and tries the
// subscription again where it is down. Automatic messages may follow. It is tried once,
// and a Page has to wait in between: a *RateLimitError with CodeResyncCooldown says in
// RetryAfter how long. After an *OutcomeUnknownError a second call gets that error if the
// first one had begun.
//
// Where a key of the wrong kind could make this call, the first one of a client costs
// one request more: see [NumberClient.CheckKey].
func (s LeadPagesService) Resync(ctx context.Context, pageLinkID string) (*LeadPageResync, error) {
	return invoke[LeadPageResync](ctx, s.client, opLeadPagesResync, input{path: params{pageLinkID}})
}
