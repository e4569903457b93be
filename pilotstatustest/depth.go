package pilotstatustest

import (
	"bytes"
	"fmt"
)

// maxDepth is how deep arrays and objects of a request can be in each other.
const maxDepth = 100

// checkDepth refuses JSON that is deeper than so many levels. Where the text is no JSON the
// decoder says so.
func checkDepth(data []byte, levels int) error {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i += endOfString(data[i+1:])
		case '{', '[':
			if depth++; depth > levels {
				return fmt.Errorf("more than %d levels of JSON", levels)
			}
		case '}', ']':
			depth--
		}
	}
	return nil
}

// endOfString is how far behind its first quote a string ends, with its last quote.
func endOfString(rest []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(rest[at:], '"')
		if i < 0 {
			return len(rest)
		}
		before := rest[:at+i]
		if slashes := len(before) - len(bytes.TrimRight(before, `\`)); slashes%2 == 0 {
			return at + i + 1
		}
		at += i + 1
	}
}
