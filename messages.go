package pilotstatus

import (
	"bytes"
	"cmp"
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

// MessageStatus is the status of a sent message. The set is open.
type MessageStatus string

// The documented statuses. Reports may skip statuses and arrive in any order.
const (
	MessageStatusQueued    MessageStatus = "QUEUED"    // accepted and waiting, also until DeliverAt
	MessageStatusSent      MessageStatus = "SENT"      // handed to WhatsApp
	MessageStatusDelivered MessageStatus = "DELIVERED" // delivered to the device
	MessageStatusRead      MessageStatus = "READ"      // opened; never reported by contacts with read receipts off
	MessageStatusFailed    MessageStatus = "FAILED"    // see [Message].ErrorCode
	MessageStatusCanceled  MessageStatus = "CANCELED"  // canceled by [MessagesService.Cancel] before it was sent
)

// Supersedes reports whether s should replace old as the status of the same message. Status
// events can arrive twice and in any order. A receipt is proof, so DELIVERED and READ win
// over FAILED. A status that this version does not know never wins.
func (s MessageStatus) Supersedes(old MessageStatus) bool { return s.rank() > old.rank() }

// rank orders statuses by the strength of their proof. It returns -1 for an unknown status.
func (s MessageStatus) rank() int {
	return slices.Index([]MessageStatus{
		MessageStatusQueued, MessageStatusSent, MessageStatusCanceled,
		MessageStatusFailed, MessageStatusDelivered, MessageStatusRead,
	}, s)
}

// FailureCode is the reason why an accepted message failed later. The set is open and
// grows: branch on the codes that you know, and review the others.
type FailureCode string

// The documented failure codes. A message with [FailureDeliveredNotConfirmed] may have
// arrived: sending it again risks a duplicate.
const (
	FailureDeliveredNotConfirmed          FailureCode = "DELIVERED_NOT_CONFIRMED"            // sent, but no receipt before DeliverUntil
	FailureTemplateVersionNotFound        FailureCode = "TEMPLATE_VERSION_NOT_FOUND"         // the template or its version is missing
	FailureInvalidDestination             FailureCode = "INVALID_DESTINATION"                // the recipient cannot be used
	FailurePilotSelfNumber                FailureCode = "PILOT_SELF_NUMBER"                  // the recipient is the platform's own number
	FailureNeverAttemptedMaxAgeExceeded   FailureCode = "NEVER_ATTEMPTED_MAX_AGE_EXCEEDED"   // the number was offline for 7 days
	FailureExpiredAfterAttempts           FailureCode = "EXPIRED_AFTER_ATTEMPTS"             // DeliverUntil passed after an attempt
	FailureMessageExpired                 FailureCode = "MESSAGE_EXPIRED"                    // an older kind of expiry
	FailureDeliveryTimeout                FailureCode = "DELIVERY_TIMEOUT"                   // timeout, or the number is disconnected
	FailureNumberNotFoundRemoved          FailureCode = "NUMBER_NOT_FOUND_REMOVED"           // the sending number was removed
	FailureLinkedWhatsAppInstanceNotFound FailureCode = "LINKED_WHATSAPP_INSTANCE_NOT_FOUND" // the number of the key no longer exists
	FailureWhatsAppNotExist               FailureCode = "WHATSAPP_NOT_EXIST"                 // the recipient has no WhatsApp
	FailureMetaTemplateNotApproved        FailureCode = "META_TEMPLATE_NOT_APPROVED"         // Meta has not approved the template
	FailureMetaOutside24hWindow           FailureCode = "META_OUTSIDE_24H_WINDOW"            // the 24-hour window is closed: send a template instead
	FailureMetaNoConversation             FailureCode = "META_NO_CONVERSATION"               // there is no conversation yet: send a template instead
	FailureFlowWindowClosed               FailureCode = "FLOW_WINDOW_CLOSED"                 // the 24-hour window is closed: send a template with a FLOW button instead
)

// MessageOrigin is the kind of sender of a message. The set is open.
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

// Accepted is the answer to an accepted send. It does not confirm delivery.
type Accepted struct {
	ID            string        `json:"id" required:"true"` // for [MessagesService.Get]; the status events carry it
	CorrelationID string        `json:"correlationId"`      // made by the API; the events carry it too
	Status        MessageStatus `json:"status"`             // QUEUED, also in a replay
	CreatedAt     Timestamp     `json:"createdAt"`
	NumberLabel   string        `json:"origin"`       // the label of the sending number, not a [MessageOrigin]
	SourceNumber  string        `json:"sourceNumber"` // the sending phone number, in digits

	// FlowToken identifies the contact's answers to this send. It is set only for a Flow.
	// No other answer returns it: store it.
	FlowToken string `json:"flowToken"`

	IdempotencyKey string `json:"-"` // the key of this send, yours or the generated one
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

// Message is a sent message and its status.
type Message struct {
	ID                string        `json:"id" required:"true"`
	ExternalMessageID string        `json:"externalMessageId"` // the provider's id, "" until the provider accepted the message
	Status            MessageStatus `json:"status"`
	CorrelationID     string        `json:"correlationId"`
	DestinationNumber string        `json:"destinationNumber"`
	Template          string        `json:"template"` // the template's name, "" for other contents
	CreatedAt         Timestamp     `json:"createdAt"`
	SentAt            Timestamp     `json:"sentAt"` // zero until it was sent; the next two likewise
	DeliveredAt       Timestamp     `json:"deliveredAt"`
	ReadAt            Timestamp     `json:"readAt"`
	ErrorCode         FailureCode   `json:"errorCode"`    // "" without an error
	ErrorMessage      string        `json:"errorMessage"` // for people; the text may change
	Origin            MessageOrigin `json:"origin"`
	MetaPricing       *MetaPricing  `json:"metaPricing"` // nil until Meta reports it, and always on web numbers
}

// MetaPricing is the charge by Meta for a message of an official number.
type MetaPricing struct {
	ConversationID string `json:"conversationId"` // Meta's billing window of 24 hours, not a conversation
	OriginType     string `json:"originType"`     // how the window opened, as in "utility"
	Category       string `json:"category"`       // the billed category, as in "utility"
	Type           string `json:"type"`           // "regular" was billed; "free_entry_point" and "free_customer_service" were not
}

// CancelResult is the result of [MessagesService.Cancel]. The API has two forms of this
// answer: one lists the messages, the other counts them.
type CancelResult struct {
	CanceledCount int             // number of canceled messages, in both forms
	Canceled      []string        // their ids; nil in the form that counts
	Failed        []CancelFailure // the messages that were not canceled; nil in the form that counts
	NotFoundCount int             // number of unknown messages; 0 in the form that lists
}

// CancelFailure is a message that was not canceled.
type CancelFailure struct {
	ID     string `json:"id"`
	Reason string `json:"reason"` // text or code; the set is not documented
}

// UnmarshalJSON decodes both forms.
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
		// An empty id, or a null list, would hide whether messages still go out.
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
		return invalid("ids", "1 to 100 ids can be canceled at a time")
	}
	for _, id := range b.MessageIDs {
		if err := validateID("ids", id); err != nil {
			return err
		}
	}
	return nil
}

