package pilotstatustest

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

const (
	// backfillDelay is how long a backfill takes to bring what it finds.
	backfillDelay = pace

	// resyncCooldown is the time between two resyncs of a Page.
	resyncCooldown = 15 * time.Minute
)

// leadPage is a Facebook Page that was shared with the platform.
type leadPage struct {
	id           string
	name         string
	forms        []*leadForm
	missingTasks []string // nil: Meta could not be asked, empty: ready to be linked
	refusal      string   // why Meta refuses the subscription, by hand

	link       *leadPageLink // nil: a candidate
	submitted  []*submission // what people filled in, as Meta keeps it
	backfillAt time.Time     // when the running backfill brings its leads
	resyncFrom time.Time     // no resync before
}

// leadPageLink makes the leads of a Page those of a number.
type leadPageLink struct {
	id           string
	number       *number
	linkedAt     time.Time
	subscribedAt time.Time // zero: Meta does not push
	problem      string    // why it does not
}

// leadForm is a form of a Page with what the workspace set for it.
type leadForm struct {
	LeadForm

	config *leadFormConfig // nil: never configured
}

// leadFormConfig is what the workspace does with the leads of a form.
type leadFormConfig struct {
	formName   *string
	consentKey *string
	autoSend   bool
	templateID *string
	freeText   *string
	variables  map[string]leadVariable
	updatedAt  time.Time
}

// page returns a Page that was shared, or nil.
func (g *growthState) page(id string) *leadPage {
	for _, p := range g.pages {
		if p.id == id {
			return p
		}
	}
	return nil
}

// pageAndForm names a Page and its form, where they are known.
func (g *growthState) pageAndForm(pageID, formID string) (pageName, formName *string) {
	p := g.page(pageID)
	if p == nil {
		return nil, nil
	}
	if f := p.form(formID); f != nil {
		formName = nullable(f.Name)
	}
	return nullable(p.name), formName
}

// unlink ends the link of the Page, with what was set for its forms and with a
// running backfill.
func (p *leadPage) unlink() {
	p.link, p.backfillAt = nil, time.Time{}
	for _, f := range p.forms {
		f.config = nil
	}
}

// form returns a form of the Page, or nil.
func (p *leadPage) form(id string) *leadForm {
	for _, f := range p.forms {
		if f.ID == id {
			return f
		}
	}
	return nil
}

// formConfig returns what is set for a form of a linked Page, or nil.
func (g *growthState) formConfig(pageID, formID string) *leadFormConfig {
	if p := g.page(pageID); p != nil {
		if f := p.form(formID); f != nil {
			return f.config
		}
	}
	return nil
}

// subscribe asks Meta to push the leads of the Page from now on.
func (p *leadPage) subscribe(lookup string, now time.Time) {
	p.link.problem = p.refusal
	switch {
	case p.refusal != "":
	case lookup != lookupOK:
		p.link.problem = "META_ERROR"
	case len(p.missingTasks) > 0:
		p.link.problem = "PAGE_ACCESS_MISSING"
	default:
		p.link.subscribedAt = now
	}
}

// linkedPage finds the Page whose link the path names. Who acts on a number may
// see the links of that number only.
func (c *call) linkedPage() (*leadPage, *failure) {
	for _, p := range c.state.growth.pages {
		if p.link == nil || p.link.number.gone || p.link.id != c.params["pageLinkId"] {
			continue
		}
		if c.number != nil && p.link.number != c.number {
			return nil, outOfGrant()
		}
		return p, nil
	}
	return nil, &failure{status: http.StatusNotFound, code: "NOT_FOUND", text: "Page link not found"}
}

// pageFields reads the fields of a body and refuses those it does not list.
func (c *call) pageFields(known ...string) (map[string]json.RawMessage, *failure) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(c.body, &fields); err != nil || fields == nil {
		return nil, invalid("the body is no object")
	}
	return fields, refuseOtherFields(fields, known...)
}

func refuseOtherFields(fields map[string]json.RawMessage, known ...string) *failure {
	var unknown []string
	for name := range fields {
		if !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	if unknown == nil {
		return nil
	}
	slices.Sort(unknown)
	f := invalid("%q", unknown)
	f.code, f.text = "UNKNOWN_FIELDS", "The body has unknown fields"
	return f
}

// isExplicitNull says whether a field is there and null.
func isExplicitNull(raw json.RawMessage) bool { return string(raw) == "null" }
