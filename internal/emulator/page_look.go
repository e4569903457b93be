package emulator

// look is what all inspectors have.
type look struct {
	*frame
	ID    string
	Title string
	Chip  *chip
	Close string
	Gone  string // why it is not there
	code  int
}

// idRow is an id with a button that copies it.
type idRow struct {
	Name, Value, Href, Copy string

	Title string // the whole of a value that is cut
	Mono  bool
}

// tryRow is something that happened, in a list.
type tryRow struct {
	ID, Icon, Text, Href, At, More string

	Chip *chip
	Link link
}

// filled leaves out rows without a value.
func filled(rows []idRow) []idRow {
	out := rows[:0]
	for _, row := range rows {
		if row.Value != "" {
			out = append(out, row)
		}
	}
	return out
}

func mono(name, value string) idRow {
	return idRow{Name: name, Value: middle(value), Copy: value, Mono: true, Title: value}
}

func phoneRow(name, value string) idRow {
	row := mono(name, value)
	row.Value = phone(value)
	return row
}

// maxID is how much of an id fits on a line of an inspector.
const maxID = 27

// middle leaves out the middle of an id that does not fit.
func middle(text string) string {
	r := []rune(text)
	if len(r) <= maxID {
		return text
	}
	return string(r[:maxID-10]) + "…" + string(r[len(r)-9:])
}
