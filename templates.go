package pilotstatus

import (
	"context"
	"encoding/json"
)

// TemplateCategory is the purpose of a template. Meta's price depends on it. The set is
// open.
type TemplateCategory string

// The documented categories.
const (
	TemplateCategoryMarketing TemplateCategory = "MARKETING"
	TemplateCategoryUtility   TemplateCategory = "UTILITY"
	TemplateCategoryOTP       TemplateCategory = "OTP" // one-time codes
)

// TemplateSource is the place where a template is stored. The set is open.
type TemplateSource string

// The documented sources.
const (
	TemplateSourceMeta        TemplateSource = "META"         // official numbers can send only these
	TemplateSourcePilotStatus TemplateSource = "PILOT_STATUS" // for web numbers
)

// TemplateStatus is Meta's decision about a template. The set is open.
type TemplateStatus string

// The documented statuses.
const (
	TemplateStatusApproved TemplateStatus = "APPROVED"
	TemplateStatusPending  TemplateStatus = "PENDING" // waiting for Meta's approval
	TemplateStatusRejected TemplateStatus = "REJECTED"
	TemplateStatusDisabled TemplateStatus = "DISABLED"
)

// Template is a message with placeholders. The API guarantees only ID, Name and Category;
// every other field may be missing.
type Template struct {
	ID       string           `json:"id" required:"true"` // for [TemplateContent], which also accepts the name
	Name     string           `json:"name"`
	Category TemplateCategory `json:"category"`

	// LatestVersion is not documented.
	LatestVersion json.RawMessage `json:"latestVersion"`

	// Body is the content of the template: a text, or an object with header, body, footer
	// and buttons, each an object or a text. [Template.Text] returns the text of both
	// forms.
	Body json.RawMessage `json:"body"`

	// Experimental: Variables are the names of the placeholders. They are nil if the API
	// lists them in another form; see Raw.
	Variables []string `json:"variables"`

	Source     TemplateSource `json:"source"`
	MetaStatus TemplateStatus `json:"metaStatus"`                   // "" on web numbers
	Language   string         `json:"metaLanguage" also:"language"` // as in "pt_BR"
	Sendable   *bool          `json:"sendable"`                     // nil: unknown; see CanSend

	// Experimental: RejectionReason is Meta's reason for a refusal. It is not documented,
	// but was seen in answers.
	RejectionReason string `json:"rejectionReason" also:"metaRejectionReason"`

	Raw json.RawMessage `json:"-"` // the template as received
}

// CanSend reports whether the template can be sent now. It returns Sendable if the API set
// it; otherwise it reports whether Meta approved the template.
func (t Template) CanSend() bool {
	if t.Sendable != nil {
		return *t.Sendable
	}
	return t.MetaStatus == TemplateStatusApproved
}

// Experimental: Text returns the text of the template with its placeholders, as in "Hi
// {{name}}", or "" if Body has no text in a known form.
func (t Template) Text() string {
	text := t.Body
	for _, member := range []string{"body", "text"} {
		if inside := membersOf(text)[member]; inside != nil {
			text = json.RawMessage(inside)
		}
	}
	return textOf(text)
}

// SubmittedTemplate is the result of [TemplatesService.Create] and
// [TemplatesService.Update].
type SubmittedTemplate struct {
	ID         string           `json:"id" required:"true"`
	Name       string           `json:"name"` // as stored by the API: separators become "_"
	Category   TemplateCategory `json:"category"`
	MetaStatus TemplateStatus   `json:"metaStatus"` // [TemplateStatusPending] on official numbers; "" on web numbers
}

// SubmitTemplateRequest is a new template for [TemplatesService.Create], or a new version
// for [TemplatesService.Update]. A new version replaces the old one completely.
type SubmitTemplateRequest struct {
	// Name has letters and digits; separators become "_". [TemplatesService.Create]
	// requires it. [TemplatesService.Update] keeps Name, Category and Language if they are
	// empty, which is best: the category of a template cannot change.
	Name     string           `json:"name,omitempty"`
	Category TemplateCategory `json:"category,omitempty"`
	Language string           `json:"language,omitempty"` // as in "pt_BR"
	Body     TemplateBody     `json:"body"`

	// Examples has a realistic sample for every placeholder in header, body and URL, by its
	// name. If one is missing, the API returns [CodeTemplateExamplesRequired].
	Examples map[string]string `json:"examples,omitempty"`

	// Extra holds body fields that this version does not know. A field that this version
	// knows is a [*ValidationError].
	Extra map[string]any `json:"-"`
}

func (t SubmitTemplateRequest) validate() error { return t.Body.validate() }

// maxTemplateButtons is the API's limit of buttons in a template.
const maxTemplateButtons = 10

