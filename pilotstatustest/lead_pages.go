package pilotstatustest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

func leadPageRoutes() []route {
	byID := func(op, method, path string, handle func(*call, *leadPage) (any, *failure)) route {
		return on(op, method+" /v1/lead-pages/{pageLinkId}"+path, scopeBothView, with((*call).linkedPage, handle))
	}
	return needing("integrations:manage",
		on("LeadPages.List", "GET /v1/lead-pages", scopeBothView, listLeadPages),
		on("LeadPages.Link", "POST /v1/lead-pages", scopeBothView, linkLeadPage).takesBody().creates(),
		byID("LeadPages.Move", "PATCH", "", moveLeadPage).takesBody(),
		byID("LeadPages.Unlink", "DELETE", "", unlinkLeadPage),
		byID("LeadPages.Forms", "GET", "/forms", listLeadForms),
		byID("LeadPages.UpdateForm", "PUT", "/forms/{formId}", updateLeadForm).takesBody(),
		byID("LeadPages.Resync", "POST", "/resync", resyncLeadPage).answers(http.StatusAccepted),
	)
}

// leadPageList is the answer of LeadPages.List.
type leadPageList struct {
	Linked             []leadPageLinkRow   `json:"linked"`
	Candidates         []leadPageCandidate `json:"candidates"`
	Configured         bool                `json:"configured"`
	PartnerBusinessID  *string             `json:"partnerBusinessId"`
	CandidatesLookup   string              `json:"candidatesLookup"`
	EligibilityBlocker *string             `json:"eligibilityBlocker"`
}

type leadPageCandidate struct {
	PageID       string   `json:"pageId"`
	PageName     *string  `json:"pageName"`
	MissingTasks []string `json:"missingTasks"`
}

// leadPageLinkRow is a link in an answer.
type leadPageLinkRow struct {
	PageLinkID        string  `json:"pageLinkId"`
	PageID            string  `json:"pageId"`
	PageName          string  `json:"pageName"`
	WhatsappNumberID  string  `json:"whatsappNumberId"`
	SubscribedAt      *string `json:"subscribedAt"`
	SubscriptionError *string `json:"subscriptionError"`
	LinkedAt          string  `json:"linkedAt"`
	LeadsCount        int     `json:"leadsCount"`
}

func (g *growthState) linkRow(p *leadPage) leadPageLinkRow {
	row := leadPageLinkRow{
		PageLinkID: p.link.id, PageID: p.id, PageName: cmp.Or(p.name, p.id), WhatsappNumberID: p.link.number.id,
		SubscribedAt: stamp(p.link.subscribedAt), SubscriptionError: nullable(p.link.problem), LinkedAt: stampText(p.link.linkedAt),
	}
	for _, l := range g.leads {
		if l.PageID == p.id {
			row.LeadsCount++
		}
	}
	return row
}

func listLeadPages(c *call) (any, *failure) {
	g := &c.state.growth
	out := leadPageList{
		Linked: []leadPageLinkRow{}, Candidates: []leadPageCandidate{},
		Configured: g.lookup != lookupNotConfigured, PartnerBusinessID: g.partnerBusinessID(),
		CandidatesLookup: g.lookup, EligibilityBlocker: nullable(c.state.pageBlocker()),
	}
	askable := g.lookup == lookupOK && out.EligibilityBlocker == nil
	for _, p := range g.pages {
		switch {
		case p.link == nil && askable:
			out.Candidates = append(out.Candidates, leadPageCandidate{p.id, nullable(p.name), p.missingTasks})
		case p.link != nil && !p.link.number.gone && (c.number == nil || c.number == p.link.number):
			out.Linked = append(out.Linked, g.linkRow(p))
		}
	}
	return out, nil
}

// pageBlocker says why the workspace cannot link Pages at all, "" if it can.
func (s *state) pageBlocker() string {
	if !s.growth.noOfficial && slices.ContainsFunc(s.numbers, (*number).official) {
		return ""
	}
	return "NO_OFFICIAL_NUMBER"
}

// leadPageRequest is the body of LeadPages.Link and LeadPages.Move.
type leadPageRequest struct {
	PageID           string  `json:"pageId"`
	WhatsappNumberID *string `json:"whatsappNumberId"`
}

