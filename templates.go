package pilotstatus

import (
	"cmp"
	"context"
	"encoding/json"
)

// TemplateCategory is what a template is for. Meta bills by it. The set is open.
type TemplateCategory string

// The documented categories.
const (
	TemplateCategoryMarketing TemplateCategory = "MARKETING"
	TemplateCategoryUtility   TemplateCategory = "UTILITY"
	TemplateCategoryOTP       TemplateCategory = "OTP" // one-time codes
)

// TemplateSource is where a template is kept. The set is open.
type TemplateSource string

// The documented sources.
const (
	TemplateSourceMeta        TemplateSource = "META"         // the only ones that official numbers can send
	TemplateSourcePilotStatus TemplateSource = "PILOT_STATUS" // for web numbers
)

// TemplateStatus is what Meta says of a template. The set is open.
type TemplateStatus string

// The documented statuses.
const (
	TemplateStatusApproved TemplateStatus = "APPROVED"
	TemplateStatusPending  TemplateStatus = "PENDING" // waits for Meta's approval
	TemplateStatusRejected TemplateStatus = "REJECTED"
	TemplateStatusDisabled TemplateStatus = "DISABLED"
)

// Template is a message with placeholders. The API promises ID, Name and Category
// only; everything else may be missing.
type Template struct {
	ID       string           `json:"id" required:"true"` // for [TemplateContent]; the name does too
	Name     string           `json:"name"`
	Category TemplateCategory `json:"category"`

	// LatestVersion is not documented.
	LatestVersion json.RawMessage `json:"latestVersion"`

	// Body is what the template says: a text, or an object with header, body, footer
	// and buttons, each an object or a text. Text reads the text of both.
	Body json.RawMessage `json:"body"`

	// Experimental: Variables are the names of the placeholders. They are nil where
	// the API lists them in another form, which Raw has.
	Variables []string `json:"variables"`

	Source     TemplateSource `json:"source"`
	MetaStatus TemplateStatus `json:"metaStatus"`   // "" on web numbers
	Language   string         `json:"metaLanguage"` // as in "pt_BR"
	Sendable   *bool          `json:"sendable"`     // nil: the API does not say; see CanSend

	// Experimental: RejectionReason is why Meta refused the template. It was seen
	// in answers, and is not documented.
	RejectionReason string `json:"rejectionReason"`

	Raw json.RawMessage `json:"-"` // the template as received
}

// UnmarshalJSON reads the template, also with the other names that it was seen with.
func (t *Template) UnmarshalJSON(data []byte) error {
	type plain Template // without this method
	var answer struct {
		plain
		OtherLanguage string `json:"language"`
		MetaReason    string `json:"metaRejectionReason"`
	}
	if err := unmarshalAnswer(data, &answer); err != nil {
		return err
	}
	*t = Template(answer.plain)
	t.Language = cmp.Or(t.Language, answer.OtherLanguage)
	t.RejectionReason = cmp.Or(t.RejectionReason, answer.MetaReason)
	return nil
}

// CanSend reports whether the template can be sent now: what the API says, or where it
// does not say whether Meta approved it.
func (t Template) CanSend() bool {
	if t.Sendable != nil {
		return *t.Sendable
	}
	return t.MetaStatus == TemplateStatusApproved
}

// Experimental: Text returns the text of the template with its placeholders, as in
// "Hi {{name}}", and "" where Body has none that could be found.
func (t Template) Text() string {
	text := t.Body
	for _, member := range []string{"body", "text"} {
		if inside := membersOf(text)[member]; inside != nil {
			text = json.RawMessage(inside)
		}
	}
	return textOf(text)
}

// SubmittedTemplate is a template as Create and Update leave it.
type SubmittedTemplate struct {
	ID         string           `json:"id" required:"true"`
	Name       string           `json:"name"` // as the API wrote it: separators become "_"
	Category   TemplateCategory `json:"category"`
	MetaStatus TemplateStatus   `json:"metaStatus"` // [TemplateStatusPending] on official numbers; "" on web numbers
}

// SubmitTemplateRequest is the template to make with [TemplatesService.Create], or its new
// version for [TemplatesService.Update], which takes the place of the whole old one.
type SubmitTemplateRequest struct {
	// Name has letters and digits; separators become "_". Create requires it. Update
	// keeps Name, Category and Language where they are empty, which is best: the
	// category is fixed when a template is made.
	Name     string           `json:"name,omitempty"`
	Category TemplateCategory `json:"category,omitempty"`
	Language string           `json:"language,omitempty"` // as in "pt_BR"
	Body     TemplateBody     `json:"body"`

	// Examples has a real sample for every placeholder in header, body and URL, by
	// its name. Without one the API answers [CodeTemplateExamplesRequired].
	Examples map[string]string `json:"examples,omitempty"`

	// Extra holds body fields that this version does not know. A field that it
	// knows is a [*ValidationError] here.
	Extra map[string]any `json:"-"`
}

func (t SubmitTemplateRequest) validate() error { return t.Body.validate() }

// maxTemplateButtons is the API's limit of buttons in a template.
const maxTemplateButtons = 10

