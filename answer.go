package pilotstatus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
)

const (
	maxAnswer    = 10 << 20 // of JSON
	maxErrorBody = 64 << 10 // kept in an error

	// errorBodySlack is read beyond maxErrorBody, so that a credential across
	// that border is still seen and cut out whole.
	errorBodySlack = 4 << 10

	// maxPooled keeps one large answer from staying in memory for ever.
	maxPooled = 256 << 10
)

var (
	errHTML       = errors.New("it is an HTML page")
	errMarkup     = errors.New("it is markup that is no HTML")
	errNoBody     = errors.New("the answer is empty")
	errHasNoValid = errors.New(`the answer has no "valid"`)
	errHasNoInput = errors.New("a row of the answer has no input")
	errHasNoID    = errors.New("the answer has no id")
	errHasNoKey   = errors.New("the answer has no key")
)

// read reads the answer of one attempt and decodes it.
func (c *call) read(ctx context.Context, a *attempt, resp *http.Response) outcome {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		// Its body is the connection, which obeys no context.
		return c.refused(resp, nil)
	}
	limit := c.limit()
	if !isSuccess(resp.StatusCode) {
		limit = maxErrorBody + errorBodySlack
	}
	buffer := c.client.core().buffer()
	if c.in.limit == 0 {
		defer c.client.core().release(buffer)
	} else if 0 < resp.ContentLength && resp.ContentLength <= limit {
		buffer.Grow(int(resp.ContentLength) + bytes.MinRead) // growing step by step would hold it more than once
	}
	err := a.fill(buffer, resp, limit)
	if err != nil && !isBadCoding(err) {
		err = c.endOf(ctx, err)
	}
	body := buffer.Bytes()
	if !isSuccess(resp.StatusCode) {
		o := c.refused(resp, body)
		o.partial = err != nil
		return o
	}
	return c.decode(resp, body, err)
}

// limit is how large an answer of success may be, in bytes.
func (c *call) limit() int64 {
	if c.in.limit > 0 {
		return c.in.limit
	}
	return maxAnswer
}

// buffer returns an empty buffer.
func (c *core) buffer() *bytes.Buffer {
	if b, ok := c.buffers.Get().(*bytes.Buffer); ok {
		b.Reset()
		return b
	}
	return new(bytes.Buffer)
}

// release takes a buffer back whose content nobody reads any more.
func (c *core) release(b *bytes.Buffer) {
	if b.Cap() <= maxPooled {
		c.buffers.Put(b)
	}
}

// decode decodes an answer of success into the call's out. err is how reading it
// ended.
func (c *call) decode(resp *http.Response, body []byte, err error) outcome {
	o := outcome{status: resp.StatusCode, reached: true}
	page := body
	if unknownCoding(resp.Header) != nil {
		page = nil // its first byte says nothing
	}
	switch {
	case resp.StatusCode != http.StatusNoContent && isHTML(resp.Header.Get("Content-Type"), page):
		hint, what := c.pageOf(resp, body)
		o.err = c.unreadable(resp, body, fmt.Errorf("%w%s", what, hint))
	case isBadCoding(err) && c.out != nil, errors.Is(err, ErrResponseTooLarge):
		o.err = c.unreadable(resp, body, err)
	case err != nil && !isBadCoding(err):
		o.transient, o.ended = true, c.Context.Err() != nil
		o.err = c.unreadable(resp, body, fmt.Errorf("it ended early: %w", err))
	case int64(len(body)) > c.limit():
		o.err = c.unreadable(resp, body, ErrResponseTooLarge)
	case c.out == nil:
		c.answer = resp.Header
	default:
		if err := c.unmarshal(body); err != nil {
			o.transient = errors.Is(err, io.ErrUnexpectedEOF)
			o.err = c.unreadable(resp, body, err)
			break
		}
		c.answer = resp.Header
	}
	return o
}

// unmarshal decodes a whole answer. JSON that ends early is io.ErrUnexpectedEOF.
func (c *call) unmarshal(body []byte) error {
	body = withoutBOM(body)
	if len(bytes.TrimSpace(body)) == 0 {
		if _, ok := c.out.(emptyTaker); ok {
			return nil
		}
		return errNoBody
	}
	if c.stream != nil {
		return errNotAStream
	}
	if c.op.name == opDo {
		return unmarshalOwn(body, c.out)
	}
	err := decode(body, c.out)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("it ends early: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// answerReader is an answer that reads its text itself. Unlike an UnmarshalJSON it is
// called for an answer or a row as a whole, and with a text that nobody has checked.
type answerReader interface{ readAnswer(text []byte) error }

// decode decodes a value of an answer, and refuses one that is not what was
// expected. The value does not keep parts of data.
func decode(data []byte, out any) error {
	if err := readInto(data, out); err != nil {
		return err
	}
	if answer, ok := out.(rawKeeper); ok {
		answer.keepRaw(bytes.Clone(data))
	}
	if answer, ok := out.(checker); ok {
		return answer.check()
	}
	return nil
}

func readInto(data []byte, out any) error {
	if answer, ok := out.(answerReader); ok {
		return answer.readAnswer(data)
	}
	return unmarshalAnswer(data, out)
}

// beginsObject tells an object from other values of JSON.
func beginsObject(text []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) }

// requireID refuses an answer, or a row of one, that does not say what it is about.
func requireID(id string) error {
	if id == "" {
		return errHasNoID
	}
	return nil
}

func isSuccess(status int) bool { return status/100 == 2 }

// isHTML reports whether an answer is a page for people. What the body begins with
// counts more than its content type: a JSON value is no page.
func isHTML(contentType string, body []byte) bool {
	start := bytes.TrimLeft(body, " \t\r\n\ufeff")
	if len(start) > 0 && start[0] == '<' {
		return true
	}
	if len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		return false
	}
	mediaType, _, _ := mime.ParseMediaType(contentType)
	return mediaType == "text/html" || mediaType == "application/xhtml+xml"
}
