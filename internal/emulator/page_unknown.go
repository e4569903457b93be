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
	u.Curl = `curl -fsS "` + v.engine.URL + "/" + v.apiPath() + `/unknown" | grep '^\[\]$'`
	all := v.engine.Unknown()
	u.Total, u.CanClear = len(all), len(all) > 0
	kinds := map[pilotstatustest.UnknownKind]int{}
	for i := len(all) - 1; i >= 0; i-- {
		kinds[all[i].Kind]++
		if kind := q.Get("kind"); kind == "" || kind == string(all[i].Kind) {
			u.Rows = append(u.Rows, v.unknownRow(&all[i]))
		}
	}
	u.Kinds = []kindTab{{"unknown", "all " + grouped(u.Total), q.Get("kind") == ""}}
	for _, kind := range []pilotstatustest.UnknownKind{
		pilotstatustest.UnknownCall, pilotstatustest.UnknownMember, pilotstatustest.UnknownValue,
	} {
		word := string(kind) + "s " + grouped(kinds[kind])
		u.Kinds = append(u.Kinds, kindTab{with("unknown", "kind", string(kind)), word, q.Get("kind") == string(kind)})
	}
	return u
}

func (v *visit) unknownRow(one *pilotstatustest.UnknownUse) unknownRow {
	row := unknownRow{
		Key: one.ID, What: one.What, Where: one.Op, Did: one.Did, Times: grouped(one.Times), Last: second(one.Last),
		Chip: chip{string(one.Kind), "warn"}, Href: with("requests", "op", one.Op),
	}
	if one.Kind == pilotstatustest.UnknownCall {
		row.Chip.Class, row.Where, row.Href = "bad", "no operation has this path", "requests"
	}
	return row
}

// doClearUnknown empties the list.
func (v *visit) doClearUnknown(*form) (string, error) {
	v.engine.ClearUnknown()
	return "", nil
}
