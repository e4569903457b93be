package pilotstatus

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

// Recipient is where a message goes: a phone number, a contact, a group or a
// channel. Make it with Phone, UserID, GroupID or NewsletterID. It goes to the API
// byte for byte; in particular no ninth digit is added or removed.
type Recipient struct {
	kind  recipientKind
	value string
}

type recipientKind uint8

const (
	recipientNone recipientKind = iota
	recipientContact
	recipientGroup
	recipientNewsletter
)

// Phone returns the recipient with that phone number, in E.164 form with the
// leading "+". Use the form that the API returned, where it returned one.
func Phone(number string) Recipient { return Recipient{recipientContact, number} }

// UserID returns the contact with that durable id (a BSUID, as in
// "BR.900100200300"), for contacts whose phone number is hidden.
func UserID(id string) Recipient { return Recipient{recipientContact, id} }

// GroupID returns the group with that id, which ends in "@g.us". An official
// number needs a business account that is approved for groups
// (CodeMetaGroupsNotEligible).
func GroupID(id string) Recipient { return Recipient{recipientGroup, id} }

// NewsletterID returns the channel with that id, which ends in "@newsletter".
// Official numbers cannot send to channels (CodeNotSupportedForMeta).
func NewsletterID(id string) Recipient { return Recipient{recipientNewsletter, id} }

// String says what kind of recipient it is, without the number or id.
func (r Recipient) String() string {
	switch r.kind {
	case recipientContact:
		return "contact " + redacted
	case recipientGroup:
		return "group " + redacted
	case recipientNewsletter:
		return "newsletter " + redacted
	}
	return "no recipient"
}

// Format writes String, whatever the verb.
func (r Recipient) Format(f fmt.State, _ rune) { printText(f, r.String()) }

// LogValue returns String.
func (r Recipient) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalJSON returns an error: a request that was stored as JSON could not be read
// back. Store your own record, and make the request from it.
func (r Recipient) MarshalJSON() ([]byte, error) {
	return nil, errors.New("pilotstatus: a SendRequest has no JSON form; store your own record and make the request from it")
}

// Content is what a message says, in exactly one mode: TextContent,
// TemplateContent, MediaContent, ListContent, CarouselContent or FlowContent, as
// values.
type Content interface{ content() }

func (TextContent) content()     {}
func (TemplateContent) content() {}
func (MediaContent) content()    {}
func (ListContent) content()     {}
func (CarouselContent) content() {}
func (FlowContent) content()     {}

// TextContent is free text, with up to three buttons. On an official number free
// text reaches only contacts who wrote within the last 24 hours: outside that
// window the send is accepted and fails later (FailureMetaOutside24hWindow).
type TextContent struct {
	Body    string
	Buttons []Button // at most 3
	Header  *Header  // documented together with buttons only
	Footer  string   // documented together with buttons only
}

// Header stands above a text with buttons.
type Header struct {
	Type    HeaderType `json:"type"`
	Content string     `json:"content"` // the text, or the URL of the media
}

// HeaderType is the kind of a Header. The set is open.
type HeaderType string

// The documented kinds of headers.
const (
	HeaderTypeText     HeaderType = "text"
	HeaderTypeImage    HeaderType = "image"
	HeaderTypeVideo    HeaderType = "video"
	HeaderTypeDocument HeaderType = "document"
)

// Button is a button under a text. ReplyButton, URLButton, CallButton and
// CopyButton make the documented kinds.
type Button struct {
	Type        ButtonType `json:"type"`
	Label       string     `json:"label"`
	URL         string     `json:"url,omitempty"`         // for ButtonTypeURL
	PhoneNumber string     `json:"phoneNumber,omitempty"` // for ButtonTypeCall
	CopyCode    string     `json:"copyCode,omitempty"`    // for ButtonTypeCopy
}

// ButtonType is what a Button does. The set is open.
type ButtonType string

// The documented kinds of buttons.
const (
	ButtonTypeReply ButtonType = "reply"
	ButtonTypeURL   ButtonType = "url"
	ButtonTypeCall  ButtonType = "call"
	ButtonTypeCopy  ButtonType = "copy"
)

// ReplyButton returns a button that answers with its label.
func ReplyButton(label string) Button { return Button{Type: ButtonTypeReply, Label: label} }

