package pilotstatus

import (
	"bytes"
	"encoding/json"
)

// members are what decides of which family a delivery is: which members its object
// has, and the value of "event".
type members struct {
	event    []byte // as it stands in the text; nil without the member
	hasEntry bool   // an array "entry", as in Meta's envelope
}

// scanMembers looks at the members of a JSON object, up to a string "event".
// It reports false for what is no object. It does not check the JSON: what is decoded
// afterwards is.
func scanMembers(text []byte) (m members, ok bool) {
	s := scanner{rest: text}
	if !s.take('{') {
		return m, false
	}
	for !s.take('}') {
		name := s.value()
		if len(name) == 0 || name[0] != '"' || !s.take(':') {
			return m, true
		}
		value := s.value()
		switch {
		case isName(name, "event"):
			if m.event = value; len(value) > 0 && value[0] == '"' {
				return m, true
			}
		case isName(name, "entry"):
			m.hasEntry = len(value) > 0 && value[0] == '['
		}
		if !s.take(',') && !s.take('}') {
			return m, true
		}
	}
	return m, true
}

// isName compares a string as it stands in a JSON text with a name.
func isName(text []byte, name string) bool {
	if bytes.IndexByte(text, '\\') < 0 {
		return string(text[1:len(text)-1]) == name
	}
	var plain string
	return json.Unmarshal(text, &plain) == nil && plain == name
}

// scanner cuts a JSON text into values.
type scanner struct{ rest []byte }

// take skips blanks and takes c, if it comes next.
func (s *scanner) take(c byte) bool {
	s.rest = bytes.TrimLeft(s.rest, " \t\r\n")
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// value takes the next value, whole. It is empty where none begins.
func (s *scanner) value() []byte {
	s.rest = bytes.TrimLeft(s.rest, " \t\r\n")
	end, depth := 0, 0
	for end < len(s.rest) {
		switch s.rest[end] {
		case '"':
			end = stringEnd(s.rest, end)
			if depth == 0 {
				return s.cut(end)
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return s.cut(end)
			}
			if depth--; depth == 0 {
				return s.cut(end + 1)
			}
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return s.cut(end)
			}
		}
		end++
	}
	return s.cut(end)
}

func (s *scanner) cut(end int) []byte {
	value := s.rest[:end]
	s.rest = s.rest[end:]
	return value
}

// stringEnd returns where the string ends that begins at start.
func stringEnd(text []byte, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
