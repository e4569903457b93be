package pilotstatus

import (
	"context"
	"maps"
	"unicode/utf8"
)

// LeadPages lists the Facebook Pages that are linked to numbers, and those that can be.
type LeadPages struct {
	Linked []LeadPageLink `json:"linked" required:"true"` // a [NumberClient] and a [NumberView] see only those of their number

	// Candidates are Pages that may be linked. An empty list means that there are no
	// candidates only if CandidatesLookup is [MetaLookupOK] and EligibilityBlocker is "".
	Candidates []LeadPageCandidate `json:"candidates"`

	Configured        bool       `json:"configured"`        // whether the platform's integration is set up
	PartnerBusinessID string     `json:"partnerBusinessId"` // the platform's portfolio at Meta, to share a Page with
	CandidatesLookup  MetaLookup `json:"candidatesLookup"`

	// EligibilityBlocker is the reason why no Page can be a candidate, or "". The set is
	// open.
	EligibilityBlocker string `json:"eligibilityBlocker"`
}

// EligibilityBlockerNoOfficialNumber is the documented [LeadPages].EligibilityBlocker:
// without an official number the workspace cannot prove that it owns a Page.
const EligibilityBlockerNoOfficialNumber = "NO_OFFICIAL_NUMBER"

// LeadPageLink is a Facebook Page whose leads come to a number.
type LeadPageLink struct {
	PageLinkID       string `json:"pageLinkId" required:"true"` // the id that the other calls take
	PageID           string `json:"pageId"`                     // Facebook's id
	PageName         string `json:"pageName"`
	WhatsAppNumberID string `json:"whatsappNumberId"`

	// SubscribedAt is when Meta began to deliver the leads of the Page. Zero means that
	// Meta does not deliver them; SubscriptionError then has the reason.
	SubscribedAt      Timestamp               `json:"subscribedAt"`
	SubscriptionError LeadSubscriptionFailure `json:"subscriptionError"`

	LinkedAt   Timestamp `json:"linkedAt"`
	LeadsCount int64     `json:"leadsCount"` // stored leads
}

// LeadSubscriptionFailure is the reason why Meta does not deliver the leads of a Page. The
// set is open.
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
	// is not nil means that the Page can be linked. nil means that Meta could not be asked.
	// Ready distinguishes the two.
	MissingTasks []string `json:"missingTasks"`
}

// Ready reports whether Meta confirmed that no right on the Page is missing.
func (c LeadPageCandidate) Ready() bool { return c.MissingTasks != nil && len(c.MissingTasks) == 0 }

// MovedLeadPage is the answer of [LeadPagesService.Move].
type MovedLeadPage struct {
	Link LeadPageLink `json:"link" required:"true"`

	// AutoSendDisabled is true if the move switched off the automatic messages of all forms
	// of the Page. Let a person check each form (Forms, UpdateForm).
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
	Started    bool   `json:"started" strict:"true"` // the API fetches the leads of 90 days in the background
	PageLinkID string `json:"pageLinkId" required:"true"`

	// SubscriptionRetried is true if the subscription was down and the API tried it again.
	// The next two fields are its state afterwards, and are set only then.
	SubscriptionRetried bool                    `json:"-"`
	SubscribedAt        Timestamp               `json:"subscribedAt"` // zero: still down
	SubscriptionError   LeadSubscriptionFailure `json:"subscriptionError"`
}

// complete sets SubscriptionRetried if the answer has a field of the subscription, also
// null.
func (r *LeadPageResync) complete(text []byte) {
	members := membersOf(text)
	r.SubscriptionRetried = members["subscribedAt"] != nil || members["subscriptionError"] != nil
}

