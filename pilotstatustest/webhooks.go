package pilotstatustest

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

func webhookRoutes() []route {
	return []route{
		{
			op: "Webhooks.List", method: http.MethodGet, path: "/v1/webhooks",
			scope: scopeBothView, status: http.StatusOK, handle: listWebhooks,
		},
		{
			op: "Webhooks.Create", method: http.MethodPost, path: "/v1/webhooks",
			scope: scopeBothView, status: http.StatusCreated, body: true, handle: createWebhook,
		},
		{
			op: "Webhooks.Get", method: http.MethodGet, path: "/v1/webhooks/{id}",
			scope: scopeBothView, status: http.StatusOK, handle: getWebhook,
		},
		{
			op: "Webhooks.Update", method: http.MethodPatch, path: "/v1/webhooks/{id}",
			scope: scopeBothView, status: http.StatusOK, body: true, handle: updateWebhook,
		},
		{
			op: "Webhooks.Delete", method: http.MethodDelete, path: "/v1/webhooks/{id}",
			scope: scopeBothView, status: http.StatusOK, handle: deleteWebhook,
		},
		{
			op: "Webhooks.Logs", method: http.MethodGet, path: "/v1/webhooks/{id}/logs",
			scope: scopeBothView, status: http.StatusOK, handle: listWebhookLogs,
		},
	}
}

// webhookState is the registry of webhooks.
type webhookState struct {
	all []*webhook // in the order of their creation

	listKey     string // wraps the answer of Webhooks.List; "": a bare array
	logsKey     string // wraps the answer of Webhooks.Logs; "": a bare array
	emptyDelete bool   // Webhooks.Delete answers 204
	textLogs    bool   // the payload in a log is text, not an object
}

// webhook is where the events of one number go.
type webhook struct {
	id     string
	number *number
	name   string
	url    string
	active bool
	events []string // never nil
	logs   []webhookDelivery

	queue   []parcel // what waits to be delivered
	carried bool     // a goroutine looks after it
	deleted bool

	lastTriggered        time.Time
	createdAt, updatedAt time.Time
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
	return nil, &failure{status: http.StatusNotFound, code: "WEBHOOK_NOT_FOUND", text: "Webhook not found"}
}

func listWebhooks(c *call) (any, *failure) {
	rows := []webhookAnswer{}
	for _, hook := range c.state.webhooks.of(c.number) {
		rows = append(rows, hook.answer())
	}
	return underKey(c.state.webhooks.listKey, rows), nil
}

// underKey puts rows into an object, under the key if there is one.
func underKey(key string, rows any) any {
	if key == "" {
		return rows
	}
	return map[string]any{key: rows}
}

func createWebhook(c *call) (any, *failure) {
	var in struct {
		URL              string   `json:"url"`
		Name             string   `json:"name"`
		Events           []string `json:"events"`
		Active           *bool    `json:"active"`
		WhatsappNumberID *string  `json:"whatsappNumberId"`
	}
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	n, refused := c.webhookNumber(in.WhatsappNumberID)
	if refused != nil {
		return nil, refused
	}
	if !isWebhookURL(in.URL) || blank(in.Name) {
		return nil, invalid("url is %q, name %q", in.URL, in.Name)
	}
	now := c.state.clock.now()
	hook := &webhook{
		id: c.state.newID("wh"), number: n, name: in.Name, url: in.URL, active: in.Active == nil || *in.Active,
		events: onlyEmitted(n, in.Events), createdAt: now, updatedAt: now,
	}
	c.state.webhooks.all = append(c.state.webhooks.all, hook)
	return hook.answer(), nil
}

// webhookNumber is the number of a new webhook. It has to be named somewhere, and
// not in two ways.
func (c *call) webhookNumber(named *string) (*number, *failure) {
	switch {
	case c.number == nil && named == nil:
		return nil, &failure{status: http.StatusBadRequest, code: "NUMBER_REQUIRED", text: "whatsappNumberId is required"}
	case c.number == nil:
		n := c.state.number(*named)
		if n == nil {
			return nil, unknownNumber()
		}
		return n, nil
	case named != nil && *named != c.number.id:
		return nil, &failure{
			status: http.StatusBadRequest, code: "NUMBER_MISMATCH", text: "whatsappNumberId is not the number of this API key",
		}
	}
	return c.number, nil
}

// isWebhookURL takes an absolute web address. The reference speaks of HTTPS; the
// receivers of tests have none.
func isWebhookURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func getWebhook(c *call) (any, *failure) {
	hook, refused := c.webhook()
	if refused != nil {
		return nil, refused
	}
	return hook.answer(), nil
}

func updateWebhook(c *call) (any, *failure) {
	hook, refused := c.webhook()
	if refused != nil {
		return nil, refused
	}
	var in struct {
		Name   *string   `json:"name"`
		URL    *string   `json:"url"`
		Active *bool     `json:"active"`
		Events *[]string `json:"events"`
	}
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if in.URL != nil && !isWebhookURL(*in.URL) || in.Name != nil && blank(*in.Name) {
		return nil, invalid("url is %q, name %q", value(in.URL), value(in.Name))
	}
	if in.Name == nil && in.URL == nil && in.Active == nil && in.Events == nil {
		return hook.short(), nil
	}
	hook.name, hook.url = orOld(in.Name, hook.name), orOld(in.URL, hook.url)
	if hook.active = orOld(in.Active, hook.active); !hook.active {
		c.state.deliveries.giveUp(hook)
	}
	if in.Events != nil {
		hook.events = onlyEmitted(hook.number, *in.Events)
	}
	hook.updatedAt = c.state.clock.now()
	return hook.short(), nil
}

// orOld is what p points to, else what is there already.
func orOld[T any](p *T, old T) T {
	if p == nil {
		return old
	}
	return *p
}

// webhookDeleted is the answer of Webhooks.Delete.
type webhookDeleted struct {
	Deleted bool   `json:"deleted"`
	ID      string `json:"id"`
}

// deleteWebhook removes the webhook with its log and with what it was to be told.
func deleteWebhook(c *call) (any, *failure) {
	hook, refused := c.webhook()
	if refused != nil {
		return nil, refused
	}
	registry := &c.state.webhooks
	registry.all = slices.DeleteFunc(registry.all, func(other *webhook) bool { return other == hook })
	hook.deleted = true
	c.state.deliveries.giveUp(hook)
	if registry.emptyDelete {
		return answer{status: http.StatusNoContent}, nil
	}
	return webhookDeleted{true, hook.id}, nil
}
