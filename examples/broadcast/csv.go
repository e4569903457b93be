package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// row is one recipient. Messages name it by its line: row_id may be personal data too.
type row struct {
	line         int
	id, to, name string
}

// readRows reads a CSV with a header; columns that it does not know are allowed. It
// reads and checks the whole file before it returns a row: a file with a fault is
// refused, not sent in part.
func readRows(in io.Reader) ([]row, error) {
	data, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // spreadsheets begin their exports with it
	if err := checkText(data); err != nil {
		return nil, err
	}
	reader := csv.NewReader(bytes.NewReader(data))
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the CSV is empty")
	}
	if err != nil {
		return nil, err
	}
	columns, err := findColumns(header)
	if err != nil {
		return nil, err
	}
	var rows []row
	lines := make(map[string]int) // by row_id
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if isBlank(record) {
			continue // spreadsheets end their exports with it
		}
		if err != nil {
			return nil, err // it names the line
		}
		line, _ := reader.FieldPos(0)
		r := row{line: line, id: columns.of(record, 0), to: columns.of(record, 1), name: columns.of(record, 2)}
		if err := r.check(lines); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		lines[r.id] = line
		rows = append(rows, r)
	}
}

// checkText refuses a file that is not UTF-8, and names the first line that is not. The
// csv package would read it all the same, and "José" of a file that was saved as
// Windows-1252 would reach a customer as "Jos\ufffd".
func checkText(data []byte) error {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return errors.New("line 1: the file is UTF-16; save it as CSV UTF-8")
	}
	line := 0
	for text := range bytes.Lines(data) {
		line++
		switch {
		case !utf8.Valid(text):
			return fmt.Errorf("line %d: the file is not UTF-8; save it as CSV UTF-8", line)
		case bytes.ContainsRune(text, utf8.RuneError):
			return fmt.Errorf("line %d: a character was lost when the file was converted (U+FFFD stands in its place)", line)
		case bytes.ContainsRune(text, '\ufeff'):
			return fmt.Errorf("line %d: a byte order mark, as where two files were joined; remove it", line)
		case bytes.ContainsFunc(text, isStrayControl):
			return fmt.Errorf("line %d: a control character, or the file is not UTF-8; save it as CSV UTF-8", line)
		}
	}
	return nil
}

// isStrayControl reports control characters that no spreadsheet writes: NUL, of which
// UTF-16 is full, and U+0080 to U+009F, which Windows-1252 becomes when it is taken for
// Latin-1.
func isStrayControl(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) }

// isBlank reports whether a record was read in which no cell has a text.
func isBlank(record []string) bool {
	return record != nil && !slices.ContainsFunc(record, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// check refuses a row that cannot be sent, or not once: rows with the same row_id have
// the same idempotency key.
func (r row) check(lines map[string]int) error {
	switch {
	case r.id == "":
		return errors.New("row_id is empty")
	case r.to == "":
		return errors.New("to is empty")
	case lines[r.id] != 0:
		return fmt.Errorf("the row_id of line %d again", lines[r.id])
	}
	return nil
}

// columns are the places of row_id, to and name.
type columns [3]int

func findColumns(header []string) (found columns, err error) {
	for i, title := range header {
		header[i] = strings.TrimSpace(title)
	}
	if len(header) == 1 && strings.ContainsAny(header[0], ";\t") {
		return found, errors.New("line 1: separate the columns with commas")
	}
	for i, name := range []string{"row_id", "to", "name"} {
		found[i] = slices.Index(header, name)
		if found[i] < 0 {
			return found, fmt.Errorf("line 1: the column %s is missing", name)
		}
		if slices.Contains(header[found[i]+1:], name) {
			return found, fmt.Errorf("line 1: the column %s is there twice", name)
		}
	}
	return found, nil
}

func (c columns) of(record []string, i int) string { return strings.TrimSpace(record[c[i]]) }