func linkLeadPage(c *call) (any, *failure) {
	in, fields, refused := strictBody[leadPageRequest](c, "pageId", "whatsappNumberId")
	if refused != nil {
		return nil, refused
	}
	if !isMetaID(in.PageID) || isExplicitNull(fields["whatsappNumberId"]) {
		return nil, invalid("pageId is %q, whatsappNumberId %s", in.PageID, fields["whatsappNumberId"])
	}
	n, refused := c.leadNumber(in.WhatsappNumberID)
	if refused != nil {
		return nil, refused
	}
	p, refused := c.state.linkablePage(in.PageID)
	if refused != nil {
		return nil, refused
	}
	now := c.state.clock.now()
	p.link = &leadPageLink{id: c.state.newID("pl"), number: n, linkedAt: now}
	p.subscribe(lookupOK, now)
	p.backfillAt = now.Add(backfillDelay)
	return map[string]any{"link": c.state.growth.linkRow(p)}, nil
}

// leadNumber is the number that gets the leads. Only a credential that reaches
// several has to name it.
func (c *call) leadNumber(named *string) (*number, *failure) {
	switch {
	case named != nil:
		return c.namedNumber(*named)
	case c.number != nil:
		return c.number, nil
	case len(c.state.numbers) == 1:
		return c.state.numbers[0], nil
	}
	return nil, badRequest("NUMBER_REQUIRED", "whatsappNumberId is required")
}

// linkablePage finds a Page that can be linked. The reference knows no codes here.
func (s *state) linkablePage(id string) (*leadPage, *failure) {
	p := s.growth.page(id)
	refused := s.growth.askMeta()
	switch {
	case refused != nil:
		return nil, refused
	case s.pageBlocker() != "":
		return nil, conflict("", "The workspace has no official number")
	case p == nil:
		return nil, conflict("", "The Page is not shared with the platform")
	case p.link != nil:
		return nil, conflict("", "The Page is already linked")
	}
	return p, nil
}

// askMeta refuses what only Meta knows while Meta cannot be asked.
func (g *growthState) askMeta() *failure {
	switch g.lookup {
	case lookupNotConfigured:
		return refuse(http.StatusServiceUnavailable, "", "The integration is not configured")
	case lookupUnavailable:
		return refuse(http.StatusBadGateway, "", "Meta could not be asked")
	}
	return nil
}

// leadPageMoved is the answer of LeadPages.Move.
type leadPageMoved struct {
	Link             leadPageLinkRow `json:"link"`
	AutoSendDisabled bool            `json:"autoSendDisabled"`
}

// moveLeadPage gives the coming leads of a Page to another number. The leads that
// are there stay where they are.
func moveLeadPage(c *call, p *leadPage) (any, *failure) {
	in, _, refused := strictBody[leadPageRequest](c, "whatsappNumberId")
	if refused != nil {
		return nil, refused
	}
	if value(in.WhatsappNumberID) == "" {
		return nil, invalid("whatsappNumberId is missing")
	}
	n, refused := c.namedNumber(*in.WhatsappNumberID)
	if refused != nil {
		return nil, refused
	}
	p.link.number = n
	out := leadPageMoved{Link: c.state.growth.linkRow(p)}
	for _, f := range p.forms {
		if f.config != nil && f.config.AutoSendEnabled {
			f.config.AutoSendEnabled, f.config.updatedAt = false, c.state.clock.now()
			out.AutoSendDisabled = true
		}
	}
	return out, nil
}

// leadPageUnlinked is the answer of LeadPages.Unlink.
type leadPageUnlinked struct {
	Unlinked     bool   `json:"unlinked"`
	PageLinkID   string `json:"pageLinkId"`
	DeletedLeads int    `json:"deletedLeads"`
}

// unlinkLeadPage deletes the leads of a Page, whichever number has them, and what
// was set for its forms.
func unlinkLeadPage(c *call, p *leadPage) (any, *failure) {
	g := &c.state.growth
	before := len(g.leads)
	g.leads = slices.DeleteFunc(g.leads, func(l *lead) bool { return l.PageID == p.id })
	out := leadPageUnlinked{true, p.link.id, before - len(g.leads)}
	p.unlink()
	return out, nil
}

// leadPageResynced is the answer of LeadPages.Resync. What became of the
// subscription stands in it only if it was tried again.
type leadPageResynced struct {
	Started    bool   `json:"started"`
	PageLinkID string `json:"pageLinkId"`
	*leadPageRetried
}

type leadPageRetried struct {
	SubscribedAt      *string `json:"subscribedAt"`
	SubscriptionError *string `json:"subscriptionError"`
}

