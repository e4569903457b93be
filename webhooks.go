package pilotstatus

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Webhook is a URL that gets events of one number. The secret that signs its deliveries
// is in no documented answer. A field that comes in another form than the documented one
// is left zero; Raw has it.
type Webhook struct {
	ID          string      `json:"id" required:"true"`
	TenantID    string      `json:"tenantId"`
	Name        string      `json:"name"`
	URL         Secret      `json:"url"` // it may hold a token of yours
	Environment string      `json:"environment"`
	Active      bool        `json:"active"` // false: paused
	Events      []EventName `json:"events"` // an empty list that is not nil: nothing is delivered
	CreatedAt   Timestamp   `json:"createdAt"`
	UpdatedAt   Timestamp   `json:"updatedAt"`

	// The answer of [WebhooksService.Update] does not have these.
	APIKeys             []WebhookKey `json:"apiKeys"`
	LastTriggered       Timestamp    `json:"lastTriggered"`     // zero: never
	WhatsAppNumberIDs   []string     `json:"whatsappNumberIds"` // one, in spite of the name
	WhatsAppInstanceIDs []string     `json:"whatsappInstanceIds"`

	// Raw is the webhook as it was received, with what this version does not know.
	Raw Secret `json:"-"`
}

// WebhookKey is a key that a webhook is linked to, without the key itself.
type WebhookKey struct {
	ID   Secret `json:"id"` // for [APIKeyID], which makes it as good as the key
	Name string `json:"name"`
}

// WebhookLogStatus is whether a delivery arrived. The set is open.
type WebhookLogStatus string

// The documented statuses.
const (
	WebhookLogStatusSuccess WebhookLogStatus = "SUCCESS"
	WebhookLogStatusFailed  WebhookLogStatus = "FAILED"
)

// WebhookLog is a delivery of an event. It holds personal data: keep it out of logs. A
// field that comes in another form than the documented one is left zero; Raw has it.
type WebhookLog struct {
	Event      EventName        `json:"event"`
	Status     WebhookLogStatus `json:"status"`
	StatusCode int              `json:"statusCode"` // of your answer; 0 where none came
	Payload    json.RawMessage  `json:"payload"`    // what was sent, an object or a text; nil or null where it is not kept
	Response   json.RawMessage  `json:"response"`   // what you answered; nil or null where it is not kept
	DurationMs float64          `json:"durationMs"`
	CreatedAt  Timestamp        `json:"createdAt"`

	Raw json.RawMessage `json:"-"` // the row as it was received
}

// CreateWebhookRequest is a new webhook.
type CreateWebhookRequest struct {
	Name string `json:"name"`

	// URL is where the events go. A random token in its query proves that a delivery is
	// from the API, as long as nobody else knows it.
	URL string `json:"url"`

	// Events are the events to deliver, or [EventAll]. The API leaves out events that it,
	// or the number's provider, does not know: Create then returns [*MissingEventsError].
	Events []EventName `json:"events,omitempty"`

	// NoEvents says that there are no Events yet: nothing is delivered until
	// [WebhooksService.Update] names some. Without it an empty list is refused here,
	// because it would look like a webhook that works.
	NoEvents bool `json:"-"`

	// WhatsAppNumberID is the number whose events are delivered, which cannot be changed
	// later. It is needed on a [TenantClient]. A [NumberView] names its number already and
	// refuses another one here.
	WhatsAppNumberID string `json:"whatsappNumberId,omitempty"`

	// Extra holds body fields that this version does not know, such as active, which some
	// programs send. A field that it knows is a [*ValidationError] here.
	Extra map[string]any `json:"-"`
}

func (w CreateWebhookRequest) validate() error {
	if err := required("URL", w.URL); err != nil {
		return err
	}
	if len(w.Events) == 0 && !w.NoEvents {
		return invalid("Events", "nothing would be delivered; name events, EventAll for all, or say NoEvents")
	}
	if len(w.Events) > 0 && w.NoEvents {
		return invalid("NoEvents", "there are Events; leave one of the two out")
	}
	return nil
}

