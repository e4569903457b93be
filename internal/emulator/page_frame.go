package emulator

import (
	"html/template"
	"net/http"
	"net/url"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// visit is one request for the page of a tenant.
type visit struct {
	site   *Emulator
	jumps  *jumps
	views  map[string]*template.Template
	known  []pilotstatustest.NumberInfo // the numbers when the view was begun
	names  map[string]map[string]string // of contacts, by number and conversation
	tenant *Tenant
	engine *pilotstatustest.Server
	open   string // number that the page shows when it brings itself up to date

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
	Tenant   string // its id; "": the default one
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
	v.View, v.Pane, v.Stale, v.known = name, "list", always, nil
	v.Instance = v.tenant.run
	// Read before anything else of the view: what changes meanwhile is told again.
	v.Cursor = v.tenant.Cursor(v.engine.Seq())
	v.Events = v.apiPath() + "/events"
	if v.tenant.ID != DefaultTenant {
		v.Events = "../../" + v.Events
		v.Tenant = v.tenant.ID
	}
	v.Now = v.engine.Now().UTC()
	v.jumps.note(v.tenant)
	v.Skipped = moved(v.engine.Skipped())
	v.Here = name
	if len(query) > 0 {
		v.Here += "?" + query.Encode()
	}
	v.navigate()
}

func (v *visit) navigate() {
	unread := 0
	for _, n := range v.numberInfos() {
		unread += n.Unread
	}
	v.Nav = []navItem{
		{Href: "conversations", Icon: "chat", Long: "Conversations", Short: "Chats", Count: unread, What: "unread"},
		{Href: "numbers", Icon: "num", Long: "Numbers", Short: "Numbers"},
		{Href: "faults", Icon: "bolt", Long: "Faults", Short: "Faults", Count: len(v.engine.Faults()), What: "faults on", Warn: true},
		{Href: "deliveries", Icon: "out", Long: "Deliveries", Short: "Deliveries"},
		{Href: "requests", Icon: "list", Long: "Requests", Short: "Requests"},
		{Href: "unknown", Icon: "what", Long: "Unknown", Short: "Unknown", Count: len(v.engine.Unknown()), What: "unknown", Warn: true},
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

// about writes when something was for a list: the time of today, then the day.
func (f *frame) about(t time.Time) string {
	t = t.UTC()
	switch {
	case t.IsZero():
		return ""
	case sameDay(t, f.Now):
		return t.Format("15:04")
	case f.Now.Sub(t) < 6*24*time.Hour && f.Now.After(t):
		return t.Format("Mon")
	}
	return t.Format("2 Jan")
}

// shown is what a view gives to its template.
type shown interface {
	status() int
	head() *frame
}

// apiPath is where the JSON API of the tenant lies, below the address of the emulator.
func (v *visit) apiPath() string {
	if v.tenant.ID == DefaultTenant {
		return "emulator/v1"
	}
	return "emulator/v1/tenants/" + url.PathEscape(v.tenant.ID)
}

// numberInfos returns the numbers. A view asks once: it costs a look at all that is queued.
func (v *visit) numberInfos() []pilotstatustest.NumberInfo {
	if v.known == nil {
		v.known = v.engine.Numbers()
	}
	return v.known
}
