package pilotstatus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxPooled keeps one large answer from staying in memory forever.
const maxPooled = 256 << 10

var errNoBody = errors.New("the answer is empty")

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
	defer c.client.core().release(buffer)
	into := io.Writer(buffer)
	if taker, ok := c.out.(textTaker); ok && isSuccess(resp.StatusCode) {
		into = taker.cutTexts(buffer)
	}
	err := a.fill(into, resp, limit)
	if err != nil && !isBadCoding(err) {
		err = c.endOf(ctx, err)
	}
	if err == nil && a.answer.N <= 0 {
		err = ErrResponseTooLarge
	}
	body := withoutBOM(buffer.Bytes()) // the code below never sees the mark
	if !isSuccess(resp.StatusCode) {
		o := c.refused(resp, body)
		o.partial = err != nil
		return o
	}
	return c.decode(resp, body, err)
}

// limit returns the largest size of an answer of success, in bytes.
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

// release takes back a buffer whose content is no longer used.
func (c *core) release(b *bytes.Buffer) {
	if b.Cap() <= maxPooled {
		c.buffers.Put(b)
	}
}

// decode decodes an answer of success into the call's out. err is the error of reading it.
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
	if len(bytes.TrimSpace(body)) == 0 {
		if _, ok := c.out.(emptyAllower); ok {
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
	err := c.client.core().decode(body, c.out)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("it ends early: %w", io.ErrUnexpectedEOF)
	}
	return err
}
