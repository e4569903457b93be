package pilotstatustest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// filePath is where links to received files lead.
const filePath = "/files/"

func fileRoutes() []route {
	return []route{on("", "GET "+filePath+"{file}", scopePublic, downloadFile)}
}

// downloadFile answers the link to a file as something to be saved, whatever it is.
func downloadFile(c *call) (any, *failure) {
	media, id := &c.state.media, c.params["file"]
	for _, owner := range media.owners[id] {
		file := media.files[mediaKey{owner, id}]
		if file.expired {
			continue
		}
		return answer{
			status: http.StatusOK, kind: inert(file.mimeType), body: file.data,
			header: http.Header{"Content-Disposition": {"attachment"}, "X-Content-Type-Options": {"nosniff"}},
		}, nil
	}
	return nil, notFound("File")
}

// inert is the type of a file, but for one that a page at the same address could run: its
// Content-Security-Policy would admit it.
func inert(mimeType string) string {
	if lower := strings.ToLower(mimeType); strings.Contains(lower, "script") || strings.Contains(lower, "css") {
		return "application/octet-stream"
	}
	return mimeType
}

// MessageFile returns a file of a message, by [Media.Part]. It fails with an
// [*UnknownIDError] for a message that is not there, and otherwise where the server does
// not have the file: it fetches none that is only named by URL.
func (s *Server) MessageFile(messageID, part string) (File, error) {
	v, err := s.findView(messageID)
	if err != nil {
		return File{}, err
	}
	if v.sent == nil {
		return s.receivedFile(messageID)
	}
	content := v.read()
	source := v.source(part)
	mimeType, text, ok := cutDataURI(source)
	if !ok {
		return File{}, noFile(messageID, part)
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return File{}, fmt.Errorf("pilotstatustest: the file %q of the message %q is no base64", part, messageID)
	}
	out := File{MimeType: mimeType, Data: data}
	for _, m := range content.files() {
		if m.Part == part {
			out.Kind = m.Kind
		}
	}
	return out, nil
}

func noFile(messageID, part string) error {
	return fmt.Errorf("pilotstatustest: the server has no file %q of the message %q", part, messageID)
}

func (s *Server) receivedFile(messageID string) (File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.state.anyRow(messageID)
	if r == nil {
		return File{}, s.state.unknownMessage(messageID)
	}
	file := s.state.rowFile(r)
	if file == nil {
		return File{}, noFile(messageID, "media")
	}
	return File{Kind: r.kind, MimeType: file.mimeType, FileName: file.fileName, Data: slices.Clone(file.data)}, nil
}

// files are the files of the message and its cards.
func (c *Content) files() []*Media {
	var all []*Media
	if c.Media != nil {
		all = append(all, c.Media)
	}
	for _, card := range c.Cards {
		all = append(all, card.Media)
	}
	return all
}

// source is what the request says of a file: a URL or a data URI.
func (v *chatView) source(part string) string {
	var in sendRequest
	var t templateBody
	if decode(v.sent.Body, &in) != nil {
		return ""
	}
	switch {
	case part == "media":
		return value(in.Media)
	case part == "header" && in.Header != nil:
		return in.Header.Content
	case part == "header" && decode(v.layout, &t) == nil && t.Header != nil:
		return t.Header.Base64
	case in.Carousel == nil:
		return ""
	}
	for i, card := range in.Carousel.Cards {
		if part == cardPart(i) {
			return cardSource(card.Media)
		}
	}
	return ""
}
