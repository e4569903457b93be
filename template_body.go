package pilotstatus

import (
	"strings"
)

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

	// Text is for TemplateHeaderTypeText: up to 60 characters with at most one
	// placeholder, and without line breaks, emoji and formatting.
	Text string

	// Source is for the other types: a public http(s) URL or a data URI (see
	// DataURI), which the API stores.
	Source string
}

// TemplateHeaderType is the kind of a TemplateHeader. The set is open.
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

func isDataURI(source string) bool {
	const scheme = "data:"
	return len(source) >= len(scheme) && strings.EqualFold(source[:len(scheme)], scheme)
}

// TemplateButton is a button under a template. Its fields on the wire differ from those
// of a Button.
type TemplateButton struct {
	Type        TemplateButtonType
	Text        string // the label; not for TemplateButtonTypeCopyCode
	URL         string // for TemplateButtonTypeURL; may end with one placeholder
	PhoneNumber string // for TemplateButtonTypePhoneNumber, in E.164 form
	Code        string // for TemplateButtonTypeCopyCode: an example, up to 15 letters and digits
}

// TemplateButtonType is what a TemplateButton does. The set is open.
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
