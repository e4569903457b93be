package pilotstatus

import (
	"context"
	"slices"
)

// Key.List and APIKeys.List are one route: a number's key gets rows with "id", without
// the keys themselves, and a tenant key rows with "keyId" and the keys of all numbers.
// So the answer says of which kind the calling key is, and no question is needed.

// ownKeyRow is a row of Key.List, or of the other answer.
type ownKeyRow struct {
	KeyInfo

	KeyID Secret `json:"keyId"`
}

func (r ownKeyRow) check() error    { return checkKeyRow(r.ID, r.KeyID) }
func (r ownKeyRow) otherKind() bool { return r.ID.IsZero() }
func (r ownKeyRow) key() KeyInfo    { return r.KeyInfo }

// numberKeyRow is a row of APIKeys.List, or of the other answer.
type numberKeyRow struct {
	NumberKey

	ID Secret `json:"id"`
}

func (r numberKeyRow) check() error    { return checkKeyRow(r.ID, r.KeyID) }
func (r numberKeyRow) otherKind() bool { return r.KeyID.IsZero() }
func (r numberKeyRow) key() NumberKey  { return r.NumberKey }

// checkKeyRow refuses a row of neither answer.
func checkKeyRow(id, keyID Secret) error {
	if id.IsZero() && keyID.IsZero() {
		return errHasNoID
	}
	return nil
}

// keyRow is a row that becomes a T and knows which kind of key got it.
type keyRow[T any] interface {
	otherKind() bool
	key() T
}

// listKeys calls op, which is one of two on the same route, and refuses the answer of
// the other one.
func listKeys[R keyRow[T], T any](ctx context.Context, c *Client, op *operation) ([]T, error) {
	rows, err := invokeList[R](ctx, c, op, input{}, "data")
	if err != nil {
		return nil, err
	}
	if c.provesWrongKind(ctx, len(rows) == 0, slices.ContainsFunc(rows, R.otherKind)) {
		return nil, c.wrongKind(&APIError{Op: op.name, Attempts: 1}, "this was found in the answer, and nothing was changed")
	}
	keys := make([]T, len(rows))
	for i, row := range rows {
		keys[i] = row.key()
	}
	return keys, nil
}

// provesWrongKind reports whether a list of keys, or where it is empty the question,
// proves that the client's key is of the wrong kind.
func (c *Client) provesWrongKind(ctx context.Context, empty, other bool) bool {
	if c.kind == nil {
		return other
	}
	kind := c.kind()
	switch {
	case empty:
		verdict, _ := kind.find(ctx)
		return verdict == kindWrong
	case other:
		kind.learn(kindWrong)
	default:
		kind.learn(kindAllowed)
	}
	return other
}
