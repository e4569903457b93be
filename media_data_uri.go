package pilotstatus

import (
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"mime"
	"slices"
	"strings"
)

// DataURI reads r to its end and returns the content as a data URI, for a file in a
// request: [MessageMedia].Source of a message, [TemplateHeader].Source, or a document of
// [PhoneLinesService]. contentType is the content type of the file, as in "image/png". The
// whole file is in memory as base64 text, a third longer than the file; if r has neither a
// method Len nor a working Seek, a copy of the file is in memory too until DataURI returns.
// The error is that of r, or a [*ValidationError] for a content type that is invalid or cannot
// be part of a data URI.
func DataURI(r io.Reader, contentType string) (string, error) {
	if r == nil {
		return "", invalid("r", "it is nil")
	}
	mediaType, err := dataURIType(contentType)
	if err != nil {
		return "", err
	}
	file, size, err := sized(r)
	if err != nil {
		return "", err
	}
	head := "data:" + mediaType + ";base64,"
	var uri strings.Builder
	uri.Grow(len(head) + base64.StdEncoding.EncodedLen(size))
	uri.WriteString(head)
	encoder := base64.NewEncoder(base64.StdEncoding, &uri)
	if _, err := io.Copy(encoder, file); err != nil {
		return "", err
	}
	if err := encoder.Close(); err != nil {
		return "", err
	}
	return uri.String(), nil
}

// sized returns a reader of the rest of r, and its size in bytes. If r does not tell it, r is
// read first. A size that is wrong costs memory only.
func sized(r io.Reader) (io.Reader, int, error) {
	if known, ok := r.(interface{ Len() int }); ok {
		return r, min(max(known.Len(), 0), maxMedia), nil
	}
	if s, ok := r.(io.Seeker); ok {
		if at, err := s.Seek(0, io.SeekCurrent); err == nil { // a pipe is a file without a position
			end, _ := s.Seek(0, io.SeekEnd)
			_, err := s.Seek(at, io.SeekStart)
			return r, int(min(max(end-at, 0), maxMedia)), err
		}
	}
	var file mediaPieces
	_, err := io.Copy(&file, r)
	return file.reader(), int(file.size), err
}

// dataURIType returns a content type in the form for a data URI: without blanks, and
// without quotes, because a comma in quotes could end it early.
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

// standardDataURI returns a source with the base64 of a data URI in its standard form. It
// does not change other sources, other encodings or the head of the URI.
func standardDataURI(field, source string) (string, error) {
	if !isDataURI(source) {
		return source, nil
	}
	head, data, found := strings.Cut(source, ",")
	if !found || !isBase64Head(head) {
		return source, nil
	}
	standard, ok := standardBase64(withoutPercents(data))
	if !ok {
		return "", invalid(field, "the base64 of its data URI is broken; DataURI makes one from a file")
	}
	if standard == data {
		return source, nil
	}
	return head + "," + standard, nil
}

// withoutPercents decodes the base64 characters that URI encoders write with a percent
// sign.
func withoutPercents(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	return strings.NewReplacer("%2B", "+", "%2b", "+", "%2F", "/", "%2f", "/", "%3D", "=", "%3d", "=").Replace(text)
}

// isBase64Head reports whether a data URI with this head holds base64. Blanks from broken
// lines are ignored.
func isBase64Head(head string) bool {
	return strings.HasSuffix(strings.ToLower(strings.TrimRight(head, base64Blanks)), ";base64")
}

// base64Blanks may be anywhere in base64, from wrapped or copied text.
const base64Blanks = " \t\r\n"

// standardBase64 returns base64 in the standard alphabet, padded and without blanks. It
// returns false for text that is not base64 and for wrong padding.
func standardBase64(text string) (string, bool) {
	if strings.ContainsAny(text, base64Blanks+"-_") {
		text = string(inStandard([]byte(text)))
	}
	plain := strings.TrimRight(text, "=")
	missing := -len(plain) & 3
	if missing == 3 || strings.ContainsFunc(plain, notBase64) {
		return "", false
	}
	switch len(text) - len(plain) {
	case missing:
		return text, true
	case 0:
		return plain + "=="[:missing], true
	}
	return "", false
}

// standardChar returns a base64 character in the standard alphabet, and false for a blank.
func standardChar(char byte) (byte, bool) {
	switch char {
	case '-':
		return '+', true
	case '_':
		return '/', true
	case ' ', '\t', '\r', '\n':
		return 0, false
	}
	return char, true
}

// inStandard converts base64 to the standard alphabet in place and removes its blanks.
func inStandard(text []byte) []byte {
	standard := text[:0]
	for _, char := range text {
		if char, ok := standardChar(char); ok {
			standard = append(standard, char)
		}
	}
	return standard
}

func notBase64(r rune) bool {
	return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '+' && r != '/'
}

// standard returns the header with a data URI in its standard form.
func (h *TextHeader) standard() (*TextHeader, error) {
	if h == nil || h.Type == TextHeaderTypeText {
		return h, nil
	}
	content, err := standardDataURI("Content.Header.Content", h.Content)
	return &TextHeader{Type: h.Type, Content: content}, err
}

// standardCards returns the cards with data URIs in their standard form. It checks every
// value of Media, because the API's reference does not name the keys.
func standardCards(cards []CarouselCard) ([]CarouselCard, error) {
	standard := slices.Clone(cards)
	for i, card := range cards {
		standard[i].Media = maps.Clone(card.Media)
		for key, value := range card.Media {
			value, err := standardDataURI(fmt.Sprintf("Content.Cards[%d].Media", i), value)
			if err != nil {
				return nil, err
			}
			standard[i].Media[key] = value
		}
	}
	return standard, nil
}

func isDataURI(source string) bool {
	const scheme = "data:"
	return len(source) >= len(scheme) && strings.EqualFold(source[:len(scheme)], scheme)
}