func resyncLeadPage(c *call, p *leadPage) (any, *failure) {
	now := c.state.clock.now()
	if left := p.resyncFrom.Sub(now); left > 0 {
		return nil, tooSoon("RESYNC_COOLDOWN", "The Page was resynced a short time ago", left)
	}
	p.resyncFrom, p.backfillAt = now.Add(resyncCooldown), now.Add(backfillDelay)
	out := leadPageResynced{Started: true, PageLinkID: p.link.id}
	if p.link.subscribedAt.IsZero() {
		p.subscribe(c.state.growth.lookup, now)
		out.leadPageRetried = &leadPageRetried{stamp(p.link.subscribedAt), nullable(p.link.problem)}
	}
	return out, nil
}

// maxLeadForms is how many forms of a Page are listed at most.
const maxLeadForms = 100

// leadFormList is the answer of LeadPages.Forms.
type leadFormList struct {
	Forms            []leadFormRow     `json:"forms"`
	FormsTruncated   bool              `json:"formsTruncated"`
	NumberIsOfficial bool              `json:"numberIsOfficial"`
	Templates        []leadTemplateRow `json:"templates"`
}

type leadTemplateRow struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Variables []string `json:"variables"`
}

type leadFormRow struct {
	FormID            string             `json:"formId"`
	FormName          *string            `json:"formName"`
	Status            *string            `json:"status"`
	Questions         []leadQuestionRow  `json:"questions"`
	ConsentCheckboxes []leadCheckboxRow  `json:"consentCheckboxes"`
	ConsentAvailable  bool               `json:"consentAvailable"`
	Config            *leadFormConfigRow `json:"config"`
}

type leadQuestionRow struct {
	Key     string          `json:"key"`
	Label   string          `json:"label"`
	Type    *string         `json:"type"`
	Options []leadOptionRow `json:"options"`
}

type leadOptionRow struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type leadCheckboxRow struct {
	Key  string  `json:"key"`
	Text *string `json:"text"`
}

type leadFormConfigRow struct {
	FormID string `json:"formId"`
	leadFormSettings

	UpdatedAt string `json:"updatedAt"`
}

func listLeadForms(c *call, p *leadPage) (any, *failure) {
	if refused := c.state.growth.askMeta(); refused != nil {
		return nil, refused
	}
	n := p.link.number
	out := leadFormList{
		Forms:          rowsOf(p.forms[:min(len(p.forms), maxLeadForms)], (*leadForm).row),
		FormsTruncated: len(p.forms) > maxLeadForms, NumberIsOfficial: n.official(), Templates: []leadTemplateRow{},
	}
	for _, t := range c.state.templates.all {
		if n.official() && t.visible(n) && t.sendable(n) {
			out.Templates = append(out.Templates, leadTemplateRow{t.id, t.name, append([]string{}, t.variables...)})
		}
	}
	return out, nil
}

func (f *leadForm) row() leadFormRow {
	row := leadFormRow{
		FormID: f.ID, FormName: nullable(f.Name), Status: nullable(f.Status),
		Questions: rowsOf(f.Questions, func(q LeadQuestion) leadQuestionRow {
			options := rowsOf(q.Options, func(o LeadOption) leadOptionRow { return leadOptionRow(o) })
			return leadQuestionRow{q.Key, cmp.Or(q.Label, q.Key), nullable(q.Type), options}
		}),
		ConsentCheckboxes: []leadCheckboxRow{}, ConsentAvailable: !f.CheckboxesHidden, Config: f.configRow(),
	}
	if !f.CheckboxesHidden {
		row.ConsentCheckboxes = rowsOf(f.Checkboxes, func(box LeadCheckbox) leadCheckboxRow {
			return leadCheckboxRow{box.Key, nullable(box.Text)}
		})
	}
	return row
}

func (f *leadForm) configRow() *leadFormConfigRow {
	if f.config == nil {
		return nil
	}
	return &leadFormConfigRow{f.ID, f.config.leadFormSettings, stampText(f.config.updatedAt)}
}

func updateLeadForm(c *call, p *leadPage) (any, *failure) {
	in, refused := c.leadFormSettings()
	if refused != nil {
		return nil, refused
	}
	if err := in.checkFor(c.state, p.link.number); err != nil {
		return nil, invalid("%v", err)
	}
	f := p.form(c.params["formId"])
	if f == nil {
		return nil, refuse(http.StatusNotFound, "NOT_FOUND", "Form not found")
	}
	f.config = &leadFormConfig{*in, c.state.clock.now()}
	if in.VariableMap == nil {
		f.config.VariableMap = map[string]leadVariable{}
	}
	return map[string]any{"config": f.configRow()}, nil
}

