package pilotstatus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

// linkLimit is how large a file behind a link may be, in bytes.
const linkLimit = maxMedia

// parseMediaLink reads a link to a file. Its errors never repeat it: whoever has it can
// fetch the file.
func parseMediaLink(text string) (*url.URL, error) {
	const field = "Link"
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.Hostname() == "" {
		return nil, invalid(field, "this is no URL; take MediaLink of the event as it is")
	}
	switch {
	case u.User != nil:
		return nil, invalid(field, "it has a user name or password, which no link to a file needs")
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		return nil, invalid(field, "it must begin with https:// (http:// works for a loopback host)")
	}
	return u, nil
}

// linkDownload is a download of a link. Its requests go to the transport of the client
// directly: no credential, no header of ours, no redirect.
type linkDownload struct {
	core     *core
	link     *url.URL
	w        io.Writer
	timeout  time.Duration // of an attempt until the headers of the answer
	attempts int
	written  int64
}

// downloadLink writes the file behind a link to w.
func (s MediaService) downloadLink(ctx context.Context, in DownloadMedia, w io.Writer) (*MediaInfo, error) {
	if err := s.client.ready(ctx, opMediaDownload, input{query: in}); err != nil {
		return nil, err
	}
	link, err := parseMediaLink(in.Link)
	if err != nil {
		return nil, err
	}
	core := s.client.core()
	timeout, err := core.attemptTimeoutFor(ctx)
	if err != nil {
		return nil, err
	}
	d := &linkDownload{core: core, link: link, w: w, timeout: timeout}
	for {
		start := time.Now()
		d.attempts++
		info, o := d.attempt(ctx)
		o.duration = time.Since(start)
		wait, again := d.again(ctx, o)
		d.observe(ctx, o, wait, again)
		if !again {
			return info, o.err
		}
		if err := pause(ctx, wait); err != nil {
			return nil, d.lost(&causes{end: endOfContext(ctx), before: o.err})
		}
	}
}

// again decides whether another attempt follows, as for every call that is safe to repeat,
// and after which wait. What was written cannot be taken back.
func (d *linkDownload) again(ctx context.Context, o outcome) (time.Duration, bool) {
	policy := d.core.retry
	if !o.transient || d.written > 0 || ctx.Err() != nil || d.attempts > policy.MaxRetries || o.retryAfter > policy.MaxWait {
		return 0, false
	}
	wait := policy.wait(d.attempts, o.retryAfter)
	deadline, bounded := ctx.Deadline()
	return wait, !bounded || time.Until(deadline) > wait
}

func (d *linkDownload) observe(ctx context.Context, o outcome, wait time.Duration, again bool) {
	if d.core.observed() {
		d.core.observe(ctx, Attempt{
			Op: opMediaDownload.name, Method: http.MethodGet, Number: d.attempts,
			StatusCode: o.status, Duration: o.duration, Err: o.err, Retry: again, Wait: wait,
		})
	}
}

