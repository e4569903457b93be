package emulator

import (
	"net/http"
	"slices"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// tabs are panels of which one is shown.
type tabs struct {
	ID     string
	Panels []panel
}

// panel is a text in a box.
type panel struct {
	Name  string
	Code  []piece
	Shell bool // lines are not wrapped
}

// exchange shows a request with its answer and its curl.
func (v *visit) exchange(id string, r *pilotstatustest.Request) *tabs {
	unknown := map[string]bool{}
	for _, name := range r.Unknown {
		unknown[name[strings.LastIndex(name, ".")+1:]] = true
	}
	target := r.Path
	if r.RawQuery != "" {
		target += "?" + r.RawQuery
	}
	head := v.masked(r.Method + " " + target + "\n" + headerLines(r.Header))
	asked := append([]piece{{head + "\n", "h"}}, v.maskedPieces(pretty(r.Body, unknown))...)
	return &tabs{ID: id, Panels: []panel{
		{Name: "Request", Code: asked},
		{Name: "Answer " + answerWord(r), Code: v.answered(r)},
		{Name: "curl", Code: []piece{{Text: v.masked(cut(Curl(r, v.tenant), maxShown))}}, Shell: true},
	}}
}

func (v *visit) answered(r *pilotstatustest.Request) []piece {
	if r.Status == 0 {
		return []piece{{Text: "The service got no answer"}}
	}
	head := "HTTP " + answerWord(r)
	if text := http.StatusText(r.Status); text != "" {
		head += " " + text
	}
	if took := milliseconds(r.Took); took != "" {
		head += ", " + took + " ms"
	}
	head += "\n"
	if r.AnswerType != "" {
		head += "content-type: " + r.AnswerType + "\n"
	}
	head += headerLines(r.AnswerHeader)
	return append([]piece{{v.masked(head), "h"}}, v.maskedPieces(pretty(r.AnswerBody, nil))...)
}

func answerWord(r *pilotstatustest.Request) string {
	if r.Status == 0 {
		return "none"
	}
	return statusChip(r.Status).Word
}

// headerLines writes headers in their alphabetic order, with keys masked.
func headerLines(h http.Header) string {
	var names []string
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		for _, value := range h[name] {
			if secretHeader(name) {
				value = pilotstatustest.MaskKey(value)
			}
			b.WriteString(strings.ToLower(name) + ": " + value + "\n")
		}
	}
	return b.String()
}

func secretHeader(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "X-Api-Key", "Authorization", "Cookie", "Set-Cookie":
		return true
	}
	return false
}

// masked hides the keys of the tenant wherever they stand in a text.
func (v *visit) masked(text string) string {
	return v.masker().Replace(text)
}

func (v *visit) maskedPieces(pieces []piece) []piece {
	m := v.masker()
	for i := range pieces {
		pieces[i].Text = m.Replace(pieces[i].Text)
	}
	return pieces
}

func (v *visit) masker() *strings.Replacer {
	var pairs []string
	add := func(secret string) {
		if secret != "" {
			pairs = append(pairs, secret, pilotstatustest.MaskKey(secret))
		}
	}
	add(v.engine.TenantKey())
	add(v.engine.WebhookSecret())
	for _, n := range v.numberInfos() {
		add(n.Key)
	}
	return strings.NewReplacer(pairs...)
}
