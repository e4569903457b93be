package pilotstatus

import (
	"bytes"
	"encoding/json"
)

// exactMembers decodes a JSON object that the caller supplied. Numbers keep all their
// digits.
func exactMembers(data []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var members map[string]any
	err := decoder.Decode(&members)
	return members, err
}

// standardOwn returns an object that marshalOwn wrote with sorted names and one spelling of
// each text, also where a struct or raw JSON had others. Storage keeps neither the order
// nor the spelling, and a later send must have the same bytes.
func standardOwn(data []byte) ([]byte, error) {
	members, err := exactMembers(data)
	if err != nil {
		return nil, err
	}
	return json.Marshal(members)
}

// Content is the content of a message, in exactly one mode: [TextContent],
// [TemplateContent], [MediaContent], [ListContent], [CarouselContent] or [FlowContent],
// passed as a value. A content prints and logs its shape only: its kind, lengths and
// counts. Its JSON holds everything and a member "kind"; it is for storage.
type Content interface{ content() }

func (TextContent) content() {}

func (TemplateContent) content() {}

func (MediaContent) content() {}

func (ListContent) content() {}

func (CarouselContent) content() {}

func (FlowContent) content() {}

// TextContent is free text with up to three buttons. On an official number, free text
// reaches only contacts who wrote within the last 24 hours. Outside that window the API
// accepts the send, and the message fails later ([FailureMetaOutside24hWindow]).
type TextContent struct {
	Body    string       `json:"body"`
	Buttons []TextButton `json:"buttons,omitempty"` // at most 3
	Header  *TextHeader  `json:"header,omitzero"`   // documented only together with buttons
	Footer  string       `json:"footer,omitempty"`  // documented only together with buttons
}

// TextHeader is the header above a text with buttons.
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

// TextButton is a button below a text. [ReplyButton], [URLButton], [CallButton] and
// [CopyButton] make the documented kinds.
type TextButton struct {
	Type        TextButtonType `json:"type"`
	Label       string         `json:"label"`
	URL         string         `json:"url,omitempty"`         // for [TextButtonTypeURL]
	PhoneNumber string         `json:"phoneNumber,omitempty"` // for [TextButtonTypeCall]
	CopyCode    string         `json:"copyCode,omitempty"`    // for [TextButtonTypeCopy]
}

// TextButtonType is the action of a [TextButton]. The set is open.
type TextButtonType string

// The documented kinds of buttons.
const (
	TextButtonTypeReply TextButtonType = "reply"
	TextButtonTypeURL   TextButtonType = "url"
	TextButtonTypeCall  TextButtonType = "call"
	TextButtonTypeCopy  TextButtonType = "copy"
)

// ReplyButton returns a button that sends its label as the contact's answer.
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

// TemplateContent is an approved template and the values for its placeholders.
type TemplateContent struct {
	ID        string            `json:"id"`                  // the template's id or its name
	Variables map[string]string `json:"variables,omitempty"` // each placeholder needs a value that is not blank
	Media     *MessageMedia     `json:"media,omitzero"`      // replaces the template's media

	// AIRewrite asks for an automatic variation of the text. It is for marketing templates
	// only.
	AIRewrite *bool `json:"aiRewrite,omitzero"`
}

// MessageMedia is a file: a URL that the API fetches, or a data URI. The base64 of a data
// URI is sent in its standard form. This package accepts and corrects the URL alphabet,
// missing padding, blanks and %2B, %2F and %3D.
type MessageMedia struct {
	Source string    `json:"source"` // a public http(s) URL, or on official numbers a data URI
	Type   MediaType `json:"type"`   // required: without it the API would treat the file as an image
}

// MediaType is the kind of a media file. The set is open.
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

// MediaContent is a media file with an optional caption. It needs a paid plan
// ([PaymentError], [CodeSubscriptionRequiredForMedia]).
type MediaContent struct {
	Source  string    `json:"source"`            // a public http(s) URL, or on official numbers a data URI
	Type    MediaType `json:"type"`              // required
	Caption string    `json:"caption,omitempty"` // for images, videos and documents
}

// ListContent is a text with a button that opens a list. The contact chooses one row.
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
	ID          string `json:"rowId"` // returned with the contact's choice
}

// CarouselContent is a series of cards, each with its own media.
type CarouselContent struct {
	Cards []CarouselCard `json:"cards"`

	// CardTemplate is sent to the API unchanged. The API's reference does not describe it.
	CardTemplate json.RawMessage `json:"cardTemplate,omitzero"`

	Body   string `json:"body,omitempty"`
	Footer string `json:"footer,omitempty"`
}

// CarouselCard is one card of a carousel.
type CarouselCard struct {
	Media   map[string]string `json:"media,omitempty"` // the API's reference does not name the keys
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

// CarouselButtonType is the action of a [CarouselButton]. The set is open.
type CarouselButtonType string

// The documented kinds of card buttons.
const (
	CarouselButtonTypeQuickReply CarouselButtonType = "QUICK_REPLY"
	CarouselButtonTypeURL        CarouselButtonType = "URL"
)

// FlowContent is a WhatsApp Flow. The API refuses it outside the 24-hour window
// ([CodeFlowWindowClosed]). FlowToken of [Accepted] identifies the contact's answers.
type FlowContent struct {
	FlowID string         `json:"flowId"`
	CTA    string         `json:"cta,omitempty"` // the label of the button
	Action FlowAction     `json:"action,omitempty"`
	Screen string         `json:"screen,omitempty"` // the first screen, for [FlowActionNavigate]
	Data   map[string]any `json:"data,omitempty"`   // data for the first screen
	Mode   FlowMode       `json:"mode,omitempty"`
	Body   string         `json:"body,omitempty"`
	Footer string         `json:"footer,omitempty"`
}

// FlowAction is the way a Flow starts. The set is open.
type FlowAction string

// The documented actions of a Flow.
const (
	FlowActionNavigate     FlowAction = "navigate"
	FlowActionDataExchange FlowAction = "data_exchange"
)

// FlowMode is the version of a Flow that is sent. The set is open.
type FlowMode string

// The documented modes of a Flow.
const (
	FlowModePublished FlowMode = "published"
	FlowModeDraft     FlowMode = "draft"
)