// leadFormSettings reads a body that must have four keys, some of them with null
// allowed, and may have two more.
func (c *call) leadFormSettings() (*leadFormSettings, *failure) {
	required := []string{"consentDisclaimerKey", "autoSendEnabled", "templateId", "freeText"}
	in, fields, refused := strictBody[leadFormSettings](c, append(required, "formName", "variableMap")...)
	if refused != nil {
		return nil, refused
	}
	for _, name := range required {
		if _, ok := fields[name]; !ok {
			return nil, invalid("%s is missing", name)
		}
	}
	if isExplicitNull(fields["autoSendEnabled"]) || isExplicitNull(fields["variableMap"]) {
		return nil, invalid("autoSendEnabled or variableMap is null")
	}
	var variables map[string]map[string]json.RawMessage
	if raw, ok := fields["variableMap"]; ok {
		_ = json.Unmarshal(raw, &variables) // decode found it well formed
	}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if refused := refuseOtherFields(variables[name], "source", "key", "value"); refused != nil {
			return nil, refused
		}
	}
	return in, nil
}

// checkFor holds the settings to their limits and to what the number can send.
func (in *leadFormSettings) checkFor(s *state, n *number) error {
	placeholders := placeholdersOf(value(in.FreeText))
	switch {
	case utf8.RuneCountInString(value(in.FormName)) > 255:
		return errors.New("formName is too long")
	case utf8.RuneCountInString(value(in.FreeText)) > 4096:
		return errors.New("freeText is too long")
	case in.TemplateID != nil && !n.official():
		return errors.New("templateId for a number that is not official")
	case in.FreeText != nil && n.official():
		return errors.New("freeText for an official number")
	case in.AutoSendEnabled && value(in.TemplateID) == "" && blank(value(in.FreeText)):
		return errors.New("autoSendEnabled without anything to send")
	}
	if in.TemplateID != nil {
		t := s.template(*in.TemplateID)
		if t == nil || t.id != *in.TemplateID || !t.sendable(n) {
			return fmt.Errorf("no approved template %q", *in.TemplateID)
		}
		placeholders = t.variables
	}
	for _, name := range placeholders {
		if _, ok := in.VariableMap[name]; !ok {
			return fmt.Errorf("variableMap lacks %q", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in.VariableMap)) {
		if err := in.VariableMap[name].check(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (v leadVariable) check() error {
	switch {
	case v.Source == "field" && v.Value == nil && value(v.Key) != "":
		return nil
	case v.Source == "static" && v.Key == nil && v.Value != nil:
		return nil
	}
	return fmt.Errorf("source %q with the wrong fields", v.Source)
}

// placeholdersOf returns the names in double braces.
func placeholdersOf(text string) []string {
	var names []string
	for {
		_, rest, found := strings.Cut(text, "{{")
		name, after, closed := strings.Cut(rest, "}}")
		if !found || !closed {
			return names
		}
		names, text = append(names, strings.TrimSpace(name)), after
	}
}

const (
	// backfillDelay is how long a backfill takes to bring what it finds.
	backfillDelay = pace

	// resyncCooldown is the time between two resyncs of a Page.
	resyncCooldown = 15 * time.Minute
)

// page returns a Page that was shared, or nil.
func (g *growthState) page(id string) *leadPage {
	return first(g.pages, func(p *leadPage) bool { return p.id == id })
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
	return first(p.forms, func(f *leadForm) bool { return f.ID == id })
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
	return nil, refuse(http.StatusNotFound, "NOT_FOUND", "Page link not found")
}

// strictBody is body for one that may have no other members than the known ones. It
// returns them as they came, too.
func strictBody[T any](c *call, known ...string) (*T, map[string]json.RawMessage, *failure) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(c.body, &fields); err != nil || fields == nil {
		return nil, nil, invalid("the body is no object")
	}
	if refused := refuseOtherFields(fields, known...); refused != nil {
		return nil, nil, refused
	}
	in, refused := body[T](c)
	return in, fields, refused
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

// isMetaID says whether a text can be an id of Meta.
func isMetaID(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// What asking Meta about the workspace's Pages and ad accounts gives.
const (
	lookupOK            = "ok"
	lookupUnavailable   = "unavailable"
	lookupNotConfigured = "not_configured"
)

// partnerBusiness is the portfolio of the platform at Meta.
const partnerBusiness = "440055006600"

// partnerBusinessID is null as long as the integration is not configured.
func (g *growthState) partnerBusinessID() *string {
	if g.lookup == lookupNotConfigured {
		return nil
	}
	return nullable(partnerBusiness)
}
