package emulator

import (
	"net/url"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// unknownPage is what the fake did not know.
type unknownPage struct {
	*frame
	Total    int
	CanClear bool
	Kinds    []kindTab
	Rows     []unknownRow
	Curl     string
}

type kindTab struct {
	Href, Word string

	On bool
}

type unknownRow struct {
	Key, What, Where, Did, Times, Last, Href string

	Chip chip
}

// unknown shows ?kind=.
func (v *visit) unknown(q url.Values) shown {
	u := &unknownPage{frame: &v.frame}
	v.Title, v.Stale = "Unknown", always+" request"
	u.Curl = `curl --fail "` + v.engine.URL + `/` + "emulator/v1/unknown" + `"`
	for _, r := range v.unknownCalls() {
		u.Total++
		u.Rows = append(u.Rows, unknownRow{
			Key: r.ID, What: r.Method + " " + short(r.Path, 80), Where: "no operation has this path", Did: "answered " + answerWord(r),
			Times: "1", Last: second(r.At), Href: with("requests", "request", r.ID), Chip: chip{"call", "bad"},
		})
	}
	return u
}

func (v *visit) unknownCalls() []*pilotstatustest.Request {
	var calls []*pilotstatustest.Request
	all := v.engine.FindRequests(pilotstatustest.RequestQuery{Limit: newestRequest}).Requests
	for i := range all {
		if all[i].Op == "" {
			calls = append(calls, &all[i])
		}
	}
	return calls
}

// unknowns counts them for the navigation.
func (v *visit) unknowns() int { return len(v.unknownCalls()) }

// unknownNames are the members of a request that the fake does not know.
func (v *visit) unknownNames(*pilotstatustest.Request) map[string]bool { return nil }

// unknownMembers counts the members of a message that the fake does not know.
func (v *visit) unknownMembers(*pilotstatustest.ChatMessage) int { return 0 }
