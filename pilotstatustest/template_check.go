package pilotstatustest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

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

func (h *templateHeader) UnmarshalJSON(data []byte) error { return decode(data, h) }
func (p *templatePart) UnmarshalJSON(data []byte) error   { return decode(data, p) }
func (b *templateButton) UnmarshalJSON(data []byte) error { return decode(data, b) }

// missingExamples is the details of TEMPLATE_EXAMPLES_REQUIRED.
type missingExamples struct {
	Missing []string `json:"missing"`
}

// readTemplate holds the body of a request to what the reference states as a rule.
func readTemplate(data []byte) (*template, *failure) {
	var in templateRequest
	if err := decode(data, &in); err != nil {
		return nil, invalid("%v", err)
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
		return nil, &failure{
			status: http.StatusBadRequest, code: "TEMPLATE_EXAMPLES_REQUIRED",
			text: "Every placeholder needs an example", details: missingExamples{missing},
		}
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
	return jsonAnswer(http.StatusOK, map[string]any{"body": map[string]string{"text": text}}).body
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

// unique leaves out what came before.
func unique(names []string) []string {
	var out []string
	for _, name := range names {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
