package pilotstatustest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
)

func webhookRoutes() []route {
	update := with2((*call).webhook, body[webhookPatch], updateWebhook)
	return []route{
		on("Webhooks.List", "GET /v1/webhooks", scopeBothView, listWebhooks),
		onBody("Webhooks.Create", "POST /v1/webhooks", scopeBothView, createWebhook).creates(),
		on("Webhooks.Get", "GET /v1/webhooks/{id}", scopeBothView, with((*call).webhook, getWebhook)),
		on("Webhooks.Update", "PATCH /v1/webhooks/{id}", scopeBothView, update).takesBody(),
		on("Webhooks.Delete", "DELETE /v1/webhooks/{id}", scopeBothView, with((*call).webhook, deleteWebhook)),
		on("Webhooks.Logs", "GET /v1/webhooks/{id}/logs", scopeBothView, with((*call).webhook, listWebhookLogs)),
	}
}

// of returns the webhooks of a number, nil being all of them, in the order of
// their creation. Those of a deleted number are not there.
func (w *webhookState) of(n *number) []*webhook {
	var found []*webhook
	for _, hook := range w.all {
		if !hook.number.gone && (n == nil || hook.number == n) {
			found = append(found, hook)
		}
	}
	return found
}

// webhook finds the one that the path names, within the reach of the credential.
func (c *call) webhook() (*webhook, *failure) {
	for _, hook := range c.state.webhooks.of(c.number) {
		if hook.id == c.params["id"] {
			return hook, nil
		}
	}
	return nil, refuse(http.StatusNotFound, "WEBHOOK_NOT_FOUND", "Webhook not found")
}

func listWebhooks(c *call) (any, *failure) {
	return underKey(c.state.webhooks.listKey, rowsOf(c.state.webhooks.of(c.number), (*webhook).answer)), nil
}

// underKey puts rows into an object, under the key if there is one.
func underKey(key string, rows any) any {
	if key == "" {
		return rows
	}
	return map[string]any{key: rows}
}

// webhookRequest is the body of Webhooks.Create.
type webhookRequest struct {
	URL              string   `json:"url"`
	Name             string   `json:"name"`
	Events           []string `json:"events"`
	Active           *bool    `json:"active"`
	WhatsappNumberID *string  `json:"whatsappNumberId"`
}

func createWebhook(c *call, in *webhookRequest) (any, *failure) {
	n, refused := c.webhookNumber(in.WhatsappNumberID)
	if refused != nil {
		return nil, refused
	}
	if !isWebhookURL(in.URL) || blank(in.Name) {
		return nil, invalid("url is %q, name %q", in.URL, in.Name)
	}
	if !c.state.takesWebhook(in.Name, in.URL) {
		return nil, full("webhooks, or the name has more than 256 characters, or the address more than 2,048")
	}
	c.noteEvents(n, in.Events)
	return c.state.addWebhook(n, in).answer(), nil
}

// takesWebhook says whether there is room for one more webhook.
func (s *state) takesWebhook(name, url string) bool {
	if s.keepsAll() {
		return true
	}
	if len(s.webhooks.all) >= maxWebhooks {
		s.dropLostWebhooks()
	}
	return len(s.webhooks.all) < maxWebhooks && len(url) <= maxURL && !isLongName(name)
}

// dropLostWebhooks drops those of numbers that were purged: nobody can delete them.
func (s *state) dropLostWebhooks() {
	s.webhooks.all = slices.DeleteFunc(s.webhooks.all, func(hook *webhook) bool {
		lost := !slices.Contains(s.numbers, hook.number) && !slices.Contains(s.workspace.bin, hook.number)
		if lost {
			hook.deleted = true
			s.giveUp(hook)
			s.dropSendings(hook)
		}
		return lost
	})
}

func (s *state) addWebhook(n *number, in *webhookRequest) *webhook {
	now := s.clock.now()
	hook := &webhook{
		id: s.newID("wh"), number: n, name: in.Name, url: in.URL, active: in.Active == nil || *in.Active,
		events: onlyEmitted(n, in.Events), createdAt: now, updatedAt: now,
	}
	s.webhooks.all = append(s.webhooks.all, hook)
	s.publish(ChangeWebhook, n.id, hook.id)
	return hook
}

