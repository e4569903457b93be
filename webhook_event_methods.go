package pilotstatus

import "encoding/json"

// EventName implements Event.
func (e *MessageStatusEvent) EventName() string { return e.Event }

// Raw implements Event.
func (e *MessageStatusEvent) Raw() json.RawMessage { return rawOf(e) }

// EventName implements Event.
func (e *MessageFailedEvent) EventName() string { return e.Event }

// Raw implements Event.
func (e *MessageFailedEvent) Raw() json.RawMessage { return rawOf(e) }

// EventName implements Event.
func (e *MessageReceivedEvent) EventName() string { return e.Event }

// Raw implements Event.
func (e *MessageReceivedEvent) Raw() json.RawMessage { return rawOf(e) }

// EventName implements Event.
func (e *MessageReplyEvent) EventName() string { return e.Event }

// Raw implements Event.
func (e *MessageReplyEvent) Raw() json.RawMessage { return rawOf(e) }

// EventName implements Event.
func (e *MessageGroupEvent) EventName() string { return e.Event }

// Raw implements Event.
func (e *MessageGroupEvent) Raw() json.RawMessage { return rawOf(e) }

// EventName implements Event.
func (e *MessageNewsletterEvent) EventName() string { return e.Event }

// Raw implements Event.
func (e *MessageNewsletterEvent) Raw() json.RawMessage { return rawOf(e) }

// EventName implements Event.
func (e *NumberEvent) EventName() string { return e.Event }

// Raw implements Event.
func (e *NumberEvent) Raw() json.RawMessage { return rawOf(e) }

// EventName implements Event.
func (e *LeadEvent) EventName() string { return e.Event }

// Raw implements Event.
func (e *LeadEvent) Raw() json.RawMessage { return rawOf(e) }

// EventName implements Event.
func (e *CallEvent) EventName() string { return e.Event }

// Raw implements Event.
func (e *CallEvent) Raw() json.RawMessage { return rawOf(e) }

// EventName implements Event.
func (e *PhoneLineEvent) EventName() string { return e.Event }

// Raw implements Event.
func (e *PhoneLineEvent) Raw() json.RawMessage { return rawOf(e) }

// EventName implements Event.
func (e *FlowResponseEvent) EventName() string { return e.Event }

// Raw implements Event.
func (e *FlowResponseEvent) Raw() json.RawMessage { return rawOf(e) }

// EventName implements Event.
func (e *RawCallsEvent) EventName() string { return e.Event }

// Raw implements Event.
func (e *RawCallsEvent) Raw() json.RawMessage { return rawOf(e) }

// EventName returns "": the envelope has no name.
func (*MetaEnvelope) EventName() string { return "" }

// Raw implements Event.
func (e *MetaEnvelope) Raw() json.RawMessage { return rawOf(e) }

// EventName implements Event.
func (e *EvolutionCallEvent) EventName() string { return e.Event }

// Raw implements Event.
func (e *EvolutionCallEvent) Raw() json.RawMessage { return rawOf(e) }

// EventName implements Event.
func (e *UnknownEvent) EventName() string { return e.Event }

// Raw implements Event.
func (e *UnknownEvent) Raw() json.RawMessage { return rawOf(e) }

// EventName implements Event.
func (e *MalformedEvent) EventName() string { return e.Event }

// Raw implements Event.
func (e *MalformedEvent) Raw() json.RawMessage { return rawOf(e) }
