package emulator

import (
	"net/http"
	"net/url"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func requestRoutes() []route {
	return []route{{
		id: "getRequest", method: http.MethodGet, path: "/requests/{request}",
		summary: "One request. 410: it was dropped to keep no more than -keep.", answer: requestView{},
		handle: getRequest,
	}, {
		id: "listRequests", method: http.MethodGet, path: "/requests",
		summary: "The requests to the emulated API with their answers, the newest first; the key of the header is masked.",
		query: append([]param{
			{"op", "operation, such as Messages.Send", takes{only: pilotstatustest.Operations()}},
			{"number", "id of a number", takes{want: aKnownNumber}},
			{"message", "id of a message: the requests that carried it", takes{want: aMessage}},
			{"status", "of the answer", takes{kind: "integer"}},
			{"failed", "true: answered with 400 or more, or not at all", takes{kind: "boolean"}},
			{"broken", "true: by a fault", takes{kind: "boolean"}},
		}, paging()...),
		answer: requestsView{},
		handle: listRequests,
	}}
}

// requestsView is a page of requests.
type requestsView struct {
	Requests []requestView
	Total    int
	More     bool
	Dropped  int
	Next     string
}

// requestView is a request without the key of its header. Bodies are as they were: a new key
// stands in the answer that gave it.
type requestView struct {
	pilotstatustest.Request

	Page string // where the page shows it
	Curl string // does it again, with the variables of the emulator's export lines
}

func listRequests(q *request) (any, error) {
	choice := pilotstatustest.RequestQuery{
		Op: q.text("op"), NumberID: q.text("number"), MessageID: q.text("message"), Status: q.number("status", 100, 599, 0),
		Failed: q.flag("failed"), Broken: q.flag("broken"), Before: q.text("before"), Limit: q.number("limit", 1, maxLimit, 50),
	}
	if q.err != nil {
		return nil, q.err
	}
	page := q.tenant.Engine.FindRequests(choice)
	view := requestsView{
		Requests: []requestView{}, Total: page.Total, More: page.More, Dropped: page.Dropped, Next: q.tenant.Cursor(page.Seq),
	}
	for _, r := range page.Requests {
		view.Requests = append(view.Requests, q.masked(r))
	}
	return view, nil
}

// masked is a request for the eyes of others.
func (q *request) masked(r pilotstatustest.Request) requestView {
	curl := Curl(&r, q.tenant)
	r.Header = r.Header.Clone()
	for _, key := range r.Header["X-Api-Key"] {
		r.Header.Set("X-Api-Key", pilotstatustest.MaskKey(key))
	}
	return requestView{r, q.page("requests", url.Values{"request": {r.ID}}), curl}
}

func getRequest(q *request) (any, error) {
	r, err := q.tenant.Engine.Request(q.PathValue("request"))
	if err != nil {
		return nil, err
	}
	return q.masked(r), nil
}
