package pilotstatus

import (
	"context"
	"encoding/json"
	"maps"
	"unicode/utf8"
)

// LeadPages are the Facebook Pages whose leads come to numbers.
type LeadPages struct {
	Linked []LeadPageLink `json:"linked" required:"true"` // on one number's client or view, those of that number

	// Candidates are Pages that may be linked. Without CandidatesLookup [MetaLookupOK], or
	// with an EligibilityBlocker, an empty list says nothing.
	Candidates []LeadPageCandidate `json:"candidates"`

	Configured        bool       `json:"configured"`        // the platform's integration is set up
	PartnerBusinessID string     `json:"partnerBusinessId"` // the platform's portfolio at Meta, to share a Page with
	CandidatesLookup  MetaLookup `json:"candidatesLookup"`

	// EligibilityBlocker is why no Page can be a candidate, "" without a reason. The set
	// is open.
	EligibilityBlocker string `json:"eligibilityBlocker"`
}

// EligibilityBlockerNoOfficialNumber is the documented [LeadPages].EligibilityBlocker:
// without an official number the workspace cannot show that a Page is its own.
const EligibilityBlockerNoOfficialNumber = "NO_OFFICIAL_NUMBER"

// LeadPageLink is a Facebook Page whose leads come to a number.
type LeadPageLink struct {
	PageLinkID       string `json:"pageLinkId" required:"true"` // the id that the other calls take
	PageID           string `json:"pageId"`                     // Facebook's id
	PageName         string `json:"pageName"`
	WhatsAppNumberID string `json:"whatsappNumberId"`

	// SubscribedAt is since when Meta hands on the leads of the Page. Zero: it does not,
	// and SubscriptionError says why.
	SubscribedAt      Timestamp               `json:"subscribedAt"`
	SubscriptionError LeadSubscriptionFailure `json:"subscriptionError"`

	LinkedAt   Timestamp `json:"linkedAt"`
	LeadsCount int64     `json:"leadsCount"` // stored leads
}

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
	Link LeadPageLink `json:"link" required:"true"`
}

// MovedLeadPage is the answer of [LeadPagesService.Move].
type MovedLeadPage struct {
	Link LeadPageLink `json:"link" required:"true"`

	// AutoSendDisabled says that the automatic messages of all forms of the Page were
	// switched off: have a person look at each form (Forms, UpdateForm).
	AutoSendDisabled bool `json:"autoSendDisabled" strict:"true"`
}

// UnlinkedLeadPage is the answer of [LeadPagesService.Unlink].
type UnlinkedLeadPage struct {
	Unlinked     bool   `json:"unlinked" strict:"true"`
	PageLinkID   string `json:"pageLinkId" required:"true"`
	DeletedLeads int64  `json:"deletedLeads" strict:"true"`
}