// TemplateBody is what a template says. Placeholders are named, as in "{{name}}".
type TemplateBody struct {
	Header *TemplateHeader

	// Text has up to 1024 characters. It neither begins nor ends with a placeholder,
	// and Meta wants fixed words around each.
	Text string

	Footer  string           // up to 60 characters, without placeholders
	Buttons []TemplateButton // at most 10, of which 2 URLs, 1 phone number and 1 code
}

// templateText is a part of a template that consists of text.
type templateText struct {
	Text string `json:"text"`
}

// MarshalJSON writes the form of the API, in which the text is body.text.
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

// TemplateHeader stands above the text of a template.
type TemplateHeader struct {
	Type TemplateHeaderType

	// Text is for [TemplateHeaderTypeText]: up to 60 characters with at most one
	// placeholder, and without line breaks, emoji and formatting.
	Text string

	// Source is for the other types: a public http(s) URL or a data URI (see
	// [DataURI]), which the API stores.
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

// MarshalJSON writes the source as the API wants it, by its kind.
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

// TemplateButton is a button under a template. Its fields on the wire differ from those
// of a Button.
type TemplateButton struct {
	Type        TemplateButtonType
	Text        string // the label; not for [TemplateButtonTypeCopyCode]
	URL         string // for [TemplateButtonTypeURL]; may end with one placeholder
	PhoneNumber string // for [TemplateButtonTypePhoneNumber], in E.164 form
	Code        string // for [TemplateButtonTypeCopyCode]: an example, up to 15 letters and digits
}

// TemplateButtonType is what a [TemplateButton] does. The set is open.
type TemplateButtonType string

// The documented kinds of template buttons.
const (
	TemplateButtonTypeQuickReply  TemplateButtonType = "QUICK_REPLY"
	TemplateButtonTypeURL         TemplateButtonType = "URL"
	TemplateButtonTypePhoneNumber TemplateButtonType = "PHONE_NUMBER"
	TemplateButtonTypeCopyCode    TemplateButtonType = "COPY_CODE"
)

// MarshalJSON writes the form of the API, in which the code is a list of examples.
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

// TemplatesService writes templates and follows their approval. The templates of an
// official number belong to all numbers of its WhatsApp Business Account. It is part of a
// [NumberClient].
//
//   - [TemplatesService.List] returns all templates of the number
//   - [TemplatesService.Get] returns a template by its id or its name
//   - [TemplatesService.Create] makes a template
//   - [TemplatesService.Update] MAKES A NEW VERSION of the template with that id or name,
//     every time it is called
//   - [TemplatesService.Delete] DELETES THE TEMPLATE FOR EVER, named by its id or its name
type TemplatesService struct{ client *Client }

// List returns all templates of the number. Reading it again is how one learns that
// Meta approved a template: no event tells.
//
// Scope: number key. Retry: [RetrySafe]. Errors: those of every call.
func (s TemplatesService) List(ctx context.Context) ([]Template, error) {
	return invokeList[Template](ctx, s.client, opTemplatesList, input{}, "templates", "data")
}

// Get returns a template by its id or its name. Meta allows a name in several
// languages, and which of them comes is not known: prefer the id. An unknown one is a
// [*NotFoundError] with [CodeTemplateNotFound].
//
// Scope: number key. Retry: [RetrySafe]. Errors: those of every call.
func (s TemplatesService) Get(ctx context.Context, id string) (*Template, error) {
	return invoke[Template](ctx, s.client, opTemplatesGet, input{path: params{id}})
}

// Create makes a template. On an official number it is SUBMITTED TO META at once and can
// be sent once it is approved: ask Get until [Template.CanSend], no event tells. On a web
// number it can be sent at once. Errors:
// [CodeTemplateExamplesRequired] ([APIError].Details names the placeholders),
// [CodeMetaTemplateSubmitFailed] (Meta's reason is the message; it wants fixed words
// around placeholders), and a 409 for a name that exists. It is repeated only after what
// provably never reached the API; look for the name in List after an
// [*OutcomeUnknownError].
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s TemplatesService) Create(ctx context.Context, req SubmitTemplateRequest) (*SubmittedTemplate, error) {
	if err := required("Name", req.Name); err != nil {
		return nil, err
	}
	return invoke[SubmittedTemplate](ctx, s.client, opTemplatesCreate, input{body: req})
}

// Update MAKES A NEW VERSION of the template with that id or name, every time it is
// called. On an official number the version is submitted to Meta and waits for its
// approval. Errors are those of Create and [CodeTemplateNotFound]. It is repeated only
// after what provably never reached the API; compare with Get after an
// [*OutcomeUnknownError].
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s TemplatesService) Update(ctx context.Context, id string, req SubmitTemplateRequest) (*SubmittedTemplate, error) {
	return invoke[SubmittedTemplate](ctx, s.client, opTemplatesUpdate, input{path: params{id}, body: req})
}

// Delete DELETES THE TEMPLATE FOR EVER, named by its id or its name. On an official
// number it is removed at Meta for all numbers of the business account. Deleting it
// again is a [*NotFoundError] with [CodeTemplateNotFound], which also settles an
// [*OutcomeUnknownError]. It is repeated only after what provably never reached the API.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s TemplatesService) Delete(ctx context.Context, id string) error {
	return invokeDone(ctx, s.client, opTemplatesDelete, input{path: params{id}}, "deleted")
}
