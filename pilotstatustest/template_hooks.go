package pilotstatustest

import "time"

// Template is a template that is there without having been created by the API, see
// [Tenant.AddTemplate].
type Template struct {
	Name     string
	Category string // MARKETING, UTILITY or OTP; "" is UTILITY
	Language string // "" is pt_BR
	Text     string // with placeholders, such as "Hi {{name}}"
	Flow     bool   // has a button that starts a Flow, so a send answers a flowToken
}

// AddTemplate adds an approved template that every number can send and returns its
// id. Its variables are the placeholders of the text. A template without a name or
// with a broken placeholder, and a name that is taken, fail the test under NewServer;
// otherwise nothing happens and the id is "".
func (t *Tenant) AddTemplate(template Template) string {
	id := t.server.addTemplate(&template)
	if id == "" {
		if t.server.tb != nil {
			t.server.tb.Helper()
		}
		t.server.failf("AddTemplate: name %q is blank or taken, or a placeholder is broken", template.Name)
	}
	return id
}

func (s *Server) addTemplate(t *Template) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := placeholders(t.Text); err != nil || blank(t.Name) || s.state.template(t.Name) != nil {
		return ""
	}
	made := newTemplate(s.state.newID("tpl"), t)
	s.state.templates.all = append(s.state.templates.all, made)
	return made.id
}

// ApproveTemplate lets Meta approve a template. Only official numbers wait for it:
// other ones can send any of their templates, until RefuseUnapproved says otherwise.
// An unknown id or name fails the test under NewServer; otherwise nothing happens.
func (t *Tenant) ApproveTemplate(idOrName string) {
	if t.server.tb != nil {
		t.server.tb.Helper()
	}
	t.SetTemplateStatus(idOrName, templateApproved, "")
}

// RejectTemplate lets Meta reject a template, for a reason that Templates.Get shows.
// Otherwise it is like ApproveTemplate.
func (t *Tenant) RejectTemplate(idOrName, reason string) {
	if t.server.tb != nil {
		t.server.tb.Helper()
	}
	t.SetTemplateStatus(idOrName, templateRejected, reason)
}

// SetTemplateStatus sets what Meta says of a template: APPROVED, PENDING, REJECTED,
// DISABLED, or any other text. Only APPROVED can be sent from official numbers: with
// any other the message is accepted and then fails. The status of a template of a
// number that is paired by QR code counts under RefuseUnapproved only. Otherwise it is
// like ApproveTemplate.
func (t *Tenant) SetTemplateStatus(idOrName, status, reason string) {
	if !t.server.setTemplateStatus(idOrName, status, reason) {
		if t.server.tb != nil {
			t.server.tb.Helper()
		}
		t.server.failf("no template %q", idOrName)
	}
}

func (s *Server) setTemplateStatus(idOrName, status, reason string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	// A template that Meta has a say in goes before one of a number with the same name.
	found := s.state.findTemplate(idOrName, func(t *template) bool { return t.number == nil })
	if found == nil {
		found = s.state.template(idOrName)
	}
	if found == nil {
		return false
	}
	found.status, found.reason = status, reason
	return true
}

// RefuseTemplate lets Meta refuse the next template that an official number creates
// or updates, with a text of its own: 400 META_TEMPLATE_SUBMIT_FAILED. Called several
// times it is for as many templates.
func (t *Tenant) RefuseTemplate(text string) {
	t.change(func(s *state, _ time.Time) { s.templates.refusals = append(s.templates.refusals, text) })
}

// PlainTemplateBodies switches templates to the form in which body is a string, the
// text alone.
func (t *Tenant) PlainTemplateBodies(on bool) {
	t.change(func(s *state, _ time.Time) { s.templates.plainBodies = on })
}

// RefuseUnapproved switches Messages.Send to an older form, which refuses a template
// without an approved version with 404. It does so on every number, also on one that is
// paired by QR code: give the template another status with SetTemplateStatus. Without
// it an official number accepts the message, which then fails with
// META_TEMPLATE_NOT_APPROVED, and other numbers send it. An unknown template is a 404 in
// both forms. Neither 404 has a code, because the reference names none.
func (t *Tenant) RefuseUnapproved(on bool) {
	t.change(func(s *state, _ time.Time) { s.templates.refuseUnready = on })
}
