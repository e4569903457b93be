package pilotstatus

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"reflect"

	"github.com/go-json-experiment/json/jsontext"
)

// run calls op and decodes the answer into out, which is nil where the answer
// does not matter.
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

// invokeDone is invoke for an answer that says nothing but whether the call was done, in
// the named member.
func invokeDone(ctx context.Context, c *Client, op *operation, in input, member string) error {
	_, err := c.run(ctx, op, in, doneAnswer(member))
	return err
}

// doneAnswer is the name of the member that says whether a call was done.
type doneAnswer string

// readAnswer refuses an answer that denies it, and one that does not say it: the call may
// have succeeded all the same.
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

// invokeList is invoke for an answer that is an array, bare or as the first of
// the named members of an object.
func invokeList[T any](ctx context.Context, c *Client, op *operation, in input, members ...string) ([]T, error) {
	out := list[T]{members: members}
	if _, err := c.run(ctx, op, in, &out); err != nil {
		return nil, err
	}
	return out.items, nil
}

var (
	errNoList      = errors.New("the answer is an object without the expected list")
	errTrailing    = errors.New("there is text behind the list")
	errSaysNothing = errors.New("the answer does not say whether it is done")
)

// list is a JSON array that the API sends bare or inside an object, as the first of the
// named members that is there.
type list[T any] struct {
	items   []T
	members []string
	nested  int // what the arrays in the rows so far take, in bytes
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
	var room [2]requiredMember
	tags := tagsOf(reflect.TypeFor[T](), room[:0])
	for rows.PeekKind() != ']' {
		text, err := rows.ReadValue()
		if err != nil {
			return err
		}
		if err := l.grow(int(rows.InputOffset()), len(data)); err != nil {
			return err
		}
		l.items = l.items[:len(l.items)+1]
		row := &l.items[len(l.items)-1]
		if err := tags.decode(text, row); err != nil {
			return err
		}
		if len(data) <= maxPlain { // too short for that
			continue
		}
		if l.nested += arraysIn(reflect.ValueOf(row).Elem()); l.nested > maxElements {
			return ErrResponseTooLarge
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

// invokePage is invoke for one page of a list. member is the list's name in the
// answer.
func invokePage[T any](ctx context.Context, c *Client, op *operation, in input, member string) (*Page[T], error) {
	out := pageAnswer[T]{member: member}
	if _, err := c.run(ctx, op, in, &out); err != nil {
		return nil, err
	}
	return &out.page, nil
}

// pageAnswer is a page on the wire: an object, or the bare list of older answers.
type pageAnswer[T any] struct {
	member string
	page   Page[T]
}

// readAnswer reads the list and what stands around it.
func (a *pageAnswer[T]) readAnswer(data []byte) error {
	rows := list[T]{members: []string{a.member, "data"}}
	if err := rows.readAnswer(data); err != nil {
		return err
	}
	var around struct {
		Page[T]

		Items jsontext.Value `json:"items"` // hides those of Page: the rows are in the member
	}
	if beginsObject(data) {
		if err := unmarshalAnswer(data, &around); err != nil {
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
	pageFields() pageFields
}

// allPages returns the rows of all pages from the page in opts on; 0 is the first. list
// returns one page.
func allPages[O, T any, P paged[O], R identified[T]](
	ctx context.Context, opts O, list func(context.Context, O) (*Page[T], error),
) iter.Seq2[T, error] {
	return allRows[T, R](func(n int, _ *T) ([]T, error) {
		next := opts
		number := P(&next).pageFields().page
		*number = cmp.Or(*number, 1) + n
		p, err := list(ctx, next)
		if err != nil {
			return nil, err
		}
		return p.Items, nil
	})
}