// WaitMessageOptions are the options of [MessagesService.Wait].
type WaitMessageOptions struct {
	// Until is the status to wait for; "" means [MessageStatusDelivered]. A later status on
	// the way to READ also ends the wait: a delivered or read message satisfies
	// [MessageStatusSent]. Beware of [MessageStatusRead]: it never comes from contacts with
	// read receipts off. A status outside that sequence, such as [MessageStatusCanceled],
	// is satisfied only by itself.
	Until MessageStatus

	// Interval is the time between two calls of [MessagesService.Get]; 0 means two seconds.
	Interval time.Duration
}

func (o WaitMessageOptions) validate() error {
	if o.Interval < 0 {
		return invalid("Interval", "it is negative; 0 is the default of two seconds")
	}
	return nil
}

// MessageEndedError means that a message reached a final status other than the one that
// [MessagesService.Wait] waited for, usually [MessageStatusFailed] or
// [MessageStatusCanceled]. With [FailureDeliveredNotConfirmed] the contact may still have
// received it.
type MessageEndedError struct {
	ID     string        // the id given to [MessagesService.Wait]; the error's text does not show it
	Status MessageStatus // the final status of the message
	Code   FailureCode   // why it failed, "" for other statuses
}

// outcome returns OutcomeAccepted: the API accepted the message, which failed later.
func (*MessageEndedError) outcome() OutcomeKind { return OutcomeAccepted }

