package pilotstatus

import (
	"bytes"
	"cmp"
	"errors"
	"reflect"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var errNoList = errors.New("the answer is an object without the expected list")

// list is a JSON array that the API sends bare, or inside an object as the first present
// one of the named fields.
type list[T any] struct {
	items   []T
	members []string
	nested  int    // memory of the arrays in the rows so far, in bytes
	text    []byte // the answer, while it is decoded
	around  []byte // the object without the rows; nil for a bare array
	problem error  // why the text is not the list
	row     T      // that is decoded at present
}

// maxPlainRows is the maximum length of a list, in bytes, that is decoded without a count of
// the arrays in its rows. It is higher than maxPlain, so that a page of 100 long messages
// takes the fast path.
const maxPlainRows = 8 * maxPlain

// readAnswer reads the array in either form.
func (l *list[T]) readAnswer(data []byte) error {
	l.text = data
	err := json.Unmarshal(data, l, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	l.text = nil
	return cmp.Or(l.problem, err)
}

// UnmarshalJSONFrom reads the array in either form. dec holds the answer alone. JSON v2 wraps
// the returned error; problem keeps the original.
func (l *list[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	l.problem = nil
	if dec.PeekKind() == '{' {
		l.problem = l.readObject(dec)
	} else {
		l.problem = l.readArray(dec)
	}
	return l.problem
}

// readObject reads the array in an object. Of two fields with the same name the last one
// counts.
func (l *list[T]) readObject(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	found, odd := len(l.members), errNoList
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		member := slices.Index(l.members, name.String())
		if member < 0 || member > found {
			if err := dec.SkipValue(); err != nil {
				return err
			}
			continue
		}
		start := dec.InputOffset()
		found, odd = member, l.readArray(dec)
		if odd == errNoList { //nolint:errorlint // never wrapped; the value was skipped
			continue
		} else if odd != nil {
			return odd
		}
		l.around = slices.Concat(l.text[:start], []byte(":null"), l.text[dec.InputOffset():])
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	return odd
}

// readArray decodes the array element by element and stops at the first invalid one, so that
// millions of tiny elements cannot allocate hundreds of times their size. null leaves items
// nil.
func (l *list[T]) readArray(dec *jsontext.Decoder) error {
	l.items, l.nested = nil, 0
	switch dec.PeekKind() {
	case 'n':
		return dec.SkipValue()
	case '[':
	default:
		return cmp.Or(dec.SkipValue(), errNoList)
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	l.items = []T{} // an empty list is not null
	tags := tagsOf(reflect.TypeFor[T]())
	for dec.PeekKind() != ']' {
		reflect.ValueOf(&l.row).Elem().SetZero()
		if err := l.readRow(dec, tags, &l.row); err != nil {
			return err
		}
		if err := l.grow(int(dec.InputOffset()), len(l.text)); err != nil {
			return err
		}
		l.items = append(l.items, l.row)
	}
	_, err := dec.ReadToken()
	return err
}

// readRow decodes the next row from dec directly. A row with a field of an unexpected kind is
// decoded a second time, by the lenient decoder. The rows of a long list are read as texts
// first, and the memory of their arrays is counted.
func (l *list[T]) readRow(dec *jsontext.Decoder, tags answerTags, row *T) error {
	if len(l.text) > maxPlainRows {
		text, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if err := tags.decode(text, row); err != nil {
			return err
		}
		if l.nested += arraysIn(reflect.ValueOf(row).Elem()); l.nested > maxElements {
			return ErrResponseTooLarge
		}
		return nil
	}
	start, depth := dec.InputOffset(), dec.StackDepth()
	_, before := dec.StackIndex(depth)
	odd := json.UnmarshalDecode(dec, row)
	if odd != nil && !isMismatch(odd) {
		return odd
	}
	for _, rows := dec.StackIndex(depth); dec.StackDepth() > depth || rows == before; _, rows = dec.StackIndex(depth) {
		if _, err := dec.ReadToken(); err != nil { // skips the rest of a row that does not fit
			return err
		}
	}
	text := bytes.TrimLeft(l.text[start:dec.InputOffset()], ", \t\r\n")
	if odd != nil {
		return tags.decode(text, row)
	}
	return tags.finish(text, row)
}

// grow makes room for one more row. read is the length of the text up to and with this row.
// The rows so far give an estimate of the total. A slice that only doubles would hold two
// copies of much more memory than needed.
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
