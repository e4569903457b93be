package pilotstatustest

import (
	"slices"
	"time"
)

// LeadForm is an Instant Form of a Page. What is left out is null in the API
// unless its comment says otherwise.
type LeadForm struct {
	ID         string // digits
	Name       string
	Status     string // such as ACTIVE
	Questions  []LeadQuestion
	Checkboxes []LeadCheckbox
	// CheckboxesHidden is for a form whose checkboxes Meta does not tell.
	CheckboxesHidden bool
}

// LeadQuestion is a question of a form.
type LeadQuestion struct {
	Key     string
	Label   string // "": the key
	Type    string // such as FULL_NAME
	Options []LeadOption
}

// LeadOption is an answer that a question offers.
type LeadOption struct {
	Key   string
	Value string
}

// LeadCheckbox is a checkbox by which a person can consent.
type LeadCheckbox struct {
	Key  string
	Text string
}

// SharePage shares a Facebook Page with the platform: it is a candidate of
// LeadPages.List and can be linked. The id consists of digits. Shared once more
// it takes the name and gets the forms it does not have yet. LeadPages.Forms
// lists 100 forms and says that the list is cut if there are more.
func (t *Tenant) SharePage(pageID, name string, forms ...LeadForm) {
	t.change(func(s *state, _ time.Time) {
		p := s.growth.page(pageID)
		if p == nil {
			p = &leadPage{id: pageID, missingTasks: []string{}}
			s.growth.pages = append(s.growth.pages, p)
		}
		p.name = name
		for _, f := range forms {
			if p.form(f.ID) == nil {
				p.forms = append(p.forms, &leadForm{LeadForm: f})
			}
		}
	})
}

// PageTasks sets which rights of the platform on a Page are missing, such as
// ADVERTISE. Nil is for a Page that Meta could not be asked about, empty, as at
// the start, for one that is ready. While any is missing Meta refuses to push the
// leads of the Page with PAGE_ACCESS_MISSING. An unknown Page fails the test under
// NewServer; otherwise nothing happens.
func (t *Tenant) PageTasks(pageID string, missing []string) {
	if !t.withPage(pageID, func(_ *state, p *leadPage) { p.missingTasks = slices.Clone(missing) }) {
		t.noPage(pageID)
	}
}

// FailSubscription has Meta refuse to push the leads of a Page with a code such as
// META_PERMISSION_MISSING: LeadPages.Link answers 201 with it. A Page that is
// linked stops to get leads. "" ends that; the next LeadPages.Resync then
// subscribes again. An unknown Page fails the test under NewServer; otherwise
// nothing happens.
func (t *Tenant) FailSubscription(pageID, code string) {
	known := t.withPage(pageID, func(_ *state, p *leadPage) {
		p.refusal = code
		if p.link != nil && code != "" {
			p.link.subscribedAt, p.link.problem = time.Time{}, code
		}
	})
	if !known {
		t.noPage(pageID)
	}
}

// NoOfficialNumber has LeadPages treat the workspace as one without an official
// number, which cannot show that a Page is its own.
func (t *Tenant) NoOfficialNumber(on bool) {
	t.change(func(s *state, _ time.Time) { s.growth.noOfficial = on })
}

// withPage runs f and returns true if there is such a Page.
func (t *Tenant) withPage(id string, f func(*state, *leadPage)) bool {
	t.server.mu.Lock()
	defer t.server.mu.Unlock()
	p := t.server.state.growth.page(id)
	if p != nil {
		f(t.server.state, p)
	}
	return p != nil
}

func (t *Tenant) noPage(id string) {
	if t.server.tb != nil {
		t.server.tb.Helper()
	}
	t.server.failf("no Page %q", id)
}
