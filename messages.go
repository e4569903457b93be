package pilotstatus

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/pilotstatus/pilotstatus-go/internal/redact"
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
	MessageStatusCanceled  MessageStatus = "CANCELED"  // by [MessagesService.Cancel], before it was sent
)

// Supersedes reports whether s takes the place of old where both are known of one
// message: status events come in any order and more than once. A receipt is proof, so
// DELIVERED and READ win over FAILED. A status that this version does not know never
// wins.
func (s MessageStatus) Supersedes(old MessageStatus) bool { return s.rank() > old.rank() }

// rank is how much the status proves of a message, -1 for an unknown one.
func (s MessageStatus) rank() int {
	return slices.Index([]MessageStatus{
		MessageStatusQueued, MessageStatusSent, MessageStatusCanceled,
		MessageStatusFailed, MessageStatusDelivered, MessageStatusRead,
	}, s)
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
	ID            string        `json:"id" required:"true"` // for [MessagesService.Get]; the status events carry it
	CorrelationID string        `json:"correlationId"`      // made by the API; the events carry it too
	Status        MessageStatus `json:"status"`             // QUEUED, also in a replay
	CreatedAt     Timestamp     `json:"createdAt"`
	NumberLabel   string        `json:"origin"`       // the label of the sending number, not a [MessageOrigin]
	SourceNumber  string        `json:"sourceNumber"` // the sending phone number, in digits

	// FlowToken joins a contact's answers to this send. It is set when a Flow
	// goes out, and nowhere else to be had: keep it.
	FlowToken string `json:"flowToken"`

	IdempotencyKey string `json:"-"` // the key that the send went out with, yours or the made one
	Replayed       bool   `json:"-"` // the API had accepted a send with this key before and did not send again
}

// readPlain reads the answer to nearly every send.
func (a *Accepted) readPlain(text []byte) bool {
	*a = Accepted{}
	return readPlainObject(text, func(name, value string) {
		switch name {
		case "id":
			a.ID = value
		case "correlationId":
			a.CorrelationID = value
		case "status":
			a.Status = MessageStatus(value)
		case "createdAt":
			a.CreatedAt = timestampOf(value)
		case "origin":
			a.NumberLabel = value
		case "sourceNumber":
			a.SourceNumber = value
		case "flowToken":
			a.FlowToken = value
		}
	}) && a.ID != ""
}

