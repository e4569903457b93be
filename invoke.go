package pilotstatus

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"reflect"

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

var errSaysNothing = errors.New("the answer does not say whether it is done")

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

// invokePage is invoke for one page of a list. member is the field of the list in the
// answer.
func invokePage[T any](ctx context.Context, c *Client, op *operation, in input, member string) (*Page[T], error) {
	out := pageAnswer[T]{members: [2]string{member, "data"}}
	if _, err := c.run(ctx, op, in, &out); err != nil {
		return nil, err
	}
	return &out.page, nil
}

// pageAnswer is the JSON form of a page: an object, or the bare list of older answers.
type pageAnswer[T any] struct {
	members [2]string // names of the list
	page    Page[T]
}

// readAnswer reads the list and the fields around it.
func (a *pageAnswer[T]) readAnswer(data []byte) error {
	var answer struct { // one allocation
		rows   list[T]
		around struct {
			Page[T]

			Items jsontext.Value `json:"items"` // hides those of Page: the rows are in the member
		}
	}
	rows, around := &answer.rows, &answer.around
	rows.members = a.members[:]
	if err := rows.readAnswer(data); err != nil {
		return err
	}
	if rows.around != nil {
		if err := unmarshalAnswer(rows.around, around); err != nil {
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
