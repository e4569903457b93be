package pilotstatus

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"iter"
	"reflect"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// run calls op and decodes the answer into out; a nil out ignores the answer.
func (c *Client) run(ctx context.Context, op *operation, in input, out any) (receipt, error) {
	wanted := beginResponse(ctx)
	sent, err := c.prepare(ctx, op, in, out)
	if err != nil {
		return receipt{}, err
	}
	if err := sent.checkKind(); err != nil {
		return receipt{}, err
	}
	sent, err = sent.perform()
	wanted.end(sent)
	if err != nil {
		return receipt{}, err
	}
	return receipt{key: sent.key, header: sent.answer}, nil
}

// invoke is the path of every method: it calls op and returns its decoded answer.
func invoke[T any](ctx context.Context, c *Client, op *operation, in input) (*T, error) {
	out := new(T)
	if _, err := c.run(ctx, op, in, out); err != nil {
		return nil, err
	}
	return out, nil
}

// invokeMember is invoke for an answer that stands in the named member of an object.
func invokeMember[T any](ctx context.Context, c *Client, op *operation, in input, member string) (*T, error) {
	out := memberAnswer[T]{member: member}
	if _, err := c.run(ctx, op, in, &out); err != nil {
		return nil, err
	}
	return &out.value, nil
}

// memberAnswer is an answer on the wire, inside an object.
type memberAnswer[T any] struct {
	member string
	value  T
}

// readAnswer reads the member and refuses an object without it. null is the zero value.
func (a *memberAnswer[T]) readAnswer(data []byte) error {
	var members map[string]jsontext.Value
	if err := unmarshalAnswer(data, &members); err != nil {
		return err
	}
	tags := answerTags{}.add(reflect.TypeFor[T](), a.member+".", nil)
	switch text, ok := members[a.member]; {
	case ok:
		return tags.decode(text, &a.value)
	case len(tags.required) > 0:
		return lacking(tags.required[0].name)
	}
	return lacking(a.member)
}

// invokeDone is invoke for an answer that has only a bool, in the named field: whether the
// call was done.
func invokeDone(ctx context.Context, c *Client, op *operation, in input, member string) error {
	_, err := c.run(ctx, op, in, doneAnswer(member))
	return err
}

// doneAnswer is the name of the field that says whether a call was done.
type doneAnswer string

// readAnswer returns an error if the field is false or missing. With a missing field the
// call may still have succeeded.
func (member doneAnswer) readAnswer(data []byte) error {
	var members map[string]jsontext.Value
	if err := unmarshalAnswer(data, &members); err != nil {
		return err
	}
	switch string(members[string(member)]) {
	case "true":
		return nil
	case "false":
		return errNotDone
	}
	return errSaysNothing
}

// invokeList is invoke for an answer that is an array, bare or as the first present one of
// the named fields of an object.
func invokeList[T any](ctx context.Context, c *Client, op *operation, in input, members ...string) ([]T, error) {
	out := list[T]{members: members}
	if _, err := c.run(ctx, op, in, &out); err != nil {
		return nil, err
	}
	return out.items, nil
}

var (
	errNoList      = errors.New("the answer is an object without the expected list")
	errSaysNothing = errors.New("the answer does not say whether it is done")
)

// list is a JSON array that the API sends bare, or inside an object as the first present
// one of the named fields.
type list[T any] struct {
	items   []T
	members []string
	nested  int    // memory of the arrays in the rows so far, in bytes
	text    []byte // the answer, while it is decoded
	around  []byte // the object without the rows; nil for a bare array
	problem error  // why the text is not the list
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
	found, odd := len(l.members), error(errNoList)
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
		return cmp.Or(dec.SkipValue(), error(errNoList))
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	l.items = []T{} // an empty list is not null
	tags, row := tagsOf(reflect.TypeFor[T]()), new(T)
	for dec.PeekKind() != ']' {
		if err := l.readRow(dec, tags, row); err != nil {
			return err
		}
		if err := l.grow(int(dec.InputOffset()), len(l.text)); err != nil {
			return err
		}
		l.items = append(l.items, *row)
		reflect.ValueOf(row).Elem().SetZero()
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

// invokePage is invoke for one page of a list. member is the field of the list in the
// answer.
func invokePage[T any](ctx context.Context, c *Client, op *operation, in input, member string) (*Page[T], error) {
	out := pageAnswer[T]{member: member}
	if _, err := c.run(ctx, op, in, &out); err != nil {
		return nil, err
	}
	return &out.page, nil
}

// pageAnswer is the JSON form of a page: an object, or the bare list of older answers.
type pageAnswer[T any] struct {
	member string
	page   Page[T]
}

// readAnswer reads the list and the fields around it.
func (a *pageAnswer[T]) readAnswer(data []byte) error {
	rows := list[T]{members: []string{a.member, "data"}}
	if err := rows.readAnswer(data); err != nil {
		return err
	}
	var around struct {
		Page[T]

		Items jsontext.Value `json:"items"` // hides those of Page: the rows are in the member
	}
	if rows.around != nil {
		if err := unmarshalAnswer(rows.around, &around); err != nil {
			return err
		}
	}
	a.page = around.Page
	a.page.Items = rows.items
	return nil
}

// paged are options O of a list that comes in pages.
type paged[O any] interface {
	*O
	page() *int
}

// allPages returns the rows of all pages from the page in opts on; 0 is the first. list
// returns one page.
func allPages[O, T any, P paged[O], R identified[T]](
	ctx context.Context, opts O, list func(context.Context, O) (*Page[T], error),
) iter.Seq2[T, error] {
	return allRows[T, R](func(n int, _ *T) ([]T, error) {
		next := opts
		number := P(&next).page()
		*number = cmp.Or(*number, 1) + n
		p, err := list(ctx, next)
		if err != nil {
			return nil, err
		}
		return p.Items, nil
	})
}