// TemplateBody is the content of a template. Placeholders are named, as in "{{name}}".
type TemplateBody struct {
	Header *TemplateHeader

	// Text has up to 1024 characters. It must not begin or end with a placeholder, and Meta
	// requires fixed words around each placeholder.
	Text string

	Footer  string           // up to 60 characters, without placeholders
	Buttons []TemplateButton // at most 10, including at most 2 URLs, 1 phone number and 1 code
}

// templateText is a text part of a template.
type templateText struct {
	Text string `json:"text"`
}

// MarshalJSON encodes the form of the API, with the text in body.text.
func (b TemplateBody) MarshalJSON() ([]byte, error) {
	body := struct {
		Header  *TemplateHeader  `json:"header,omitzero"`
		Body    templateText     `json:"body"`
		Footer  *templateText    `json:"footer,omitzero"`
		Buttons []TemplateButton `json:"buttons,omitempty"`
	}{Header: b.Header, Body: templateText{b.Text}, Buttons: b.Buttons}
	if b.Footer != "" {
		body.Footer = &templateText{b.Footer}
	}
	return marshalBody(body)
}

func (b TemplateBody) validate() error {
	if err := required("Body.Text", b.Text); err != nil {
		return err
	}
	if b.Header != nil {
		if err := b.Header.validate(); err != nil {
			return err
		}
	}
	if len(b.Buttons) > maxTemplateButtons {
		return invalid("Body.Buttons", "a template has at most 10 buttons")
	}
	for _, button := range b.Buttons {
		if err := button.validate(); err != nil {
			return err
		}
	}
	return nil
}

// TemplateHeader is the header above the text of a template.
type TemplateHeader struct {
	Type TemplateHeaderType

	// Text is for [TemplateHeaderTypeText]: up to 60 characters with at most one
	// placeholder, and without line breaks, emoji and formatting.
	Text string

	// Source is for the other types: a public http(s) URL or a data URI (see [DataURI]).
	// The API stores the file.
	Source string
}

// TemplateHeaderType is the kind of a [TemplateHeader]. The set is open.
type TemplateHeaderType string

// The documented kinds of headers.
const (
	TemplateHeaderTypeNone     TemplateHeaderType = "NONE" // the same as no header
	TemplateHeaderTypeText     TemplateHeaderType = "TEXT"
	TemplateHeaderTypeImage    TemplateHeaderType = "IMAGE"    // JPG or PNG
	TemplateHeaderTypeVideo    TemplateHeaderType = "VIDEO"    // MP4
	TemplateHeaderTypeDocument TemplateHeaderType = "DOCUMENT" // PDF
)

// MarshalJSON encodes Source in the form that the API expects for a URL or a data URI.
func (h TemplateHeader) MarshalJSON() ([]byte, error) {
	header := struct {
		Type   TemplateHeaderType `json:"type"`
		Text   string             `json:"text,omitempty"`
		URL    string             `json:"url,omitempty"`
		Base64 string             `json:"base64,omitempty"`
	}{Type: h.Type, Text: h.Text, URL: h.Source}
	if isDataURI(h.Source) {
		source, err := standardDataURI("Body.Header.Source", h.Source)
		if err != nil {
			return nil, err
		}
		header.URL, header.Base64 = "", source
	}
	return marshalBody(header)
}

func (h TemplateHeader) validate() error {
	switch h.Type {
	case "":
		return invalid("Body.Header.Type", "it is required")
	case TemplateHeaderTypeText:
		return required("Body.Header.Text", h.Text)
	case TemplateHeaderTypeImage, TemplateHeaderTypeVideo, TemplateHeaderTypeDocument:
		if _, err := standardDataURI("Body.Header.Source", h.Source); err != nil {
			return err
		}
		return required("Body.Header.Source", h.Source)
	case TemplateHeaderTypeNone:
	}
	return nil
}

// TemplateButton is a button below a template. Its JSON fields differ from those of a
// [TextButton].
type TemplateButton struct {
	Type        TemplateButtonType
	Text        string // the label; not for [TemplateButtonTypeCopyCode]
	URL         string // for [TemplateButtonTypeURL]; may end with one placeholder
	PhoneNumber string // for [TemplateButtonTypePhoneNumber], in E.164 form
	Code        string // for [TemplateButtonTypeCopyCode]: an example, up to 15 letters and digits
}

// TemplateButtonType is the action of a [TemplateButton]. The set is open.
type TemplateButtonType string

// The documented kinds of template buttons.
const (
	TemplateButtonTypeQuickReply  TemplateButtonType = "QUICK_REPLY"
	TemplateButtonTypeURL         TemplateButtonType = "URL"
	TemplateButtonTypePhoneNumber TemplateButtonType = "PHONE_NUMBER"
	TemplateButtonTypeCopyCode    TemplateButtonType = "COPY_CODE"
)

