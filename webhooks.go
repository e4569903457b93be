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

// Webhook is a URL that receives events of one number. No documented answer has the secret
// that signs its deliveries. A field in an undocumented form is left zero; Raw has it.
type Webhook struct {
	ID          string      `json:"id" required:"true"`
	TenantID    string      `json:"tenantId"`
	Name        string      `json:"name"`
	URL         Secret      `json:"url"` // may hold a token of yours
	Environment string      `json:"environment"`
	Active      bool        `json:"active"` // false: paused
	Events      []EventName `json:"events"` // an empty list that is not nil means that nothing is delivered
	CreatedAt   Timestamp   `json:"createdAt"`
	UpdatedAt   Timestamp   `json:"updatedAt"`

	// The next four fields are not in the answer of [WebhooksService.Update].
	APIKeys             []WebhookKey `json:"apiKeys"`
	LastTriggered       Timestamp    `json:"lastTriggered"`     // zero: never
	WhatsAppNumberIDs   []string     `json:"whatsappNumberIds"` // one id, in spite of the name
	WhatsAppInstanceIDs []string     `json:"whatsappInstanceIds"`

	// Raw is the webhook as it was received, with fields that this version does not know.
	Raw Secret `json:"-"`
}

// WebhookKey is a key that a webhook is linked to, without the key itself.
type WebhookKey struct {
	ID   Secret `json:"id"` // for [APIKeyID]; it is as secret as the key
	Name string `json:"name"`
}

// WebhookLogStatus is the result of a delivery. The set is open.
type WebhookLogStatus string

// The documented statuses.
const (
	WebhookLogStatusSuccess WebhookLogStatus = "SUCCESS"
	WebhookLogStatusFailed  WebhookLogStatus = "FAILED"
)

// WebhookLog is a delivery of an event. It holds personal data: keep it out of logs. A
// field in an undocumented form is left zero; Raw has it.
type WebhookLog struct {
	Event      EventName        `json:"event"`
	Status     WebhookLogStatus `json:"status"`
	StatusCode int              `json:"statusCode"` // of your answer; 0 without an answer
	Payload    json.RawMessage  `json:"payload"`    // the delivered body, an object or a text; nil or null if it was not stored
	Response   json.RawMessage  `json:"response"`   // your answer; nil or null if it was not stored
	DurationMs float64          `json:"durationMs"`
	CreatedAt  Timestamp        `json:"createdAt"`

	Raw json.RawMessage `json:"-"` // the row as it was received
}

