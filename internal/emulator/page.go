package emulator

import (
	"bytes"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// page is the page. It writes plain HTML: each view is whole without a script, each form is
// a POST that is answered with a redirect. All its addresses are relative and lie in one
// folder, so that it works below any path. The page of a tenant beside the default one lies
// below t/{tenant}/.
type page struct {
	emulator *Emulator
	views    map[string]*template.Template
	assets   map[string]asset
	jumps    jumps
}

// newPage is the page. Its paths are those that neither the API nor the JSON API has.
func newPage(e *Emulator) http.Handler {
	views, err := parseViews()
	if err != nil {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "the page is broken: "+err.Error(), http.StatusInternalServerError)
		})
	}
	return &page{emulator: e, views: views, assets: readAssets()}
}

const tenantFolder = "/t/"

func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, id := strings.TrimPrefix(r.URL.Path, "/"), DefaultTenant
	if rest, ok := strings.CutPrefix(r.URL.Path, tenantFolder); ok {
		var found bool
		if id, name, found = strings.Cut(rest, "/"); !found {
			redirect(w, http.StatusFound, path.Base(rest)+"/")
			return
		}
	}
	if file, ok := strings.CutPrefix(name, "assets/"); ok {
		p.asset(w, r, file)
		return
	}
	v := &visit{page: p, tenant: p.emulator.Tenant(id)}
	if v.tenant == nil {
		v.tenant = p.emulator.Default()
		v.refuse(w, http.StatusNotFound, "There is no tenant "+id, "It was deleted, or the emulator was restarted.")
		return
	}
	v.engine = v.tenant.Engine
	v.serve(w, r, name)
}

// serve answers a request for something in the folder of a tenant.
func (v *visit) serve(w http.ResponseWriter, r *http.Request, name string) {
	show := v.view(name)
	switch {
	case name == "":
		redirect(w, http.StatusFound, v.front())
	case name == "act" && r.Method == http.MethodPost:
		v.act(w, r)
	case name == "media":
		v.media(w, r)
	case name == "qr":
		v.qr(w, r)
	case show == nil:
		v.refuse(w, http.StatusNotFound, "There is no such page", "The address is not one of the emulator's page.")
	case !isSafe(r.Method):
		w.Header().Set("Allow", "GET, HEAD")
		v.refuse(w, http.StatusMethodNotAllowed, "That is no form", "A view is only read.")
	default:
		v.show(w, name, r.URL.Query())
	}
}

// front is the first view: how to connect, until there is something to look at.
func (v *visit) front() string {
	if v.sent() > 0 {
		return "conversations"
	}
	return "start"
}

// sent counts the messages that there are and were.
func (v *visit) sent() int {
	found := v.engine.FindMessages(pilotstatustest.MessageQuery{Limit: 1})
	return found.Total + found.Dropped
}

// redirect leads to an address that is relative to that of the request. [http.Redirect]
// would make it absolute, and a prefix before the page is not known here.
func redirect(w http.ResponseWriter, status int, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(status)
}

// shown is what a view gives to its template.
type shown interface {
	status() int
	head() *frame
}

// view finds a view by its name, nil for none.
func (v *visit) view(name string) func(url.Values) shown {
	switch name {
	case "conversations":
		return v.conversations
	case "numbers":
		return v.numbers
	case "faults":
		return v.faults
	case "deliveries":
		return v.deliveries
	case "requests":
		return v.requests
	case "unknown":
		return v.unknown
	case "search":
		return v.search
	case "keys":
		return v.keys
	case "start":
		return v.start
	}
	return nil
}

// show writes a view.
func (v *visit) show(w http.ResponseWriter, name string, query url.Values) {
	v.begin(name, query)
	v.write(w, name, v.view(name)(query))
}

// refuse writes a page that says why there is nothing else.
func (v *visit) refuse(w http.ResponseWriter, status int, title, text string) {
	v.engine = v.tenant.Engine
	v.begin("gone", nil)
	v.Title = title
	v.write(w, "gone", &gonePage{frame: &v.frame, Text: text, code: status})
}

func (v *visit) write(w http.ResponseWriter, name string, data shown) {
	var body bytes.Buffer
	if err := v.page.views[name].ExecuteTemplate(&body, "layout", data); err != nil {
		http.Error(w, "the view cannot be written: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	w.WriteHeader(data.status())
	_, _ = w.Write(body.Bytes())
}

// gonePage is a page in place of a view.
type gonePage struct {
	*frame
	Text string
	code int
}

func (g *gonePage) status() int { return g.code }

// lost says why something that an address names is not there, and with which status that
// is answered: what was dropped is gone for good.
func lost(err error) (text string, status int) {
	var unknown *pilotstatustest.UnknownIDError
	if errors.As(err, &unknown) && unknown.Dropped {
		return "This " + unknown.What + " was dropped, because no more are kept (-keep).", http.StatusGone
	}
	return "There is no such message. It may be of a run before this one.", http.StatusNotFound
}
