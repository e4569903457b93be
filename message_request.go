package pilotstatus

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

const maxButtons = 3

// SendRequest is one message: a recipient, a content and delivery options.
//
// It prints and logs its shape only: kinds, lengths and counts. A JSON logger that gets it
// inside another value shows it in clear. Its JSON is for storage: it shows everything, and
// every later version of this package reads it. UnmarshalJSON refuses a kind or a member
// that it does not know, because a newer version wrote it. To repeat a send with the same
// bytes, store the result of [EncodeSend] instead: an encoder that respells texts, such as
// JSON v2, can change the bytes of a CardTemplate.
type SendRequest struct {
	To      Recipient
	Content Content

	// IdempotencyKey makes the send happen once. Within 24 hours the API answers a repeated
	// key of the same number with the first result. It has 1 to 255 bytes, no control
	// characters and no blanks at its ends. Derive it from your own record
	// ("order-42-shipped"): a restarted process then sends nothing twice. If it is empty, a
	// random key is made, which covers the retries of this call only.
	IdempotencyKey string

	DeliverAt    time.Time // not before this time; zero: now
	DeliverUntil time.Time // the message fails after this time; zero: the API's default for the kind of message

	// Labels tag the contact. The API creates labels that do not exist.
	Labels []string

	// MarkRead controls whether an official number shows a typing indicator and marks the
	// contact's last message as read. nil uses the number's setting markReadOnSend.
	MarkRead *bool

	// Extra holds body fields that this version does not know. A field that this version
	// knows is a [*ValidationError]. The names in its objects are sent in alphabetical
	// order, those of structs too.
	Extra map[string]any
}

// sendBody is the body of a send request.
type sendBody struct {
	DestinationNumber string            `json:"destinationNumber,omitempty"`
	GroupID           string            `json:"groupId,omitempty"`
	NewsletterID      string            `json:"newsletterId,omitempty"`
	TemplateID        string            `json:"templateId,omitempty"`
	Variables         variables         `json:"variables"` // sent in every mode, as the vendor's own client does
	Text              string            `json:"text,omitempty"`
	Header            *TextHeader       `json:"header,omitempty"`
	Footer            string            `json:"footer,omitempty"`
	Buttons           []TextButton      `json:"buttons,omitempty"`
	Media             string            `json:"media,omitempty"`
	MediaType         MediaType         `json:"mediaType,omitempty"`
	Caption           string            `json:"caption,omitempty"`
	List              *sendList         `json:"list,omitempty"`
	Carousel          *sendCarousel     `json:"carousel,omitempty"`
	Flow              *sendFlow         `json:"flow,omitempty"`
	MarketingOptions  *marketingOptions `json:"marketingOptions,omitempty"`
	MarkRead          *bool             `json:"markRead,omitempty"`
	Labels            []string          `json:"labels,omitempty"`
	DeliverAt         string            `json:"deliverAt,omitempty"`
	DeliverUntil      string            `json:"deliverUntil,omitempty"`
}

// shortBody is a sendBody in which nothing else is set, as in most: every field costs
// time, also one that is not written.
type shortBody struct {
	DestinationNumber string    `json:"destinationNumber,omitempty"`
	TemplateID        string    `json:"templateId,omitempty"`
	Variables         variables `json:"variables"`
	Text              string    `json:"text,omitempty"`
}

// isShort reports whether a shortBody holds all that is set.
func (b *sendBody) isShort() bool {
	return b.GroupID == "" && b.NewsletterID == "" && b.Header == nil && b.Footer == "" && len(b.Buttons) == 0 &&
		b.Media == "" && b.MediaType == "" && b.Caption == "" && b.List == nil && b.Carousel == nil && b.Flow == nil &&
		b.MarketingOptions == nil && b.MarkRead == nil && len(b.Labels) == 0 && b.DeliverAt == "" && b.DeliverUntil == ""
}

// marshal returns the body as it goes out.
func (b *sendBody) marshal() ([]byte, error) {
	if b.isShort() {
		return marshalBody(&shortBody{b.DestinationNumber, b.TemplateID, b.Variables, b.Text})
	}
	whole := *b // a copy, so that a short body stays on the stack
	text := len(b.Media)
	if b.Header != nil {
		text += len(b.Header.Content)
	}
	if text < maxPlain {
		return marshalBody(&whole)
	}
	return marshalLarge(&whole, text)
}