// LeadPageResync is the answer of [LeadPagesService.Resync].
type LeadPageResync struct {
	Started    bool   `json:"started" strict:"true"` // leads of 90 days are fetched in the background
	PageLinkID string `json:"pageLinkId" required:"true"`

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

// LinkLeadPageRequest names a Page to link and the number that gets its leads.
type LinkLeadPageRequest struct {
	PageID string `json:"pageId"` // Facebook's id of the Page, in digits

	// WhatsAppNumberID is needed where the client reaches more than one number: on a
	// [TenantClient]. A [NumberView] names its number already and refuses another one here.
	WhatsAppNumberID string `json:"whatsappNumberId,omitempty"`
}

func (l LinkLeadPageRequest) validate() error {
	if !isMetaID(l.PageID) {
		return invalid("PageID", "it is Facebook's id of the Page, in digits")
	}
	return nil
}

type moveLeadPageBody struct {
	WhatsAppNumberID string `json:"whatsappNumberId"`
}

func (b moveLeadPageBody) validate() error { return validateID("numberID", b.WhatsAppNumberID) }

// LeadForms are the forms of a Page.
type LeadForms struct {
	Forms            []LeadForm         `json:"forms" required:"true"`
	FormsTruncated   bool               `json:"formsTruncated" strict:"true"`   // there are more forms, and no way to ask for them
	NumberIsOfficial bool               `json:"numberIsOfficial" strict:"true"` // automatic messages are templates; otherwise FreeText
	Templates        []LeadFormTemplate `json:"templates"`                      // approved ones, for automatic messages
}

// LeadForm is an Instant Form as Meta shows it now, and how its leads are treated.
type LeadForm struct {
	FormID    string             `json:"formId"`
	FormName  string             `json:"formName"`
	Status    string             `json:"status"` // Meta's word, as in "ACTIVE"
	Questions []LeadFormQuestion `json:"questions"`

	// ConsentCheckboxes are the boxes that a person can check. Without ConsentAvailable
	// they could not be read, and an empty list says nothing.
	ConsentCheckboxes []ConsentCheckbox `json:"consentCheckboxes"`
	ConsentAvailable  bool              `json:"consentAvailable" strict:"true"`

	Config *LeadFormConfig `json:"config"` // nil: never configured
}

// LeadFormQuestion is a question of a form.
type LeadFormQuestion struct {
	Key     string           `json:"key"`   // for [FormField]
	Label   string           `json:"label"` // the question, or the key where it has no text
	Type    string           `json:"type"`  // Meta's word, as in "FULL_NAME"; "" for some
	Options []LeadFormOption `json:"options"`
}

// LeadFormOption is an answer that a question offers.
type LeadFormOption struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// ConsentCheckbox is a box of a form with which a person consents.
type ConsentCheckbox struct {
	Key  string `json:"key"` // for [UpdateLeadFormRequest].ConsentDisclaimerKey
	Text string `json:"text"`
}

// LeadFormTemplate is a template that can be the automatic message of a form.
type LeadFormTemplate struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Variables []string `json:"variables"` // the names for [UpdateLeadFormRequest].VariableMap
}

// LeadFormConfig is how the leads of a form are treated.
type LeadFormConfig struct {
	FormID               string                    `json:"formId" required:"true"`
	FormName             string                    `json:"formName"`
	ConsentDisclaimerKey string                    `json:"consentDisclaimerKey"`          // the box that means consent, "" for none
	AutoSendEnabled      bool                      `json:"autoSendEnabled" strict:"true"` // every new lead gets a message
	TemplateID           string                    `json:"templateId"`                    // of that message, on official numbers
	FreeText             string                    `json:"freeText"`                      // the message itself, on other numbers
	VariableMap          map[string]VariableSource `json:"variableMap"`                   // by the name of the placeholder
	UpdatedAt            Timestamp                 `json:"updatedAt"`
}

// Update returns the update that stores the same configuration again: change in it what
// is to change and leave the rest.
func (c LeadFormConfig) Update() UpdateLeadFormRequest {
	u := UpdateLeadFormRequest{
		ConsentDisclaimerKey: unlessEmpty(c.ConsentDisclaimerKey),
		AutoSendEnabled:      c.AutoSendEnabled,
		TemplateID:           unlessEmpty(c.TemplateID),
		FreeText:             unlessEmpty(c.FreeText),
		VariableMap:          maps.Clone(c.VariableMap), // the answer stays what it is
		FormName:             Null[string](),
	}
	if c.FormName != "" {
		u.FormName = Set(c.FormName)
	}
	return u
}

// unlessEmpty returns a pointer to text, nil for a text that was null in an answer.
func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

type leadFormConfigAnswer struct {
	Config LeadFormConfig `json:"config" required:"true"`
}

// VariableSource says what stands in the place of a variable: make it with [FormField] or
// [StaticText].
type VariableSource struct {
	Source VariableSourceKind `json:"source"`
	Key    string             `json:"key"`   // the question, with [VariableSourceKindField]
	Value  string             `json:"value"` // the text, with [VariableSourceKindStatic]
}

// VariableSourceKind tells the kinds of [VariableSource] apart. The set is open.
type VariableSourceKind string

// The documented kinds.
const (
	VariableSourceKindField  VariableSourceKind = "field"
	VariableSourceKindStatic VariableSourceKind = "static"
)

// FormField is the person's answer to the question with that key.
func FormField(key string) VariableSource {
	return VariableSource{Source: VariableSourceKindField, Key: key}
}

// StaticText is the same text for everybody.
func StaticText(text string) VariableSource {
	return VariableSource{Source: VariableSourceKindStatic, Value: text}
}

