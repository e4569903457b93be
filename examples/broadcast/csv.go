package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// row is one recipient. Messages name it by its line: row_id may be personal data too.
type row struct {
	line         int
	id, to, name string
}

// readRows reads a CSV with a header; columns that it does not know are allowed.
func readRows(in io.Reader) ([]row, error) {
	buffered := bufio.NewReader(in)
	if mark, _ := buffered.Peek(3); string(mark) == "\ufeff" {
		_, _ = buffered.Discard(len(mark)) // spreadsheets begin their exports with it
	}
	reader := csv.NewReader(buffered)
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