// variables are written in the order of their names, {} for none.
type variables map[string]string

// MarshalJSONTo implements json.MarshalerTo, without the reflection of a map.
func (v variables) MarshalJSONTo(e *jsontext.Encoder) error {
	if err := e.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	var few [8]string
	names := slices.AppendSeq(few[:0], maps.Keys(v))
	slices.Sort(names)
	for _, name := range names {
		if err := e.WriteToken(jsontext.String(name)); err != nil {
			return err
		}
		if err := e.WriteToken(jsontext.String(v[name])); err != nil {
			return err
		}
	}
	return e.WriteToken(jsontext.EndObject)
}

type sendList struct {
	ButtonText string        `json:"buttonText"`
	Sections   []ListSection `json:"sections"`
}

type sendCarousel struct {
	CardTemplate json.RawMessage `json:"cardTemplate,omitzero"`
	Cards        []CarouselCard  `json:"cards"`
}

type sendFlow struct {
	FlowID string          `json:"flowId"`
	CTA    string          `json:"cta"`
	Action FlowAction      `json:"action,omitempty"`
	Screen string          `json:"screen,omitempty"`
	Data   json.RawMessage `json:"data,omitzero"`
	Mode   FlowMode        `json:"mode,omitempty"`
}

type marketingOptions struct {
	AIRewriteEnabled bool `json:"aiRewriteEnabled"`
}

// encode checks the request and returns its body.
func (r *SendRequest) encode() ([]byte, error) {
	b := sendBody{Labels: r.Labels, MarkRead: r.MarkRead}
	if err := r.To.validate(); err != nil {
		return nil, err
	}
	b.setRecipient(r.To)
	if err := b.setContent(r.Content); err != nil {
		return nil, err
	}
	if err := b.setTimes(r.DeliverAt, r.DeliverUntil); err != nil {
		return nil, err
	}
	if len(r.Extra) > 0 {
		return r.encodeWithExtra(b)
	}
	data, err := b.marshal()
	if err != nil || hasNUL(data) {
		if err := r.checkTexts(); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, unencodable(err)
	}
	return data, nil
}

// encodeWithExtra returns the body with the fields of Extra in it.
func (r *SendRequest) encodeWithExtra(b sendBody) ([]byte, error) {
	if err := r.checkTexts(); err != nil {
		return nil, err
	}
	own, err := marshalOwnTexts("Extra", r.Extra)
	if err != nil {
		return nil, err
	}
	extra, err := exactMembers(own)
	if err != nil {
		return nil, unencodable(err)
	}
	merged, err := withExtra(&b, extra)
	if err != nil {
		return nil, err
	}
	data, err := marshalBody(merged)
	if err != nil {
		return nil, unencodable(err)
	}
	return data, nil
}

// checkTexts names the field with a text that cannot be sent. It is slow, so it runs only
// for a body with such a text.
func (r *SendRequest) checkTexts() error {
	if err := checkTexts("Content", reflect.ValueOf(r.Content)); err != nil {
		return err
	}
	return checkTexts("Labels", reflect.ValueOf(r.Labels))
}

func (b *sendBody) setRecipient(to Recipient) {
	switch to.kind {
	case RecipientKindGroup:
		b.GroupID = to.value
	case RecipientKindNewsletter:
		b.NewsletterID = to.value
	default:
		b.DestinationNumber = to.value
	}
}

func (b *sendBody) setTimes(at, until time.Time) (err error) {
	if b.DeliverAt, err = requestTime("DeliverAt", at); err != nil {
		return err
	}
	b.DeliverUntil, err = requestTime("DeliverUntil", until)
	return err
}

