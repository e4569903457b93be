package emulator

import (
	"net/url"
	"slices"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// with is an address in the page: a view and its parameters, of which those with an empty
// value are left out.
func with(view string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return view
	}
	return view + "?" + q.Encode()
}

const (
	listed        = 100  // rows of a table on one page
	newestRequest = 1000 // requests that the table leads back to
)

// messageHref leads to a message in its chat.
func (v *visit) messageHref(id string) string {
	m, err := v.engine.Message(id)
	if err != nil {
		return with("search", "q", id)
	}
	return with("conversations", "number", m.NumberID, "chat", m.ConversationID, "message", m.ID)
}

// changed is this view with another parameter.
func (v *visit) changed(q url.Values, name, value string) string {
	next := url.Values{}
	for k, values := range q {
		if k != name && len(values) > 0 && values[0] != "" {
			next.Set(k, values[0])
		}
	}
	if value != "" {
		next.Set(name, value)
	}
	if len(next) == 0 {
		return v.View
	}
	return v.View + "?" + next.Encode()
}

// without is this view without a parameter.
func (v *visit) without(q url.Values, name string) string { return v.changed(q, name, "") }

func (v *visit) numberOptions() []option {
	var all []option
	for _, n := range v.numberInfos() {
		all = append(all, option{Value: n.ID, Word: nameOfNumber(n)})
	}
	return all
}

// ops are the operations of the newest requests.
func (v *visit) ops() []string {
	ops := []string{"Messages.Send"}
	for _, r := range v.engine.FindRequests(pilotstatustest.RequestQuery{Limit: newestRequest}).Requests {
		if r.Op != "" && !slices.Contains(ops, r.Op) {
			ops = append(ops, r.Op)
		}
	}
	slices.Sort(ops)
	return ops
}

// numberName is what people call a number.
func (v *visit) numberName(id string) string {
	for _, n := range v.numberInfos() {
		if n.ID == id {
			return nameOfNumber(n)
		}
	}
	return id
}
