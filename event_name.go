package pilotstatus

// EventName is an event that a webhook can subscribe to. The set is open.
type EventName string

// The events that a webhook can subscribe to by name, and the names that deliveries
// carry. The constants have no type, so that they are EventNames and compare with
// Event.EventName. A delivery with another name is an *UnknownEvent.
const (
	EventMessageSent       = "message.sent"       // accepted by WhatsApp
	EventMessageDelivered  = "message.delivered"  // on the device
	EventMessageRead       = "message.read"       // opened; never comes where read receipts are off
	EventMessageFailed     = "message.failed"     // also long after it was accepted
	EventMessageReply      = "message.reply"      // inbound, quotes one of your messages
	EventMessageReceived   = "message.received"   // inbound, and what was typed on the phone of the number
	EventMessageGroup      = "message.group"      // inbound in a group
	EventMessageNewsletter = "message.newsletter" // inbound in a channel

	EventNumberCreated      = "number.created"
	EventNumberConnected    = "number.connected"
	EventNumberDisconnected = "number.disconnected" // confirmed by the health check, not every short drop
	EventNumberRemoved      = "number.removed"
	EventNumberRestored     = "number.restored" // it is back, and disconnected

	// The payload of these four is not documented; they come with EventAll only, as an
	// *UnknownEvent.
	EventNumberRecovered       = "number.recovered"
	EventNumberHealthBlocked   = "number.health_blocked"
	EventNumberHealthDegraded  = "number.health_degraded"
	EventNumberHealthShadowban = "number.health_shadowban"

	EventLeadReceived = "lead.received" // a form of Meta Lead Ads was submitted

	EventCallRinging           = "call.ringing"
	EventCallConnected         = "call.connected"
	EventCallEnded             = "call.ended"
	EventCallMissed            = "call.missed"
	EventCallPermissionUpdated = "call.permission_updated" // official numbers only
	EventCalls                 = "calls"                   // Meta's own envelope of calls, with SDPs

	EventFlowResponseReceived = "flow.response_received"

	// EventAll subscribes to every event, also to ones invented later.
	EventAll = "*"
)

// The events of phone lines, which come from a registry of their own: a webhook of
// this API never delivers them.
const (
	EventPhoneLinePurchased           = "phone_line.purchased"
	EventPhoneLineAudioReceived       = "phone_line.audio_received"
	EventPhoneLineCodeReceived        = "phone_line.code_received"
	EventPhoneLineCodeFailed          = "phone_line.code_failed"
	EventPhoneLineRenewed             = "phone_line.renewed"
	EventPhoneLinePaymentFailed       = "phone_line.payment_failed"
	EventPhoneLineSuspended           = "phone_line.suspended"
	EventPhoneLineReturned            = "phone_line.returned"
	EventPhoneLineCanceled            = "phone_line.canceled"
	EventPhoneLineVerificationUpdated = "phone_line.verification_updated"
)

// The call events of numbers that were migrated from an Evolution GO server. They
// come beside the events of the API for the same call.
const (
	EventCallOffer     = "CallOffer"
	EventCallAccept    = "CallAccept"
	EventCallTerminate = "CallTerminate"
)