func (b *sendBody) setContent(content Content) error {
	switch content := content.(type) {
	case nil:
		return invalid("Content", "a content is required, as in TextContent{Body: …}")
	case TextContent:
		return b.setText(content)
	case TemplateContent:
		return b.setTemplate(content)
	case MediaContent:
		b.Caption = content.Caption
		return b.setMedia("Content", MessageMedia{Source: content.Source, Type: content.Type})
	case ListContent:
		return b.setList(content)
	case CarouselContent:
		return b.setCarousel(content)
	case FlowContent:
		return b.setFlow(content)
	}
	return invalid("Content", "pass TextContent or one of the other contents as a value, not as a pointer")
}

func (b *sendBody) setText(c TextContent) error {
	if err := required("Content.Body", c.Body); err != nil {
		return err
	}
	if len(c.Buttons) > maxButtons {
		return invalid("Content.Buttons", "a text has at most 3 buttons")
	}
	if c.Header != nil && (c.Header.Type == "" || c.Header.Content == "") {
		return invalid("Content.Header", "a header needs a type and a content")
	}
	if err := checkButtons(c.Buttons); err != nil {
		return err
	}
	header, err := c.Header.standard()
	b.Text, b.Buttons, b.Header, b.Footer = c.Body, c.Buttons, header, c.Footer
	return err
}

// checkButtons checks phone numbers for characters that come from copied documents. The API
// decides which numbers a call button may call.
func checkButtons(buttons []TextButton) error {
	for i, button := range buttons {
		if button.PhoneNumber == "" {
			continue
		}
		if err := checkPhoneText(fmt.Sprintf("Content.Buttons[%d].PhoneNumber", i), button.PhoneNumber); err != nil {
			return err
		}
	}
	return nil
}

func (b *sendBody) setTemplate(c TemplateContent) error {
	if err := required("Content.ID", c.ID); err != nil {
		return err
	}
	b.TemplateID = c.ID
	b.Variables = c.Variables
	if c.AIRewrite != nil {
		b.MarketingOptions = &marketingOptions{AIRewriteEnabled: *c.AIRewrite}
	}
	if c.Media != nil {
		return b.setMedia("Content.Media", *c.Media)
	}
	return nil
}

func (b *sendBody) setMedia(field string, m MessageMedia) error {
	if err := required(field+".Source", m.Source); err != nil {
		return err
	}
	if m.Type == "" {
		return invalid(field+".Type", "a type is required; the API would take the file for an image")
	}
	source, err := standardDataURI(field+".Source", m.Source)
	b.Media, b.MediaType = source, m.Type
	return err
}

func (b *sendBody) setList(c ListContent) error {
	if err := required("Content.Body", c.Body); err != nil {
		return err
	}
	if len(c.Sections) == 0 {
		return invalid("Content.Sections", "a list needs a section")
	}
	b.Text, b.Footer = c.Body, c.Footer
	b.List = &sendList{ButtonText: c.Button, Sections: c.Sections}
	return nil
}

func (b *sendBody) setCarousel(c CarouselContent) error {
	if len(c.Cards) == 0 {
		return invalid("Content.Cards", "a carousel needs a card")
	}
	cards, err := standardCards(c.Cards)
	if err != nil {
		return err
	}
	b.Text, b.Footer = c.Body, c.Footer
	b.Carousel = &sendCarousel{Cards: cards}
	if len(c.CardTemplate) == 0 {
		return nil
	}
	if !jsontext.Value(c.CardTemplate).IsValid() {
		return invalid("Content.CardTemplate", "it is not JSON, or it is not valid UTF-8, or it has a name twice")
	}
	if hasNUL(c.CardTemplate) {
		return invalid("Content.CardTemplate", reasonNUL)
	}
	b.Carousel.CardTemplate = c.CardTemplate
	return nil
}

func (b *sendBody) setFlow(c FlowContent) error {
	if err := required("Content.FlowID", c.FlowID); err != nil {
		return err
	}
	b.Text, b.Footer = c.Body, c.Footer
	b.Flow = &sendFlow{FlowID: c.FlowID, CTA: c.CTA, Action: c.Action, Screen: c.Screen, Mode: c.Mode}
	if len(c.Data) == 0 {
		return nil
	}
	data, err := marshalOwnTexts("Content.Data", c.Data)
	if err != nil {
		return err
	}
	b.Flow.Data, err = standardOwn(data)
	return err
}
