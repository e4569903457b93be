package pilotstatus

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"reflect"
	"strconv"
)

const (
	// mediaBlock is the size of the base64 text that is decoded at a time, in bytes. Four
	// characters make three bytes.
	mediaBlock = 32 << 10

	// maxInlineText is the size of the longest text that stays whole in the JSON of an answer
	// with a file, in bytes. It is longer than the head of a data URI, and errors show it.
	maxInlineText = maxErrorBody

	longestEscape = len(`\u0000`) // in JSON, in bytes
)

var errNotBase64 = errors.New(`"base64" is neither base64 nor a data URI with it`)

// mediaAnswer is the answer with a file. The file is decoded while the answer arrives.
type mediaAnswer struct {
	mediaFields

	texts *textCutter
	file  *mediaFile
}

type mediaFields struct {
	File     mediaText `json:"base64" required:"true"`
	MimeType string    `json:"mimeType"`
	FileName string    `json:"fileName"`
	MediaID  string    `json:"mediaId"`
}

// cutTexts implements textTaker.
func (a *mediaAnswer) cutTexts(rest *bytes.Buffer) io.Writer {
	a.texts = &textCutter{rest: rest}
	return a.texts
}

// readAnswer reads the fields and completes the file, so that no part of an invalid file is
// written.
func (a *mediaAnswer) readAnswer(data []byte) error {
	if err := tagsOf(reflect.TypeFor[mediaFields]()).decode(data, &a.mediaFields); err != nil {
		return err
	}
	a.file = a.texts.fileOf(a.File)
	return a.file.close()
}

// textCutter is written the JSON of an answer. It decodes each long text as base64, and in
// rest keeps its beginning with a reference to it: "#" and its number. Base64 has no such
// character.
type textCutter struct {
	rest   *bytes.Buffer
	inText bool
	escape bool         // the last character was the backslash of an escape
	start  int          // of the present text in rest
	long   bool         // the present text is the last one of files
	files  []*mediaFile // the long texts so far
}

// Write implements io.Writer.
func (c *textCutter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if !c.inText {
			before, _, begins := bytes.Cut(p, []byte{'"'})
			p = p[len(before):]
			c.rest.Write(before)
			if begins {
				c.rest.WriteByte('"')
				p = p[1:]
				c.inText, c.start = true, c.rest.Len()
			}
			continue
		}
		text := p[:c.textEnd(p)]
		p = p[len(text):]
		c.add(text)
		if len(p) > 0 {
			c.rest.WriteByte('"')
			p = p[1:]
			c.inText, c.long = false, false
		}
	}
	return n, nil
}

