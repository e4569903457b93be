package pilotstatus

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// maxMedia is how large the answer of Media.Download may be, in bytes of JSON.
	// The file in it is a quarter smaller.
	maxMedia = 160 << 20

	// mediaBlock is how much base64 text is decoded at a time. Four characters make
	// three bytes.
	mediaBlock = 32 << 10
)

var (
	errHasNoFile = errors.New(`the answer has no "base64"`)
	errNotBase64 = errors.New(`"base64" is neither base64 nor a data URI with it`)
)

// DownloadMedia names the file for Media.Download.
type DownloadMedia struct {
	MediaID string // ChatMedia.ID, or the mediaId of an event

	// PhoneNumberID is Meta's id of the phone number. It is neither the number id of
	// this API nor a phone number. Inbound events carry it
	// (InboundMessage.PhoneNumberID); rows of the Inbox do not, so keep it.
	PhoneNumberID string

	Link string // of an event of a web number; it is fetched without the key
}

func (d DownloadMedia) validate() error { return required("PhoneNumberID", d.PhoneNumberID) }

func (d DownloadMedia) query() queryValues {
	q := queryValues{}
	q.text("phoneNumberId", d.PhoneNumberID)
	return q
}

// MediaInfo describes a downloaded file.
type MediaInfo struct {
	MimeType string `json:"mimeType"` // as in "image/jpeg"

	// FileName is what the contact called the file, without directories and never
	// "." or "..". It is "" for most files that are no documents.
	FileName string `json:"fileName"`

	MediaID string `json:"mediaId"`
	Size    int64  `json:"size"` // of the file, in bytes
}

// mediaAnswer is a file on the wire.
type mediaAnswer struct {
	File     mediaText `json:"base64"`
	MimeType string    `json:"mimeType"`
	FileName string    `json:"fileName"`
	MediaID  string    `json:"mediaId"`
}

// check decodes the file to nowhere, so that nothing of a broken one is written.
func (a *mediaAnswer) check() error {
	if a.File == nil {
		return errHasNoFile
	}
	_, err := a.File.writeTo(io.Discard)
	return err
}

// mediaText is base64 text, bare or as a data URI: the inside of a JSON string, with
// its escapes. It is a part of the answer and no copy of it: the text is large.
type mediaText []byte

// UnmarshalJSON keeps a part of data. That is safe for an answer with a limit of its
// own, whose bytes are not used again.
func (t *mediaText) UnmarshalJSON(data []byte) error {
	if len(data) <= len(`""`) || data[0] != '"' {
		return nil // null, or no text: there is no file
	}
	*t = data[1 : len(data)-1]
	return nil
}

// content returns the base64 text without what a data URI begins with.
func (t mediaText) content() (mediaText, error) {
	const longestHead = 1 << 10 // looking for the comma of a bare text would read all of it
	if len(t) < len("data:") || !isDataURI(string(t[:len("data:")])) {
		return t, nil
	}
	end := bytes.IndexByte(t[:min(len(t), longestHead)], ',')
	if end < 0 || !strings.HasSuffix(strings.ToLower(string(t[:end])), ";base64") {
		return nil, errNotBase64
	}
	return t[end+1:], nil
}

// writeTo decodes the file to w, block by block, and returns its size.
func (t mediaText) writeTo(w io.Writer) (size int64, err error) {
	text, err := t.content()
	if err != nil {
		return 0, err
	}
	block := make([]byte, min(mediaBlock, len(text)))
	file := make([]byte, base64.StdEncoding.DecodedLen(len(block)))
	ended := false // by padding
	for len(text) > 0 {
		filled, rest := text.unescape(block)
		text = rest
		n, err := base64.StdEncoding.Decode(file, block[:filled])
		if err != nil || ended && filled > 0 {
			return size, errNotBase64
		}
		ended = n < base64.StdEncoding.DecodedLen(filled)
		written, err := w.Write(file[:n])
		size += int64(written)
		if err != nil {
			return size, err
		}
		if written < n {
			return size, io.ErrShortWrite
		}
	}
	return size, nil
}

// unescape fills block with the beginning of the text, without its escapes and line
// breaks, and returns how much it is and what is left of the text.
func (t mediaText) unescape(block []byte) (filled int, rest mediaText) {
	for filled < len(block) && len(t) > 0 {
		plain := t[:min(len(block)-filled, len(t))]
		if escape := bytes.IndexByte(plain, '\\'); escape >= 0 {
			plain = plain[:escape]
		}
		filled += copy(block[filled:], plain)
		t = t[len(plain):]
		if filled < len(block) && len(t) > 0 { // it begins with an escape
			char, length := unescapeJSON(t)
			t = t[length:]
			if char != '\n' && char != '\r' {
				block[filled] = char
				filled++
			}
		}
	}
	return filled, t
}

// unescapeJSON returns the character of the escape that valid JSON text begins with,
// and the length of the escape. A character that base64 text cannot have is 0.
func unescapeJSON(text []byte) (char byte, length int) {
	switch text[1] {
	case '/':
		return '/', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 'u':
		var code [2]byte
		if _, err := hex.Decode(code[:], text[2:6]); err == nil && code[0] == 0 {
			return code[1], 6
		}
		return 0, 6
	}
	return 0, 2
}

// MediaService downloads files that contacts sent to an official number. There is no
// upload: files go out with Messages.Send.
type MediaService struct{ client *Client }

// Download writes a file to w and returns what it is. Download it as soon as the message
// is there: Meta's link to it lives for minutes, after which the API fails with 404 or
// 500. It works on official numbers only; the files of web numbers have no media id:
// fetch ChatMedia.URL with a plain http.Client, without the API's headers.
//
// The file comes as text inside one JSON answer of up to 160 MiB, above which the error
// is a *DecodeError that wraps ErrResponseTooLarge. The text is in memory once; the file
// itself goes straight to w. Nothing is written before the whole answer is there and
// proves readable, and the call is repeated until then only. A large file may need more
// than the attempt timeout: see ContextWithAttemptTimeout. An error of w is wrapped; part
// of the file may be written then.
func (s MediaService) Download(ctx context.Context, in DownloadMedia, w io.Writer) (*MediaInfo, error) {
	if w == nil {
		return nil, invalid("w", "it is nil; use io.Discard to download for nothing")
	}
	answer, err := invoke[mediaAnswer](ctx, s.client, opMediaDownload, input{path: params{in.MediaID}, query: in, limit: maxMedia})
	if err != nil {
		return nil, err
	}
	size, err := answer.File.writeTo(w)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", opMediaDownload.name, err)
	}
	return &MediaInfo{
		MimeType: answer.MimeType,
		FileName: baseName(answer.FileName),
		MediaID:  answer.MediaID,
		Size:     size,
	}, nil
}
