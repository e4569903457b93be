package emulator

import (
	"slices"
	"strings"
)

// countryCodes are the calling codes with one digit, and those with two; all others have
// three.
const (
	oneDigitCodes = "1 7"
	twoDigitCodes = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 " +
		"60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98"
	shortestNumber = 7 // digits of a phone without its country code, to be written in groups
)

// phone writes a phone that begins with a plus in groups, for people, such as
// +1 202 555 0143. Anything else it leaves as it is.
func phone(text string) string {
	digits, found := strings.CutPrefix(text, "+")
	if !found || onlyDigits(digits) != digits {
		return text
	}
	code := 3
	switch {
	case len(digits) < 3+shortestNumber:
		return text
	case slices.Contains(strings.Fields(oneDigitCodes), digits[:1]):
		code = 1
	case slices.Contains(strings.Fields(twoDigitCodes), digits[:2]):
		code = 2
	}
	groups := []string{"+" + digits[:code]}
	for rest := digits[code:]; rest != ""; {
		n := 3
		if len(rest) == 4 || len(rest) == 8 { // none of one or two digits is left
			n = 4
		}
		groups, rest = append(groups, rest[:n]), rest[n:]
	}
	return strings.Join(groups, " ")
}

// phoneWanted is what to search for a phone that was typed with its groups.
func phoneWanted(query string) string {
	digits := onlyDigits(query)
	if len(digits) < 4 || strings.Trim(query, "+0123456789 ()-./\u00a0") != "" {
		return query
	}
	if strings.HasPrefix(query, "+") {
		return "+" + digits
	}
	return digits
}

func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