// Message is a send and where it stands.
type Message struct {
	ID                string        `json:"id" required:"true"`
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

// MetaPricing is what Meta billed for a message of an official number.
type MetaPricing struct {
	ConversationID string `json:"conversationId"` // Meta's billing window of 24 hours, not a conversation
	OriginType     string `json:"originType"`     // how the window opened, as in "utility"
	Category       string `json:"category"`       // what was billed, as in "utility"
	Type           string `json:"type"`           // "regular" was billed; "free_entry_point" and "free_customer_service" were not
}

// CancelResult says what became of the messages of a [MessagesService.Cancel]. The API has
// two shapes of this answer: one names the messages, one counts them.
type CancelResult struct {
	CanceledCount int             // how many were cancelled, in both shapes
	Canceled      []string        // their ids; nil in the shape that counts
	Failed        []CancelFailure // the rest; nil in the shape that counts
	NotFoundCount int             // how many were unknown; 0 in the shape that names
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
		NotFound  int             `json:"notFound" strict:"true"`
	}
	if err := unmarshalAnswer(data, &answer); err != nil {
		return err
	}
	if answer.Cancelled == nil || string(answer.Cancelled) == "null" {
		return lacking("cancelled")
	}
	result := CancelResult{Failed: answer.Failed, NotFoundCount: answer.NotFound}
	if err := unmarshalAnswer(answer.Cancelled, &result.CanceledCount); err != nil {
		if err := unmarshalAnswer(answer.Cancelled, &result.Canceled); err != nil {
			return err
		}
		result.CanceledCount = len(result.Canceled)
		// An empty id, or no list, would say that messages still go out.
		if result.Canceled == nil || slices.Contains(result.Canceled, "") {
			return lacking("id")
		}
	}
	for _, failed := range result.Failed {
		if failed.ID == "" {
			return lacking("id")
		}
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

// WaitMessageOptions say what [MessagesService.Wait] waits for.
type WaitMessageOptions struct {
	// Until is the status to wait for; "" is [MessageStatusDelivered]. A status that
	// lies behind it does too: [MessageStatusSent] is met by a message that was
	// delivered or read. Beware of [MessageStatusRead]: it never comes from contacts
	// with read receipts off. Statuses that are not on that way, such as
	// [MessageStatusCanceled], are met by themselves only.
	Until MessageStatus

	// Interval is the time between two looks; 0 is two seconds.
	Interval time.Duration
}

func (o WaitMessageOptions) validate() error {
	if o.Interval < 0 {
		return invalid("Interval", "it is negative; 0 is the default of two seconds")
	}
	return nil
}

// MessageEndedError means that a message reached a status from which it does not go on,
// and not the one that [MessagesService.Wait] waited for: mostly [MessageStatusFailed] or
// [MessageStatusCanceled]. With [FailureDeliveredNotConfirmed] the contact may have it all
// the same.
type MessageEndedError struct {
	ID     string        // as [MessagesService.Wait] was asked; not part of what the error prints
	Status MessageStatus // how the message ended
	Code   FailureCode   // why it failed, "" for other ends
}

// outcome: the API accepted the message, which failed later.
func (*MessageEndedError) outcome() OutcomeKind { return OutcomeAccepted }

// Error says how the message ended.
func (e *MessageEndedError) Error() string {
	if e == nil {
		return "no ended message"
	}
	text := "Messages.Wait: the message ended as " + redact.Private(nil).Show(string(e.Status))
	if e.Code != "" {
		code := redact.Private(nil).Show(string(e.Code))
		if code == redact.Withheld {
			code = "a code that is withheld"
		}
		text += " (" + code + ")"
	}
	return text
}

// Format writes the error's text, whatever the verb.
func (e MessageEndedError) Format(f fmt.State, _ rune) { printText(f, e.Error()) }

// LogValue returns the error's text.
func (e MessageEndedError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// MarshalJSON writes the error's text as an object.
func (e MessageEndedError) MarshalJSON() ([]byte, error) { return marshalText(&e) }

// reached reports whether a message with status s has been where status until is.
func (s MessageStatus) reached(until MessageStatus) bool {
	return s == until || until.step() >= 0 && s.step() >= until.step()
}

// step is how far a message on its way has come, -1 for one that is not on it.
func (s MessageStatus) step() int {
	return slices.Index([]MessageStatus{
		MessageStatusQueued, MessageStatusSent, MessageStatusDelivered, MessageStatusRead,
	}, s)
}

// isFinal reports whether nothing comes after the status.
func (s MessageStatus) isFinal() bool {
	return s == MessageStatusRead || s == MessageStatusFailed || s == MessageStatusCanceled
}

// isReplay reports whether an answer repeats an earlier one for its key.
func isReplay(answer http.Header) bool {
	return strings.EqualFold(strings.TrimSpace(answer.Get("Idempotent-Replayed")), "true")
}

// MessagesService sends messages and follows what was sent. It is part of a
// [NumberClient]; a tenant key cannot send.
//
//   - [MessagesService.Send] hands one message to the API, which queues it
//   - [MessagesService.Get] returns a sent message by its id, its correlation id or its
//     WhatsApp id ("wamid.…")
//   - [MessagesService.Cancel] cancels messages that wait for their DeliverAt, 1 to 100 ids
//     of sends at a time
//   - [MessagesService.Wait] looks at a message with Get, again and again, until it is
//     delivered (or reaches opts.Until) and returns it
//   - [MessagesService.SendEncoded] sends what [EncodeSend] returned, byte for byte, and is
//     like Send in all else
type MessagesService struct{ client *Client }

// Send hands one message to the API, which queues it: accepted is not delivered.
// Follow it with Get or with webhooks.
//
// Every attempt carries the same Idempotency-Key, so a send is repeated after
// timeouts, lost connections, 429 and 5xx without being doubled. Errors worth
// telling apart, in this order:
//
//   - [*OutcomeUnknownError]: call again with its IdempotencyKey and the same request.
//   - [*DecodeError] with Accepted() true: it is on its way. The same call with the
//     same key returns its id.
//   - [*ValidationError]: nothing was sent.
//   - [*NotFoundError]: the API has no such template, or no approved version of it. The
//     answer has no code that is documented: [CodeTemplateNotFound] is for the methods of
//     Templates. Mostly a template that is not approved is accepted here, and the message
//     fails later ([FailureMetaTemplateNotApproved], [FailureTemplateVersionNotFound]).
//   - [CodeIdempotencyKeyReused]: an earlier send with this key was accepted with
//     other content (every field counts, DeliverAt too); nothing was sent now.
//   - [CodeNumberBlocked], [CodeMissingTemplateVariables] ([APIError].Details names them),
//     [CodeInvalidTemplateVariableValue], [CodeFlowWindowClosed],
//     [CodeNotSupportedForMeta], [CodeSubscriptionRequiredForMedia].
//
// A send counts against the plan, and on official numbers Meta bills it.
//
// Scope: number key. Retry: [RetryKeyed]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s MessagesService) Send(ctx context.Context, req SendRequest) (*Accepted, error) {
	encoded, err := EncodeSend(req)
	if err != nil {
		return nil, err
	}
	return s.send(ctx, encoded)
}

// Get returns a sent message by its id, its correlation id or its WhatsApp id
// ("wamid.…"). It knows sends of the platform only: inbound messages and what was
// typed on the phone are a [*NotFoundError].
//
// Scope: number key. Retry: [RetrySafe]. Errors: those of every call.
func (s MessagesService) Get(ctx context.Context, id string) (*Message, error) {
	return invoke[Message](ctx, s.client, opMessagesGet, input{path: params{id}})
}

// Cancel cancels messages that wait for their DeliverAt, 1 to 100 ids of sends at
// a time. A nil error does not mean that anything was cancelled: read the result.
// What was handed to WhatsApp cannot be taken back. It is repeated only after what
// provably never reached the API; calling again after an [*OutcomeUnknownError] does
// no harm.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s MessagesService) Cancel(ctx context.Context, ids ...string) (*CancelResult, error) {
	return invoke[CancelResult](ctx, s.client, opMessagesCancel, input{body: cancelBody{ids}})
}

// Wait looks at a message with Get, again and again, until it is delivered (or reaches
// opts.Until) and returns it. It is for one message now and then: to follow many, receive
// webhooks. Give ctx a deadline: an accepted message may wait for days, for its
// DeliverAt or for a number that is offline.
//
// It asks Get every 2 s. Failures that pass (lost connections, 429, 5xx) do not end it;
// when ctx ends, the error is a [*WaitError], which matches ctx.Err() and the last of them.
// Any other failure
// ends it at once ([*NotFoundError], [*UnauthorizedError]), and so does a message that
// failed or was canceled instead ([*MessageEndedError]). Beside an error Wait returns the
// message as it was last seen, nil if it never was.
func (s MessagesService) Wait(ctx context.Context, id string, opts WaitMessageOptions) (*Message, error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	if err := s.client.ready(ctx, opMessagesGet, input{}); err != nil {
		return nil, err
	}
	if err := opMessagesGet.checkID("id", id); err != nil {
		return nil, err
	}
	if opts.Until == "" {
		opts.Until = MessageStatusDelivered
	}
	if opts.Interval == 0 {
		opts.Interval = defaultWaitInterval
	}
	opts.Interval = s.client.core().pollEvery(opts.Interval)
	const what = "Messages.Wait"
	var (
		last   *Message
		failed error // why the last Get failed; nil: it did not
	)
	for {
		message, err := s.Get(ctx, id)
		if err == nil {
			last = message
			switch {
			case last.Status.reached(opts.Until):
				return last, nil
			case last.Status.isFinal():
				return last, &MessageEndedError{ID: id, Status: last.Status, Code: last.ErrorCode}
			}
		} else if ended := pollError(ctx, what, err, failed); ended != nil {
			return last, ended
		}
		failed = err
		if err := pause(ctx, max(opts.Interval, retryAfterOf(failed))); err != nil {
			return last, waitError(what, err, failed)
		}
	}
}

// SendEncoded sends what [EncodeSend] returned, byte for byte, and is like Send in all
// else: calling it again with the same [EncodedSend], for the same number and within 24
// hours, does not send twice. An [EncodedSend] without a valid key, and a Body that is not
// one JSON object, are a [*ValidationError]; what the object says is for the API to judge.
func (s MessagesService) SendEncoded(ctx context.Context, e EncodedSend) (*Accepted, error) {
	if e.IdempotencyKey == "" {
		return nil, invalid("IdempotencyKey", "it is empty; EncodeSend makes one, and without it a repetition would send twice")
	}
	// Duplicate names are left to the API, like everything in the object.
	body := jsontext.Value(bytes.Clone(e.Body))
	if body.Kind() != '{' || !body.IsValid(jsontext.AllowDuplicateNames(true)) {
		return nil, invalid("Body", "it is not one JSON object; use what EncodeSend returned")
	}
	e.Body = body
	return s.send(ctx, e)
}

// send sends bytes that nobody changes any more.
func (s MessagesService) send(ctx context.Context, e EncodedSend) (*Accepted, error) {
	accepted := new(Accepted)
	receipt, err := s.client.run(ctx, opMessagesSend, input{encoded: e.Body, key: e.IdempotencyKey}, accepted)
	if err != nil {
		return nil, err
	}
	accepted.IdempotencyKey = receipt.key
	accepted.Replayed = isReplay(receipt.header)
	return accepted, nil
}