// Error returns the final status of the message.
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

// MarshalJSON encodes the error's text as an object.
func (e MessageEndedError) MarshalJSON() ([]byte, error) { return marshalText(&e) }

// reached reports whether a message with status s has passed or has the status until.
func (s MessageStatus) reached(until MessageStatus) bool {
	return s == until || until.step() >= 0 && s.step() >= until.step()
}

// step is the position of the status on the way to READ, or -1 if it is not on that way.
func (s MessageStatus) step() int {
	return slices.Index([]MessageStatus{
		MessageStatusQueued, MessageStatusSent, MessageStatusDelivered, MessageStatusRead,
	}, s)
}

// isFinal reports whether no other status follows.
func (s MessageStatus) isFinal() bool {
	return s == MessageStatusRead || s == MessageStatusFailed || s == MessageStatusCanceled
}

// isReplay reports whether the answer is the stored answer to an earlier request with the
// same key.
func isReplay(answer http.Header) bool {
	return strings.EqualFold(strings.TrimSpace(answer.Get("Idempotent-Replayed")), "true")
}

// MessagesService sends messages and reports their status. It is part of a [NumberClient];
// a tenant key cannot send.
//
//   - [MessagesService.Send] sends a message
//   - [MessagesService.Get] returns a sent message and its status
//   - [MessagesService.Cancel] cancels messages that wait for their DeliverAt
//   - [MessagesService.Wait] waits until a message is delivered
//   - [MessagesService.SendEncoded] sends the result of [EncodeSend]
type MessagesService struct{ client *Client }

// Send sends one message: the API accepts it and puts it into a queue. Accepted does not
// mean delivered. Use [MessagesService.Get], [MessagesService.Wait] or webhooks to follow
// it.
//
// Every attempt carries the same Idempotency-Key, so a retry cannot send the message twice.
// Check the errors in this order:
//
//   - [*OutcomeUnknownError]: call again with its IdempotencyKey and the same request.
//   - [*DecodeError] with Accepted() true: the message was accepted. The same call with the
//     same key returns its id.
//   - [*ValidationError]: nothing was sent.
//   - [*NotFoundError]: the template is unknown, or no version of it is approved. No code
//     is documented for this answer: [CodeTemplateNotFound] comes from the methods of
//     [TemplatesService]. Usually the API accepts an unapproved template, and the message
//     fails later ([FailureMetaTemplateNotApproved], [FailureTemplateVersionNotFound]).
//   - [CodeIdempotencyKeyReused]: an earlier send with this key was accepted with different
//     content. Every field counts, DeliverAt too. Nothing was sent now.
//
// A send counts against the plan, and on official numbers Meta bills it.
//
// Scope: number key. Retry: [RetryKeyed]. Errors: [*OutcomeUnknownError],
// [*NotFoundError] and [CodeIdempotencyKeyReused] as above;
// [CodeMissingTemplateVariables] and [CodeInvalidTemplateVariableValue], where
// [APIError].Details names the variables; [CodeFlowWindowClosed] for a Flow outside the
// 24-hour window; [CodeNotSupportedForMeta] for a channel and [CodeMetaGroupsNotEligible]
// for a group on an official number; [CodeSubscriptionRequiredForMedia] for media without a
// paid plan; [CodeTemplateCategoryMarketingRequiresOwnNumber] and
// [CodeNewsletterNotAllowedInTest]; [CodeNumberBlocked] for an unpaid extra number, which
// [NumbersService.Pay] settles; [CodeIdempotencyKeyInvalid]; [CodeIdempotencyKeyInUse] if
// the first attempt is still in progress after the last retry; and those of every call.
func (s MessagesService) Send(ctx context.Context, req SendRequest) (*Accepted, error) {
	encoded, err := EncodeSend(req)
	if err != nil {
		return nil, err
	}
	return s.send(ctx, encoded)
}

