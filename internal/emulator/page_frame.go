package emulator

import (
	"net/http"
	"net/url"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// visit is one request for the page of a tenant.
type visit struct {
	page   *page
	tenant *Tenant
	engine *pilotstatustest.Server

	frame
}

// frame is what every view has around it.
type frame struct {
	View     string
	Title    string
	Pane     string // list, chat or look: the one that a narrow screen shows
	Stale    string // kinds of changes that make the view old
	NumberID string // the number whose changes matter; "": all
	Cursor   string // the change up to which the view is right
	Instance string
	Events   string // address of the stream of changes

	Nav     []navItem
	Now     time.Time
	Skipped string // by how much the clock is ahead; "": not at all
	Here    string // this view, to come back to
	Query   string // what was searched

	Fail  refusal
	typed url.Values
}

// refusal is why a form was refused.
type refusal struct {
	Form string
	Text string
}

// navItem is a view in the navigation.
type navItem struct {
	Href, Icon, Long, Short string

	Current bool
	Count   int
	What    string // is counted
	Warn    bool
}

// always are the changes that the frame itself shows.
const always = "conversation fault unknown clock reset number"

// begin fills the frame of a view.
func (v *visit) begin(name string, query url.Values) {
	v.View, v.Pane, v.Stale = name, "list", always
	v.Instance = v.tenant.run
	// Read before anything else of the view: what changes meanwhile is told again.
	v.Cursor = v.tenant.Cursor(v.engine.Seq())
	v.Events = "emulator/v1/events"
	if v.tenant.ID != DefaultTenant {
		v.Events = "../../emulator/v1/tenants/" + url.PathEscape(v.tenant.ID) + "/events"
	}
	v.Now = v.engine.Now().UTC()
	v.page.jumps.note(v.tenant)
	v.Skipped = moved(v.engine.Skipped())
	v.Here = name
	if len(query) > 0 {
		v.Here += "?" + query.Encode()
	}
	v.navigate()
}

func (v *visit) navigate() {
	unread := 0
	for _, n := range v.engine.Numbers() {
		unread += n.Unread
	}
	v.Nav = []navItem{
		{Href: "conversations", Icon: "chat", Long: "Conversations", Short: "Chats", Count: unread, What: "unread"},
		{Href: "numbers", Icon: "num", Long: "Numbers", Short: "Numbers"},
		{Href: "faults", Icon: "bolt", Long: "Faults", Short: "Faults", Count: v.broken(), What: "faults on", Warn: true},
		{Href: "deliveries", Icon: "out", Long: "Deliveries", Short: "Deliveries"},
		{Href: "requests", Icon: "list", Long: "Requests", Short: "Requests"},
		{Href: "unknown", Icon: "what", Long: "Unknown", Short: "Unknown", Count: v.unknowns(), What: "unknown", Warn: true},
	}
	for i := range v.Nav {
		v.Nav[i].Current = v.Nav[i].Href == v.View
	}
}

func (f *frame) status() int {
	if f.Fail.Text != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

func (f *frame) head() *frame { return f }

// Typed is what was typed into a field of the form that was refused.
func (f *frame) Typed(field string) string { return f.typed.Get(field) }

// numberName is what people call a number.
func (v *visit) numberName(id string) string {
	for _, n := range v.engine.Numbers() {
		if n.ID == id {
			return nameOfNumber(n)
		}
	}
	return id
}

// with is an address in the page: a view and its parameters, of which those with an empty
// value are left out.
func with(view string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return view
	}
	return view + "?" + q.Encode()
}
