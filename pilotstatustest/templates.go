package pilotstatustest

import (
	"encoding/json"
	"net/http"
	"strings"
)

func templateRoutes() []route { return nil }

// template is an approved template. All numbers of the workspace can send it.
type template struct {
	id        string
	name      string
	category  string
	variables []string
}

// template finds a template by its id, else by its name, or returns nil.
func (s *state) template(idOrName string) *template {
	for _, t := range s.templates {
		if t.id == idOrName {
			return t
		}
	}
	for _, t := range s.templates {
		if t.name == idOrName {
			return t
		}
	}
	return nil
}

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