// Get returns a sent message by its id, its correlation id or its WhatsApp id ("wamid.…").
// It finds only messages that the platform sent. Inbound messages, and those typed on the
// phone or sent by other software, are a [*NotFoundError].
//
// Scope: number key. Retry: [RetrySafe]. Errors: [*NotFoundError] for an unknown message
// and those of every call.
func (s MessagesService) Get(ctx context.Context, id string) (*Message, error) {
	return invoke[Message](ctx, s.client, opMessagesGet, input{path: params{id}})
}

// Cancel cancels 1 to 100 messages, given by their ids, that wait for their DeliverAt. A
// nil error does not mean that a message was canceled: read the result. A message that was
// handed to WhatsApp cannot be canceled. Calling again after an [*OutcomeUnknownError] is
// harmless.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s MessagesService) Cancel(ctx context.Context, ids ...string) (*CancelResult, error) {
	return invoke[CancelResult](ctx, s.client, opMessagesCancel, input{body: cancelBody{ids}})
}

// Wait calls [MessagesService.Get] until the message is delivered or reaches opts.Until,
// and returns it. Use it for a single message now and then; to follow many, receive
// webhooks. Give ctx a deadline: an accepted message may wait for days, for its DeliverAt
// or for a number that is offline.
//
// Wait calls Get every 2 s, or every opts.Interval. Temporary failures (lost connections,
// 429, 5xx) do not end the wait. When ctx ends, the error is a [*WaitError], which matches
// ctx.Err() and the last temporary failure. Any other failure ends the wait at once
// ([*NotFoundError], [*UnauthorizedError]). A message that failed or was canceled also ends
// it, with a [*MessageEndedError]. With an error Wait returns the message as it was last
// received, or nil.
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
	opts.Until = cmp.Or(opts.Until, MessageStatusDelivered)
	opts.Interval = s.client.core().pollEvery(cmp.Or(opts.Interval, defaultWaitInterval))
	const what = "Messages.Wait"
	var (
		last   *Message
		failed error // error of the last Get, or nil
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

// SendEncoded sends the result of [EncodeSend] byte for byte, and otherwise works like
// [MessagesService.Send]. Calling it again with the same [EncodedSend] for the same number
// within 24 hours does not send twice. An [EncodedSend] without a valid key, or with a Body
// that is not one JSON object, is a [*ValidationError]. The API checks the members of the
// object.
func (s MessagesService) SendEncoded(ctx context.Context, e EncodedSend) (*Accepted, error) {
	if e.IdempotencyKey == "" {
		return nil, invalid("IdempotencyKey", "it is empty; EncodeSend makes one, and without it a repetition would send twice")
	}
	// The API decides about duplicate names, as about everything in the object.
	body := jsontext.Value(bytes.Clone(e.Body))
	if body.Kind() != '{' || !body.IsValid(jsontext.AllowDuplicateNames(true)) {
		return nil, invalid("Body", "it is not one JSON object; use what EncodeSend returned")
	}
	e.Body = body
	return s.send(ctx, e)
}

// send sends bytes that no caller can change any more.
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