// MarshalJSON writes what the kind has and nothing else, which the API would refuse.
func (v VariableSource) MarshalJSON() ([]byte, error) {
	wire := struct {
		Source VariableSourceKind `json:"source"`
		Key    *string            `json:"key,omitzero"`
		Value  *string            `json:"value,omitzero"`
	}{Source: v.Source, Key: unlessEmpty(v.Key), Value: unlessEmpty(v.Value)}
	switch v.Source {
	case VariableSourceKindField:
		wire.Key, wire.Value = &v.Key, nil
	case VariableSourceKindStatic:
		wire.Key, wire.Value = nil, &v.Value
	}
	return marshalBody(wire)
}

// The API's limits, in characters.
const (
	maxLeadFormName = 255
	maxLeadFreeText = 4096
)

// UpdateLeadFormRequest is the whole configuration of a form. All of it is stored, also
// what is left out: [LeadFormConfig.Update] returns one that changes nothing.
type UpdateLeadFormRequest struct {
	FormName Nullable[string] `json:"formName,omitzero"` // up to 255 characters

	// ConsentDisclaimerKey is the key of the box that means consent. nil: none.
	ConsentDisclaimerKey *string `json:"consentDisclaimerKey"`

	// AutoSendEnabled sends a WhatsApp message to every new lead, with nobody in between.
	AutoSendEnabled bool `json:"autoSendEnabled"`

	// TemplateID is the approved template of that message, on official numbers. nil: none.
	TemplateID *string `json:"templateId"`

	// FreeText is the message itself, with {{placeholders}}, on other numbers: up to 4096
	// characters. nil: none.
	FreeText *string `json:"freeText"`

	// VariableMap says what stands in the place of each variable, by its name.
	VariableMap map[string]VariableSource `json:"variableMap,omitempty"`
}

func (u UpdateLeadFormRequest) validate() error {
	if name, _ := u.FormName.Get(); utf8.RuneCountInString(name) > maxLeadFormName {
		return invalid("FormName", "it is longer than 255 characters")
	}
	if u.FreeText != nil && utf8.RuneCountInString(*u.FreeText) > maxLeadFreeText {
		return invalid("FreeText", "it is longer than 4096 characters")
	}
	for _, source := range u.VariableMap {
		if source.Source == "" || source.Source == VariableSourceKindField && source.Key == "" {
			return invalid("VariableMap", "each variable needs FormField with a key, or StaticText")
		}
	}
	return nil
}

// LeadPagesService links Facebook Pages whose leads come to a number. On the client or
// the view of one number only its links can be seen and changed; another number's are
// [CodeNumberNotInGrant]. A link that is unknown is a [*NotFoundError], a key without the
// permission integrations:manage gets [CodePermissionDenied]. It is part of a
// [NumberClient], of a [TenantClient] and of a [NumberView].
//
//   - [LeadPagesService.List] returns the Pages that are linked and those that can be
//   - [LeadPagesService.Link] sends the leads of a Page to a number, and fetches those of
//     the last 90 days in the background
//   - [LeadPagesService.Move] MAY SWITCH AUTOMATIC MESSAGES OFF
//   - [LeadPagesService.Unlink] ERASES ALL LEADS OF THE PAGE and the settings of its forms,
//     for ever
//   - [LeadPagesService.Forms] returns the forms of a Page and how leads of each are
//     treated
//   - [LeadPagesService.UpdateForm] REPLACES THE WHOLE CONFIGURATION of a form and MAY SEND
//     MESSAGES
//   - [LeadPagesService.Resync] fetches the leads of the last 90 days again in the
//     background, and tries the subscription again where it is down
type LeadPagesService struct{ client *Client }

// List returns the Pages that are linked and those that can be: of the number, or of
// the whole workspace on a [TenantClient].
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetrySafe].
// Errors: those of every call.
func (s LeadPagesService) List(ctx context.Context) (*LeadPages, error) {
	return invoke[LeadPages](ctx, s.client, opLeadPagesList, input{})
}

