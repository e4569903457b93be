package pilotstatustest

import (
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// fileForm is a file that a person sent, or that Meta has, see Tenant.AddMedia.
type fileForm struct {
	ID      string    `json:"id"`
	Owner   string    `json:"phoneNumberId"`
	Type    string    `json:"type,omitzero"`
	Name    string    `json:"name,omitzero"`
	Sent    time.Time `json:"sentAt,omitzero"` // zero: nobody sent it, and nothing drops it
	Expired bool      `json:"expired,omitzero"`
	Data    []byte    `json:"data"` // base64

	at int64 // where it begins, as in the next ones
}

func (f *fileForm) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type plain fileForm
	f.at = dec.InputOffset()
	return jsonv2.UnmarshalDecode(dec, (*plain)(f))
}

type callForm struct {
	callFields

	at int64
}

// callFields is a Call with names for JSON.
type callFields struct {
	ID           string    `json:"id,omitzero"`
	ExternalID   string    `json:"-"` // follows from the id
	NumberID     string    `json:"numberId"`
	Direction    string    `json:"direction"`
	Status       string    `json:"status"`
	Peer         string    `json:"peer"`
	CallbackData string    `json:"callbackData,omitzero"`
	SDPOffer     string    `json:"sdpOffer,omitzero"`
	SDPAnswer    string    `json:"sdpAnswer,omitzero"`
	Queued       []string  `json:"queued,omitzero"`
	Played       []string  `json:"played,omitzero"`
	ErrorCode    string    `json:"errorCode,omitzero"`
	ErrorMessage string    `json:"errorMessage,omitzero"`
	CreatedAt    time.Time `json:"createdAt,omitzero"`
	UpdatedAt    time.Time `json:"updatedAt,omitzero"`
	ConnectedAt  time.Time `json:"connectedAt,omitzero"`
	EndedAt      time.Time `json:"endedAt,omitzero"`
}

func (c *callForm) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	c.at = dec.InputOffset()
	return jsonv2.UnmarshalDecode(dec, &c.callFields)
}

type leadEntry struct {
	ID           string      `json:"id,omitzero"`
	NumberID     string      `json:"numberId"`
	LeadgenID    string      `json:"leadgenId,omitzero"`
	Source       string      `json:"source,omitzero"`
	AutoSend     string      `json:"autoSendStatus,omitzero"`
	AutoReason   string      `json:"autoSendReason,omitzero"`
	PageID       string      `json:"pageId,omitzero"`
	FormID       string      `json:"formId,omitzero"`
	AdID         string      `json:"adId,omitzero"`
	Platform     string      `json:"platform,omitzero"`
	Organic      *bool       `json:"organic,omitzero"`
	SubmittedAt  time.Time   `json:"submittedAt,omitzero"`
	FullName     string      `json:"fullName,omitzero"`
	Email        string      `json:"email,omitzero"`
	Phone        string      `json:"phone,omitzero"`
	Fields       []leadField `json:"fields,omitzero"`
	Consent      *bool       `json:"consent,omitzero"`
	Conversation string      `json:"conversationId,omitzero"`

	at int64
}

func (l *leadEntry) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type plain leadEntry
	l.at = dec.InputOffset()
	return jsonv2.UnmarshalDecode(dec, (*plain)(l))
}
