package pilotstatustest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// invalidKey is in the details of INVALID_TEMPLATE_VARIABLE_VALUE.
type invalidKey struct {
	Key    string `json:"key"`
	Reason string `json:"reason"`
}

// checkVariables refuses values with which the template has a gap. Values that
// the template has no place for are ignored.
func (t *template) checkVariables(values map[string]json.RawMessage) *failure {
	var missing []string
	var bad []invalidKey
	for _, name := range t.variables {
		raw, ok := values[name]
		if !ok {
			missing = append(missing, name)
			continue
		}
		var text *string
		if err := json.Unmarshal(raw, &text); err != nil || text == nil {
			bad = append(bad, invalidKey{name, "must be a string"})
		} else if strings.TrimSpace(*text) == "" {
			bad = append(bad, invalidKey{name, "must not be blank"})
		}
	}
	switch {
	case missing != nil:
		return badRequest("MISSING_TEMPLATE_VARIABLES", "Missing template variables").detail("missingKeys", missing)
	case bad != nil:
		return badRequest("INVALID_TEMPLATE_VARIABLE_VALUE", "Invalid template variable value").detail("invalidKeys", bad)
	}
	return nil
}

// apply puts the template into a message. One that is not approved is found out after
// the message was accepted.
func (t *template) apply(m *message) {
	m.Template, m.category, m.layout = t.name, strings.ToLower(t.category), t.body
	m.first, t.sent = t.sent != t.version, t.version
	if !t.sendable(m.number) {
		m.failure = &messageFailure{"META_TEMPLATE_NOT_APPROVED", "The template is not approved by Meta"}
	}
}

// What Meta says of a template.
const (
	templateApproved = "APPROVED"
	templatePending  = "PENDING"
	templateRejected = "REJECTED"
)

func templateRoutes() []route {
	update := with2((*call).pathTemplate, readTemplate, updateTemplate)
	return []route{
		on("Templates.List", "GET /v1/templates", scopeNumber, listTemplates),
		on("Templates.Get", "GET /v1/templates/{id}", scopeNumber, with((*call).pathTemplate, getTemplate)),
		on("Templates.Create", "POST /v1/templates", scopeNumber, with(readTemplate, createTemplate)).takesBody().creates(),
		on("Templates.Update", "PUT /v1/templates/{id}", scopeNumber, update).takesBody(),
		on("Templates.Delete", "DELETE /v1/templates/{id}", scopeNumber, with((*call).pathTemplate, deleteTemplate)),
	}
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
	ID              string   `json:"id"`
	Name            string   `json:"name"`
	Category        string   `json:"category"`
	LatestVersion   any      `json:"latestVersion"`
	Body            any      `json:"body"`
	Variables       []string `json:"variables"`
	Source          string   `json:"source"`
	MetaStatus      *string  `json:"metaStatus"`
	MetaLanguage    *string  `json:"metaLanguage"`
	Sendable        bool     `json:"sendable"`
	RejectionReason *string  `json:"rejectionReason"`
}

