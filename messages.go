package pilotstatus

import (
	"context"
	"encoding/json"
	"errors"
)

// MessageStatus is where a sent message stands. The set is open.
type MessageStatus string

// The documented statuses. Reports may skip steps and arrive in any order.
const (
	MessageStatusQueued    MessageStatus = "QUEUED"    // accepted and waiting, also until DeliverAt
	MessageStatusSent      MessageStatus = "SENT"      // handed to WhatsApp
	MessageStatusDelivered MessageStatus = "DELIVERED" // on the device
	MessageStatusRead      MessageStatus = "READ"      // opened; never comes where read receipts are off
	MessageStatusFailed    MessageStatus = "FAILED"    // see Message.ErrorCode
	MessageStatusCanceled  MessageStatus = "CANCELED"  // by Messages.Cancel, before it was sent
)

// Supersedes reports whether s takes the place of old where both are known of one
// message: status events come in any order and more than once. A receipt is proof, so
// DELIVERED and READ win over FAILED. A status that this version does not know never
// wins.
func (s MessageStatus) Supersedes(old MessageStatus) bool { return s.rank() > old.rank() }

func (s MessageStatus) rank() int {
	switch s {
	case MessageStatusQueued:
		return 1
	case MessageStatusSent:
		return 2
	case MessageStatusCanceled:
		return 3
	case MessageStatusFailed:
		return 4
	case MessageStatusDelivered:
		return 5
	case MessageStatusRead:
		return 6
	}
	return 0
}

// FailureCode says why an accepted message failed later. The set is open and
// grows: branch on the codes you know and have a look at the others.
type FailureCode string

// The documented failure codes. A message with FailureDeliveredNotConfirmed may
// have arrived: sending it again risks a duplicate.
const (
	FailureDeliveredNotConfirmed          FailureCode = "DELIVERED_NOT_CONFIRMED"            // sent, no receipt before DeliverUntil
	FailureTemplateVersionNotFound        FailureCode = "TEMPLATE_VERSION_NOT_FOUND"         // the template or its version is missing
	FailureInvalidDestination             FailureCode = "INVALID_DESTINATION"                // the recipient cannot be used
	FailurePilotSelfNumber                FailureCode = "PILOT_SELF_NUMBER"                  // the recipient is the platform's own number
	FailureNeverAttemptedMaxAgeExceeded   FailureCode = "NEVER_ATTEMPTED_MAX_AGE_EXCEEDED"   // the number was offline for 7 days
	FailureExpiredAfterAttempts           FailureCode = "EXPIRED_AFTER_ATTEMPTS"             // DeliverUntil passed after an attempt
	FailureMessageExpired                 FailureCode = "MESSAGE_EXPIRED"                    // older kinds of expiry
	FailureDeliveryTimeout                FailureCode = "DELIVERY_TIMEOUT"                   // timeout or disconnected number
	FailureNumberNotFoundRemoved          FailureCode = "NUMBER_NOT_FOUND_REMOVED"           // the sending number was removed
	FailureLinkedWhatsAppInstanceNotFound FailureCode = "LINKED_WHATSAPP_INSTANCE_NOT_FOUND" // the key's number is gone
	FailureWhatsAppNotExist               FailureCode = "WHATSAPP_NOT_EXIST"                 // the recipient has no WhatsApp
	FailureMetaTemplateNotApproved        FailureCode = "META_TEMPLATE_NOT_APPROVED"         // Meta has not approved the template
	FailureMetaOutside24hWindow           FailureCode = "META_OUTSIDE_24H_WINDOW"            // send a template instead
	FailureMetaNoConversation             FailureCode = "META_NO_CONVERSATION"               // send a template instead
	FailureFlowWindowClosed               FailureCode = "FLOW_WINDOW_CLOSED"                 // send a template with a FLOW button instead
)

// MessageOrigin says who sent a message. The set is open.
type MessageOrigin string

// The documented origins.
const (
	MessageOriginAPI       MessageOrigin = "API"
	MessageOriginMCP       MessageOrigin = "MCP"
	MessageOriginChatwoot  MessageOrigin = "CHATWOOT"
	MessageOriginChat      MessageOrigin = "CHAT"      // the dashboard's chat
	MessageOriginDashboard MessageOrigin = "DASHBOARD" // a template preview
	MessageOriginSystem    MessageOrigin = "SYSTEM"
	MessageOriginApp       MessageOrigin = "APP"   // the phone, or other software on the account
	MessageOriginLayer     MessageOrigin = "LAYER" // another client of the platform's Meta layer
)

// Accepted is a send that the API took on. It says nothing about delivery.
type Accepted struct {
	ID            string        `json:"id"`            // for Messages.Get; the status events carry it
	CorrelationID string        `json:"correlationId"` // made by the API; the events carry it too
	Status        MessageStatus `json:"status"`        // QUEUED, also in a replay
	CreatedAt     Timestamp     `json:"createdAt"`
	Origin        string        `json:"origin"`       // the label of the sending number, not a MessageOrigin
	SourceNumber  string        `json:"sourceNumber"` // the sending phone number, in digits

	// FlowToken joins a contact's answers to this send. It is set when a Flow
	// goes out, and nowhere else to be had: keep it.
	FlowToken string `json:"flowToken"`

	IdempotencyKey string `json:"-"` // the key that the send went out with, yours or the made one
	Replayed       bool   `json:"-"` // the API had accepted a send with this key before and did not send again
}

