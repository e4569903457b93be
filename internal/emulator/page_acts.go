package emulator

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// deed does what a form asks for. It returns where to go then, "" for back, and an error
// that is shown beside the form.
type deed func(v *visit, f *form) (to string, err error)

// maxForm is the largest form, with its file, and maxFormMemory what of it is kept in memory.
const (
	maxForm       = 17 << 20
	maxFormMemory = 1 << 20
)

// deeds finds what a form does by the name in its field do. block is the form that shows an
// error.
func deeds(do string) (does deed, block string) {
	switch do {
	case "say":
		return (*visit).doSay, "compose"
	case "press":
		return (*visit).doPress, "compose"
	case "choose":
		return (*visit).doChoose, "compose"
	case "submit":
		return (*visit).doSubmit, "submit"
	case "file":
		return (*visit).doSendFile, "compose"
	case "call":
		return (*visit).doCall, "compose"
	case "call-on":
		return (*visit).doCallOn, "compose"
	case "contact":
		return (*visit).doNewContact, "contact"
	case "state":
		return (*visit).doSetState, "state"
	case "ticks":
		return (*visit).doSetTicks, "compose"
	}
	return operatorDeeds(do)
}

func operatorDeeds(do string) (does deed, block string) {
	switch do {
	case "number":
		return (*visit).doAddNumber, "number"
	case "connect", "scan", "scan-second", "disconnect", "block", "unblock", "show-code", "expire", "charge", "health":
		return (*visit).doMoveNumber, "number-"
	case "fault":
		return (*visit).doInject, "fault"
	case "fault-remove":
		return (*visit).doRemoveFault, "fault"
	case "faults-clear":
		return (*visit).doClearFaults, "fault"
	case "dial":
		return (*visit).doSetDial, "dial"
	case "advance":
		return (*visit).doAdvance, "advance"
	case "reset":
		return (*visit).doReset, "advance"
	case "clear-unknown":
		return (*visit).doClearUnknown, "unknown"
	case "webhook":
		return (*visit).doAddWebhook, "webhook"
	case "deliver-now":
		return (*visit).doDeliverNow, "delivery"
	case "redeliver":
		return (*visit).doRedeliver, "redeliver"
	}
	return nil, ""
}

// act does what a form asks for and leads back to the view that the form stands in, or
// shows that view with the reason why not.
func (v *visit) act(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseMultipartForm(maxFormMemory); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		v.refuse(w, http.StatusRequestEntityTooLarge, "The form was not read", "It is larger than 16 MB, or broken off.")
		return
	}
	if r.MultipartForm != nil {
		defer func() { _ = r.MultipartForm.RemoveAll() }()
	}
	f := &form{Values: r.PostForm, request: r}
	view, query := v.origin(f.Get("back"))
	do, block := deeds(f.Get("do"))
	if do == nil {
		v.refuse(w, http.StatusBadRequest, "Nothing was done", "The page has no such form. It may be of another version: load it again.")
		return
	}
	v.jumps.note(v.tenant)
	to, err := do(v, f)
	if err == nil {
		if to == "" {
			to = address(view, query)
		}
		redirect(w, http.StatusSeeOther, to)
		return
	}
	if strings.HasSuffix(block, "-") {
		block += f.Get("number")
	}
	if block == "submit" && query.Get("message") == "" {
		block = "compose"
	}
	v.Fail, v.typed = refusal{Form: block, Text: sentence(err)}, f.Values
	v.show(w, view, query)
}

// origin is the view that a form stands in. Another address than that of a view is not
// believed.
func (v *visit) origin(back string) (view string, query url.Values) {
	u, err := url.Parse(back)
	if err != nil || u.Scheme != "" || u.Host != "" || v.view(u.Path) == nil {
		return "conversations", url.Values{}
	}
	return u.Path, u.Query()
}

func address(view string, query url.Values) string {
	if len(query) == 0 {
		return view
	}
	return view + "?" + query.Encode()
}