// UpdateWebhookRequest changes a webhook. nil leaves a field alone.
type UpdateWebhookRequest struct {
	Name   *string `json:"name,omitzero"`
	URL    *string `json:"url,omitzero"`
	Active *bool   `json:"active,omitzero"` // false pauses the webhook, true resumes it

	// Events replaces the whole list. To add one event, take those of Get and append. An
	// empty list stops all deliveries. The API leaves out events that it, or the number's
	// provider, does not know: Update then returns [*MissingEventsError].
	Events *[]EventName `json:"events,omitzero"`
}

func (u UpdateWebhookRequest) validate() error { return requireChange(u) }

// WebhookLogsOptions choose deliveries. The zero value is the last 50 of all events.
type WebhookLogsOptions struct {
	Limit int       // up to 50; 0: the API's default of 50
	Event EventName // "": all
}

func (o WebhookLogsOptions) query() queryValues {
	q := queryValues{}
	q.number("limit", "Limit", o.Limit)
	q.text("event", string(o.Event))
	return q
}

// MissingEventsError means that the API made or changed a webhook, and left out events that
// the call asked for: their names are misspelled, or the number's provider does not deliver
// them. The method returns the webhook beside this error. The API took the call: correct
// the webhook with [WebhooksService.Update], because another Create makes another webhook.
type MissingEventsError struct {
	Op     string      // [WebhooksService.Create] or [WebhooksService.Update]
	Events []EventName // what the answer lacks, in the order of the request
}

// outcome: the API took the webhook.
func (*MissingEventsError) outcome() OutcomeKind { return OutcomeAccepted }

// Error names the events.
func (e *MissingEventsError) Error() string {
	if e == nil || len(e.Events) == 0 {
		return "no missing events"
	}
	const most = 10
	var names []string
	for _, event := range e.Events[:min(len(e.Events), most)] {
		names = append(names, event.printable())
	}
	more := ""
	if len(e.Events) > most {
		more = " and " + strconv.Itoa(len(e.Events)-most) + " more"
	}
	return e.Op + ": the API took the webhook without " + strings.Join(names, ", ") + more +
		"; check the spelling and what the number's provider delivers, then set the events with Webhooks.Update"
}

// printable returns the quoted name. It withholds a text that does not look like a name:
// a caller can have put anything there.
func (n EventName) printable() string {
	const longest, mostDigits = 64, 5
	digits := 0
	odd := strings.ContainsFunc(string(n), func(r rune) bool {
		if '0' <= r && r <= '9' {
			digits++
			return digits > mostDigits
		}
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !strings.ContainsRune("._-*", r)
	})
	if odd || len(n) > longest {
		return "(a text that is no name)"
	}
	return strconv.Quote(string(n))
}

// Format writes the error's text, whatever the verb.
func (e MissingEventsError) Format(f fmt.State, _ rune) { printText(f, e.Error()) }

// LogValue returns the error's text.
func (e MissingEventsError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// MarshalJSON writes the error's text as an object.
func (e MissingEventsError) MarshalJSON() ([]byte, error) { return marshalText(&e) }

// withEvents returns w, and an error where it lacks events that were asked for. An answer
// without a list of events says nothing about them.
func (w *Webhook) withEvents(op *operation, asked []EventName) (*Webhook, error) {
	if w.Events == nil || slices.Contains(w.Events, EventAll) {
		return w, nil
	}
	// An answer may name every event in place of EventAll. It then has more than the names
	// that were asked for.
	expanded := slices.ContainsFunc(w.Events, func(got EventName) bool { return !slices.Contains(asked, got) })
	var missing []EventName
	for _, event := range asked {
		switch {
		case slices.Contains(w.Events, event), slices.Contains(missing, event), event == EventAll && expanded:
		default:
			missing = append(missing, event)
		}
	}
	if missing == nil {
		return w, nil
	}
	return w, &MissingEventsError{Op: op.name, Events: missing}
}

// WebhooksService says where events go. On the client or the view of one number only its
// webhooks can be seen and changed; another one's are a [*NotFoundError] with
// [CodeWebhookNotFound], like one that does not exist. Events of phone lines go elsewhere.
// It is part of a [NumberClient], of a [TenantClient] and of a [NumberView].
//
//   - [WebhooksService.List] returns the webhooks of the number, or those of all numbers on
//     a [TenantClient]
//   - [WebhooksService.Create] makes a webhook for one number
//   - [WebhooksService.Get] returns the webhook with that id
//   - [WebhooksService.Update] changes a webhook
//   - [WebhooksService.Delete] ERASES A WEBHOOK AND THE LOGS OF ITS DELIVERIES, for ever
//   - [WebhooksService.Logs] Experimental
type WebhooksService struct{ client *Client }

// List returns the webhooks of the number, or those of all numbers on a [TenantClient].
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetrySafe].
// Errors: those of every call.
func (s WebhooksService) List(ctx context.Context) ([]Webhook, error) {
	return invokeList[Webhook](ctx, s.client, opWebhooksList, input{}, "webhooks", "data")
}

