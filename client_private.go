package pilotstatus

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pilotstatus/pilotstatus-go/internal/redact"
)

// private returns the values that no error of this call may show.
func (c *call) private() redact.Private {
	if c.hidden != nil {
		return c.hidden
	}
	values := append(c.client.private(), c.op.privateParams(c.in.path)...)
	values = append(values, c.key)
	for name, query := range c.query {
		for _, value := range query {
			if !isAPIWord(name, value) {
				values = append(values, value)
			}
		}
	}
	values = append(values, bodyTexts(c.body)...)
	if c.op.name == opDo {
		values = append(values, idSegments(c.op.route)...)
	}
	// A list repeats its texts; search for each of them once.
	slices.Sort(values)
	values = slices.Compact(values)
	c.hidden = values
	return values
}

// idSegments returns the segments of a path of Client.Do that look like ids.
func idSegments(path string) []string {
	var ids []string
	for segment := range strings.SplitSeq(path, "/") {
		if segment != "v1" && strings.ContainsAny(segment, "0123456789_@%=") {
			plain, _ := url.PathUnescape(segment)
			ids = append(ids, segment, plain)
		}
	}
	return ids
}

// credential returns the credential of the call's client, "" without one.
func (c *call) credential() string {
	if c.client.cred.reveal == nil {
		return ""
	}
	return c.client.cred.reveal()
}

// bodyTexts returns every text and number of a request body, except the API's own words and
// the ids of templates and Flows.
func bodyTexts(body []byte) []string {
	var value any
	if len(body) == 0 || unmarshalAnswer(body, &value) != nil {
		return nil
	}
	return appendTexts(nil, value, false)
}

// appendTexts appends the texts and numbers of value. own is true if the names in value are
// the caller's, not the API's.
func appendTexts(texts []string, value any, own bool) []string {
	switch value := value.(type) {
	case string:
		texts = append(texts, value)
	case float64: // a PIN may be a number
		texts = append(texts, strconv.FormatFloat(value, 'f', -1, 64))
	case []any:
		for _, element := range value {
			texts = appendTexts(texts, element, own)
		}
	case map[string]any:
		for key, element := range value {
			if own || !isAPIWord(key, element) {
				texts = appendTexts(texts, element, own || hasOwnNames(key))
			}
		}
	}
	return texts
}
