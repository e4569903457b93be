package pilotstatus

import (
	"maps"
	"unicode/utf8"
)

// LeadForms are the forms of a Page.
type LeadForms struct {
	Forms            []LeadForm         `json:"forms"`
	FormsTruncated   bool               `json:"formsTruncated"`   // there are more forms, and no way to ask for them
	NumberIsOfficial bool               `json:"numberIsOfficial"` // automatic messages are templates; otherwise FreeText
	Templates        []LeadFormTemplate `json:"templates"`        // approved ones, for automatic messages
}

// check refuses an answer that has no list of forms.
func (f *LeadForms) check() error {
	if f.Forms == nil {
		return errNoList
	}
	return nil
}

// LeadForm is an Instant Form as Meta shows it now, and how its leads are treated.
type LeadForm struct {
	FormID    string             `json:"formId"`
	FormName  string             `json:"formName"`
	Status    string             `json:"status"` // Meta's word, as in "ACTIVE"
	Questions []LeadFormQuestion `json:"questions"`

	// ConsentCheckboxes are the boxes that a person can check. Without ConsentAvailable
	// they could not be read, and an empty list says nothing.
	ConsentCheckboxes []ConsentCheckbox `json:"consentCheckboxes"`
	ConsentAvailable  bool              `json:"consentAvailable"`

	Config *LeadFormConfig `json:"config"` // nil: never configured
}

// LeadFormQuestion is a question of a form.
type LeadFormQuestion struct {
	Key     string           `json:"key"`   // for FormField
	Label   string           `json:"label"` // the question, or the key where it has no text
	Type    string           `json:"type"`  // Meta's word, as in "FULL_NAME"; "" for some
	Options []LeadFormOption `json:"options"`
}

// LeadFormOption is an answer that a question offers.
type LeadFormOption struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// ConsentCheckbox is a box of a form with which a person consents.
type ConsentCheckbox struct {
	Key  string `json:"key"` // for UpdateLeadForm.ConsentDisclaimerKey
	Text string `json:"text"`
}

// LeadFormTemplate is a template that can be the automatic message of a form.
type LeadFormTemplate struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Variables []string `json:"variables"` // the names for UpdateLeadForm.VariableMap
}

// LeadFormConfig is how the leads of a form are treated.
type LeadFormConfig struct {
	FormID               string                    `json:"formId"`
	FormName             string                    `json:"formName"`
	ConsentDisclaimerKey string                    `json:"consentDisclaimerKey"` // the box that means consent, "" for none
	AutoSendEnabled      bool                      `json:"autoSendEnabled"`      // every new lead gets a message
	TemplateID           string                    `json:"templateId"`           // of that message, on official numbers
	FreeText             string                    `json:"freeText"`             // the message itself, on other numbers
	VariableMap          map[string]VariableSource `json:"variableMap"`          // by the name of the placeholder
	UpdatedAt            Timestamp                 `json:"updatedAt"`
}

// Update returns the update that stores the same configuration again: change in it what
// is to change and leave the rest.
func (c LeadFormConfig) Update() UpdateLeadForm {
	u := UpdateLeadForm{
		ConsentDisclaimerKey: unlessEmpty(c.ConsentDisclaimerKey),
		AutoSendEnabled:      c.AutoSendEnabled,
		TemplateID:           unlessEmpty(c.TemplateID),
		FreeText:             unlessEmpty(c.FreeText),
		VariableMap:          maps.Clone(c.VariableMap), // the answer stays what it is
		FormName:             Null[string](),
	}
	if c.FormName != "" {
		u.FormName = Set(c.FormName)
	}
	return u
}

// unlessEmpty returns a pointer to text, nil for a text that was null in an answer.
func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

type leadFormConfigAnswer struct {
	Config LeadFormConfig `json:"config"`
}

// check refuses an answer that names no form.
func (a *leadFormConfigAnswer) check() error { return requireID(a.Config.FormID) }

// VariableSource says what stands in the place of a variable: make it with FormField or
// StaticText.
type VariableSource struct {
	Source VariableSourceKind `json:"source"`
	Key    string             `json:"key"`   // the question, with VariableSourceKindField
	Value  string             `json:"value"` // the text, with VariableSourceKindStatic
}

// VariableSourceKind tells the kinds of VariableSource apart. The set is open.
type VariableSourceKind string

// The documented kinds.
const (
	VariableSourceKindField  VariableSourceKind = "field"
	VariableSourceKindStatic VariableSourceKind = "static"
)

// FormField is the person's answer to the question with that key.
func FormField(key string) VariableSource {
	return VariableSource{Source: VariableSourceKindField, Key: key}
}

// StaticText is the same text for everybody.
func StaticText(text string) VariableSource {
	return VariableSource{Source: VariableSourceKindStatic, Value: text}
}

// MarshalJSON writes what the kind has and nothing else, which the API would refuse.
func (v VariableSource) MarshalJSON() ([]byte, error) {
	wire := struct {
		Source VariableSourceKind `json:"source"`
		Key    *string            `json:"key,omitzero"`
		Value  *string            `json:"value,omitzero"`
	}{Source: v.Source, Key: unlessEmpty(v.Key), Value: unlessEmpty(v.Value)}
	switch v.Source {
	case VariableSourceKindField:
		wire.Key, wire.Value = &v.Key, nil
	case VariableSourceKindStatic:
		wire.Key, wire.Value = nil, &v.Value
	}
	return marshalBody(wire)
}

// The API's limits, in characters.
const (
	maxLeadFormName = 255
	maxLeadFreeText = 4096
)

// UpdateLeadForm is the whole configuration of a form. All of it is stored, also what is
// left out: LeadFormConfig.Update returns one that changes nothing.
type UpdateLeadForm struct {
	FormName Field[string] `json:"formName,omitzero"` // up to 255 characters

	// ConsentDisclaimerKey is the key of the box that means consent. nil: none.
	ConsentDisclaimerKey *string `json:"consentDisclaimerKey"`

	// AutoSendEnabled sends a WhatsApp message to every new lead, with nobody in between.
	AutoSendEnabled bool `json:"autoSendEnabled"`

	// TemplateID is the approved template of that message, on official numbers. nil: none.
	TemplateID *string `json:"templateId"`

	// FreeText is the message itself, with {{placeholders}}, on other numbers: up to 4096
	// characters. nil: none.
	FreeText *string `json:"freeText"`

	// VariableMap says what stands in the place of each variable, by its name.
	VariableMap map[string]VariableSource `json:"variableMap,omitempty"`
}

func (u UpdateLeadForm) validate() error {
	if name, _ := u.FormName.Get(); utf8.RuneCountInString(name) > maxLeadFormName {
		return invalid("FormName", "it is longer than 255 characters")
	}
	if u.FreeText != nil && utf8.RuneCountInString(*u.FreeText) > maxLeadFreeText {
		return invalid("FreeText", "it is longer than 4096 characters")
	}
	for _, source := range u.VariableMap {
		if source.Source == "" || source.Source == VariableSourceKindField && source.Key == "" {
			return invalid("VariableMap", "each variable needs FormField with a key, or StaticText")
		}
	}
	return nil
}
