package main

import (
	"fmt"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
)

const (
	masked     = "(masked, it looks private)"
	longest    = 40 // characters of a word of the API
	mostDigits = 4  // in a word: more may be a phone number or an id
)

// isName reports whether a text has the form of a name of a program: letters, few digits
// and the marks between words.
func isName(text string) bool {
	digits := 0
	for _, r := range text {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', strings.ContainsRune("_-.*", r):
		default:
			return false
		}
	}
	return text != "" && len(text) <= longest && digits <= mostDigits
}

// maskName returns the name of a member, or a mask: the names of some members are data.
func maskName(name string) string {
	if !isName(name) {
		return masked
	}
	return name
}

// maskWord returns a word of a set, or a mask where it does not look like the known ones.
func maskWord(word string, known []string) string {
	isUpper := func(text string) bool { return strings.ToUpper(text) == text }
	switch {
	case slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, word) }):
		return word
	case !isName(word), !isUpper(word) && !slices.ContainsFunc(known, func(k string) bool { return !isUpper(k) }):
		return masked
	}
	return word
}

// wordOf returns a value of a string type of the package as the report may show it.
func wordOf(v any) string {
	value := reflect.ValueOf(v)
	if value.String() == "" {
		return "unknown"
	}
	return maskWord(value.String(), knownWords()[value.Type().Name()])
}

// mediaType returns the content type of an answer as the report may show it.
func mediaType(header http.Header) string {
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	switch parts := strings.Split(media, "/"); {
	case header.Get("Content-Type") == "":
		return "no content type"
	case err != nil, len(parts) != 2, !isName(strings.ReplaceAll(parts[0]+parts[1], "+", "")):
		return fmt.Sprintf("a content type %s", masked)
	}
	return media
}
