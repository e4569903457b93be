package pilotstatus

import "strings"

// maxPlainObject is how long a text may be, in bytes, to be read here: what is read keeps
// all of it in memory.
const maxPlainObject = 4 << 10

// readPlainObject reads a flat JSON object whose names and values are plain texts:
// printable ASCII without escapes, or null, which is "". It calls set for each member, in
// order. The answer to a send is such an object, and JSON v2 would take a seventh of the
// time of the send for it. It is false for every other text, right or wrong, also after
// calls of set: JSON v2 has to judge then.
func readPlainObject(data []byte, set func(name, value string)) bool {
	if len(data) > maxPlainObject {
		return false
	}
	rest, ok := strings.CutPrefix(skipBlanks(string(data)), "{")
	for ok {
		var name, value string
		if name, rest, ok = cutPlainText(rest); !ok {
			break
		}
		if rest, ok = strings.CutPrefix(skipBlanks(rest), ":"); !ok {
			break
		}
		if value, rest, ok = cutPlainValue(rest); !ok {
			break
		}
		set(name, value)
		rest = skipBlanks(rest)
		if end, closed := strings.CutPrefix(rest, "}"); closed {
			return skipBlanks(end) == ""
		}
		rest, ok = strings.CutPrefix(rest, ",")
	}
	return false
}

// cutPlainValue cuts a text or null, which is "", from the beginning of rest.
func cutPlainValue(rest string) (value, after string, ok bool) {
	if after, ok = strings.CutPrefix(skipBlanks(rest), "null"); ok {
		return "", after, true
	}
	return cutPlainText(rest)
}

// cutPlainText cuts a text from the beginning of rest.
func cutPlainText(rest string) (text, after string, ok bool) {
	if rest, ok = strings.CutPrefix(skipBlanks(rest), `"`); !ok {
		return "", "", false
	}
	for i := range len(rest) {
		switch b := rest[i]; {
		case b == '"':
			return rest[:i], rest[i+1:], true
		case b < ' ' || b > '~' || b == '\\':
			return "", "", false
		}
	}
	return "", "", false
}

// skipBlanks cuts what JSON calls insignificant from the beginning of rest.
func skipBlanks(rest string) string {
	for rest != "" && (rest[0] == ' ' || rest[0] == '\n' || rest[0] == '\r' || rest[0] == '\t') {
		rest = rest[1:]
	}
	return rest
}
