package emulator

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// requestsPage is the newest requests, and one that is open.
type requestsPage struct {
	*frame
	Ops, Status, Number pick

	Counted  string
	Filtered bool
	Rows     []requestRow
	Older    string
	Newer    string
	Dropped  string
	Look     *requestLook
}

func (r *requestsPage) status() int {
	if r.Look != nil && r.Look.code != 0 {
		return r.Look.code
	}
	return r.frame.status()
}

type requestRow struct {
	ID, At, Href, Op, What, More, Number, Took string

	Chip    chip
	Current bool
}

type requestLook struct {
	look
	IDs      []idRow
	Exchange *tabs
	Break    string // a fault for the next one like it
}

const (
	listed        = 100  // rows of a table on one page
	newestRequest = 1000 // requests that the table leads back to
)

// requests shows ?op=&status=&number=&before=&request=.
func (v *visit) requests(q url.Values) shown {
	r := &requestsPage{frame: &v.frame}
	v.Title, v.Stale = "Requests", always+" request"
	query := pilotstatustest.RequestQuery{Op: q.Get("op"), NumberID: q.Get("number")}
	switch status := q.Get("status"); status {
	case "failed":
		query.Failed = true
	case "broken":
		query.Broken = true
	default:
		query.Status, _ = strconv.Atoi(status)
	}
	v.requestFilters(r, q)
	query.Limit = newestRequest
	found := v.engine.FindRequests(query)
	rows := found.Requests
	if before := q.Get("before"); before != "" {
		i := slices.IndexFunc(rows, func(one pilotstatustest.Request) bool { return one.ID == before })
		rows = rows[i+1:]
		r.Newer = v.without(q, "before")
	}
	if len(rows) > listed {
		rows = rows[:listed]
		r.Older = v.changed(q, "before", rows[listed-1].ID)
	}
	for i := range rows {
		r.Rows = append(r.Rows, v.requestRow(&rows[i], q))
	}
	r.Counted = grouped(len(rows)) + " of " + grouped(found.Total)
	if found.More {
		r.Counted += ", the newest 1,000 are listed"
	}
	if found.Dropped > 0 {
		r.Dropped = count(found.Dropped, "older request")
	}
	if id := q.Get("request"); id != "" {
		v.Pane = "look"
		r.Look = v.requestLook(id, v.without(q, "request"))
	}
	return r
}

