package pilotstatus

import (
	"encoding/base64"
	"io"
	"mime"
	"strings"
)

// DataURI reads r to its end and returns it as a data URI, the form in which files go
// into a request: Media.Source of a message, TemplateHeader.Source, a document of
// PhoneLines. contentType is the file's, as in "image/png". The whole file is in memory
// then, as base64 text, which is a third longer than the file. The error is that of r, or a
// *ValidationError for a content type that is none or does not fit into a data URI.
func DataURI(r io.Reader, contentType string) (string, error) {
	if r == nil {
		return "", invalid("r", "it is nil")
	}
	mediaType, err := dataURIType(contentType)
	if err != nil {
		return "", err
	}
	var uri strings.Builder
	uri.WriteString("data:" + mediaType + ";base64,")
	encoder := base64.NewEncoder(base64.StdEncoding, &uri)
	if _, err := io.Copy(encoder, r); err != nil {
		return "", err
	}
	if err := encoder.Close(); err != nil {
		return "", err
	}
	return uri.String(), nil
}

// dataURIType returns a content type in the form that it has in a data URI: without
// blanks, and without quotes, in which a comma could end it early.
func dataURIType(contentType string) (string, error) {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || !strings.Contains(mediaType, "/") {
		return "", invalid("contentType", `it must be one, as in "image/png"`)
	}
	text := mime.FormatMediaType(mediaType, parameters)
	if text == "" || strings.ContainsAny(text, `"%#`) {
		return "", invalid("contentType", "its parameters must be plain words in a data URI; leave them out")
	}
	return strings.ReplaceAll(text, "; ", ";"), nil
}
