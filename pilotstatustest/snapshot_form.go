package pilotstatustest

import (
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// snapshotForm is a snapshot in JSON. What is left out is the zero value.
type snapshotForm struct {
	Skipped       string         `json:"skipped,omitzero"` // as in Server.Skipped
	TenantKey     string         `json:"tenantKey,omitzero"`
	WebhookSecret string         `json:"webhookSecret,omitzero"`
	Numbers       []numberForm   `json:"numbers,omitzero"`
	Templates     []templateForm `json:"templates,omitzero"`
	Webhooks      []webhookForm  `json:"webhooks,omitzero"`
	Files         []fileForm     `json:"files,omitzero"`
	Messages      []messageForm  `json:"messages,omitzero"`
	Calls         []callForm     `json:"calls,omitzero"`
	Leads         []leadEntry    `json:"leads,omitzero"`
}

type numberForm struct {
	ID       string        `json:"id"`
	Phone    string        `json:"phone"`
	Name     string        `json:"name,omitzero"`
	Official bool          `json:"official,omitzero"`
	Closed   bool          `json:"closed,omitzero"`
	Blocked  time.Time     `json:"blockedSince,omitzero"`
	Key      string        `json:"key,omitzero"`
	Contacts []contactForm `json:"contacts,omitzero"`

	at int64 // where it begins, as in the next ones
}

func (n *numberForm) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type plain numberForm
	n.at = dec.InputOffset()
	return jsonv2.UnmarshalDecode(dec, (*plain)(n))
}

type contactForm struct {
	ID       string    `json:"id,omitzero"`
	Name     string    `json:"name,omitzero"`
	Phone    string    `json:"phone,omitzero"`
	UserID   string    `json:"userId,omitzero"`
	Username string    `json:"username,omitzero"`
	JID      string    `json:"jid,omitzero"`
	Unread   int       `json:"unread,omitzero"`
	WroteAt  time.Time `json:"wroteAt,omitzero"`
	Created  time.Time `json:"createdAt,omitzero"`
}

type templateForm struct {
	ID       string         `json:"id,omitzero"`
	Name     string         `json:"name"`
	Category string         `json:"category,omitzero"`
	Language string         `json:"language,omitzero"`
	Text     string         `json:"text,omitzero"`
	Body     jsontext.Value `json:"body,omitzero"`
	Status   string         `json:"status,omitzero"`
	Reason   string         `json:"reason,omitzero"`
	Flow     bool           `json:"flow,omitzero"`
	NumberID string         `json:"numberId,omitzero"`
	Official bool           `json:"official,omitzero"`

	at int64
}

func (t *templateForm) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type plain templateForm
	t.at = dec.InputOffset()
	return jsonv2.UnmarshalDecode(dec, (*plain)(t))
}

type webhookForm struct {
	ID       string   `json:"id,omitzero"`
	NumberID string   `json:"numberId"`
	Name     string   `json:"name,omitzero"`
	URL      string   `json:"url"`
	Events   []string `json:"events,omitzero"` // nil: all
	Paused   bool     `json:"paused,omitzero"`

	at int64
}

func (w *webhookForm) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type plain webhookForm
	w.at = dec.InputOffset()
	return jsonv2.UnmarshalDecode(dec, (*plain)(w))
}

// messageForm is a message: with a body one that was sent by the API.
type messageForm struct {
	ID        string    `json:"id,omitzero"`
	NumberID  string    `json:"numberId"`
	Status    string    `json:"status,omitzero"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
	Sent      time.Time `json:"sentAt,omitzero"`
	Delivered time.Time `json:"deliveredAt,omitzero"`
	Read      time.Time `json:"readAt,omitzero"`

	Body         jsontext.Value `json:"body,omitzero"`
	Correlation  string         `json:"correlationId,omitzero"`
	External     string         `json:"externalMessageId,omitzero"`
	ErrorCode    string         `json:"errorCode,omitzero"`
	ErrorMessage string         `json:"errorMessage,omitzero"`
	Key          string         `json:"idempotencyKey,omitzero"`
	FlowToken    string         `json:"flowToken,omitzero"`
	Template     string         `json:"template,omitzero"`
	Layout       jsontext.Value `json:"layout,omitzero"` // body of the template
	ByHand       bool           `json:"byHand,omitzero"`
	Answered     []givenForm    `json:"answered,omitzero"`

	Contact  string      `json:"contact,omitzero"` // phone, user id or jid
	FromMe   bool        `json:"fromMe,omitzero"`
	Origin   string      `json:"origin,omitzero"`
	Name     string      `json:"name,omitzero"` // of the sender, as the next ones
	Phone    string      `json:"phone,omitzero"`
	UserID   string      `json:"userId,omitzero"`
	Type     string      `json:"type,omitzero"`
	Text     string      `json:"text,omitzero"`
	ReplyTo  string      `json:"replyTo,omitzero"` // WhatsApp's id
	Media    *chatMedia  `json:"media,omitzero"`
	File     string      `json:"file,omitzero"` // id of the file
	Answer   *answerForm `json:"answer,omitzero"`
	Happened time.Time   `json:"at,omitzero"`

	at int64
}

func (m *messageForm) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type plain messageForm
	m.at = dec.InputOffset()
	return jsonv2.UnmarshalDecode(dec, (*plain)(m))
}

type givenForm struct {
	ButtonID string    `json:"buttonId,omitzero"`
	RowID    string    `json:"rowId,omitzero"`
	Flow     bool      `json:"flow,omitzero"`
	At       time.Time `json:"at"`
}

type answerForm struct {
	MessageID string         `json:"messageId"`
	ButtonID  string         `json:"buttonId,omitzero"`
	RowID     string         `json:"rowId,omitzero"`
	Payload   string         `json:"payload,omitzero"`
	Form      map[string]any `json:"form,omitzero"`
}

// Credentials are secrets of a server that it does not make itself: those that are "" and
// those that a snapshot has are as without.
type Credentials struct {
	TenantKey     string
	WebhookSecret string
	NumberKeys    map[string]string // by the id of a number that is there at the start
}
