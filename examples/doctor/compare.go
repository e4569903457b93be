package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/pilotstatus/pilotstatus-go"
)

// comparison compares the text of an answer with the Go type that it becomes. What it finds
// names places and kinds, never values.
type comparison struct {
	words map[string][]string // the known words, by the name of their type
	found []string
	count int // of rows
}

// compare returns where an answer is not what its form says, and how many rows its list has.
func compare(text []byte, f form) (found []string, rows int, err error) {
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	dec.UseNumber()
	var answer any
	if err := dec.Decode(&answer); err != nil {
		return nil, 0, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, 0, errors.New("there is more than one value")
	}
	c := comparison{words: knownWords()}
	c.answer("$", answer, f)
	return c.found, c.count, nil
}

func (c *comparison) add(path, format string, args ...any) {
	line := path + ": " + fmt.Sprintf(format, args...)
	if !slices.Contains(c.found, line) {
		c.found = append(c.found, line)
	}
}

// answer compares a whole answer, or an object around it.
func (c *comparison) answer(path string, answer any, f form) {
	if list, ok := answer.([]any); ok && f.list {
		c.rows(path, list, f)
		return
	}
	object, ok := answer.(map[string]any)
	switch {
	case len(f.members) == 0:
		c.value(path, answer, f.value)
		return
	case !ok && f.list:
		c.add(path, "%s in place of a list", kindOf(answer))
		return
	case !ok:
		c.add(path, "%s in place of an object", kindOf(answer))
		return
	}
	at := slices.IndexFunc(f.members, func(name string) bool { _, ok := object[name]; return ok })
	switch {
	case at >= 0:
		c.around(path, object, f.members[at], f)
		c.named(path+"."+f.members[at], object[f.members[at]], f)
	case f.bare:
		c.value(path, answer, f.value)
	default:
		c.add(path, "the member %s is missing", strings.Join(f.members, " or "))
	}
}

// around compares what stands beside the member that has the answer.
func (c *comparison) around(path string, object map[string]any, name string, f form) {
	var beside []member
	if f.beside != nil {
		beside = membersOf(f.beside)
	}
	for _, other := range slices.Sorted(maps.Keys(object)) {
		if other != name {
			c.member(path, other, object[other], beside)
		}
	}
}

// named compares the member that has the answer.
func (c *comparison) named(path string, value any, f form) {
	switch value := value.(type) {
	case []any:
		if f.list {
			c.rows(path, value, f)
			return
		}
	case map[string]any:
		if f.list { // a list may be wrapped twice
			c.answer(path, value, f)
			return
		}
	case nil:
		required := slices.ContainsFunc(membersOf(f.value), func(m member) bool { return m.required })
		if f.list || required {
			c.add(path, "null in place of a value")
		}
		return
	}
	if f.list {
		c.add(path, "%s in place of a list", kindOf(value))
		return
	}
	c.value(path, value, f.value)
}

// rows compares the rows of a list. A row that may have two types is compared with the one
// that it resembles more.
func (c *comparison) rows(path string, list []any, f form) {
	c.count = len(list)
	for _, row := range list {
		best := comparison{words: c.words}
		best.element(path+"[]", row, f.value)
		if f.other != nil && len(best.found) > 0 {
			second := comparison{words: c.words}
			second.element(path+"[]", row, f.other)
			if len(second.found) < len(best.found) {
				best = second
			}
		}
		for _, line := range best.found {
			if !slices.Contains(c.found, line) {
				c.found = append(c.found, line)
			}
		}
	}
}

func (c *comparison) element(path string, value any, t reflect.Type) {
	if value == nil {
		c.add(path, "null in a list")
		return
	}
	c.value(path, value, t)
}

