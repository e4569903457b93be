package emulator

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
)

// Bounds of the bodies of the JSON API.
const (
	maxBody = 1 << 20  // a text of 65,536 characters, whatever they are, has room in it
	maxFile = 24 << 20 // of a file in base64, 16 MB of it
)

// decodeBody decodes the body of a request into v, whose field NumberID is the member
// numberId. An empty body leaves v as it is.
func decodeBody(w http.ResponseWriter, r *http.Request, limit int64, v any) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return failf(http.StatusRequestEntityTooLarge, "TOO_LARGE", "the body is larger than %d bytes", limit)
	}
	if err != nil {
		return invalid("the body could not be read: %v", err)
	}
	if len(body) == 0 {
		return lacking(v)
	}
	if err := json.Unmarshal(body, v, json.MatchCaseInsensitiveNames(true), json.RejectUnknownMembers(true),
		json.WithUnmarshalers(json.UnmarshalFunc(decodeDuration))); err != nil {
		return explain(err, v)
	}
	return lacking(v)
}

// decodeDuration reads text such as 1.5s.
func decodeDuration(data []byte, d *time.Duration) error {
	text := ""
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	parsed, err := time.ParseDuration(text)
	*d = parsed
	return err
}

// query reads the parameters of a request; the first that is wrong is kept.
type query struct {
	values map[string][]string
	err    error
}

func (q *query) text(name string) string {
	if len(q.values[name]) == 0 {
		return ""
	}
	return q.values[name][0]
}

func (q *query) wrong(name, want string) {
	if q.err == nil {
		q.err = invalid("%s is %q and must be %s", name, q.text(name), want)
	}
}

// number reads a number from least to most, or otherwise where it is missing.
func (q *query) number(name string, least, most, otherwise int) int {
	if q.text(name) == "" {
		return otherwise
	}
	n, err := strconv.Atoi(q.text(name))
	if err != nil || n < least || n > most {
		q.wrong(name, "a number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
	}
	return n
}

func (q *query) flag(name string) bool {
	switch q.text(name) {
	case "", "false":
		return false
	case "true":
		return true
	}
	q.wrong(name, "true or false")
	return false
}

// duration reads a duration up to most, or otherwise where it is missing.
func (q *query) duration(name string, most, otherwise time.Duration) time.Duration {
	if q.text(name) == "" {
		return otherwise
	}
	d, err := time.ParseDuration(q.text(name))
	if err != nil || d < 0 || d > most {
		q.wrong(name, "a time such as 500ms, up to "+most.String())
	}
	return d
}
