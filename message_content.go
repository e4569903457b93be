package pilotstatus

import (
	"bytes"
	"encoding/json"
)

// exactMembers reads the members of an object of the caller's own. Numbers keep all their
// digits.
func exactMembers(data []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var members map[string]any
	err := decoder.Decode(&members)
	return members, err
}

// standardOwn returns an object that marshalOwn wrote with its names in order and its texts
// in one spelling, also where a struct or raw JSON had others. Storage loses both, and what
// is sent afterwards must be the same bytes.
func standardOwn(data []byte) ([]byte, error) {
	members, err := exactMembers(data)
	if err != nil {
		return nil, err
	}
	return json.Marshal(members)
}

// Content is what a message says, in exactly one mode: [TextContent],
// [TemplateContent], [MediaContent], [ListContent], [CarouselContent] or [FlowContent], as
// values. A content prints and logs its shape only: its kind, lengths and counts. Its
// JSON has everything, and a member "kind"; it is for storage.
type Content interface{ content() }

func (TextContent) content() {}

func (TemplateContent) content() {}

func (MediaContent) content() {}

func (ListContent) content() {}

func (CarouselContent) content() {}

func (FlowContent) content() {}

// TextContent is free text, with up to three buttons. On an official number free
// text reaches only contacts who wrote within the last 24 hours: outside that
// window the send is accepted and fails later ([FailureMetaOutside24hWindow]).
type TextContent struct {
	Body    string       `json:"body"`
	Buttons []TextButton `json:"buttons,omitempty"` // at most 3
	Header  *TextHeader  `json:"header,omitzero"`   // documented together with buttons only
	Footer  string       `json:"footer,omitempty"`  // documented together with buttons only
}

// TextHeader stands above a text with buttons.
type TextHeader struct {
	Type    TextHeaderType `json:"type"`
	Content string         `json:"content"` // the text, or the URL of the media
}

// TextHeaderType is the kind of a [TextHeader]. The set is open.
type TextHeaderType string

// The documented kinds of headers.
const (
	TextHeaderTypeText     TextHeaderType = "text"
	TextHeaderTypeImage    TextHeaderType = "image"
	TextHeaderTypeVideo    TextHeaderType = "video"
	TextHeaderTypeDocument TextHeaderType = "document"
)

// TextButton is a button under a text. [ReplyButton], [URLButton], [CallButton] and
// [CopyButton] make the documented kinds.
type TextButton struct {
	Type        TextButtonType `json:"type"`
	Label       string         `json:"label"`
	URL         string         `json:"url,omitempty"`         // for [TextButtonTypeURL]
	PhoneNumber string         `json:"phoneNumber,omitempty"` // for [TextButtonTypeCall]
	CopyCode    string         `json:"copyCode,omitempty"`    // for [TextButtonTypeCopy]
}

// TextButtonType is what a [TextButton] does. The set is open.
type TextButtonType string

// The documented kinds of buttons.
const (
	TextButtonTypeReply TextButtonType = "reply"
	TextButtonTypeURL   TextButtonType = "url"
	TextButtonTypeCall  TextButtonType = "call"
	TextButtonTypeCopy  TextButtonType = "copy"
)

// ReplyButton returns a button that answers with its label.
func ReplyButton(label string) TextButton { return TextButton{Type: TextButtonTypeReply, Label: label} }

// URLButton returns a button that opens a page.
func URLButton(label, url string) TextButton {
	return TextButton{Type: TextButtonTypeURL, Label: label, URL: url}
}

// CallButton returns a button that calls a phone number.
func CallButton(label, phone string) TextButton {
	return TextButton{Type: TextButtonTypeCall, Label: label, PhoneNumber: phone}
}

// CopyButton returns a button that copies a code.
func CopyButton(label, code string) TextButton {
	return TextButton{Type: TextButtonTypeCopy, Label: label, CopyCode: code}
}

// TemplateContent is an approved template.
type TemplateContent struct {
	ID        string            `json:"id"`                  // the template's id or its name
	Variables map[string]string `json:"variables,omitempty"` // a value that is not blank for every placeholder
	Media     *MessageMedia     `json:"media,omitzero"`      // replaces the template's media

	// AIRewrite asks for an automatic variation of the text, for marketing
	// templates only.
	AIRewrite *bool `json:"aiRewrite,omitzero"`
}

// MessageMedia is a file that the API fetches or is given. The base64 of a data URI goes to
// the API in its standard form: the URL alphabet, missing padding, blanks and %2B, %2F and
// %3D are accepted here and mended.
type MessageMedia struct {
	Source string    `json:"source"` // a public http(s) URL, or on official numbers a data URI
	Type   MediaType `json:"type"`   // required: the API takes what has none for an image
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

// MediaContent is a file. It needs a paid plan ([PaymentError],
// [CodeSubscriptionRequiredForMedia]).
type MediaContent struct {
	Source  string    `json:"source"`            // a public http(s) URL, or on official numbers a data URI
	Type    MediaType `json:"type"`              // required
	Caption string    `json:"caption,omitempty"` // for images, videos and documents
}

// ListContent is a text with a button that opens a list to choose one row from.
type ListContent struct {
	Body     string        `json:"body"`
	Button   string        `json:"button"` // the label of the button
	Sections []ListSection `json:"sections"`
	Footer   string        `json:"footer,omitempty"`
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
	Cards []CarouselCard `json:"cards"`

	// CardTemplate goes to the API as it is: the reference does not say what is
	// in it.
	CardTemplate json.RawMessage `json:"cardTemplate,omitzero"`

	Body   string `json:"body,omitempty"`
	Footer string `json:"footer,omitempty"`
}

// CarouselCard is one card of a carousel.
type CarouselCard struct {
	Media   map[string]string `json:"media,omitempty"` // the reference does not name the keys
	Body    string            `json:"body,omitempty"`
	Buttons []CarouselButton  `json:"buttons,omitempty"`
}

// CarouselButton is a button of a card.
type CarouselButton struct {
	Type    CarouselButtonType `json:"type"`
	Text    string             `json:"text"`
	URL     string             `json:"url,omitempty"`     // for [CarouselButtonTypeURL]
	Payload string             `json:"payload,omitempty"` // for [CarouselButtonTypeQuickReply]
}

// CarouselButtonType is what a [CarouselButton] does. The set is open.
type CarouselButtonType string

// The documented kinds of card buttons.
const (
	CarouselButtonTypeQuickReply CarouselButtonType = "QUICK_REPLY"
	CarouselButtonTypeURL        CarouselButtonType = "URL"
)

// FlowContent is a WhatsApp Flow. The API refuses it outside the 24-hour window
// ([CodeFlowWindowClosed]). Accepted.FlowToken joins the contact's answers to it.
type FlowContent struct {
	FlowID string         `json:"flowId"`
	CTA    string         `json:"cta,omitempty"` // the label of the button
	Action FlowAction     `json:"action,omitempty"`
	Screen string         `json:"screen,omitempty"` // the first screen, for [FlowActionNavigate]
	Data   map[string]any `json:"data,omitempty"`   // for the first screen
	Mode   FlowMode       `json:"mode,omitempty"`
	Body   string         `json:"body,omitempty"`
	Footer string         `json:"footer,omitempty"`
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
