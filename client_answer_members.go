package pilotstatus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// answerTags is what a type of answers says in its tags: which members an answer must
// have, which ones have other names too, and where it keeps its text.
type answerTags struct {
	required []requiredMember
	also     []otherName
	others   reflect.Type // a struct with a field for each of also, nil without any
	raw      []int        // index of the field Raw, which keeps the text; nil without one
}

// otherName is another name of a member: the API was seen with it. The tag also of a
// field lists them, and the first that has a value fills a field that is zero.
type otherName struct {
	field reflect.StructField // of others
	index []int               // of the field that it fills
}

// requiredMember is a member without which an answer would say something wrong: a field
// with the tag required. The tag is "true", or the name of a member beside it that can
// stand in, as in the forms of events. A required bool must be in the text; any other
// required member has a value that is not zero. A required struct has its required
// members. An embedded struct has them without a tag, unless the tag is "-".
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
		known, _ = c.tags.LoadOrStore(t, tagsOf(t))
	}
	tags, _ := known.(answerTags)
	return tags
}

// tagsOf reads the tags of a type.
func tagsOf(t reflect.Type) (tags answerTags) {
	if t.Kind() == reflect.Struct {
		tags = tags.add(t, "", nil)
	}
	if len(tags.also) > 0 {
		var fields []reflect.StructField
		for _, other := range tags.also {
			fields = append(fields, other.field)
		}
		tags.others = reflect.StructOf(fields)
	}
	return tags
}

// add reads the tags of a struct that stands at index. Its members are at path.
func (tags answerTags) add(t reflect.Type, path string, index []int) answerTags {
	for field := range t.Fields() {
		tag, isStruct := field.Tag.Get("required"), field.Type.Kind() == reflect.Struct
		for name := range strings.FieldsFuncSeq(field.Tag.Get("also"), func(r rune) bool { return r == ',' }) {
			tags.also = append(tags.also, otherName{reflect.StructField{
				Name: "Other" + strconv.Itoa(len(tags.also)), Type: field.Type, Tag: reflect.StructTag(`json:"` + name + `"`),
			}, below(index, field.Index)})
		}
		switch {
		case tag == "-":
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
	return tags.finish(data, out)
}

// finish is decode for a value that was read from data already.
func (tags answerTags) finish(data []byte, out any) error {
	value := reflect.ValueOf(out).Elem()
	if tags.raw != nil {
		setRaw(value.FieldByIndex(tags.raw), data)
	}
	if err := tags.readOthers(data, value); err != nil {
		return err
	}
	if answer, ok := out.(completer); ok {
		answer.complete(data)
	}
	if answer, ok := out.(checker); ok {
		if err := answer.check(data); err != nil {
			return err
		}
	}
	for _, m := range tags.required {
		if err := m.check(value, data); err != nil {
			return err
		}
	}
	return nil
}

// readOthers fills the fields that are zero from members with other names.
func (tags answerTags) readOthers(data []byte, value reflect.Value) error {
	isZero := func(other otherName) bool { return value.FieldByIndex(other.index).IsZero() }
	if !slices.ContainsFunc(tags.also, isZero) {
		return nil
	}
	others := reflect.New(tags.others)
	if err := unmarshalAnswer(data, others.Interface()); err != nil {
		return err
	}
	for i, other := range tags.also {
		if isZero(other) {
			value.FieldByIndex(other.index).Set(others.Elem().Field(i))
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
