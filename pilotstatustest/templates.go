package pilotstatustest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// What Meta says of a template.
const (
	templateApproved = "APPROVED"
	templatePending  = "PENDING"
	templateRejected = "REJECTED"
)

func templateRoutes() []route {
	return []route{
		{
			op: "Templates.List", method: http.MethodGet, path: "/v1/templates",
			scope: scopeNumber, status: http.StatusOK, handle: listTemplates,
		},
		{
			op: "Templates.Get", method: http.MethodGet, path: "/v1/templates/{id}",
			scope: scopeNumber, status: http.StatusOK, handle: getTemplate,
		},
		{
			op: "Templates.Create", method: http.MethodPost, path: "/v1/templates",
			scope: scopeNumber, status: http.StatusCreated, body: true, handle: createTemplate,
		},
		{
			op: "Templates.Update", method: http.MethodPut, path: "/v1/templates/{id}",
			scope: scopeNumber, status: http.StatusOK, body: true, handle: updateTemplate,
		},
		{
			op: "Templates.Delete", method: http.MethodDelete, path: "/v1/templates/{id}",
			scope: scopeNumber, status: http.StatusOK, handle: deleteTemplate,
		},
	}
}

// templateState is the templates of the workspace.
type templateState struct {
	all      []*template // in the order of their creation
	refusals []string    // of Meta, for the next ones that are submitted

	plainBodies   bool // a body is its text alone
	refuseUnready bool // a send without an approved template is a 404
}

// template is a template with its newest version.
type template struct {
	id       string
	name     string
	category string
	language string
	version  int

	// A template belongs to a number that is paired by QR code, or to the business
	// account of the official numbers, or, with neither, to all numbers.
	number   *number
	official bool

	status string // at Meta
	reason string // of a rejection

	body      json.RawMessage // as it was given, always an object
	text      string          // of the body
	variables []string
	flow      bool // has a button that starts a Flow
}

// seedTemplate is there at the start.
func seedTemplate() *template {
	return newTemplate("tpl_1", &Template{Name: "onboarding-test", Text: "Hello {{name}}, welcome aboard!"})
}

// newTemplate makes an approved template of all numbers.
func newTemplate(id string, t *Template) *template {
	names, _ := placeholders(t.Text)
	return &template{
		id: id, name: t.Name, category: cmp.Or(t.Category, "UTILITY"), language: cmp.Or(t.Language, "pt_BR"), version: 1,
		status: templateApproved, body: plainBody(t.Text), text: t.Text, variables: unique(names), flow: t.Flow,
	}
}

// template finds a template by its id, else by its name, or returns nil.
func (s *state) template(idOrName string) *template {
	return s.findTemplate(idOrName, func(*template) bool { return true })
}

// templateOf finds a template that a number has, as template does.
func (s *state) templateOf(n *number, idOrName string) *template {
	return s.findTemplate(idOrName, func(t *template) bool { return t.visible(n) })
}

func (s *state) findTemplate(idOrName string, of func(*template) bool) *template {
	var named *template
	for _, t := range s.templates.all {
		switch {
		case !of(t):
		case t.id == idOrName:
			return t
		case t.name == idOrName:
			named = t
		}
	}
	return named
}

// visible says whether a number has the template.
func (t *template) visible(n *number) bool {
	switch {
	case t.number != nil:
		return t.number == n
	case t.official:
		return n.official()
	}
	return true
}

// sendable says whether a number can send the template now. Only Meta approves.
func (t *template) sendable(n *number) bool {
	return !n.official() || t.approved()
}

// approved says whether the template has an approved version. One of a number that Meta
// has no say in has one until its status is set.
func (t *template) approved() bool {
	return t.status == templateApproved || t.status == "" && t.number != nil
}

// templateAnswer is the answer of Templates.Get and a row of Templates.List.
type templateAnswer struct {
	ID              string          `json:"id"`
	Name            string          `json:"name"`
	Category        string          `json:"category"`
	LatestVersion   templateVersion `json:"latestVersion"`
	Body            any             `json:"body"`
	Variables       []string        `json:"variables"`
	Source          string          `json:"source"`
	MetaStatus      *string         `json:"metaStatus"`
	MetaLanguage    *string         `json:"metaLanguage"`
	Sendable        bool            `json:"sendable"`
	RejectionReason *string         `json:"rejectionReason"`
}

type templateVersion struct {
	Version int `json:"version"`
}

