package pilotstatustest

import (
	"bytes"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// lax are the options for JSON of others, in which the API takes a name twice and text that
// is not UTF-8.
func lax() jsonv2.Options {
	return jsonv2.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// Snapshot returns the state as JSON, which [ReadSnapshot] takes. It has the secrets. What
// others wrote, such as the body of a send, is in one line.
func (s *Server) Snapshot() []byte {
	text, _ := jsonv2.Marshal(s.snapshotForm(), lax(), jsonv2.Deterministic(true)) // all of it has a JSON form
	return append(indent(text), '\n')
}

// indent breaks the lines of a snapshot. Those of others stay whole: with a line for each of
// its brackets a short text becomes as long as the square of its depth.
func indent(text []byte) []byte {
	var out bytes.Buffer
	dec := jsontext.NewDecoder(bytes.NewReader(text), lax())
	newLine := func(depth int) { out.WriteString("\n" + strings.Repeat("  ", depth)) }
	var name string
	for {
		depth := dec.StackDepth()
		in, before := dec.StackIndex(depth)
		kind := dec.PeekKind()
		switch {
		case kind == '}' || kind == ']':
			if before > 0 {
				newLine(depth - 1)
			}
		case in == '{' && before%2 == 1:
			out.WriteString(": ")
		case in != 0:
			if before > 0 {
				out.WriteByte(',')
			}
			newLine(depth)
		}
		one, err := nextPiece(dec, name)
		if err != nil {
			return out.Bytes() // the end
		}
		if name = ""; in == '{' && before%2 == 0 {
			name = string(one)
		}
		out.Write(one)
	}
}

// nextPiece returns the next token, or the whole value of a member that others wrote.
func nextPiece(dec *jsontext.Decoder, name string) ([]byte, error) {
	theirs := slices.Contains([]string{`"body"`, `"layout"`, `"form"`}, name)
	if kind := dec.PeekKind(); !theirs && strings.ContainsRune("{}[]", rune(kind)) {
		_, err := dec.ReadToken()
		return []byte{byte(kind)}, err
	}
	return dec.ReadValue()
}