// Link sends the leads of a Page to a number, and fetches those of the last 90 days in the
// background: events and, once a form has them, automatic messages may follow. An error is
// not the only failure: look at SubscribedAt of the link. It is repeated only after what
// provably never reached the API; after an [*OutcomeUnknownError] look with List whether
// the Page is linked. A number out of the key's reach is [CodeNumberNotInGrant], a member
// that the API does not know [CodeUnknownFields]. The vendor documents no code for a Page
// that is linked already or not shared: look at StatusCode.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetryUnsent].
// Errors: [*OutcomeUnknownError] and those of every call.
func (s LeadPagesService) Link(ctx context.Context, req LinkLeadPageRequest) (*LeadPageLink, error) {
	var err error
	if req.WhatsAppNumberID, err = s.client.numberIDForBody(req.WhatsAppNumberID); err != nil {
		return nil, err
	}
	answer, err := invoke[leadPageLinkAnswer](ctx, s.client, opLeadPagesLink, input{body: req})
	if err != nil {
		return nil, err
	}
	return &answer.Link, nil
}

// Move MAY SWITCH AUTOMATIC MESSAGES OFF: it sends the leads of a Page to another
// number. [MovedLeadPage].AutoSendDisabled says so once, and not in the answer of a
// second call. It is repeated only after what provably never reached the API; after an
// [*OutcomeUnknownError] look with Forms which forms still send.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetryUnsent].
// Errors: [*OutcomeUnknownError] and those of every call.
func (s LeadPagesService) Move(ctx context.Context, pageLinkID, numberID string) (*MovedLeadPage, error) {
	return invoke[MovedLeadPage](ctx, s.client, opLeadPagesMove, input{
		path: params{pageLinkID}, body: moveLeadPageBody{numberID},
	})
}

// Unlink ERASES ALL LEADS OF THE PAGE and the settings of its forms, for ever. Save the
// leads first ([LeadsService.All] with [ListLeadsOptions].PageID). It is tried once: after
// an [*OutcomeUnknownError] look with List whether the link is still there.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetryNever].
// Errors: [*OutcomeUnknownError] and those of every call.
func (s LeadPagesService) Unlink(ctx context.Context, pageLinkID string) (*UnlinkedLeadPage, error) {
	return invoke[UnlinkedLeadPage](ctx, s.client, opLeadPagesUnlink, input{path: params{pageLinkID}})
}

// Forms returns the forms of a Page and how leads of each are treated. It asks Meta,
// which is slow and can fail: see [ContextWithAttemptTimeout].
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetrySafe].
// Errors: those of every call.
func (s LeadPagesService) Forms(ctx context.Context, pageLinkID string) (*LeadForms, error) {
	return invoke[LeadForms](ctx, s.client, opLeadPagesForms, input{path: params{pageLinkID}})
}

// UpdateForm REPLACES THE WHOLE CONFIGURATION of a form and MAY SEND MESSAGES: with
// AutoSendEnabled every new lead gets one from then on, with nobody in between, which Meta
// may bill on official numbers. Start from [LeadFormConfig.Update] of what Forms returns,
// since what is left out is lost. It is repeated after lost answers too, which changes
// nothing more. A text that is too long, a template that is not approved or the wrong kind
// of text for the number is an [*APIError] with StatusCode 400; a member that the API does
// not know is [CodeUnknownFields], a link of another number [CodeNumberNotInGrant], and an
// unknown one a [*NotFoundError].
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetrySafe].
// Errors: those of every call.
func (s LeadPagesService) UpdateForm(ctx context.Context, pageLinkID, formID string, req UpdateLeadFormRequest) (*LeadFormConfig, error) {
	answer, err := invoke[leadFormConfigAnswer](ctx, s.client, opLeadPagesUpdateForm, input{
		path: params{pageLinkID, formID}, body: req,
	})
	if err != nil {
		return nil, err
	}
	return &answer.Config, nil
}

// Resync fetches the leads of the last 90 days again in the background, and tries the
// subscription again where it is down. Automatic messages may follow. It is tried once, and
// a Page has to wait in between: a [*RateLimitError] with [CodeResyncCooldown] says in
// [RetryAfter] how long. After an [*OutcomeUnknownError] a second call gets that error if
// the first one had begun. A link of another number is [CodeNumberNotInGrant], and an
// unknown one a [*NotFoundError].
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetryNever].
// Errors: [*OutcomeUnknownError] and those of every call.
func (s LeadPagesService) Resync(ctx context.Context, pageLinkID string) (*LeadPageResync, error) {
	return invoke[LeadPageResync](ctx, s.client, opLeadPagesResync, input{path: params{pageLinkID}})
}
