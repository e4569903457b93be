package emulator

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
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
		if id, name, found = strings.Cut(rest, "/"); !found && p.emulator.Tenant(id) != nil {
			// Without the ./ an id with a colon in it would be an address elsewhere.
			redirect(w, http.StatusFound, "./"+url.PathEscape(id)+"/")
			return
		}
	}
	if file, ok := strings.CutPrefix(name, "assets/"); ok {
		serveAsset(p.assets, w, r, file)
		return
	}
	v := &visit{site: p.emulator, jumps: &p.jumps, views: p.views, tenant: p.emulator.Tenant(id), open: r.Header.Get(openHeader)}
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