func (v *visit) requestFilters(r *requestsPage, q url.Values) {
	ops := []option{{Word: "every operation"}}
	for _, op := range v.ops() {
		ops = append(ops, option{Value: op, Word: op})
	}
	if op := q.Get("op"); op != "" && !slices.Contains(v.ops(), op) {
		ops = append(ops, option{Value: op, Word: op})
	}
	r.Ops = newPick("Operation", "op", q.Get("op"), ops...)
	r.Status = newPick("Status", "status", q.Get("status"), append([]option{
		{Word: "every status"}, {Value: "failed", Word: "4xx, 5xx, none"}, {Value: "broken", Word: "broken by a fault"},
	}, words("200", "202", "400", "401", "404", "409", "429", "500", "503")...)...)
	r.Number = newPick("Number", "number", q.Get("number"), append([]option{{Word: "every number"}}, v.numberOptions()...)...)
	r.Filtered = q.Get("op")+q.Get("status")+q.Get("number") != ""
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

func (v *visit) numberOptions() []option {
	var all []option
	for _, n := range v.engine.Numbers() {
		all = append(all, option{Value: n.ID, Word: nameOfNumber(n)})
	}
	return all
}

func (v *visit) requestRow(r *pilotstatustest.Request, q url.Values) requestRow {
	row := requestRow{
		ID: r.ID, At: second(r.At), Href: v.changed(q, "request", r.ID), Op: opOf(r), What: whatOf(r), More: moreOf(r),
		Chip: requestChip(r), Took: milliseconds(r.Took), Current: q.Get("request") == r.ID,
	}
	if r.NumberID != "" {
		row.Number = v.numberName(r.NumberID)
	}
	return row
}

func opOf(r *pilotstatustest.Request) string { return cmp.Or(r.Op, r.Method+" "+short(r.Path, 60)) }

// whatOf says what a request is about: the template or text, and to whom.
func whatOf(r *pilotstatustest.Request) string {
	var in struct {
		TemplateID        string `json:"templateId"`
		Text              string `json:"text"`
		MediaType         string `json:"mediaType"`
		DestinationNumber string `json:"destinationNumber"`
	}
	if len(r.Body) > maxShown || json.Unmarshal(r.Body, &in) != nil {
		return key(r, size(len(r.Body)))
	}
	return key(r, strings.Trim(cmp.Or(in.TemplateID, in.MediaType, short(in.Text, 40))+" · "+in.DestinationNumber, " ·"))
}

func key(r *pilotstatustest.Request, what string) string {
	if k := r.Header.Get("Idempotency-Key"); k != "" {
		return strings.TrimPrefix(what+" · key "+k, " · ")
	}
	return what
}

func requestChip(r *pilotstatustest.Request) chip {
	if r.Status == 0 && r.FaultID != "" {
		return chip{"no answer", "bad"}
	}
	return statusChip(r.Status)
}

func requestIcon(r *pilotstatustest.Request) string {
	switch {
	case r.Replayed:
		return "again"
	case r.Status >= 400 || r.Status == 0:
		return "fail"
	}
	return "tick"
}

// requestFate says in words what became of a request.
func requestFate(r *pilotstatustest.Request) string {
	switch {
	case r.Replayed:
		return "repeated: nothing sent again"
	case r.Status == 0:
		return "processed, not answered"
	case r.FaultID != "" && r.Status >= 400:
		return "broken by fault " + r.FaultID
	case r.Status >= 400:
		return "refused"
	}
	return "accepted"
}

func moreOf(r *pilotstatustest.Request) string {
	var parts []string
	if r.Replayed {
		parts = append(parts, "replayed")
	}
	if r.FaultID != "" {
		parts = append(parts, "fault "+r.FaultID)
	}
	var out struct {
		Code string `json:"code"`
	}
	if r.Status >= 400 && len(r.AnswerBody) < maxShown && json.Unmarshal(r.AnswerBody, &out) == nil && out.Code != "" {
		parts = append(parts, out.Code)
	}
	return strings.Join(parts, ", ")
}

func (v *visit) requestLook(id, closing string) *requestLook {
	l := &requestLook{look: look{frame: &v.frame, ID: id, Close: closing, Title: "Request"}}
	all := v.engine.FindRequests(pilotstatustest.RequestQuery{Limit: 1 << 20}).Requests
	i := slices.IndexFunc(all, func(r pilotstatustest.Request) bool { return r.ID == id })
	if i < 0 {
		l.Gone, l.code = "This request is not kept. It was dropped (-keep), or is of a run before this one.", 410
		return l
	}
	r := &all[i]
	c := requestChip(r)
	l.Title, l.Chip = opOf(r), &c
	v.Title = opOf(r) + " " + c.Word
	message := mono("message", r.MessageID)
	if r.MessageID != "" {
		message.Href = v.messageHref(r.MessageID)
	}
	l.IDs = filled([]idRow{
		mono("request", r.ID), {Name: "time", Value: moment(r.At), Mono: true},
		mono("key", pilotstatustest.MaskKey(r.Header.Get("X-Api-Key"))),
		{Name: "number", Value: v.numberName(r.NumberID)}, message, mono("idempotency", r.Header.Get("Idempotency-Key")),
		{Name: "refused", Value: r.Refusal}, {Name: "fault", Value: r.FaultID}, {Name: "what", Value: requestFate(r)},
	})
	l.Exchange = v.exchange("x", r)
	l.Break = with("faults", "op", r.Op, "number", r.NumberID, "status", "503", "code", "SERVICE_UNAVAILABLE")
	return l
}

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
