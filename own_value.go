package pilotstatus

import (
	"encoding"
	stdjson "encoding/json"
	"reflect"
	"strconv"
	"unicode/utf8"
)

const (
	// maxOwnValues is how many values a caller's own value may consist of, each counted
	// as often as it would be written. What refers to itself, or shares its parts many
	// times over, is larger.
	maxOwnValues = 1 << 20

	// maxOwnText is how many bytes of text it may hold.
	maxOwnText = 256 << 20

	// maxOwnDepth is how deep its values may lie in each other.
	maxOwnDepth = 500
)

const (
	endlessValue = "it is too large, or refers to itself"
	alteredText  = "it is not valid UTF-8; the API would get other characters in its place"
	hiddenSecret = "give the text itself, as Reveal returns it; a Secret would be sent redacted"
)

// checkOwn looks through a value of the caller's own type before encoding/json does, and
// refuses what would go out altered, or would never end. field names the value.
func checkOwn(field string, value any) error {
	c := ownChecker{values: maxOwnValues, text: maxOwnText}
	if found := c.check(reflect.ValueOf(value), 0); found != nil {
		return invalid(field+found.path, found.reason)
	}
	return nil
}

// ownChecker counts down what is left of the limits.
type ownChecker struct{ values, text int }

// ownProblem is why a value is refused. path leads to it, from the value that was
// checked on.
type ownProblem struct{ path, reason string }

// in returns the problem as one of a value that the part is in.
func (p *ownProblem) in(part string) *ownProblem {
	if p == nil {
		return nil
	}
	return &ownProblem{path: part + p.path, reason: p.reason}
}

func (c *ownChecker) check(v reflect.Value, depth int) *ownProblem {
	if c.values--; c.values < 0 || depth > maxOwnDepth {
		return &ownProblem{reason: endlessValue}
	}
	if !v.IsValid() {
		return nil
	}
	switch v.Type() {
	case reflect.TypeFor[Secret](), reflect.TypeFor[Credential]():
		return &ownProblem{reason: hiddenSecret}
	}
	if v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		return c.check(v.Elem(), depth+1)
	}
	if text, ok := ownText(v); ok {
		return c.checkText(text)
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		return c.checkElements(v, depth)
	case reflect.Map:
		return c.checkMap(v, depth)
	case reflect.Struct:
		return c.checkStruct(v, depth)
	}
	return nil
}

// ownText returns the text that a value becomes, "" for one that writes its JSON itself.
// It reports false for a value that consists of others.
func ownText(v reflect.Value) (string, bool) {
	if v.CanInterface() {
		if v.CanAddr() {
			v = v.Addr() // for methods of the pointer
		}
		switch own := v.Interface().(type) {
		case stdjson.RawMessage:
			return string(own), true
		case *stdjson.RawMessage:
			return string(*own), true
		case stdjson.Marshaler:
			return "", true
		case encoding.TextMarshaler:
			text, _ := own.MarshalText() // encoding/json reports the error, with the type
			return string(text), true
		}
	}
	if v = reflect.Indirect(v); v.Kind() == reflect.String {
		return v.String(), true
	}
	return "", false
}

func (c *ownChecker) checkText(text string) *ownProblem {
	if c.text -= len(text); c.text < 0 {
		return &ownProblem{reason: endlessValue}
	}
	if !utf8.ValidString(text) {
		return &ownProblem{reason: alteredText}
	}
	return nil
}

func (c *ownChecker) checkElements(v reflect.Value, depth int) *ownProblem {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return nil // becomes base64
	}
	for i := range v.Len() {
		if found := c.check(v.Index(i), depth+1); found != nil {
			return found.in("[" + strconv.Itoa(i) + "]")
		}
	}
	return nil
}

func (c *ownChecker) checkMap(v reflect.Value, depth int) *ownProblem {
	for key, element := range v.Seq2() {
		if found := c.check(key, depth+1); found != nil {
			return found
		}
		if found := c.check(element, depth+1); found != nil {
			// The path ends here: the names behind it are the caller's texts.
			return &ownProblem{reason: found.reason}
		}
	}
	return nil
}

func (c *ownChecker) checkStruct(v reflect.Value, depth int) *ownProblem {
	for part, value := range v.Fields() {
		if part.IsExported() || part.Anonymous {
			if found := c.check(value, depth+1); found != nil {
				return found.in("." + part.Name)
			}
		}
	}
	return nil
}
