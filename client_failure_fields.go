package pilotstatus

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pilotstatus/pilotstatus-go/internal/redact"
)

const (
	maxFields     = 10 // that an error names
	maxFieldName  = 64 // bytes
	maxFieldDepth = 5  // of the objects and lists that are looked through for them
)

// refusedFields returns the names of the fields that a validation refused, never a value.
// The API documents details; the other places are those that existing programs read.
func (c *call) refusedFields(status int, body []byte) []string {
	if status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
		return nil
	}
	found := fieldFinder{private: c.private()}
	found.readBody(body, maxFieldDepth)
	return found.names
}

// fieldFinder collects the names of fields.
type fieldFinder struct {
	private redact.Private
	names   []string
}

// readBody reads the fields that may hold names, also those of an object in "error".
func (f *fieldFinder) readBody(body []byte, depth int) {
	var members map[string]json.RawMessage
	if depth == 0 || unmarshalAnswer(body, &members) != nil {
		return
	}
	for _, name := range []string{"details", "issues", "errors", "validationErrors"} {
		f.read("", members[name], depth-1)
	}
	if beginsObject(members["error"]) {
		f.readBody(members["error"], depth-1)
	}
}

// read collects names from a value of the answer. prefix is the path of the value if the
// names in it are parts of a path.
func (f *fieldFinder) read(prefix string, value []byte, depth int) {
	if depth == 0 || len(f.names) == maxFields {
		return
	}
	var list []json.RawMessage
	if unmarshalAnswer(value, &list) == nil {
		for _, element := range list {
			f.read(prefix, element, depth-1)
		}
		return
	}
	var members map[string]json.RawMessage
	if unmarshalAnswer(value, &members) == nil && !f.readComplaint(members) {
		f.readMembers(prefix, members, depth)
	}
}

// readComplaint reads an object that has the name of a field, as in
// {"path":["to"],"message":"Required"}, and reports whether it is such an object.
func (f *fieldFinder) readComplaint(members map[string]json.RawMessage) bool {
	for _, name := range []string{"path", "field", "key", "param", "property", "instancePath", "loc"} {
		value, ok := members[name]
		if isPath := name == "path" || name == "loc"; ok && (isPath || bytes.HasPrefix(value, []byte(`"`))) {
			f.add(fieldPath(value))
			return true
		}
	}
	return false
}

// readMembers reads an object of complaints by the names of their fields, as in
// {"to":["Required"]}.
func (f *fieldFinder) readMembers(prefix string, members map[string]json.RawMessage, depth int) {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		value := members[name]
		switch name {
		case "missingKeys", "missing", "unknownFields", "unknown":
			f.addList(value)
		case "invalidKeys", "fieldErrors", "fields", "issues", "errors", "details", "validationErrors":
			f.read(prefix, value, depth-1)
		case "formErrors", "_errors", "message", "msg", "error", "code", "reason", "type", "expected", "received", "limit", "value":
			// They are about the complaint.
		default:
			if complains(value) {
				f.add(prefix + name)
			} else if beginsObject(value) {
				f.read(prefix+name+".", value, depth-1)
			}
		}
	}
}

// addList adds the names of a list.
func (f *fieldFinder) addList(value []byte) {
	var names []string
	if unmarshalAnswer(value, &names) == nil {
		for _, name := range names {
			f.add(name)
		}
	}
}

// complains reports whether a value describes a problem: a text, a list of texts, or an
// object with a text in "_errors".
func complains(value []byte) bool {
	var text string
	var texts []string
	var object struct {
		Errors []string `json:"_errors"`
	}
	return unmarshalAnswer(value, &text) == nil && text != "" ||
		unmarshalAnswer(value, &texts) == nil && len(texts) > 0 ||
		unmarshalAnswer(value, &object) == nil && len(object.Errors) > 0
}

// fieldPath returns a name, or the parts of one with dots between them.
func fieldPath(value []byte) string {
	var name string
	if unmarshalAnswer(value, &name) == nil {
		return strings.ReplaceAll(strings.TrimLeft(name, "/."), "/", ".")
	}
	var parts []any
	if unmarshalAnswer(value, &parts) != nil {
		return ""
	}
	names := make([]string, 0, len(parts))
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			names = append(names, part)
		case float64:
			names = append(names, strconv.FormatFloat(part, 'f', -1, 64))
		}
	}
	return strings.Join(names, ".")
}

// add adds a name, unless it is known, private, or does not look like a name. Even a short
// value of the call is not accepted as a name.
func (f *fieldFinder) add(name string) {
	known := len(f.names) == maxFields || slices.Contains(f.names, name)
	if known || !isFieldName(name) || f.private.Hides(name) || f.private.Has(name) {
		return
	}
	f.names = append(f.names, name)
}

// isFieldName reports whether a text looks like the name of a field or a path to one:
// letters, digits and _, with dots, hyphens and brackets inside.
func isFieldName(name string) bool {
	if name == "" || len(name) > maxFieldName || !utf8.ValidString(name) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(name)
	return (unicode.IsLetter(first) || first == '_') && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_.-[]", r)
	})
}