// LinkLeadPageRequest names the Page to link and the number that receives its leads.
type LinkLeadPageRequest struct {
	PageID string `json:"pageId"` // Facebook's id of the Page, in digits

	// WhatsAppNumberID is required on a [TenantClient]. A [NumberView] already sends its
	// own number id and refuses a different one here.
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

// LeadForms lists the forms of a Page.
type LeadForms struct {
	Forms            []LeadForm         `json:"forms" required:"true"`
	FormsTruncated   bool               `json:"formsTruncated" strict:"true"`   // there are more forms; the API has no call for the rest
	NumberIsOfficial bool               `json:"numberIsOfficial" strict:"true"` // automatic messages use templates; if false, FreeText
	Templates        []LeadFormTemplate `json:"templates"`                      // approved templates for automatic messages
}

// LeadForm is an Instant Form as Meta shows it now, with the configuration for its leads.
type LeadForm struct {
	FormID    string             `json:"formId"`
	FormName  string             `json:"formName"`
	Status    string             `json:"status"` // Meta's word, as in "ACTIVE"
	Questions []LeadFormQuestion `json:"questions"`

	// ConsentCheckboxes are the boxes that a person can check. If ConsentAvailable is
	// false, the API could not read them, and the list is empty.
	ConsentCheckboxes []ConsentCheckbox `json:"consentCheckboxes"`
	ConsentAvailable  bool              `json:"consentAvailable" strict:"true"`

	Config *LeadFormConfig `json:"config"` // nil if the form was never configured
}

// LeadFormQuestion is a question of a form.
type LeadFormQuestion struct {
	Key     string           `json:"key"`   // for [FormField]
	Label   string           `json:"label"` // the question, or the key if the question has no text
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

// LeadFormConfig is the configuration for the leads of a form.
type LeadFormConfig struct {
	FormID               string                    `json:"formId" required:"true"`
	FormName             string                    `json:"formName"`
	ConsentDisclaimerKey string                    `json:"consentDisclaimerKey"`          // the box that means consent; "" without a box
	AutoSendEnabled      bool                      `json:"autoSendEnabled" strict:"true"` // every new lead gets a message
	TemplateID           string                    `json:"templateId"`                    // of that message, on official numbers
	FreeText             string                    `json:"freeText"`                      // the text of that message, on other numbers
	VariableMap          map[string]VariableSource `json:"variableMap"`                   // by the name of the placeholder
	UpdatedAt            Timestamp                 `json:"updatedAt"`
}

// Update returns a request that stores the same configuration again. Change the fields that
// you want to change.
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

// unlessEmpty returns a pointer to text, or nil for an empty text, which was null in the
// answer.
func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// VariableSource is the value of a template variable. Make one with [FormField] or
// [StaticText].
type VariableSource struct {
	Source VariableSourceKind `json:"source"`
	Key    string             `json:"key"`   // the question, with [VariableSourceKindField]
	Value  string             `json:"value"` // the text, with [VariableSourceKindStatic]
}

// VariableSourceKind is the kind of a [VariableSource]. The set is open.
type VariableSourceKind string

// The documented kinds.
const (
	VariableSourceKindField  VariableSourceKind = "field"
	VariableSourceKindStatic VariableSourceKind = "static"
)

// FormField returns a source that uses the person's answer to the question with that key.
func FormField(key string) VariableSource {
	return VariableSource{Source: VariableSourceKindField, Key: key}
}

// StaticText returns a source that uses the same text for every person.
func StaticText(text string) VariableSource {
	return VariableSource{Source: VariableSourceKindStatic, Value: text}
}

// MarshalJSON writes only the fields of the kind. The API refuses others.
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

// UpdateLeadFormRequest is the whole configuration of a form. The API stores all of it and
// clears the fields that are left out. [LeadFormConfig.Update] returns a request that
// changes nothing.
type UpdateLeadFormRequest struct {
	FormName Nullable[string] `json:"formName,omitzero"` // up to 255 characters

	// ConsentDisclaimerKey is the key of the box that means consent. nil clears it.
	ConsentDisclaimerKey *string `json:"consentDisclaimerKey"`

	// AutoSendEnabled sends a WhatsApp message to every new lead, without a person in
	// between.
	AutoSendEnabled bool `json:"autoSendEnabled"`

	// TemplateID is the approved template of that message, on official numbers. nil clears
	// it.
	TemplateID *string `json:"templateId"`

	// FreeText is the text of that message, with {{placeholders}}, on other numbers. It has
	// up to 4096 characters. nil clears it.
	FreeText *string `json:"freeText"`

	// VariableMap holds the source of each variable, by its name.
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

// LeadPagesService links Facebook Pages to the numbers that receive their leads. A
// [NumberClient] and a [NumberView] can see and change only the links of their number;
// links of another number are [CodeNumberNotInGrant]. A key without the permission
// integrations:manage gets [CodePermissionDenied]. It is part of a [NumberClient], of a
// [TenantClient] and of a [NumberView].
//
//   - [LeadPagesService.List] lists the linked Pages and the candidates
//   - [LeadPagesService.Link] links a Page to a number
//   - [LeadPagesService.Move] moves the leads of a Page to another number
//   - [LeadPagesService.Unlink] removes a link and erases the leads of the Page
//   - [LeadPagesService.Forms] lists the forms of a Page and their configurations
//   - [LeadPagesService.UpdateForm] replaces the configuration of a form
//   - [LeadPagesService.Resync] fetches the leads of the last 90 days again
type LeadPagesService struct{ client *Client }

// List returns the Pages that are linked and those that can be. A [NumberClient] and a
// [NumberView] list those of their number, a [TenantClient] those of the whole workspace.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetrySafe].
// Errors: those of every call.
func (s LeadPagesService) List(ctx context.Context) (*LeadPages, error) {
	return invoke[LeadPages](ctx, s.client, opLeadPagesList, input{})
}

// Link links a Page to a number, which then receives its leads. The API fetches the leads
// of the last 90 days in the background: events follow, and automatic messages if a form
// has them. A link without an error can still fail to deliver: check SubscribedAt of the
// link. After an [*OutcomeUnknownError], look in List whether the Page is linked before
// calling again. The vendor documents no code for a Page that is already linked or not
// shared: check StatusCode.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetryUnsent].
// Errors: [*OutcomeUnknownError], [CodeNumberNotInGrant], [CodeUnknownFields] and those of
// every call.
func (s LeadPagesService) Link(ctx context.Context, req LinkLeadPageRequest) (*LeadPageLink, error) {
	var err error
	if req.WhatsAppNumberID, err = s.client.numberIDForBody(req.WhatsAppNumberID); err != nil {
		return nil, err
	}
	return invokeMember[LeadPageLink](ctx, s.client, opLeadPagesLink, input{body: req}, "link")
}

// Move MAY SWITCH AUTOMATIC MESSAGES OFF: it moves the leads of a Page to another number.
// Only the first answer says so, in [MovedLeadPage].AutoSendDisabled. After an
// [*OutcomeUnknownError], look in Forms which forms still send before calling again.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetryUnsent].
// Errors: [*OutcomeUnknownError], [*NotFoundError], [CodeNumberNotInGrant],
// [CodeUnknownFields] and those of every call.
func (s LeadPagesService) Move(ctx context.Context, pageLinkID, numberID string) (*MovedLeadPage, error) {
	return invoke[MovedLeadPage](ctx, s.client, opLeadPagesMove, input{
		path: params{pageLinkID}, body: moveLeadPageBody{numberID},
	})
}

// Unlink ERASES ALL LEADS OF THE PAGE and the settings of its forms, forever. Save the
// leads first ([LeadsService.All] with [ListLeadsOptions].PageID). After an
// [*OutcomeUnknownError], look in List whether the link still exists before calling again.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetryNever].
// Errors: [*OutcomeUnknownError], [*NotFoundError], [CodeNumberNotInGrant] and those of
// every call.
func (s LeadPagesService) Unlink(ctx context.Context, pageLinkID string) (*UnlinkedLeadPage, error) {
	return invoke[UnlinkedLeadPage](ctx, s.client, opLeadPagesUnlink, input{path: params{pageLinkID}})
}

// Forms returns the forms of a Page and the configuration of each. The API asks Meta, which
// is slow and can fail: see [ContextWithAttemptTimeout].
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetrySafe].
// Errors: [*NotFoundError], [CodeNumberNotInGrant] and those of every call.
func (s LeadPagesService) Forms(ctx context.Context, pageLinkID string) (*LeadForms, error) {
	return invoke[LeadForms](ctx, s.client, opLeadPagesForms, input{path: params{pageLinkID}})
}

// UpdateForm REPLACES THE WHOLE CONFIGURATION of a form and MAY SEND MESSAGES. With
// AutoSendEnabled every new lead gets a message from then on, without a person in between;
// on official numbers Meta may bill it. Fields that are left out are lost, so start from
// [LeadFormConfig.Update] of a configuration that Forms returned.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetrySafe].
// Errors: [*NotFoundError] for an unknown link, [CodeNumberNotInGrant],
// [CodeUnknownFields], an [*APIError] with StatusCode 400 for a text that is too long, a
// template that is not approved or a kind of text that the number cannot send, and those of
// every call.
func (s LeadPagesService) UpdateForm(ctx context.Context, pageLinkID, formID string, req UpdateLeadFormRequest) (*LeadFormConfig, error) {
	in := input{path: params{pageLinkID, formID}, body: req}
	return invokeMember[LeadFormConfig](ctx, s.client, opLeadPagesUpdateForm, in, "config")
}

// Resync fetches the leads of the last 90 days again in the background, and tries the
// subscription again if it is down. Automatic messages may follow. A Page has a cooldown
// between two calls; [RetryAfter] returns how long it still lasts. After an
// [*OutcomeUnknownError], a second call gets [CodeResyncCooldown] if the first one had
// begun.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetryNever].
// Errors: [*OutcomeUnknownError], [*RateLimitError] ([CodeResyncCooldown]),
// [*NotFoundError], [CodeNumberNotInGrant] and those of every call.
func (s LeadPagesService) Resync(ctx context.Context, pageLinkID string) (*LeadPageResync, error) {
	return invoke[LeadPageResync](ctx, s.client, opLeadPagesResync, input{path: params{pageLinkID}})
}