// CreateWebhookRequest describes the webhook to create.
type CreateWebhookRequest struct {
	Name string `json:"name"`

	// URL receives the events. A random token in its query proves that a delivery is from
	// the API, as long as the token stays secret.
	URL string `json:"url"`

	// Events are the events to deliver, or [EventAll]. The API leaves out events that it,
	// or the number's provider, does not know. Create then returns a [*MissingEventsError].
	Events []EventName `json:"events,omitempty"`

	// NoEvents allows an empty list of Events. Nothing is delivered until
	// [WebhooksService.Update] adds events. Without NoEvents an empty list is refused here,
	// because the webhook would look as if it worked.
	NoEvents bool `json:"-"`

	// WhatsAppNumberID is the number whose events are delivered. It cannot be changed
	// later. It is required on a [TenantClient]. A [NumberView] already sends its own
	// number id and refuses a different one here.
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

// UpdateWebhookRequest holds changes of a webhook. A nil field stays as it is.
type UpdateWebhookRequest struct {
	Name   *string `json:"name,omitzero"`
	URL    *string `json:"url,omitzero"`
	Active *bool   `json:"active,omitzero"` // false pauses the webhook, true resumes it

	// Events replaces the whole list. To add one event, append it to the list that Get
	// returns. An empty list stops all deliveries. The API leaves out events that it, or
	// the number's provider, does not know. Update then returns a [*MissingEventsError].
	Events *[]EventName `json:"events,omitzero"`
}

func (u UpdateWebhookRequest) validate() error { return requireChange(u) }

// WebhookLogsOptions filters deliveries. The zero value selects the last 50 of all events.
type WebhookLogsOptions struct {
	Limit int       `query:"limit"` // up to 50; 0: the API's default of 50
	Event EventName `query:"event"` // "" means all
}

// MissingEventsError means that the API created or changed a webhook, but left out events
// that the call asked for. Their names are misspelled, or the number's provider does not
// deliver them. The method returns the webhook beside this error. Correct the webhook with
// [WebhooksService.Update], because another Create creates another webhook.
type MissingEventsError struct {
	Op     string      // [WebhooksService.Create] or [WebhooksService.Update]
	Events []EventName // the missing events, in the order of the request
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

// printable returns the quoted name. It hides a text that does not look like a name,
// because a caller can pass any text.
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

// withEvents returns w, and an error if w lacks events of the request. An answer without a
// list of events is not checked.
func (w *Webhook) withEvents(op *operation, asked []EventName) (*Webhook, error) {
	if w.Events == nil || slices.Contains(w.Events, EventAll) {
		return w, nil
	}
	// An answer may list every event in place of EventAll. It then has names that are not
	// in the request.
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

// WebhooksService manages the URLs that receive events. A [NumberClient] and a [NumberView]
// can see and change only the webhooks of their number; other webhooks do not exist for
// them ([CodeWebhookNotFound]). Events of phone lines use a different URL. It is part of a
// [NumberClient], of a [TenantClient] and of a [NumberView].
//
//   - [WebhooksService.List] lists the webhooks
//   - [WebhooksService.Create] creates a webhook for one number
//   - [WebhooksService.Get] returns one webhook
//   - [WebhooksService.Update] changes a webhook
//   - [WebhooksService.Delete] erases a webhook and its logs
//   - [WebhooksService.Logs] returns the last deliveries of a webhook (experimental)
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

// Create creates a webhook for one number. The vendor does not document the answer: it is
// read as a webhook, and Webhook.Raw has the rest.
//
// Each call creates another webhook, also for the same URL, which then receives every event
// twice. After an [*OutcomeUnknownError], or a [*DecodeError] with Accepted() true, look
// for the webhook in List before calling again.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetryUnsent].
// Errors: [*OutcomeUnknownError], [*MissingEventsError] beside the webhook,
// [CodeNumberRequired] if a [TenantClient] names no number, [CodeNumberMismatch] if a
// [NumberClient] names another number, [*NotFoundError] ([CodeNumberNotFound]) if the
// workspace has no such number, and those of every call.
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
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetrySafe].
// Errors: [*NotFoundError] ([CodeWebhookNotFound]) and those of every call.
func (s WebhooksService) Get(ctx context.Context, id string) (*Webhook, error) {
	return invoke[Webhook](ctx, s.client, opWebhooksGet, input{path: params{id}})
}

// Update changes a webhook. [UpdateWebhookRequest].Events REPLACES ALL of its events. The
// number cannot be changed. The answer lacks some fields, see [Webhook].
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetrySafe].
// Errors: [*MissingEventsError] beside the webhook, [*NotFoundError]
// ([CodeWebhookNotFound]) and those of every call.
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

// Delete ERASES A WEBHOOK AND THE LOGS OF ITS DELIVERIES, forever. To pause it, set
// [UpdateWebhookRequest].Active to false. After an [*OutcomeUnknownError], calling again
// does no harm: [CodeWebhookNotFound] then means that the webhook is deleted.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetryUnsent].
// Errors: [*OutcomeUnknownError], [*NotFoundError] ([CodeWebhookNotFound]) and those of
// every call.
func (s WebhooksService) Delete(ctx context.Context, id string) error {
	_, err := s.client.run(ctx, opWebhooksDelete, input{path: params{id}}, nil)
	return err
}

// Experimental: Logs returns the last deliveries of a webhook, up to 50. The API has no
// call for older ones. The object around the list is not documented: several forms are
// read, and [WebhookLog].Raw is a row as it was received.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key, tenant key or tenant key on a [NumberView]. Retry: [RetrySafe].
// Errors: [*NotFoundError] ([CodeWebhookNotFound]) and those of every call.
func (s WebhooksService) Logs(ctx context.Context, id string, opts WebhookLogsOptions) ([]WebhookLog, error) {
	return invokeList[WebhookLog](ctx, s.client, opWebhooksLogs, input{path: params{id}, query: opts},
		"logs", "deliveries", "events", "items", "data")
}