// webhookNumber is the number of a new webhook. It has to be named somewhere, and
// not in two ways.
func (c *call) webhookNumber(named *string) (*number, *failure) {
	switch {
	case c.number == nil && named == nil:
		return nil, badRequest("NUMBER_REQUIRED", "whatsappNumberId is required")
	case c.number == nil:
		n := c.state.number(*named)
		if n == nil {
			return nil, unknownNumber()
		}
		return n, nil
	case named != nil && *named != c.number.id:
		return nil, badRequest("NUMBER_MISMATCH", "whatsappNumberId is not the number of this API key")
	}
	return c.number, nil
}

// isWebhookURL takes an absolute web address. The reference speaks of HTTPS; the
// receivers of tests have none.
func isWebhookURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func getWebhook(c *call, hook *webhook) (any, *failure) {
	return hook.answer(), nil
}

// webhookPatch is the body of Webhooks.Update.
type webhookPatch struct {
	Name   *string   `json:"name"`
	URL    *string   `json:"url"`
	Active *bool     `json:"active"`
	Events *[]string `json:"events"`
}

func updateWebhook(c *call, hook *webhook, in *webhookPatch) (any, *failure) {
	if in.URL != nil && !isWebhookURL(*in.URL) || in.Name != nil && blank(*in.Name) {
		return nil, invalid("url is %q, name %q", value(in.URL), value(in.Name))
	}
	if in.Name == nil && in.URL == nil && in.Active == nil && in.Events == nil {
		return hook.short(), nil
	}
	hook.name, hook.url = orOld(in.Name, hook.name), orOld(in.URL, hook.url)
	if hook.active = orOld(in.Active, hook.active); !hook.active {
		c.state.giveUp(hook)
	}
	if in.Events != nil {
		c.noteEvents(hook.number, *in.Events)
		hook.events = onlyEmitted(hook.number, *in.Events)
	}
	hook.updatedAt = c.state.clock.now()
	c.state.publish(ChangeWebhook, hook.number.id, hook.id)
	return hook.short(), nil
}

// deleteWebhook removes the webhook with its log and with what it was to be told.
func deleteWebhook(c *call, hook *webhook) (any, *failure) {
	registry := &c.state.webhooks
	registry.all = slices.DeleteFunc(registry.all, func(other *webhook) bool { return other == hook })
	hook.deleted = true
	c.state.giveUp(hook)
	c.state.dropSendings(hook)
	c.state.publish(ChangeWebhook, hook.number.id, hook.id)
	if registry.emptyDelete {
		return answer{status: http.StatusNoContent}, nil
	}
	return deletedAnswer{true, hook.id}, nil
}

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

// noteEvents takes down the events that are dropped.
func (c *call) noteEvents(n *number, events []string) {
	for _, event := range events {
		if !n.emits(event) {
			c.noteUnknown(UnknownValue, "events: "+cutText(event), "dropped the event")
		}
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

// maxWebhookLogs is how many deliveries are listed at most.
const maxWebhookLogs = 50

// webhookLogRow is a row of Webhooks.Logs.
type webhookLogRow struct {
	Event      string          `json:"event"`
	Status     string          `json:"status"`
	StatusCode *int            `json:"statusCode"`
	Payload    json.RawMessage `json:"payload"`
	Response   *string         `json:"response"`
	DurationMs *int64          `json:"durationMs"`
	CreatedAt  string          `json:"createdAt"`
}

func listWebhookLogs(c *call, hook *webhook) (any, *failure) {
	limit := maxWebhookLogs
	if refused := c.queryNumber("limit", &limit); refused != nil {
		return nil, refused
	}
	if limit > maxWebhookLogs {
		return nil, invalid("limit is %d", limit)
	}
	rows := []webhookLogRow{}
	for _, d := range slices.Backward(hook.logs) {
		if len(rows) < limit && (!c.query.Has("event") || c.query.Get("event") == d.event) {
			rows = append(rows, c.state.webhookLogRow(hook, d))
		}
	}
	return underKey(c.state.webhooks.logsKey, rows), nil
}

func (s *state) webhookLogRow(hook *webhook, d webhookDelivery) webhookLogRow {
	row := webhookLogRow{Event: d.event, Status: "FAILED", CreatedAt: stampText(d.at)}
	if d.statusCode != 0 {
		row.StatusCode = &d.statusCode
	}
	if d.statusCode >= 200 && d.statusCode < 300 {
		row.Status = "SUCCESS"
	}
	if d.took > 0 {
		ms := d.took.Milliseconds()
		row.DurationMs = &ms
	}
	if hook.number.privacy.hides(d.at, s.clock.now()) || d.payload == nil {
		return row
	}
	row.Payload, row.Response = d.payload, nullable(d.response)
	if s.webhooks.textLogs {
		row.Payload = encode(string(d.payload))
	}
	return row
}