// MarshalJSON encodes the form of the API, with the code as a list of examples.
func (b TemplateButton) MarshalJSON() ([]byte, error) {
	button := struct {
		Type        TemplateButtonType `json:"type"`
		Text        string             `json:"text,omitempty"`
		URL         string             `json:"url,omitempty"`
		PhoneNumber string             `json:"phone_number,omitempty"`
		Example     []string           `json:"example,omitempty"`
	}{Type: b.Type, Text: b.Text, URL: b.URL, PhoneNumber: b.PhoneNumber}
	if b.Code != "" {
		button.Example = []string{b.Code}
	}
	return marshalBody(button)
}

func (b TemplateButton) validate() error {
	const field = "Body.Buttons"
	switch b.Type {
	case "":
		return invalid(field, "a button needs a type")
	case TemplateButtonTypeQuickReply:
		return required(field+".Text", b.Text)
	case TemplateButtonTypeURL:
		return required(field+".URL", b.URL)
	case TemplateButtonTypePhoneNumber:
		return checkPhoneText(field+".PhoneNumber", b.PhoneNumber)
	case TemplateButtonTypeCopyCode:
		return required(field+".Code", b.Code)
	}
	return nil
}

// TemplatesService creates templates and reports their approval. The templates of an
// official number belong to all numbers of its WhatsApp Business Account. It is part of a
// [NumberClient].
//
//   - [TemplatesService.List] returns all templates of the number
//   - [TemplatesService.Get] returns a template
//   - [TemplatesService.Create] creates a template
//   - [TemplatesService.Update] CREATES A NEW VERSION of a template on every call
//   - [TemplatesService.Delete] DELETES a template forever
type TemplatesService struct{ client *Client }

// List returns all templates of the number. To learn that Meta approved a template, call
// List or [TemplatesService.Get] again: there is no event for it.
//
// Scope: number key. Retry: [RetrySafe]. Errors: those of every call.
func (s TemplatesService) List(ctx context.Context) ([]Template, error) {
	return invokeList[Template](ctx, s.client, opTemplatesList, input{}, "templates", "data")
}

// Get returns a template by its id or its name. Meta allows one name in several languages,
// and which of these templates is returned is not documented: prefer the id.
//
// Scope: number key. Retry: [RetrySafe]. Errors: [*NotFoundError] with
// [CodeTemplateNotFound] for an unknown template; and those of every call.
func (s TemplatesService) Get(ctx context.Context, id string) (*Template, error) {
	return invoke[Template](ctx, s.client, opTemplatesGet, input{path: params{id}})
}

// Create creates a template. On an official number it is SUBMITTED TO META at once and can
// be sent after its approval: call [TemplatesService.Get] until [Template.CanSend] returns
// true, because there is no event for it. On a web number it can be sent at once. After an
// [*OutcomeUnknownError], look for the name in [TemplatesService.List] before calling
// again.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [CodeTemplateExamplesRequired], where
// [APIError].Details names the placeholders; [CodeMetaTemplateSubmitFailed], where Meta's
// reason is the message, for example too few fixed words around placeholders; an
// [*APIError] with status 409 for an existing name; [*OutcomeUnknownError] and those of
// every call.
func (s TemplatesService) Create(ctx context.Context, req SubmitTemplateRequest) (*SubmittedTemplate, error) {
	if err := required("Name", req.Name); err != nil {
		return nil, err
	}
	return invoke[SubmittedTemplate](ctx, s.client, opTemplatesCreate, input{body: req})
}

// Update CREATES A NEW VERSION of a template, given by its id or its name, on every call.
// On an official number the version is submitted to Meta and waits for approval. After an
// [*OutcomeUnknownError], compare with [TemplatesService.Get] before calling again.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*NotFoundError] with
// [CodeTemplateNotFound] for an unknown template; [CodeTemplateExamplesRequired] and
// [CodeMetaTemplateSubmitFailed] as in [TemplatesService.Create]; [*OutcomeUnknownError]
// and those of every call.
func (s TemplatesService) Update(ctx context.Context, id string, req SubmitTemplateRequest) (*SubmittedTemplate, error) {
	return invoke[SubmittedTemplate](ctx, s.client, opTemplatesUpdate, input{path: params{id}, body: req})
}

// Delete DELETES A TEMPLATE FOREVER, given by its id or its name. On an official number,
// Meta removes it for all numbers of the business account. After an [*OutcomeUnknownError],
// call it again: a [*NotFoundError] means that the template is deleted.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*NotFoundError] with
// [CodeTemplateNotFound] for an unknown template; [*OutcomeUnknownError] and those of every
// call.
func (s TemplatesService) Delete(ctx context.Context, id string) error {
	return invokeDone(ctx, s.client, opTemplatesDelete, input{path: params{id}}, "deleted")
}
