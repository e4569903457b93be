package pilotstatus

import (
	"cmp"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Recording is the audio of an activation call. It speaks a credential.
type Recording struct {
	ContentType   string `json:"contentType"`   // as in "audio/mpeg"; "application/octet-stream" where the API does not say
	ContentLength int64  `json:"contentLength"` // in bytes; -1: not known beforehand
	FileName      string `json:"fileName"`      // without a folder; "" where the API gives no usable name

	// Body is the audio as it arrives. Close it, read or not: that frees the
	// connection. A recording that breaks off ends in io.ErrUnexpectedEOF, and one
	// whose context ends in the context's error.
	Body io.ReadCloser `json:"-"`
}

// accept also asks for JSON, which is what errors come in.
func (r *Recording) accept() string { return "audio/*, application/json" }

func (r *Recording) take(header http.Header, length int64, body io.ReadCloser) {
	r.ContentType = cmp.Or(header.Get("Content-Type"), "application/octet-stream")
	r.ContentLength = max(length, -1)
	r.FileName = dispositionName(header.Get("Content-Disposition"))
	r.Body = body
}

// dispositionName returns the name in a Content-Disposition, without a folder, "" where there
// is none.
func dispositionName(disposition string) string {
	_, parameters, err := mime.ParseMediaType(disposition)
	if err != nil {
		return ""
	}
	return baseName(parameters["filename"])
}

// baseName cuts a name that a server gave to what stands for a file and no folder, on
// any system: a caller may join it to a path. It is "" where nothing is left.
func baseName(name string) string {
	name = strings.TrimSpace(name[strings.LastIndexAny(name, `/\`)+1:])
	if strings.Trim(name, ".") == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return ""
	}
	return name
}
