package pilotstatus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
)

// answerTags holds the tags of a type of answers: the fields that an answer must have, and
// the field that keeps its text.
type answerTags struct {
	required []requiredMember
	raw      []int // index of the field Raw, which keeps the text; nil without one
}

// requiredMember is a member without which an answer would say something wrong: a field
// with the tag required. The tag is "true", or the name of a member beside it that can
// stand in, as in the forms of events. A required bool must be in the text; any other
// required member has a value that is not zero. A required struct has its required
// members.
type requiredMember struct {
	name    string
	index   []int
	other   string // the member that can stand in, "" for none
	instead []int
}

// tagsOf returns the tags of a type, which are read once: that takes half as long as
// decoding the answer of a send.
func (c *core) tagsOf(t reflect.Type) answerTags {
	known, ok := c.tags.Load(t)
	if !ok {
		known, _ = c.tags.LoadOrStore(t, tagsOf(t, nil))
	}
	tags, _ := known.(answerTags)
	return tags
}

// tagsOf reads the tags of a type. It uses room for its list.
func tagsOf(t reflect.Type, room []requiredMember) answerTags {
	tags := answerTags{required: room}
	if t.Kind() == reflect.Struct {
		tags = tags.add(t, "", nil)
	}
	return tags
}

// add reads the tags of a struct that stands at index. Its members are at path.
func (tags answerTags) add(t reflect.Type, path string, index []int) answerTags {
	for field := range t.Fields() {
		tag, isStruct := field.Tag.Get("required"), field.Type.Kind() == reflect.Struct
		switch {
		case isStruct && field.Anonymous:
			tags = tags.add(field.Type, path, below(index, field.Index))
		case field.Name == "Raw" && path == "":
			tags.raw = below(index, field.Index)
		case tag == "":
		case isStruct && field.Type != reflect.TypeFor[Secret]():
			tags = tags.add(field.Type, path+jsonName(field)+".", below(index, field.Index))
		default:
			m := requiredMember{name: path + jsonName(field), index: below(index, field.Index)}
			if tag != "true" {
				m.other, m.instead = path+tag, below(index, fieldNamed(t, tag))
			}
			tags.required = append(tags.required, m)
		}
	}
	return tags
}

// below returns the index of a field of the struct that stands at index.
func below(index, field []int) []int {
	if len(index) == 0 {
		return field
	}
	return slices.Concat(index, field)
}

// fieldNamed returns the index of the field that has the name in JSON.
func fieldNamed(t reflect.Type, name string) []int {
	for _, field := range reflect.VisibleFields(t) {
		if jsonName(field) == name {
			return field.Index
		}
	}
	return nil
}

// plainReader is an answer that reads its text itself where that is plain and complete. If
// not, it reports false, and the text is decoded as every other.
type plainReader interface{ readPlain(text []byte) bool }

// decode decodes an answer.
func (c *core) decode(data []byte, out any) error {
	if answer, ok := out.(plainReader); ok && answer.readPlain(data) {
		return nil
	}
	if answer, ok := out.(answerReader); ok {
		return answer.readAnswer(data)
	}
	return c.tagsOf(reflect.TypeOf(out).Elem()).decode(data, out)
}

// decode decodes a value of a type with these tags, and refuses one that is not what was
// expected. The value does not keep parts of data.
func (tags answerTags) decode(data []byte, out any) error {
	if err := unmarshalAnswer(data, out); err != nil {
		return err
	}
	value := reflect.ValueOf(out).Elem()
	if tags.raw != nil {
		setRaw(value.FieldByIndex(tags.raw), data)
	}
	if answer, ok := out.(checker); ok {
		return answer.check()
	}
	for _, m := range tags.required {
		if err := m.check(value, data); err != nil {
			return err
		}
	}
	return nil
}

// setRaw sets a field Raw that an answer has not set to a part of the text.
func setRaw(field reflect.Value, text []byte) {
	switch raw := field.Addr().Interface().(type) {
	case *json.RawMessage:
		if *raw == nil {
			*raw = bytes.Clone(text)
		}
	case *Secret:
		*raw = NewSecret(string(text))
	}
}

// check refuses an answer that lacks the member.
func (m requiredMember) check(answer reflect.Value, text []byte) error {
	value := answer.FieldByIndex(m.index)
	switch {
	case !value.IsZero(), m.other != "" && !answer.FieldByIndex(m.instead).IsZero():
		return nil
	case m.other != "":
		return fmt.Errorf("the answer has neither %q nor %q", m.name, m.other)
	case value.Kind() == reflect.Bool && membersOf(text)[m.name].Kind() == 'f':
		return nil
	}
	return lacking(m.name)
}

// lacking is the refusal of an answer that has no such member.
func lacking(name string) error { return fmt.Errorf("the answer has no %q", name) }
