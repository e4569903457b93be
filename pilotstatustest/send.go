package pilotstatustest

import (
	"encoding/json"
	"net/http"
	"time"
)

// The content modes of a message.
const (
	modeTemplate = "template"
	modeText     = "text"
	modeMedia    = "media"
	modeList     = "list"
	modeCarousel = "carousel"
	modeFlow     = "flow"
)

// sendRequest is the body of Messages.Send.
type sendRequest struct {
	DestinationNumber *string `json:"destinationNumber"`
	GroupID           *string `json:"groupId"`
	NewsletterID      *string `json:"newsletterId"`

	TemplateID       *string                    `json:"templateId"`
	Variables        map[string]json.RawMessage `json:"variables"`
	MarketingOptions *marketingOptions          `json:"marketingOptions"`
	Text             *string                    `json:"text"`
	Header           *sendHeader                `json:"header"`
	Footer           *string                    `json:"footer"`
	Buttons          []sendButton               `json:"buttons"`
	Media            *string                    `json:"media"`
	MediaType        *string                    `json:"mediaType"`
	Caption          *string                    `json:"caption"`
	List             *sendList                  `json:"list"`
	Carousel         *sendCarousel              `json:"carousel"`
	Flow             *sendFlow                  `json:"flow"`

	MarkRead     *bool      `json:"markRead"`
	Labels       []string   `json:"labels"`
	DeliverAt    *time.Time `json:"deliverAt"`
	DeliverUntil *time.Time `json:"deliverUntil"`
}

type marketingOptions struct {
	AIRewriteEnabled *bool `json:"aiRewriteEnabled"`
}

type sendHeader struct {
	Type    string `json:"type"`
	Content string `json:"content"`
}

type sendButton struct {
	Type        string `json:"type"`
	Label       string `json:"label"`
	URL         string `json:"url"`
	PhoneNumber string `json:"phoneNumber"`
	CopyCode    string `json:"copyCode"`
}

type sendList struct {
	ButtonText string        `json:"buttonText"`
	Sections   []sendSection `json:"sections"`
}

type sendSection struct {
	Title string    `json:"title"`
	Rows  []sendRow `json:"rows"`
}

type sendRow struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	RowID       string `json:"rowId"`
}

type sendCarousel struct {
	CardTemplate json.RawMessage `json:"cardTemplate"`
	Cards        []sendCard      `json:"cards"`
}

type sendCard struct {
	Media   map[string]string `json:"media"`
	Body    string            `json:"body"`
	Buttons []cardButton      `json:"buttons"`
}

type cardButton struct {
	Type    string `json:"type"`
	Text    string `json:"text"`
	URL     string `json:"url"`
	Payload string `json:"payload"`
}

type sendFlow struct {
	FlowID string                     `json:"flowId"`
	CTA    string                     `json:"cta"`
	Action string                     `json:"action"`
	Screen string                     `json:"screen"`
	Data   map[string]json.RawMessage `json:"data"`
	Mode   string                     `json:"mode"`
}

// The names of nested fields are as exact as those of the body.

func (v *marketingOptions) UnmarshalJSON(data []byte) error { return decode(data, v) }
func (v *sendHeader) UnmarshalJSON(data []byte) error       { return decode(data, v) }
func (v *sendButton) UnmarshalJSON(data []byte) error       { return decode(data, v) }
func (v *sendList) UnmarshalJSON(data []byte) error         { return decode(data, v) }
func (v *sendSection) UnmarshalJSON(data []byte) error      { return decode(data, v) }
func (v *sendRow) UnmarshalJSON(data []byte) error          { return decode(data, v) }
func (v *sendCarousel) UnmarshalJSON(data []byte) error     { return decode(data, v) }
func (v *sendCard) UnmarshalJSON(data []byte) error         { return decode(data, v) }
func (v *cardButton) UnmarshalJSON(data []byte) error       { return decode(data, v) }
func (v *sendFlow) UnmarshalJSON(data []byte) error         { return decode(data, v) }

// acceptedAnswer is the answer of Messages.Send.
type acceptedAnswer struct {
	ID            string `json:"id"`
	CorrelationID string `json:"correlationId"`
	Status        string `json:"status"`
	CreatedAt     string `json:"createdAt"`
	Origin        string `json:"origin"` // the name of the number
	SourceNumber  string `json:"sourceNumber"`
	FlowToken     string `json:"flowToken,omitempty"`
}

func sendMessage(c *call) (any, *failure) {
	if !c.number.unpaidSince.IsZero() {
		return nil, &failure{
			status: http.StatusConflict, code: "NUMBER_BLOCKED", reason: "extra_charge_unpaid",
			text: "Sending from this number is blocked",
		}
	}
	var in sendRequest
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	mode, err := in.check()
	if err != nil {
		return nil, invalid("%v", err)
	}
	if refused := in.checkNumber(c, mode); refused != nil {
		return nil, refused
	}
	m := &message{number: c.number, category: "service"}
	m.NumberID, m.Mode, m.Body = c.number.id, mode, c.body
	m.marksRead = c.number.official() && orOld(in.MarkRead, c.number.settings.MarkReadOnSend)
	startsFlow := mode == modeFlow
	if mode == modeTemplate {
		t, refused := c.state.sentTemplate(c.number, &in)
		if refused != nil {
			return nil, refused
		}
		t.apply(m)
		startsFlow = t.flow
	}
	if startsFlow {
		m.FlowToken = c.state.newID("flow")
	}
	m.IdempotencyKey = c.header.Get("Idempotency-Key")
	in.address(m)
	c.state.accept(m)
	return acceptedAnswer{
		ID: m.ID, CorrelationID: m.CorrelationID, Status: m.Status, CreatedAt: stampText(m.CreatedAt),
		Origin: c.number.name, SourceNumber: c.number.phone, FlowToken: m.FlowToken,
	}, nil
}

// address copies where the message goes, and when.
func (in *sendRequest) address(m *message) {
	m.DestinationNumber = value(in.DestinationNumber)
	m.GroupID = value(in.GroupID)
	m.NewsletterID = value(in.NewsletterID)
	m.DeliverAt = value(in.DeliverAt)
	m.DeliverUntil = value(in.DeliverUntil)
}

// value is what p points to, else the zero value.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