// answer is the template as a number sees it.
func (t *template) answer(c *call) templateAnswer {
	out := templateAnswer{
		ID: t.id, Name: t.name, Category: t.category, LatestVersion: templateVersion{t.version},
		Body: t.body, Variables: append([]string{}, t.variables...), Source: c.number.provider, Sendable: t.sendable(c.number),
	}
	if c.state.templates.plainBodies {
		out.Body = t.text
	}
	if c.number.official() {
		out.MetaStatus, out.MetaLanguage, out.RejectionReason = nullable(t.status), nullable(t.language), nullable(t.reason)
	}
	return out
}

func listTemplates(c *call) (any, *failure) {
	rows := make([]templateAnswer, 0, len(c.state.templates.all))
	for _, t := range c.state.templates.all {
		if t.visible(c.number) {
			rows = append(rows, t.answer(c))
		}
	}
	if c.state.groups.wrapped {
		return map[string]any{"data": rows}, nil
	}
	return rows, nil
}

// pathTemplate finds the template in the path.
func (c *call) pathTemplate() (*template, *failure) {
	if t := c.state.templateOf(c.number, c.params["id"]); t != nil {
		return t, nil
	}
	return nil, &failure{status: http.StatusNotFound, code: "TEMPLATE_NOT_FOUND", text: "Template not found"}
}

func getTemplate(c *call) (any, *failure) {
	t, refused := c.pathTemplate()
	if refused != nil {
		return nil, refused
	}
	return t.answer(c), nil
}

// writtenTemplate is the answer of Templates.Create and Templates.Update.
type writtenTemplate struct {
	ID         string  `json:"id"`
	Name       string  `json:"name"`
	Category   string  `json:"category"`
	MetaStatus *string `json:"metaStatus"`
}

func (t *template) written(n *number) writtenTemplate {
	out := writtenTemplate{ID: t.id, Name: t.name, Category: t.category}
	if n.official() {
		out.MetaStatus = nullable(t.status)
	}
	return out
}

func createTemplate(c *call) (any, *failure) {
	draft, refused := readTemplate(c.body)
	if refused != nil {
		return nil, refused
	}
	draft.name = normalName(draft.name)
	if draft.name == "" {
		return nil, invalid("name has no letter or digit")
	}
	for _, t := range c.state.templates.all {
		if t.name == draft.name && t.visible(c.number) {
			return nil, &failure{status: http.StatusConflict, text: "A template with this name already exists"}
		}
	}
	if refused := c.submit(draft); refused != nil {
		return nil, refused
	}
	draft.id, draft.version = c.state.newID("tpl"), 1
	draft.category, draft.language = cmp.Or(draft.category, "UTILITY"), cmp.Or(draft.language, "pt_BR")
	if draft.official = c.number.official(); !draft.official {
		draft.number = c.number
	}
	c.state.templates.all = append(c.state.templates.all, draft)
	return draft.written(c.number), nil
}

// submit hands a template to Meta, if it is one of an official number.
func (c *call) submit(draft *template) *failure {
	if !c.number.official() {
		return nil
	}
	if list := c.state.templates.refusals; len(list) > 0 {
		c.state.templates.refusals = list[1:]
		return &failure{status: http.StatusBadRequest, code: "META_TEMPLATE_SUBMIT_FAILED", text: list[0]}
	}
	draft.status = templatePending
	return nil
}

func updateTemplate(c *call) (any, *failure) {
	t, refused := c.pathTemplate()
	if refused != nil {
		return nil, refused
	}
	draft, refused := readTemplate(c.body)
	if refused != nil {
		return nil, refused
	}
	if name := normalName(draft.name); name != "" && name != normalName(t.name) {
		return nil, invalid("the name cannot change")
	}
	if draft.category != "" && draft.category != t.category {
		return nil, invalid("the category cannot change")
	}
	if refused := c.submit(draft); refused != nil {
		return nil, refused
	}
	t.version++
	t.language = cmp.Or(draft.language, t.language)
	t.body, t.text, t.variables = draft.body, draft.text, draft.variables
	if draft.status != "" {
		t.status, t.reason = draft.status, ""
	}
	return t.written(c.number), nil
}

// deletedTemplate is the answer of Templates.Delete.
type deletedTemplate struct {
	Deleted bool   `json:"deleted"`
	ID      string `json:"id"`
}

func deleteTemplate(c *call) (any, *failure) {
	t, refused := c.pathTemplate()
	if refused != nil {
		return nil, refused
	}
	c.state.templates.all = slices.DeleteFunc(c.state.templates.all, func(other *template) bool { return other == t })
	return deletedTemplate{Deleted: true, ID: t.id}, nil
}

// normalName keeps letters and digits; what stands between them becomes one
// underscore.
func normalName(name string) string {
	parts := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(parts, "_")
}
