package pilotstatuspg

import "github.com/pilotstatus/pilotstatus-go"

// WebhookEvents returns the events that [Outbox.Record] and [Outbox.Receive] use, for
// [pilotstatus.CreateWebhookRequest]: what became of messages, what contacts wrote, and
// whether the number is connected. Append the events that only your handler uses, such as
// [pilotstatus.EventMessageGroup]. [pilotstatus.EventAll] delivers these, and all others.
func WebhookEvents() []pilotstatus.EventName {
	return []pilotstatus.EventName{
		pilotstatus.EventMessageSent,
		pilotstatus.EventMessageDelivered,
		pilotstatus.EventMessageRead,
		pilotstatus.EventMessageFailed,
		pilotstatus.EventMessageReceived,
		pilotstatus.EventMessageReply,
		pilotstatus.EventNumberConnected,
		pilotstatus.EventNumberDisconnected,
		pilotstatus.EventNumberRemoved,
		pilotstatus.EventNumberRestored,
	}
}
