package emulator

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// piece is a part of a text with a class of the style sheet: h for headers, k for names,
// s for strings, n1 for other values, mark for what the fake does not know.
type piece struct{ Text, Class string }

const (
	maxShown  = 32 << 10 // bytes of a body that are shown
	maxString = 600      // bytes of a string in JSON that are shown
	maxIndent = 16 << 20 // bytes that indenting a body adds: each line takes its depth again
)

// pretty writes JSON with two spaces, and anything else as it is. Names in unknown are
// marked. Long strings, such as files, are cut.
func pretty(body []byte, unknown map[string]bool) []piece {
	var out bytes.Buffer
	if indent(body) > maxIndent || !json.Valid(body) || json.Indent(&out, bytes.TrimSpace(body), "", "  ") != nil {
		return []piece{{Text: cut(strings.ToValidUTF8(string(body), "�"), maxShown)}}
	}
	return cutPieces(tokens(out.String(), unknown))
}

// indent is at most how many bytes indenting JSON adds. What stands in strings counts too.
func indent(body []byte) int {
	depth, deepest, lines := 0, 0, 0
	for _, c := range body {
		switch c {
		case '{', '[':
			depth++
			lines++
			deepest = max(deepest, depth)
		case '}', ']':
			depth--
			lines++
		case ',':
			lines++
		}
	}
	return lines * (2*deepest + 1)
}

// tokens splits indented JSON, as much of it as is shown.
func tokens(text string, unknown map[string]bool) []piece {
	var pieces []piece
	left := maxShown
	for text != "" && left >= 0 {
		switch c := text[0]; {
		case c == '"':
			n := stringEnd(text)
			pieces = append(pieces, stringPiece(text[:n], strings.HasPrefix(text[n:], ":"), unknown))
			text = text[n:]
		case strings.IndexByte("{}[],: \n", c) >= 0:
			n := len(text) - len(strings.TrimLeft(text, "{}[],: \n"))
			pieces = append(pieces, piece{Text: text[:n]})
			text = text[n:]
		default:
			n := strings.IndexAny(text, ",\n]} ")
			if n < 0 {
				n = len(text)
			}
			pieces = append(pieces, piece{text[:n], "n1"})
			text = text[n:]
		}
		left -= len(pieces[len(pieces)-1].Text)
	}
	return pieces
}

// stringEnd is the length of the string with which valid JSON begins.
func stringEnd(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

func stringPiece(text string, isName bool, unknown map[string]bool) piece {
	switch {
	case isName && unknown[strings.Trim(text, `"`)]:
		return piece{text, "mark"}
	case isName:
		return piece{text, "k"}
	}
	return piece{cut(text, maxString), "s"}
}

// cutPieces bounds what is shown.
func cutPieces(pieces []piece) []piece {
	left := maxShown
	for i := range pieces {
		if left -= len(pieces[i].Text); left < 0 {
			return append(pieces[:i:i], piece{Text: "\n… cut here"})
		}
	}
	return pieces
}

// cut shortens a text and says so.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := limit * 2 / 3
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "… (" + grouped(len(text)) + " bytes)"
}
