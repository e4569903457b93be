package pilotstatustest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

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
	FormID               string                  `json:"formId"`
	FormName             *string                 `json:"formName"`
	ConsentDisclaimerKey *string                 `json:"consentDisclaimerKey"`
	AutoSendEnabled      bool                    `json:"autoSendEnabled"`
	TemplateID           *string                 `json:"templateId"`
	FreeText             *string                 `json:"freeText"`
	VariableMap          map[string]leadVariable `json:"variableMap"`
	UpdatedAt            string                  `json:"updatedAt"`
}

// leadVariable is where the value of a placeholder comes from: an answer of the
// person, or always the same text.
type leadVariable struct {
	Source string  `json:"source"`
	Key    *string `json:"key,omitempty"`   // of the source field
	Value  *string `json:"value,omitempty"` // of the source static
}

// UnmarshalJSON takes exact names only.
func (v *leadVariable) UnmarshalJSON(data []byte) error { return decode(data, v) }

func listLeadForms(c *call) (any, *failure) {
	p, refused := c.linkedPage()
	if refused != nil {
		return nil, refused
	}
	if refused := c.state.growth.askMeta(); refused != nil {
		return nil, refused
	}
	out := leadFormList{
		Forms: []leadFormRow{}, FormsTruncated: len(p.forms) > maxLeadForms,
		NumberIsOfficial: p.link.number.official(), Templates: []leadTemplateRow{},
	}
	for _, f := range p.forms[:min(len(p.forms), maxLeadForms)] {
		out.Forms = append(out.Forms, f.row())
	}
	if out.NumberIsOfficial {
		for _, t := range c.state.templates.all {
			if !t.visible(p.link.number) || !t.sendable(p.link.number) {
				continue
			}
			out.Templates = append(out.Templates, leadTemplateRow{t.id, t.name, append([]string{}, t.variables...)})
		}
	}
	return out, nil
}

func (f *leadForm) row() leadFormRow {
	row := leadFormRow{
		FormID: f.ID, FormName: nullable(f.Name), Status: nullable(f.Status),
		Questions: []leadQuestionRow{}, ConsentCheckboxes: []leadCheckboxRow{}, ConsentAvailable: !f.CheckboxesHidden,
		Config: f.configRow(),
	}
	for _, q := range f.Questions {
		question := leadQuestionRow{Key: q.Key, Label: q.Label, Type: nullable(q.Type), Options: []leadOptionRow{}}
		if q.Label == "" {
			question.Label = q.Key
		}
		for _, o := range q.Options {
			question.Options = append(question.Options, leadOptionRow(o))
		}
		row.Questions = append(row.Questions, question)
	}
	if !f.CheckboxesHidden {
		for _, box := range f.Checkboxes {
			row.ConsentCheckboxes = append(row.ConsentCheckboxes, leadCheckboxRow{box.Key, nullable(box.Text)})
		}
	}
	return row
}

func (f *leadForm) configRow() *leadFormConfigRow {
	if f.config == nil {
		return nil
	}
	return &leadFormConfigRow{
		FormID: f.ID, FormName: f.config.formName, ConsentDisclaimerKey: f.config.consentKey,
		AutoSendEnabled: f.config.autoSend, TemplateID: f.config.templateID, FreeText: f.config.freeText,
		VariableMap: f.config.variables, UpdatedAt: stampText(f.config.updatedAt),
	}
}

// leadFormRequest is the body of LeadPages.UpdateForm.
type leadFormRequest struct {
	FormName             *string                 `json:"formName"`
	ConsentDisclaimerKey *string                 `json:"consentDisclaimerKey"`
	AutoSendEnabled      bool                    `json:"autoSendEnabled"`
	TemplateID           *string                 `json:"templateId"`
	FreeText             *string                 `json:"freeText"`
	VariableMap          map[string]leadVariable `json:"variableMap"`
}

// leadFormUpdated is the answer of LeadPages.UpdateForm.
type leadFormUpdated struct {
	Config *leadFormConfigRow `json:"config"`
}

func updateLeadForm(c *call) (any, *failure) {
	p, refused := c.linkedPage()
	if refused != nil {
		return nil, refused
	}
	in, refused := c.leadFormRequest()
	if refused != nil {
		return nil, refused
	}
	if err := in.check(c.state, p.link.number); err != nil {
		return nil, invalid("%v", err)
	}
	f := p.form(c.params["formId"])
	if f == nil {
		return nil, &failure{status: http.StatusNotFound, code: "NOT_FOUND", text: "Form not found"}
	}
	f.config = &leadFormConfig{
		formName: in.FormName, consentKey: in.ConsentDisclaimerKey, autoSend: in.AutoSendEnabled,
		templateID: in.TemplateID, freeText: in.FreeText, variables: in.VariableMap, updatedAt: c.state.clock.now(),
	}
	if f.config.variables == nil {
		f.config.variables = map[string]leadVariable{}
	}
	return leadFormUpdated{f.configRow()}, nil
}

// leadFormRequest reads a body that must have four keys, some of them with null
// allowed, and may have two more.
func (c *call) leadFormRequest() (*leadFormRequest, *failure) {
	required := []string{"consentDisclaimerKey", "autoSendEnabled", "templateId", "freeText"}
	fields, refused := c.pageFields(append(required, "formName", "variableMap")...)
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
	var in leadFormRequest
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
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
	return &in, nil
}

// check holds the request to its limits and to what the number can send.
func (in *leadFormRequest) check(s *state, n *number) error {
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
