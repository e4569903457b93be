package pilotstatus

import (
	"cmp"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// queryOf returns the parameters of a query: [url.Values] as they are, or the fields of
// options that have the tag query, with the name of the parameter. Zero values are left
// out: the API has a default for each. true is sent as 1, or as the text behind the name
// and a comma.
func queryOf(options any) (url.Values, error) {
	if values, ok := options.(url.Values); ok {
		return values, checkQuery(values)
	}
	values := url.Values{}
	for field, value := range reflect.ValueOf(options).Fields() {
		name, word, _ := strings.Cut(field.Tag.Get("query"), ",")
		if name == "" || value.IsZero() {
			continue
		}
		text := ""
		var err error
		switch value.Kind() {
		case reflect.String:
			text, err = value.String(), checkText(name, value.String())
		case reflect.Int:
			text, err = strconv.FormatInt(value.Int(), 10), notNegative(field.Name, value.Int())
		case reflect.Bool:
			text = cmp.Or(word, "1")
		case reflect.Struct:
			at, _ := reflect.TypeAssert[time.Time](value)
			text, err = requestTime(field.Name, at)
		}
		if err != nil {
			return nil, err
		}
		if text != "" {
			values[name] = []string{text}
		}
	}
	return values, nil
}

// notNegative refuses a negative count, for which the options have 0.
func notNegative(field string, count int64) error {
	if count < 0 {
		return invalid(field, "it is negative; 0 stands for the API's default")
	}
	return nil
}

// checkQuery refuses a query with invalid UTF-8, which the API would read as other
// characters.
func checkQuery(query url.Values) error {
	for name, values := range query {
		if !utf8.ValidString(name) {
			return invalid("Query", alteredText)
		}
		for _, value := range values {
			if !utf8.ValidString(value) {
				return invalid(name, alteredText)
			}
		}
	}
	return nil
}
