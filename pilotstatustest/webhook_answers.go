package pilotstatustest

// webhookShort is the answer of Webhooks.Update.
type webhookShort struct {
	ID          string   `json:"id"`
	TenantID    string   `json:"tenantId"`
	Name        string   `json:"name"`
	URL         string   `json:"url"`
	Environment string   `json:"environment"`
	Active      bool     `json:"active"`
	Events      []string `json:"events"`
	CreatedAt   string   `json:"createdAt"`
	UpdatedAt   string   `json:"updatedAt"`
}

// webhookAnswer is a webhook in every other answer. The secret is in none.
type webhookAnswer struct {
	webhookShort
	APIKeys             []webhookKeyRef `json:"apiKeys"`
	LastTriggered       *string         `json:"lastTriggered"`
	WhatsappNumberIDs   []string        `json:"whatsappNumberIds"`
	WhatsappInstanceIDs []string        `json:"whatsappInstanceIds"`
}

type webhookKeyRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (hook *webhook) short() webhookShort {
	return webhookShort{
		ID: hook.id, TenantID: workspaceID, Name: hook.name, URL: hook.url, Environment: "LIVE",
		Active: hook.active, Events: hook.events,
		CreatedAt: stampText(hook.createdAt), UpdatedAt: stampText(hook.updatedAt),
	}
}

func (hook *webhook) answer() webhookAnswer {
	return webhookAnswer{
		webhookShort: hook.short(), APIKeys: []webhookKeyRef{{hook.number.key.id, hook.number.key.name}},
		LastTriggered: stamp(hook.lastTriggered), WhatsappNumberIDs: []string{hook.number.id}, WhatsappInstanceIDs: []string{},
	}
}

// onlyEmitted returns the events that can come from the number when they are
// subscribed to by name. The others are dropped without a word.
func onlyEmitted(n *number, events []string) []string {
	kept := []string{}
	for _, event := range events {
		if n.emits(event) {
			kept = append(kept, event)
		}
	}
	return kept
}

// emits says whether an event can be subscribed to by name. The health of a number
// comes only to those who take everything, and phone lines have a registry of
// their own.
func (n *number) emits(event string) bool {
	switch event {
	case "*",
		"message.sent", "message.delivered", "message.read", "message.failed",
		"message.reply", "message.received", "message.group",
		"number.created", "number.connected", "number.disconnected", "number.removed", "number.restored",
		"lead.received", "flow.response_received",
		"call.ringing", "call.connected", "call.ended", "call.missed":
		return true
	case "call.permission_updated", "calls":
		return n.official()
	case "message.newsletter", "CallOffer", "CallAccept", "CallTerminate":
		return !n.official()
	}
	return false
}
