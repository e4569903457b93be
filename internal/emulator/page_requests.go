package emulator

import (
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

func (v *visit) requestLook(id, closing string) *requestLook {
	l := &requestLook{look: look{frame: &v.frame, ID: id, Close: closing, Title: "Request"}}
	r, err := v.engine.Request(id)
	if err != nil {
		l.Gone, l.code = "This request is not kept. It was dropped (-keep), or is of a run before this one.", 410
		return l
	}
	c := requestChip(&r)
	l.Title, l.Chip = opOf(&r), &c
	v.Title = opOf(&r) + " " + c.Word
	message := mono("message", r.MessageID)
	if r.MessageID != "" {
		message.Href = v.messageHref(r.MessageID)
	}
	l.IDs = filled([]idRow{
		mono("request", r.ID), {Name: "time", Value: moment(r.At), Mono: true},
		mono("key", pilotstatustest.MaskKey(r.Header.Get("X-Api-Key"))),
		{Name: "number", Value: v.numberName(r.NumberID)}, message, mono("idempotency", r.Header.Get("Idempotency-Key")),
		{Name: "refused", Value: r.Refusal}, {Name: "fault", Value: r.FaultID}, {Name: "what", Value: requestFate(&r)},
		{Name: "unknown", Value: strings.Join(r.Unknown, ", ")},
	})
	l.Exchange = v.exchange("x", &r)
	l.Break = with("faults", "op", r.Op, "number", r.NumberID, "status", "503", "code", "SERVICE_UNAVAILABLE")
	return l
}
