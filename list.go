package pilotstatus

import (
	"bytes"
	"errors"
	"io"
	"reflect"

	"github.com/go-json-experiment/json/jsontext"
)

var (
	errNoList   = errors.New("the answer is an object without the expected list")
	errTrailing = errors.New("there is text behind the list")
)

// list is a JSON array that the API sends bare or inside an object, as the first of the
// named members that is there.
type list[T any] struct {
	items   []T
	members []string
}

// readAnswer reads the array, bare or as the first of the members.
func (l *list[T]) readAnswer(data []byte) error {
	rows, err := l.find(data)
	if err != nil {
		return err
	}
	if rows.Kind() == 'n' {
		return nil
	}
	if rows.Kind() != '[' {
		return errNoList
	}
	return l.decode(rows)
}

// find returns the text of the array.
func (l *list[T]) find(data []byte) (jsontext.Value, error) {
	if !beginsObject(data) {
		return bytes.TrimSpace(data), nil
	}
	var object map[string]jsontext.Value
	if err := unmarshalAnswer(data, &object); err != nil {
		return nil, err
	}
	for _, member := range l.members {
		if rows, ok := object[member]; ok {
			return rows, nil
		}
	}
	return nil, errNoList
}

// decode reads the array row by row and stops at the first that is not a row: millions
// of tiny ones must not take hundreds of times their size.
func (l *list[T]) decode(data []byte) error {
	rows := jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := rows.ReadToken(); err != nil {
		return err
	}
	l.items = []T{} // an empty list is not null
	for rows.PeekKind() != ']' {
		text, err := rows.ReadValue()
		if err != nil {
			return err
		}
		if err := l.grow(int(rows.InputOffset()), len(data)); err != nil {
			return err
		}
		l.items = l.items[:len(l.items)+1]
		if err := decode(text, &l.items[len(l.items)-1]); err != nil {
			return err
		}
	}
	if _, err := rows.ReadToken(); err != nil {
		return err
	}
	if _, err := rows.ReadToken(); err != io.EOF { //nolint:errorlint // a decoder ends with this very error
		return errTrailing
	}
	return nil
}

// grow makes room for one more row. read is how much of the text is read with it. The
// rows so far tell how many there will be: a slice that only doubles would hold two
// copies of much more than is needed.
func (l *list[T]) grow(read, size int) error {
	n := len(l.items)
	if n < cap(l.items) {
		return nil
	}
	most := maxElements / max(int(reflect.TypeFor[T]().Size()), 1)
	if n >= most {
		return ErrResponseTooLarge
	}
	expected := int64(n+1) * int64(size) / int64(max(read, 1))
	room := min(max(int(min(expected+expected/16, int64(4*n+16))), n+4), most)
	grown := make([]T, n, room)
	copy(grown, l.items)
	l.items = grown
	return nil
}