// value compares one value with a type. null stands for every value that is not required.
func (c *comparison) value(path string, value any, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case value == nil, t == reflect.TypeFor[json.RawMessage](), t.Kind() == reflect.Interface:
	case t == reflect.TypeFor[pilotstatus.Timestamp]():
		c.time(path, value)
	case t == reflect.TypeFor[pilotstatus.Secret]():
		c.expect(path, value, "a text")
	case reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()): // it reads several forms
	case t.Kind() == reflect.Struct:
		c.object(path, value, t)
	case t.Kind() == reflect.Slice:
		if list, ok := value.([]any); c.expect(path, value, "a list") && ok {
			for _, element := range list {
				c.element(path+"[]", element, t.Elem())
			}
		}
	case t.Kind() == reflect.Map:
		if object, ok := value.(map[string]any); c.expect(path, value, "an object") && ok {
			for _, name := range slices.Sorted(maps.Keys(object)) { // the names are data
				c.value(path+"{}", object[name], t.Elem())
			}
		}
	default:
		c.leaf(path, value, t)
	}
}

// leaf compares a text, a number or a bool.
func (c *comparison) leaf(path string, value any, t reflect.Type) {
	switch t.Kind() {
	case reflect.String:
		if word, _ := value.(string); c.expect(path, value, "a text") && word != "" {
			c.word(path, word, t.Name())
		}
	case reflect.Bool:
		c.expect(path, value, "true or false")
	case reflect.Float64:
		c.expect(path, value, "a number")
	default:
		number, _ := value.(json.Number)
		if c.expect(path, value, "a number") && !isWhole(number) {
			c.add(path, "a fraction in place of a whole number")
		}
	}
}

// word compares a word with those of its type. The package reads two types in any case.
func (c *comparison) word(path, word, typ string) {
	known, isSet := c.words[typ]
	isKnown := func(k string) bool { return k == word }
	if typ == "ConnectionState" || typ == "CallPermissionStatus" {
		isKnown = func(k string) bool { return strings.EqualFold(k, word) }
	}
	if isSet && !slices.ContainsFunc(known, isKnown) {
		c.add(path, "unknown %s %s", typ, maskWord(word, known))
	}
}

func isWhole(number json.Number) bool {
	value, err := number.Float64()
	return err == nil && value == math.Trunc(value)
}

// time compares a time, which is a text that can be read.
func (c *comparison) time(path string, value any) {
	text, _ := value.(string)
	if !c.expect(path, value, "a text") || text == "" {
		return
	}
	var read pilotstatus.Timestamp
	quoted, err := json.Marshal(text)
	if err != nil || json.Unmarshal(quoted, &read) != nil || read.IsZero() {
		c.add(path, "a time that cannot be read")
	}
}

// object compares an object with a struct.
func (c *comparison) object(path string, value any, t reflect.Type) {
	object, _ := value.(map[string]any)
	if !c.expect(path, value, "an object") {
		return
	}
	members := membersOf(t)
	for _, m := range members {
		c.require(path, object, m)
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		c.member(path, name, object[name], members)
	}
}

// member compares one member of an object with those that are known.
func (c *comparison) member(path, name string, value any, known []member) {
	path += "." + maskName(name)
	m, ok := find(known, name)
	if !ok {
		c.add(path, "unknown member (%s)", kindOf(value))
		return
	}
	c.value(path, value, m.value)
}

// require looks for a member that an object must have, under each of its names.
func (c *comparison) require(path string, object map[string]any, m member) {
	if !m.required {
		return
	}
	problem := "is missing"
	for _, name := range append(m.names, m.instead) {
		value, ok := object[name]
		switch {
		case ok && value == nil:
			problem = "is null"
		case ok && value == "":
			problem = "is empty"
		case ok:
			return
		}
	}
	c.add(path+"."+m.names[0], "a required member %s", problem)
}

// expect adds a difference unless the value is of the kind.
func (c *comparison) expect(path string, value any, kind string) bool {
	if got := kindOf(value); got != kind {
		c.add(path, "%s in place of %s", got, kind)
		return false
	}
	return true
}

// kindOf names the kind of a JSON value.
func kindOf(value any) string {
	switch value.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a text"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	}
	return "null"
}
