package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadRows(t *testing.T) {
	t.Parallel()
	rows, err := readRows(strings.NewReader("\ufeffname, to ,note,row_id\n\"An\na\",+5511999990001,x, c-1 \n\nBruno,+5511999990001,,c-2\n"))
	require.NoError(t, err)
	assert.Equal(t, []row{
		{line: 2, id: "c-1", to: "+5511999990001", name: "An\na"},
		{line: 5, id: "c-2", to: "+5511999990001", name: "Bruno"},
	}, rows)
}

func TestReadRowsNamesTheLine(t *testing.T) {
	t.Parallel()
	const header = "row_id,to,name\nc-1,+5511999990001,Ana\n"
	for in, want := range map[string]string{
		"":                                       "the CSV is empty",
		"row_id,name\nc-1,Ana\n":                 "line 1: the column to is missing",
		"to,name\n":                              "line 1: the column row_id is missing",
		"row_id,to\n":                            "line 1: the column name is missing",
		"row_id,to,name,to\n":                    "line 1: the column to is there twice",
		header + "c-2,,Bruno\n":                  "line 3: to is empty",
		header + "c-2,  ,Bruno\n":                "line 3: to is empty",
		header + ",+5511999990002,Bruno\n":       "line 3: row_id is empty",
		header + "\nc-1 ,+5511999990002,Bruno\n": "line 4: the row_id of line 2 again",
		header + "c-2,+5511999990002\n":          "record on line 3: wrong number of fields",
		header + "c-2,+55119\"99990002,Bruno\n":  "line 3, column 11: bare \" in non-quoted-field",
	} {
		_, err := readRows(strings.NewReader(in))
		require.Error(t, err, in)
		assert.Contains(t, err.Error(), want, in)
		assert.NotContains(t, err.Error(), "99990002")
	}
}
