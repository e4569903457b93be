package pilotstatus

import "encoding/json"

// LeadEvent is a form of Meta Lead Ads that a person submitted.
type LeadEvent struct {
	delivery `json:"-"`

	Event string `json:"-"` // EventLeadReceived

	LeadID           string           `json:"leadId" required:"true"`    // for Leads.Get
	LeadgenID        string           `json:"leadgenId" required:"true"` // Meta's id, unique everywhere
	WhatsAppNumberID string           `json:"whatsappNumberId" required:"true"`
	PageID           string           `json:"pageId" required:"true"`
	PageName         string           `json:"pageName,omitzero"`
	FormID           string           `json:"formId" required:"true"`
	FormName         string           `json:"formName,omitzero"`
	AdID             string           `json:"adId,omitzero"`
	AdSetID          string           `json:"adsetId,omitzero"`
	CampaignID       string           `json:"campaignId,omitzero"`
	AdName           string           `json:"adName,omitzero"`
	AdSetName        string           `json:"adsetName,omitzero"`
	CampaignName     string           `json:"campaignName,omitzero"`
	Platform         LeadPlatform     `json:"platform,omitzero"`
	IsOrganic        *bool            `json:"isOrganic,omitzero"` // nil: not known
	CreatedAt        Timestamp        `json:"createdAt" required:"true"`
	FullName         string           `json:"fullName,omitzero"`
	Email            string           `json:"email,omitzero"`
	Phone            string           `json:"phone,omitzero"` // digits where it could be read, else as typed
	Fields           []LeadEventField `json:"fields" required:"true"`
	ConsentGiven     *bool            `json:"consentGiven,omitzero"` // nil: not known, which is no refusal
	ConversationID   string           `json:"conversationId,omitzero"`
}

// LeadEventField is one answer of a form.
type LeadEventField struct {
	Key    string   `json:"key" required:"true"`
	Label  string   `json:"label,omitzero"` // "" where it could not be found out
	Values []string `json:"values" required:"true"`
}

// DedupeKey implements Event.
func (e *LeadEvent) DedupeKey() string { return dedupeKey("lead", e, e.LeadgenID) }

// CallEvent says how a call goes on, or with EventCallPermissionUpdated that a person
// answered a request for permission. Deliveries do not name the number: with several
// numbers, register one URL for each.
type CallEvent struct {
	delivery `json:"-"`

	Event string `json:"event"` // EventCallRinging and the others

	CallID         string        `json:"callId,omitzero"`         // for Calls.Get; "" for permissions
	ExternalCallID string        `json:"externalCallId,omitzero"` // the provider's id
	Direction      CallDirection `json:"direction,omitzero"`      // "" for permissions

	// Status is a CallStatus, or for permissions NO_PERMISSION, TEMPORARY or PERMANENT.
	Status    string    `json:"status" required:"true"`
	From      string    `json:"from,omitzero"`
	To        string    `json:"to,omitzero"`
	Timestamp Timestamp `json:"timestamp" required:"true"` // of the event; the newest counts
	Duration  *int64    `json:"duration,omitzero"`         // in seconds; nil where the call was not answered
}

// PermissionStatus returns the status of an EventCallPermissionUpdated, "" for any other
// event; compare it with CallPermissionStatus.Is, because the API writes it in capitals
// here.
func (e *CallEvent) PermissionStatus() CallPermissionStatus {
	if e.Event != EventCallPermissionUpdated {
		return ""
	}
	return CallPermissionStatus(e.Status)
}

// DedupeKey implements Event.
func (e *CallEvent) DedupeKey() string {
	if e.Event == EventCallPermissionUpdated {
		return dedupeKey("call", e, e.Event, e.From, e.To, e.Status, timeText(e.Timestamp))
	}
	id := e.CallID
	if id == "" {
		id = e.ExternalCallID
	}
	return dedupeKey("call", e, e.Event, id, e.Status, timeText(e.Timestamp))
}

// PhoneLineEvent says what became of a rented phone line or of the verification of
// the account. Its deliveries are signed with the secret of the phone lines' registry
// (plwh_…).
type PhoneLineEvent struct {
	delivery `json:"-"`

	Event string `json:"event"` // EventPhoneLinePurchased and the others

	ID            string    `json:"id"`        // of the event
	CreatedAt     Timestamp `json:"createdAt"` // the newest counts
	PhoneLineData `json:"data" required:"true"`
}