// attempt asks for the file once, and copies it.
func (d *linkDownload) attempt(ctx context.Context) (*MediaInfo, outcome) {
	bounded, cancel := context.WithCancel(ctx)
	defer cancel()
	timer := time.AfterFunc(d.timeout, cancel)
	defer timer.Stop()
	link := *d.link
	request := &http.Request{Method: http.MethodGet, URL: &link, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	resp, err := d.core.options.transport.RoundTrip(request.WithContext(bounded))
	if err == nil && resp == nil {
		err = errors.New("the transport gave neither an answer nor an error")
	}
	if err != nil {
		if bounded.Err() != nil && ctx.Err() == nil {
			err = &attemptTimeoutError{after: d.timeout}
		}
		return nil, d.unanswered(ctx, err)
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	defer func() { _ = resp.Body.Close() }()
	if !timer.Stop() {
		return nil, d.unanswered(ctx, &attemptTimeoutError{after: d.timeout})
	}
	if !isSuccess(resp.StatusCode) {
		return nil, d.refused(resp)
	}
	return d.read(ctx, resp)
}

// read copies the file, and tells what it is.
func (d *linkDownload) read(ctx context.Context, resp *http.Response) (*MediaInfo, outcome) {
	tooLarge := &DecodeError{
		Op: opMediaDownload.name, StatusCode: resp.StatusCode, ContentType: resp.Header.Get("Content-Type"), Err: ErrResponseTooLarge,
	}
	if resp.ContentLength > linkLimit {
		return nil, outcome{status: resp.StatusCode, err: tooLarge}
	}
	block := make([]byte, mediaBlock)
	for {
		n, err := resp.Body.Read(block)
		if d.written+int64(n) > linkLimit {
			return nil, outcome{status: resp.StatusCode, err: tooLarge}
		}
		if failed := d.write(block[:n]); failed != nil {
			return nil, outcome{status: resp.StatusCode, err: fmt.Errorf("%s: %w", opMediaDownload.name, failed)}
		}
		switch {
		case err == io.EOF:
			return &MediaInfo{
				MimeType: resp.Header.Get("Content-Type"),
				FileName: dispositionName(resp.Header.Get("Content-Disposition")),
				Size:     d.written,
			}, outcome{status: resp.StatusCode}
		case err != nil:
			return nil, d.unanswered(ctx, err)
		}
	}
}

func (d *linkDownload) write(block []byte) error {
	if len(block) == 0 {
		return nil
	}
	n, err := d.w.Write(block)
	d.written += int64(n)
	if err == nil && n < len(block) {
		err = io.ErrShortWrite
	}
	return err
}

// refused makes the outcome of an answer without the file. Its body and headers may repeat
// the link, and are left out.
func (d *linkDownload) refused(resp *http.Response) outcome {
	e := &APIError{
		Op: opMediaDownload.name, StatusCode: resp.StatusCode, Attempts: d.attempts,
		Message:    "the storage did not give the file; its link may be over",
		RetryAfter: parseRetryAfter(resp.Header.Get("Retry-After"), time.Now()),
	}
	if resp.StatusCode/100 == 3 {
		e.Message = "the link leads elsewhere, and redirects are not followed"
	}
	o := judge(e)
	switch resp.StatusCode {
	case http.StatusNotFound:
		o.err = &NotFoundError{e}
	case http.StatusTooManyRequests:
		o.err = &RateLimitError{e}
	default: // also 401: it says nothing of the key
		o.err = e
	}
	return o
}

// unanswered makes the outcome of an attempt that broke off.
func (d *linkDownload) unanswered(ctx context.Context, err error) outcome {
	o := outcome{transient: !isFinalFailure(err), ended: ctx.Err() != nil}
	if o.ended {
		err = endOfContext(ctx)
	}
	o.err = d.lost(err)
	return o
}

func (d *linkDownload) lost(err error) error {
	return &TransportError{Op: opMediaDownload.name, Attempts: d.attempts, Err: newLinkError(err)}
}

// linkError is a failed fetch of a link. Whatever a transport said may hold the link, so
// its text says the kind of the failure only; errors.Is and errors.As find the rest. It is
// made of closures, because printers show what fields hold.
type linkError struct {
	text string
	is   func(target error) bool
	as   func(target any) bool
}

func newLinkError(err error) *linkError {
	return &linkError{
		text: linkProblem(err),
		is:   func(target error) bool { return errors.Is(err, target) },
		as: func(target any) bool {
			if _, ok := target.(**url.Error); ok { // it prints the link
				return false
			}
			return errors.As(err, target)
		},
	}
}

func (e *linkError) Error() string { return e.text }

// Is reports whether the cause matches.
func (e *linkError) Is(target error) bool { return e.is(target) }

// As finds the cause.
func (e *linkError) As(target any) bool { return e.as(target) }

func linkProblem(err error) string {
	var (
		slow   *attemptTimeoutError
		system *os.SyscallError
		dns    *net.DNSError
	)
	switch {
	case errors.As(err, &slow):
		return slow.Error()
	case errors.Is(err, context.Canceled):
		return context.Canceled.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded.Error()
	case errors.As(err, &system):
		return "the connection to the link's host failed: " + system.Error()
	case errors.As(err, &dns):
		return "the link's host is not known"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the file ended early"
	case isFinalFailure(err):
		return "the link's host does not prove who it is"
	}
	return "the connection to the link's host failed"
}