// URLButton returns a button that opens a page.
func URLButton(label, url string) Button {
	return Button{Type: ButtonTypeURL, Label: label, URL: url}
}

// CallButton returns a button that calls a phone number.
func CallButton(label, phone string) Button {
	return Button{Type: ButtonTypeCall, Label: label, PhoneNumber: phone}
}

// CopyButton returns a button that copies a code.
func CopyButton(label, code string) Button {
	return Button{Type: ButtonTypeCopy, Label: label, CopyCode: code}
}

// TemplateContent is an approved template.
type TemplateContent struct {
	ID        string            // the template's id or its name
	Variables map[string]string // a value that is not blank for every placeholder
	Media     *Media            // replaces the template's media

	// AIRewrite asks for an automatic variation of the text, for marketing
	// templates only.
	AIRewrite *bool
}

// Media is a file that the API fetches or is given.
type Media struct {
	Source string    // a public http(s) URL, or on official numbers a data URI
	Type   MediaType // required: the API takes what has none for an image
}

// MediaType is the kind of a file. The set is open.
type MediaType string

// The documented kinds of media. Audio arrives as a voice note.
const (
	MediaTypeImage    MediaType = "image"
	MediaTypeVideo    MediaType = "video"
	MediaTypeDocument MediaType = "document"
	MediaTypeAudio    MediaType = "audio"
	MediaTypeVoice    MediaType = "voice"
	MediaTypeSticker  MediaType = "sticker"
)

// MediaContent is a file. It needs a paid plan (PaymentError,
// CodeSubscriptionRequiredForMedia).
type MediaContent struct {
	Source  string    // a public http(s) URL, or on official numbers a data URI
	Type    MediaType // required
	Caption string    // for images, videos and documents
}

// ListContent is a text with a button that opens a list to choose one row from.
type ListContent struct {
	Body     string
	Button   string // the label of the button
	Sections []ListSection
	Footer   string
}

// ListSection is a titled part of a list.
type ListSection struct {
	Title string    `json:"title,omitempty"`
	Rows  []ListRow `json:"rows"`
}

// ListRow is a row that can be chosen.
type ListRow struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	ID          string `json:"rowId"` // comes back with the contact's choice
}

// CarouselContent is a row of cards, each with media of its own.
type CarouselContent struct {
	Cards []Card

	// CardTemplate goes to the API as it is: the reference does not say what is
	// in it.
	CardTemplate json.RawMessage

	Body   string
	Footer string
}

// Card is one card of a carousel.
type Card struct {
	Media   map[string]string `json:"media,omitempty"` // the reference does not name the keys
	Body    string            `json:"body,omitempty"`
	Buttons []CardButton      `json:"buttons,omitempty"`
}

// CardButton is a button of a card.
type CardButton struct {
	Type    CardButtonType `json:"type"`
	Text    string         `json:"text"`
	URL     string         `json:"url,omitempty"`     // for CardButtonTypeURL
	Payload string         `json:"payload,omitempty"` // for CardButtonTypeQuickReply
}

// CardButtonType is what a CardButton does. The set is open.
type CardButtonType string

// The documented kinds of card buttons.
const (
	CardButtonTypeQuickReply CardButtonType = "QUICK_REPLY"
	CardButtonTypeURL        CardButtonType = "URL"
)

// FlowContent is a WhatsApp Flow. The API refuses it outside the 24-hour window
// (CodeFlowWindowClosed). Accepted.FlowToken joins the contact's answers to it.
type FlowContent struct {
	FlowID string
	CTA    string // the label of the button
	Action FlowAction
	Screen string         // the first screen, for FlowActionNavigate
	Data   map[string]any // for the first screen
	Mode   FlowMode
	Body   string
	Footer string
}

// FlowAction is how a Flow starts. The set is open.
type FlowAction string

// The documented actions.
const (
	FlowActionNavigate     FlowAction = "navigate"
	FlowActionDataExchange FlowAction = "data_exchange"
)

// FlowMode is which version of a Flow is sent. The set is open.
type FlowMode string

// The documented modes.
const (
	FlowModePublished FlowMode = "published"
	FlowModeDraft     FlowMode = "draft"
)
