package pilotstatustest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// maxUnknown is how many different ones are listed.
const maxUnknown = 1000

// noteUnknown takes down what the request has that is not known.
func (c *call) noteUnknown(kind UnknownKind, what, did string) {
	c.unknown = append(c.unknown, what)
	op := c.op()
	list := &c.state.unknown
	u := first(list.all, func(u *UnknownUse) bool { return u.Kind == kind && u.What == what && u.Op == op })
	if u == nil {
		if len(list.all) == maxUnknown {
			list.lost++
			return
		}
		list.last++
		u = &UnknownUse{ID: idText("unknown_", list.last), Kind: kind, What: what, Op: op}
		list.all = append(list.all, u)
	}
	c.state.publish(ChangeUnknown, c.numberID(), u.ID)
	u.Times, u.Last, u.Did, u.Seq = u.Times+1, c.state.clock.now(), did, c.state.changes.last
}

// noteError takes down a value that a request was refused for.
func (c *call) noteError(err error) {
	if v, ok := errors.AsType[unknownValue](err); ok {
		c.noteUnknown(UnknownValue, fmt.Sprintf("%s: %s", v.member, cutText(v.value)), "refused the request")
	}
}

// cutText bounds what is kept of a text.
func cutText(text string) string {
	if runes := []rune(text); len(runes) > 100 {
		return string(runes[:100]) + "…"
	}
	return text
}

// decode is decode that takes down members that v has no place for.
func (c *call) decode(v any) error {
	strict := []jsonv2.Options{jsonv2.RejectUnknownMembers(true), jsonv1.ReportErrorsWithLegacySemantics(false)}
	err := decode(c.body, v, strict...)
	if err == nil {
		return nil
	}
	var tree any
	if !errors.Is(err, jsonv2.ErrUnknownName) || json.Unmarshal(c.body, &tree) != nil {
		return decode(c.body, v)
	}
	rounds := 16 // members, of those that are noted in one request
	if len(encode(shorten(tree))) > maxLook {
		rounds = 1
	}
	for range rounds {
		wrong, ok := errors.AsType[*jsonv2.SemanticError](err)
		if !ok || !errors.Is(err, jsonv2.ErrUnknownName) {
			break
		}
		path := slices.Collect(wrong.JSONPointer.Tokens())
		c.noteUnknown(UnknownMember, cutText(strings.Join(slices.DeleteFunc(slices.Clone(path), isIndex), ".")), "dropped the member")
		if !removeMember(tree, path) {
			break
		}
		err = decode(encode(tree), reflect.New(reflect.TypeOf(v).Elem()).Interface(), strict...)
	}
	return decode(c.body, v)
}

// maxLook is how many bytes of a body, without the rest of long texts, are looked at more
// than once.
const maxLook = 64 << 10

// shorten cuts long texts, such as files, whose content says nothing of members.
func shorten(tree any) any {
	switch at := tree.(type) {
	case string:
		return at[:min(len(at), 100)]
	case []any:
		for i := range at {
			at[i] = shorten(at[i])
		}
	case map[string]any:
		for name := range at {
			at[name] = shorten(at[name])
		}
	}
	return tree
}

// isIndex says whether a part of a path is a place in an array.
func isIndex(part string) bool { return part != "" && strings.Trim(part, "0123456789") == "" }

// removeMember removes the member of an object that a path leads to, if it does.
func removeMember(tree any, path []string) bool {
	for i, name := range path {
		switch at := tree.(type) {
		case map[string]any:
			if i == len(path)-1 {
				delete(at, name)
				return true
			}
			tree = at[name]
		case []any:
			n, err := strconv.Atoi(name)
			if err != nil || n >= len(at) {
				return false
			}
			tree = at[n]
		default:
			return false
		}
	}
	return false
}
