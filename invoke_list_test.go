package pilotstatus

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// oddRow is a row with members of many kinds.
type oddRow struct {
	ID    string            `json:"id" required:"true"`
	Media *ChatMedia        `json:"media"`
	Texts []string          `json:"texts"`
	Names map[string]string `json:"names"`
	Count int               `json:"count"`
	Time  Timestamp         `json:"time"`
	Raw   json.RawMessage   `json:"-"`
}

// A row with a member of another kind than documented is read as it would be alone, and
// the rows around it too, wherever in the row it stands.
func TestRowsAreReadAsAlone(t *testing.T) {
	t.Parallel()
	texts := []string{
		`{"id":"a","texts":["x"],"count":3}`,
		`{"media":{"id":{"deep":[1,{"er":[]}]},"url":"u"},"id":"b","time":"2026-11-04T12:30:00Z"}`,
		`{"id":"c","texts":[["x"]],"names":{"n":{}},"count":"12"}`,
		`{ "id" : 7 , "texts" : {"a":[1]} , "media" : [ ] }`,
		`{"id":"e","count":1e1,"media":"none","new":[{}]}`,
		`{"id":"f","names":[],"time":{"seconds":1}}`,
		`{"id":"g"}`,
	}
	padding := `{"id":"p","texts":["` + strings.Repeat("x", maxPlainRows) + `"]}`
	for _, rows := range [][]string{texts, append([]string{padding}, texts...)} {
		array := "[ " + strings.Join(rows, " ,\n") + "]"
		for _, answer := range []string{array, `{"total":1,"rows":` + array + `,"more":{}}`, `{"data": ` + array + "}\n", `{"data":null,"rows":` + array + `}`, `{"rows":` + array + `,"data":[5]}`} {
			l := list[oddRow]{members: []string{"rows", "data"}}
			require.NoError(t, decode([]byte(answer), &l))
			require.Len(t, l.items, len(rows))
			for i, text := range rows {
				var alone oddRow
				require.NoError(t, decode([]byte(text), &alone))
				assert.Equal(t, alone, l.items[i])
				assert.Equal(t, text, string(l.items[i].Raw))
			}
		}
	}
}

func TestListsThatAreNone(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`"x"`:                           errNoList.Error(),
		`{"other":[]}`:                  errNoList.Error(),
		`{"rows":{"a":1}}`:              errNoList.Error(),
		`{"rows":{},"data":[]}`:         errNoList.Error(),
		`{"rows":[5]}`:                  " unmarshal JSON ",
		`[{"id":"a"},[]]`:               " unmarshal JSON ",
		`[{"id":"a"},{"count":1}]`:      `"id"`,
		`[{"id":"a"}`:                   "unexpected EOF",
		`{"rows":[{"id":"a"}]`:          "unexpected EOF",
		`{"rows":[{"id":"a","count":[`:  "unexpected EOF",
		`[{"id":"a","count":[}]`:        "invalid character",
		`[{"id":"a"}] x`:                "invalid character",
		`{"rows":[{"id":"a"}]}{"b":[]}`: "invalid character",
	} {
		l := list[oddRow]{members: []string{"rows", "data"}}
		require.ErrorContains(t, decode([]byte(answer), &l), want, answer)
	}
	for _, empty := range []string{`null`, `{"rows":null}`, `{"rows":[{"id":"a"}],"rows":null}`} {
		l := list[oddRow]{members: []string{"rows", "data"}}
		require.NoError(t, decode([]byte(empty), &l))
		assert.Nil(t, l.items)
	}
}