// textEnd returns the index of the quote that ends the present text, len(p) without one.
func (c *textCutter) textEnd(p []byte) int {
	for i := 0; i < len(p); {
		if c.escape {
			c.escape = false
			i++
			continue
		}
		next := bytes.IndexAny(p[i:], `"\`)
		if next < 0 {
			break
		}
		i += next
		if p[i] == '"' {
			return i
		}
		c.escape = true
		i++
	}
	return len(p)
}

// add adds to the present text.
func (c *textCutter) add(text []byte) {
	if c.long {
		c.files[len(c.files)-1].write(text)
		return
	}
	c.rest.Write(text)
	if c.rest.Len()-c.start <= maxInlineText {
		return
	}
	file := newMediaFile(c.rest.Bytes()[c.start:])
	kept := c.rest.Bytes()[:c.start+maxInlineText]
	end := len(kept) - longestEscape
	if i := bytes.IndexByte(kept[end:], '\\'); i >= 0 { // an escape may not be complete
		kept = bytes.TrimRight(kept[:end+i], `\`) // nor whole if it begins before end
	}
	c.rest.Truncate(len(kept))
	c.rest.WriteString("#" + strconv.Itoa(len(c.files)))
	c.files, c.long = append(c.files, file), true
}

// fileOf returns the file of a text in rest. A short text has no reference.
func (c *textCutter) fileOf(text mediaText) *mediaFile {
	if mark := bytes.LastIndexByte(text, '#'); mark >= maxInlineText-longestEscape {
		if n, err := strconv.Atoi(string(text[mark+1:])); err == nil && 0 <= n && n < len(c.files) {
			return c.files[n]
		}
	}
	return newMediaFile(text)
}

// mediaText is base64 text, bare or as a data URI: the inside of a JSON string, with its
// escapes.
type mediaText []byte

// UnmarshalJSON implements json.Unmarshaler.
func (t *mediaText) UnmarshalJSON(data []byte) error {
	if len(data) <= len(`""`) || data[0] != '"' {
		return nil // null, or not a text: there is no file
	}
	*t = bytes.Clone(data[1 : len(data)-1])
	return nil
}

// content returns the base64 text without the head of a data URI.
func (t mediaText) content() (mediaText, error) {
	const longestHead = 1 << 10 // longer searches for the comma would read all of a bare text
	if len(t) < len("data:") || !isDataURI(string(t[:len("data:")])) {
		return t, nil
	}
	end := bytes.IndexByte(t[:min(len(t), longestHead)], ',')
	if end < 0 || !isBase64Head(string(t[:end])) {
		return nil, errNotBase64
	}
	return t[end+1:], nil
}

// mediaFile is a file that is decoded while its text arrives.
type mediaFile struct {
	mediaPieces

	block   []byte // text in the standard alphabet that is not decoded yet
	escape  []byte // the beginning of an escape
	chars   int    // decoded so far
	padding int    // characters of padding so far
	err     error
}

// newMediaFile returns a file whose text begins with text.
func newMediaFile(text mediaText) *mediaFile {
	f := &mediaFile{block: make([]byte, 0, mediaBlock)}
	text, f.err = text.content()
	f.write(text)
	return f
}

// write adds to the text.
func (f *mediaFile) write(text []byte) {
	for len(text) > 0 && f.err == nil {
		if len(f.escape) > 0 {
			f.escape, text = append(f.escape, text[0]), text[1:]
			if f.escape[1] != 'u' || len(f.escape) == len(`\u0000`) {
				f.add([]byte{unescapeJSON(f.escape)})
				f.escape = f.escape[:0]
			}
			continue
		}
		plain, _, escaped := bytes.Cut(text, []byte{'\\'})
		f.add(plain)
		text = text[len(plain):]
		if escaped {
			f.escape, text = append(f.escape, '\\'), text[1:]
		}
	}
}

// add adds text without escapes.
func (f *mediaFile) add(text []byte) {
	for len(text) > 0 && f.err == nil {
		room := f.block[len(f.block):cap(f.block)]
		n := copy(room, text)
		f.block = f.block[:len(f.block)+len(standardChars(room[:n]))]
		text = text[n:]
		if len(f.block) == cap(f.block) {
			f.decode()
		}
	}
}

// decode decodes the block.
func (f *mediaFile) decode() {
	plain := bytes.TrimRight(f.block, "=")
	n, err := base64.RawStdEncoding.Decode(f.room(base64.RawStdEncoding.DecodedLen(len(plain))), plain)
	if err != nil || f.padding > 0 && len(plain) > 0 {
		f.mediaPieces, f.err = mediaPieces{}, errNotBase64
		return
	}
	f.take(n)
	f.chars, f.padding = f.chars+len(plain), f.padding+len(f.block)-len(plain)
	f.block = f.block[:0]
}

// close ends the text. The error is errNotBase64.
func (f *mediaFile) close() error {
	if f.err == nil {
		f.decode()
	}
	if f.err == nil && f.padding > 0 && f.padding != -f.chars&3 { // padding may be missing but not wrong
		f.err = errNotBase64
	}
	return f.err
}

// standardChars is inStandard for a text without escapes.
func standardChars(text []byte) []byte {
	for _, char := range []byte(" -_\t\r\n") {
		if bytes.IndexByte(text, char) >= 0 {
			return inStandard(text)
		}
	}
	return text // true for nearly all texts
}

// unescapeJSON returns the character of an escape in JSON. It is 0 if base64 text cannot
// contain it.
func unescapeJSON(escape []byte) byte {
	switch escape[1] {
	case '/':
		return '/'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'u':
		var code [2]byte
		if _, err := hex.Decode(code[:], escape[2:]); err == nil && code[0] == 0 {
			return code[1]
		}
	}
	return 0
}
