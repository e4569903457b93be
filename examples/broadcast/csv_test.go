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

// What a spreadsheet can save a list as, other than UTF-8, is refused as a whole: no name
// reaches a customer with characters that were replaced.
func TestReadRowsRefusesOtherEncodings(t *testing.T) {
	t.Parallel()
	const header = "row_id,to,name\n"
	for name, test := range map[string]struct{ in, want string }{
		"Windows-1252":           {header + "c-1,+5511999990001,Ana\nc-2,+5511999990002,Jos\xe9\n", "line 3: the file is not UTF-8"},
		"in the header":          {"row_id,to,name,observa\xe7\xe3o\nc-1,+5511999990001,Ana,x\n", "line 1: the file is not UTF-8"},
		"in a column not used":   {"row_id,to,name,note\nc-1,+5511999990001,Ana,\xe9\n", "line 2: the file is not UTF-8"},
		"in a quoted cell":       {header + "c-1,+5511999990001,\"An\n\xe9\"\n", "line 3: the file is not UTF-8"},
		"read as Latin-1":        {header + "c-1,+5511999990001,Jos\u0092\n", "line 2: a control character"},
		"replaced already":       {header + "c-1,+5511999990001,Jos\ufffd\n", "line 2: a character was lost"},
		"cut inside a character": {header + "c-1,+5511999990001,Jos\xc3", "line 2: the file is not UTF-8"},
		"UTF-16, little-endian":  {"\xff\xfer\x00o\x00w\x00", "line 1: the file is UTF-16"},
		"UTF-16, big-endian":     {"\xfe\xff\x00r\x00o\x00w", "line 1: the file is UTF-16"},
		"UTF-16 without a mark":  {"r\x00o\x00w\x00_\x00i\x00d\x00", "line 1: a control character"},
		"UTF-32":                 {"\xff\xfe\x00\x00r\x00\x00\x00", "line 1: the file is UTF-16"},
		"NUL":                    {header + "c-1,+5511999990001,An\x00a\n", "line 2: a control character"},
		"semicolons":             {"row_id;to;name\nc-1;+5511999990001;Ana\n", "line 1: separate the columns with commas"},
	} {
		rows, err := readRows(strings.NewReader(test.in))
		require.ErrorContains(t, err, test.want, name)
		assert.Empty(t, rows, name)
		assert.NotContains(t, err.Error(), "Jos", name)
	}
}

func TestReadRowsSkipsBlankRows(t *testing.T) {
	t.Parallel()
	want := []row{{line: 2, id: "c-1", to: "+5511999990001", name: "José"}}
	const one = "\ufeffrow_id,to,name\r\nc-1,+5511999990001,José\r\n"
	for _, last := range []string{"", "\r\n", ",,\r\n", ",,", " , ,\t\r\n", "   ", "\u00a0,,\n", "\"\",\"\",\"\"\r\n", ",,\r\n,,\r\n\r\n"} {
		rows, err := readRows(strings.NewReader(one + last))
		require.NoError(t, err, "%q", last)
		assert.Equal(t, want, rows, "%q", last)
	}
	_, err := readRows(strings.NewReader("row_id,to,name\nc-1,+5511999990001,Ana\n,,x\n"))
	require.ErrorContains(t, err, "line 3: row_id is empty", "a row with a cell is not blank")
}

// The mark at the beginning is skipped once. Another one would make "c-1" another row.
func TestReadRowsSkipsOneMark(t *testing.T) {
	t.Parallel()
	_, err := readRows(strings.NewReader("\ufeff\ufeffrow_id,to,name\n"))
	require.ErrorContains(t, err, "line 1: a byte order mark")
	_, err = readRows(strings.NewReader("row_id,to,name\n\ufeffc-1,+5511999990001,Ana\n"))
	require.ErrorContains(t, err, "line 2: a byte order mark")
}