// Create makes a webhook for one number. The vendor does not document the answer: it is
// taken for the webhook, and whatever else comes is in Webhook.Raw.
//
// Every call makes another webhook, also for the same URL, which then gets every event
// twice. It is repeated only after what provably never reached the API; after an
// [*OutcomeUnknownError], or a [*DecodeError] with Accepted() true, look with List whether
// it is there. [CodeNumberRequired]: a [TenantClient] has to name a number.
// [CodeNumberMismatch]: a [NumberClient] named another number than its own.
// [CodeNumberNotFound]: the workspace has no such number. [*MissingEventsError]: the
// webhook was made without some of the Events; it is returned beside the error.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetryUnsent].
// Errors: [*OutcomeUnknownError] and those of every call.
func (s WebhooksService) Create(ctx context.Context, req CreateWebhookRequest) (*Webhook, error) {
	var err error
	if req.WhatsAppNumberID, err = s.client.numberIDForBody(req.WhatsAppNumberID); err != nil {
		return nil, err
	}
	made, err := invoke[Webhook](ctx, s.client, opWebhooksCreate, input{body: req})
	if err != nil {
		return nil, err
	}
	return made.withEvents(opWebhooksCreate, req.Events)
}

// Get returns the webhook with that id.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetrySafe].
// Errors: those of every call.
func (s WebhooksService) Get(ctx context.Context, id string) (*Webhook, error) {
	return invoke[Webhook](ctx, s.client, opWebhooksGet, input{path: params{id}})
}

// Update changes a webhook. [UpdateWebhookRequest].Events REPLACES ALL of its events. The
// number cannot be changed. The answer lacks some fields, see Webhook. It is repeated after
// lost answers too, which changes nothing more. [*MissingEventsError]: the webhook was
// changed without some of the Events; it is returned beside the error.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetrySafe].
// Errors: those of every call.
func (s WebhooksService) Update(ctx context.Context, id string, req UpdateWebhookRequest) (*Webhook, error) {
	if req.Events != nil && *req.Events == nil {
		req.Events = &[]EventName{} // null may mean something else to the API
	}
	changed, err := invoke[Webhook](ctx, s.client, opWebhooksUpdate, input{path: params{id}, body: req})
	if err != nil || req.Events == nil {
		return changed, err
	}
	return changed.withEvents(opWebhooksUpdate, *req.Events)
}

// Delete ERASES A WEBHOOK AND THE LOGS OF ITS DELIVERIES, for ever. To stop it for a while,
// set [UpdateWebhookRequest].Active to false. It is repeated only after what provably never
// reached the API; after an [*OutcomeUnknownError] calling again does no harm, and
// [CodeWebhookNotFound] then means that it is done.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetryUnsent].
// Errors: [*OutcomeUnknownError] and those of every call.
func (s WebhooksService) Delete(ctx context.Context, id string) error {
	_, err := s.client.run(ctx, opWebhooksDelete, input{path: params{id}}, nil)
	return err
}

// Experimental: Logs returns the last deliveries of a webhook, up to 50; there is no way
// to read further back. What stands around the list is not documented: every form that is
// likely is read, and [WebhookLog].Raw is a row as it came.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetrySafe].
// Errors: those of every call.
func (s WebhooksService) Logs(ctx context.Context, id string, opts WebhookLogsOptions) ([]WebhookLog, error) {
	return invokeList[WebhookLog](ctx, s.client, opWebhooksLogs, input{path: params{id}, query: opts},
		"logs", "deliveries", "events", "items", "data")
}