// PhoneLineData is what a PhoneLineEvent is about. Each event fills a part of it.
type PhoneLineData struct {
	LineID           string    `json:"lineId,omitzero"`
	Number           string    `json:"number,omitzero"`
	Name             string    `json:"name,omitzero"`
	CurrentPeriodEnd Timestamp `json:"currentPeriodEnd,omitzero"` // of purchased and renewed

	ActivationID string    `json:"activationId,omitzero"` // for PhoneLines.ActivationAudio
	AudioURL     string    `json:"audioUrl,omitzero"`     // use ActivationID instead: a key must not follow a link
	CapturedAt   Timestamp `json:"capturedAt,omitzero"`

	Code          Secret `json:"code,omitzero"`          // of code_received
	FailureReason string `json:"failureReason,omitzero"` // of code_received without a code
	Reason        string `json:"reason,omitzero"`        // of code_failed and returned

	VerificationID string             `json:"verificationId,omitzero"` // of verification_updated
	Status         VerificationStatus `json:"status,omitzero"`         // of verification_updated
}

// DedupeKey implements Event.
func (e *PhoneLineEvent) DedupeKey() string { return dedupeKey("phone_line", e, e.ID) }

// Experimental: FlowResponseEvent is the answer to a WhatsApp Flow. The API documents its token
// only, the rest stands in Data.
type FlowResponseEvent struct {
	delivery

	Event string // EventFlowResponseReceived

	FlowToken string          // joins it to Accepted.FlowToken
	Data      json.RawMessage // nil in deliveries without "data"
}

// DedupeKey implements Event.
func (e *FlowResponseEvent) DedupeKey() string {
	return dedupeKey("flow", e, e.Event, e.FlowToken)
}

// Experimental: RawCallsEvent is Meta's own envelope of calls, with their SDPs. Its form is Meta's;
// read it from Raw.
type RawCallsEvent struct {
	delivery

	Event string // EventCalls

	Data json.RawMessage // nil in deliveries without "data"
}

// DedupeKey implements Event.
func (e *RawCallsEvent) DedupeKey() string { return dedupeKey("calls", e) }

// Experimental: MetaEnvelope is Meta's own envelope, which official numbers with all events can get
// beside the events of the API. One holds several items; act on one family only.
type MetaEnvelope struct {
	delivery

	Object string            // as in "whatsapp_business_account"
	Entry  []json.RawMessage // in Meta's form
}

// DedupeKey implements Event. It is made of the ids of all items, so that the same
// items in another envelope have the same key.
func (e *MetaEnvelope) DedupeKey() string {
	return dedupeKey("meta", e, metaItems(e.Entry)...)
}

// EvolutionCallEvent is a call event of a number that was migrated from an Evolution
// GO server. It comes beside the CallEvent of the same call: CallID is its
// ExternalCallID.
type EvolutionCallEvent struct {
	delivery

	Event string // EventCallOffer, EventCallAccept or EventCallTerminate

	Instance string          // the engine's name of the number
	CallID   string          // "" where the delivery has none
	Data     json.RawMessage // in the engine's form
}

// DedupeKey implements Event.
func (e *EvolutionCallEvent) DedupeKey() string {
	return dedupeKey("evolution", e, e.Event, e.CallID)
}

// UnknownEvent is a delivery with a name that this version does not know. It is no
// error: acknowledge it.
type UnknownEvent struct {
	delivery

	Event string // a name that this version does not know

	Data json.RawMessage // nil in deliveries without "data"
}

// DedupeKey implements Event.
func (e *UnknownEvent) DedupeKey() string { return dedupeKey("unknown", e) }

// MalformedEvent is a delivery that could not be read: not JSON, or a known event
// without what it must have. Sending it again cannot mend it, so store Raw and
// acknowledge it.
type MalformedEvent struct {
	delivery

	Event string // the name in the delivery, "" where it has none

	Err error // a *MalformedEventError
}

// DedupeKey implements Event.
func (e *MalformedEvent) DedupeKey() string { return dedupeKey("malformed", e) }