// answer is the template as a number sees it.
func (t *template) answer(c *call) templateAnswer {
	out := templateAnswer{
		ID: t.id, Name: t.name, Category: t.category, LatestVersion: map[string]any{"version": t.version},
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
	return nil, refuse(http.StatusNotFound, "TEMPLATE_NOT_FOUND", "Template not found")
}

func getTemplate(c *call, t *template) (any, *failure) {
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

func createTemplate(c *call, draft *template) (any, *failure) {
	draft.name = normalName(draft.name)
	if draft.name == "" {
		return nil, invalid("name has no letter or digit")
	}
	for _, t := range c.state.templates.all {
		if t.name == draft.name && t.visible(c.number) {
			return nil, conflict("", "A template with this name already exists")
		}
	}
	if c.state.isFull(len(c.state.templates.all), maxTemplates) || c.state.isFull(len(c.body), maxLayout) {
		return nil, full("templates of 1 MB at most")
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
	c.state.publish(ChangeTemplate, c.number.id, draft.id)
	return draft.written(c.number), nil
}

// submit hands a template to Meta, if it is one of an official number.
func (c *call) submit(draft *template) *failure {
	if !c.number.official() {
		return nil
	}
	if list := c.state.templates.refusals; len(list) > 0 {
		c.state.templates.refusals = list[1:]
		return badRequest("META_TEMPLATE_SUBMIT_FAILED", list[0])
	}
	draft.status = templatePending
	return nil
}

func updateTemplate(c *call, t, draft *template) (any, *failure) {
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
	c.state.publish(ChangeTemplate, c.number.id, t.id)
	return t.written(c.number), nil
}

func deleteTemplate(c *call, t *template) (any, *failure) {
	c.state.templates.all = slices.DeleteFunc(c.state.templates.all, func(other *template) bool { return other == t })
	c.state.publish(ChangeTemplate, c.number.id, t.id)
	return deletedAnswer{Deleted: true, ID: t.id}, nil
}

// normalName keeps letters and digits; what stands between them becomes one
// underscore.
func normalName(name string) string {
	parts := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(parts, "_")
}

// templateRequest is the body of Templates.Create and Templates.Update.
type templateRequest struct {
	Name     *string           `json:"name"`
	Category *string           `json:"category"`
	Language *string           `json:"language"`
	Body     json.RawMessage   `json:"body"`
	Examples map[string]string `json:"examples"`
}

// templateBody is the content of a template.
type templateBody struct {
	Header  *templateHeader  `json:"header"`
	Body    *templatePart    `json:"body"`
	Footer  *templatePart    `json:"footer"`
	Buttons []templateButton `json:"buttons"`
}

type templateHeader struct {
	Type   string `json:"type"`
	Text   string `json:"text"`
	URL    string `json:"url"`
	Base64 string `json:"base64"`
}

type templatePart struct {
	Text string `json:"text"`
}

type templateButton struct {
	Type        string   `json:"type"`
	Text        string   `json:"text"`
	URL         string   `json:"url"`
	PhoneNumber string   `json:"phone_number"`
	Example     []string `json:"example"`
}

// readTemplate holds the body of a request to what the reference states as a rule.
func readTemplate(c *call) (*template, *failure) {
	in, refused := body[templateRequest](c)
	if refused != nil {
		return nil, refused
	}
	t := &template{name: value(in.Name), category: value(in.Category), language: value(in.Language)}
	if in.Category != nil && !slices.Contains([]string{"MARKETING", "UTILITY", "OTP"}, t.category) {
		return nil, invalid("category %q", t.category)
	}
	raw, content, err := readTemplateBody(in.Body)
	if err != nil {
		return nil, invalid("%v", err)
	}
	names, err := content.check()
	if err != nil {
		return nil, invalid("%v", err)
	}
	t.body, t.text, t.variables = raw, content.Body.Text, unique(names)
	var missing []string
	for _, name := range t.variables {
		if blank(in.Examples[name]) {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return nil, badRequest("TEMPLATE_EXAMPLES_REQUIRED", "Every placeholder needs an example").detail("missing", missing)
	}
	return t, nil
}

// readTemplateBody takes an object, the text of one, and plain text, and returns the
// object.
func readTemplateBody(raw json.RawMessage) (json.RawMessage, *templateBody, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil && text != "" {
		raw = plainBody(text)
		if strings.HasPrefix(strings.TrimSpace(text), "{") && json.Valid([]byte(text)) {
			raw = json.RawMessage(text)
		}
	}
	content := new(templateBody)
	if len(raw) == 0 {
		return nil, nil, errors.New("body is missing")
	}
	if err := decode(raw, content); err != nil {
		return nil, nil, fmt.Errorf("body: %w", err)
	}
	return raw, content, nil
}

// plainBody is the object that text alone stands for.
func plainBody(text string) json.RawMessage {
	return encode(map[string]any{"body": map[string]string{"text": text}})
}

// check returns the names of the placeholders, in the order of the parts.
func (b *templateBody) check() ([]string, error) {
	header, err := b.Header.check()
	if err != nil {
		return nil, err
	}
	if b.Body == nil || blank(b.Body.Text) {
		return nil, errors.New("body.body.text is missing")
	}
	text := strings.TrimSpace(b.Body.Text)
	names, err := placeholders(text)
	switch {
	case err != nil:
		return nil, err
	case utf8.RuneCountInString(b.Body.Text) > 1024:
		return nil, errors.New("body.body.text has more than 1024 characters")
	case len(names) > 0 && (strings.HasPrefix(text, "{{") || strings.HasSuffix(text, "}}")):
		return nil, errors.New("body.body.text begins or ends with a placeholder")
	}
	if err := b.Footer.checkFooter(); err != nil {
		return nil, err
	}
	links, err := checkTemplateButtons(b.Buttons)
	return slices.Concat(header, names, links), err
}

func (h *templateHeader) check() ([]string, error) {
	if h == nil || h.Type == "" || h.Type == "NONE" {
		return nil, nil
	}
	switch h.Type {
	case "TEXT":
		names, err := placeholders(h.Text)
		if err != nil {
			return nil, err
		}
		if blank(h.Text) || utf8.RuneCountInString(h.Text) > 60 || len(names) > 1 || strings.ContainsAny(h.Text, "\r\n") {
			return nil, errors.New("header text is missing, too long, or has line breaks or two placeholders")
		}
		return names, nil
	case "IMAGE", "VIDEO", "DOCUMENT":
		isURL := strings.HasPrefix(h.URL, "https://") || strings.HasPrefix(h.URL, "http://")
		isData := strings.HasPrefix(h.Base64, "data:")
		if isURL == isData || h.URL != "" && h.Base64 != "" {
			return nil, errors.New("a media header needs a public url or a data URI in base64")
		}
		return nil, nil
	}
	return nil, fmt.Errorf("header of type %q", h.Type)
}

func (p *templatePart) checkFooter() error {
	if p == nil {
		return nil
	}
	if blank(p.Text) || utf8.RuneCountInString(p.Text) > 60 || strings.Contains(p.Text, "{{") {
		return errors.New("footer text is missing, too long, or has a placeholder")
	}
	return nil
}

// checkTemplateButtons returns the placeholders in the links of the buttons.
func checkTemplateButtons(buttons []templateButton) ([]string, error) {
	limits := map[string]int{"QUICK_REPLY": 10, "URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1}
	if len(buttons) > 10 {
		return nil, fmt.Errorf("%d buttons", len(buttons))
	}
	var names []string
	for i := range buttons {
		b := &buttons[i]
		limits[b.Type]--
		if limits[b.Type] < 0 {
			return nil, fmt.Errorf("no room for a button of type %q", b.Type)
		}
		found, err := b.check()
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	return names, nil
}

func (b *templateButton) check() ([]string, error) {
	ok := !blank(b.Text)
	switch b.Type {
	case "URL":
		names, err := placeholders(b.URL)
		fixed, _, dynamic := strings.Cut(b.URL, "{{")
		isURL := strings.HasPrefix(fixed, "https://") || strings.HasPrefix(fixed, "http://")
		if err != nil || !ok || !isURL || dynamic && (len(names) != 1 || !strings.HasSuffix(b.URL, "}}")) {
			return nil, fmt.Errorf("button with url %q", b.URL)
		}
		return names, nil
	case "PHONE_NUMBER":
		ok = ok && isPhone(b.PhoneNumber)
	case "COPY_CODE":
		ok = len(b.Example) == 1 && len(b.Example[0]) <= 15 && isPlaceholder(b.Example[0]) && !strings.Contains(b.Example[0], "_")
	}
	if !ok {
		return nil, fmt.Errorf("incomplete button of type %q", b.Type)
	}
	return nil, nil
}

// placeholders returns the names in a text such as "Hi {{name}}".
func placeholders(text string) ([]string, error) {
	var names []string
	for {
		_, rest, found := strings.Cut(text, "{{")
		if !found {
			return names, nil
		}
		name, after, _ := strings.Cut(rest, "}}")
		if !isPlaceholder(name) {
			return nil, fmt.Errorf("placeholder %q", name)
		}
		names, text = append(names, name), after
	}
}

func isPlaceholder(name string) bool {
	return name != "" && strings.IndexFunc(name, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) < 0
}

// fill puts values into the text of a template.
func (t *template) fill(values map[string]json.RawMessage) string {
	text := t.text
	for _, name := range t.variables {
		var v string
		if json.Unmarshal(values[name], &v) == nil {
			text = strings.ReplaceAll(text, "{{"+name+"}}", v)
		}
	}
	return text
}

// Template is a template that is there without having been created by the API, see
// [Tenant.AddTemplate].
type Template struct {
	Name     string
	Category string // MARKETING, UTILITY or OTP; "" is UTILITY
	Language string // "" is pt_BR
	Text     string // with placeholders, such as "Hi {{name}}"
	Flow     bool   // has a button that starts a Flow, so a send answers a flowToken
}
