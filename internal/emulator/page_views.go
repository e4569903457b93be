package emulator

import (
	"bytes"
	"net/http"
	"net/url"
)

// view finds a view by its name, nil for none.
func (v *visit) view(name string) func(url.Values) shown {
	switch name {
	case "conversations":
		return v.conversations
	case "numbers":
		return v.numbers
	case "faults":
		return v.faults
	case "deliveries":
		return v.deliveries
	case "requests":
		return v.requests
	case "unknown":
		return v.unknown
	case "search":
		return v.search
	case "keys":
		return v.keys
	case "start":
		return v.start
	}
	return nil
}

// show writes a view.
func (v *visit) show(w http.ResponseWriter, name string, query url.Values) {
	v.begin(name, query)
	v.write(w, name, v.view(name)(query))
}

// refuse writes a page that says why there is nothing else.
func (v *visit) refuse(w http.ResponseWriter, status int, title, text string) {
	v.engine = v.tenant.Engine
	v.begin("gone", nil)
	v.Title = title
	v.write(w, "gone", &gonePage{frame: &v.frame, Text: text, code: status})
}

func (v *visit) write(w http.ResponseWriter, name string, data shown) {
	var body bytes.Buffer
	if err := v.views[name].ExecuteTemplate(&body, "layout", data); err != nil {
		http.Error(w, "the view cannot be written: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	w.WriteHeader(data.status())
	_, _ = w.Write(body.Bytes())
}

// gonePage is a page in place of a view.
type gonePage struct {
	*frame
	Text string
	code int
}

func (g *gonePage) status() int { return g.code }