// check refuses an answer that names no message.
func (a *Accepted) check() error { return requireID(a.ID) }

// Message is a send and where it stands.
type Message struct {
	ID                string        `json:"id"`
	ExternalMessageID string        `json:"externalMessageId"` // the provider's id, "" until it took the message
	Status            MessageStatus `json:"status"`
	CorrelationID     string        `json:"correlationId"`
	DestinationNumber string        `json:"destinationNumber"`
	Template          string        `json:"template"` // the template's name, "" for other contents
	CreatedAt         Timestamp     `json:"createdAt"`
	SentAt            Timestamp     `json:"sentAt"` // zero until then, like the following
	DeliveredAt       Timestamp     `json:"deliveredAt"`
	ReadAt            Timestamp     `json:"readAt"`
	ErrorCode         FailureCode   `json:"errorCode"`    // "" without an error
	ErrorMessage      string        `json:"errorMessage"` // for people; it may change
	Origin            MessageOrigin `json:"origin"`
	MetaPricing       *MetaPricing  `json:"metaPricing"` // nil until Meta reports it, and always on web numbers
}

// check refuses an answer that names no message.
func (m *Message) check() error { return requireID(m.ID) }

// MetaPricing is what Meta billed for a message of an official number.
type MetaPricing struct {
	ConversationID string `json:"conversationId"` // Meta's billing window of 24 hours, not a conversation
	OriginType     string `json:"originType"`     // how the window opened, as in "utility"
	Category       string `json:"category"`       // what was billed, as in "utility"
	Type           string `json:"type"`           // "regular" was billed; "free_entry_point" and "free_customer_service" were not
}

// CancelResult says what became of the messages of a Messages.Cancel. The API has
// two shapes of this answer: one names the messages, one counts them.
type CancelResult struct {
	CancelledCount int             // how many were cancelled, in both shapes
	Cancelled      []string        // their ids; nil in the shape that counts
	Failed         []CancelFailure // the rest; nil in the shape that counts
	NotFoundCount  int             // how many were unknown; 0 in the shape that names
}

// CancelFailure is a message that was not cancelled.
type CancelFailure struct {
	ID     string `json:"id"`
	Reason string `json:"reason"` // text or code; the set is not documented
}

// UnmarshalJSON reads both shapes.
func (r *CancelResult) UnmarshalJSON(data []byte) error {
	var answer struct {
		Cancelled json.RawMessage `json:"cancelled"`
		Failed    []CancelFailure `json:"failed"`
		NotFound  int             `json:"notFound"`
	}
	if err := unmarshalAnswer(data, &answer); err != nil {
		return err
	}
	if answer.Cancelled == nil {
		return errors.New(`the answer has no "cancelled"`)
	}
	result := CancelResult{Failed: answer.Failed, NotFoundCount: answer.NotFound}
	if err := unmarshalAnswer(answer.Cancelled, &result.CancelledCount); err != nil {
		if err := unmarshalAnswer(answer.Cancelled, &result.Cancelled); err != nil {
			return err
		}
		result.CancelledCount = len(result.Cancelled)
	}
	*r = result
	return nil
}

// maxCancel is the API's limit of ids in one Messages.Cancel.
const maxCancel = 100

type cancelBody struct {
	MessageIDs []string `json:"messageIds"`
}

func (b cancelBody) validate() error {
	if len(b.MessageIDs) == 0 || len(b.MessageIDs) > maxCancel {
		return invalid("ids", "1 to 100 ids can be cancelled at a time")
	}
	for _, id := range b.MessageIDs {
		if err := validateID("ids", id); err != nil {
			return err
		}
	}
	return nil
}

// MessagesService sends messages and follows what was sent. It is part of a
// NumberClient; a tenant key cannot send.
type MessagesService struct{ client *Client }

// Get returns a sent message by its id, its correlation id or its WhatsApp id
// ("wamid.…"). It knows sends of the platform only: inbound messages and what was
// typed on the phone are a *NotFoundError.
func (s MessagesService) Get(ctx context.Context, id string) (*Message, error) {
	return invoke[Message](ctx, s.client, opMessagesGet, input{path: params{id}})
}

// Cancel cancels messages that wait for their DeliverAt, 1 to 100 ids of sends at
// a time. A nil error does not mean that anything was cancelled: read the result.
// What was handed to WhatsApp cannot be taken back. It is repeated only after what
// provably never reached the API; calling again after an *OutcomeUnknownError does
// no harm.
func (s MessagesService) Cancel(ctx context.Context, ids ...string) (*CancelResult, error) {
	return invoke[CancelResult](ctx, s.client, opMessagesCancel, input{body: cancelBody{ids}})
}
