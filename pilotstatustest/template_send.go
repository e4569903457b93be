package pilotstatustest

import (
	"encoding/json"
	"net/http"
	"strings"
)

// missingKeys is the details of MISSING_TEMPLATE_VARIABLES.
type missingKeys struct {
	MissingKeys []string `json:"missingKeys"`
}

// invalidKeys is the details of INVALID_TEMPLATE_VARIABLE_VALUE.
type invalidKeys struct {
	InvalidKeys []invalidKey `json:"invalidKeys"`
}

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
		return &failure{
			status: http.StatusBadRequest, code: "MISSING_TEMPLATE_VARIABLES",
			text: "Missing template variables", details: missingKeys{missing},
		}
	case bad != nil:
		return &failure{
			status: http.StatusBadRequest, code: "INVALID_TEMPLATE_VARIABLE_VALUE",
			text: "Invalid template variable value", details: invalidKeys{bad},
		}
	}
	return nil
}

// sentTemplate finds the template of a request and checks its variables. The refusal
// has no code: the reference names none for a send.
func (s *state) sentTemplate(n *number, in *sendRequest) (*template, *failure) {
	t := s.templateOf(n, *in.TemplateID)
	if t == nil || s.templates.refuseUnready && !t.approved() {
		return nil, &failure{status: http.StatusNotFound, text: "Template not found or without an approved version"}
	}
	return t, t.checkVariables(in.Variables)
}

// apply puts the template into a message. One that is not approved is found out after
// the message was accepted.
func (t *template) apply(m *message) {
	m.Template, m.category = t.name, strings.ToLower(t.category)
	if !t.sendable(m.number) {
		m.failure = &messageFailure{"META_TEMPLATE_NOT_APPROVED", "The template is not approved by Meta"}
	}
}
