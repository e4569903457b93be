package emulator

import (
	"strings"

	"github.com/pilotstatus/pilotstatus-go"
)

// statuses are those that the API gives messages.
func statuses() []string {
	var all []string
	for _, s := range []pilotstatus.MessageStatus{
		pilotstatus.MessageStatusQueued, pilotstatus.MessageStatusSent, pilotstatus.MessageStatusDelivered,
		pilotstatus.MessageStatusRead, pilotstatus.MessageStatusFailed, pilotstatus.MessageStatusCanceled,
	} {
		all = append(all, string(s))
	}
	return all
}

// events are those that a webhook can get.
func events() []string {
	return append([]string{
		pilotstatus.EventMessageSent, pilotstatus.EventMessageDelivered, pilotstatus.EventMessageRead, pilotstatus.EventMessageFailed,
		pilotstatus.EventMessageReply, pilotstatus.EventMessageReceived, pilotstatus.EventMessageGroup, pilotstatus.EventMessageNewsletter,
		pilotstatus.EventNumberCreated, pilotstatus.EventNumberConnected, pilotstatus.EventNumberDisconnected,
		pilotstatus.EventNumberRemoved, pilotstatus.EventNumberRestored,
		pilotstatus.EventLeadReceived, pilotstatus.EventFlowResponseReceived,
		pilotstatus.EventCallRinging, pilotstatus.EventCallConnected, pilotstatus.EventCallEnded, pilotstatus.EventCallMissed,
		pilotstatus.EventCallPermissionUpdated, pilotstatus.EventCalls, "CallOffer", "CallAccept", "CallTerminate",
	}, healthEvents()...)
}

// healthEvents come to webhooks that take all events.
func healthEvents() []string {
	return []string{
		pilotstatus.EventNumberHealthDegraded, pilotstatus.EventNumberHealthShadowban,
		pilotstatus.EventNumberHealthBlocked, pilotstatus.EventNumberRecovered,
	}
}

// isPhone takes the digits of E.164.
func isPhone(digits string) bool {
	return len(digits) >= 8 && len(digits) <= 15 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}

// isUserID takes the durable id of a contact, such as BR.900100200300 or 900100200300@lid.
func isUserID(id string) bool {
	if lid, ok := strings.CutSuffix(id, "@lid"); ok {
		return lid != "" && strings.Trim(lid, "0123456789") == ""
	}
	country, rest, ok := strings.Cut(id, ".")
	return ok && len(country) == 2 && rest != "" && !strings.ContainsAny(id, " \t\r\n") &&
		strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// isJID takes the id of a group or channel by its end.
func isJID(id, end string) bool { return len(id) > len(end) && strings.HasSuffix(id, end) }
