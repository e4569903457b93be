package pilotstatus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"time"

	"github.com/pilotstatus/pilotstatus-go/internal/redact"
)

// linkLimit is the largest size of a file behind a link, in bytes.
const linkLimit = maxMedia

// parseMediaLink parses a link to a file. Its errors never repeat the link, because anyone
// who has it can fetch the file.
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

// linkDownload is a download from a link. Its requests go directly to the client's
// transport, without credentials, without this package's headers and without redirects.
type linkDownload struct {
	core     *core
	link     *url.URL
	w        io.Writer
	timeout  time.Duration // of an attempt, until the headers of the answer
	policy   RetryPolicy
	account  account
	status   int // of the last answer, 0 without an answer
	attempts int
	written  int64
}

// again decides whether another attempt follows, as for every call that is safe to retry,
// and how long to wait first. No attempt follows once a byte was written.
func (d *linkDownload) again(ctx context.Context, o *outcome) (time.Duration, bool) {
	if o.err == nil {
		d.account.succeed()
	}
	if !o.transient || d.written > 0 || ctx.Err() != nil || d.attempts > d.policy.MaxRetries || o.retryAfter > d.policy.MaxWait {
		return 0, false
	}
	wait := d.policy.wait(d.attempts, o.retryAfter)
	if deadline, bounded := ctx.Deadline(); bounded && time.Until(deadline) <= wait {
		return 0, false
	}
	if !d.account.pay(opMediaDownload.retry, *o) {
		o.spent = true
		endByBudget(o.err, nil)
		return 0, false
	}
	return wait, true
}

func (d *linkDownload) observe(ctx context.Context, o outcome, wait time.Duration, again bool) {
	if d.core.observed() {
		d.core.observe(ctx, Attempt{
			Op: opMediaDownload.name, Method: http.MethodGet, Index: d.attempts,
			StatusCode: o.status, Duration: o.duration, Err: o.err, Retry: again, Wait: wait, BudgetSpent: o.spent,
		})
	}
}

// attempt requests the file once and copies it.
func (d *linkDownload) attempt(ctx context.Context) (*MediaInfo, outcome) {
	bounded, cancel := context.WithCancel(ctx)
	defer cancel()
	timer := time.AfterFunc(d.timeout, cancel)
	defer timer.Stop()
	link := *d.link
	request := &http.Request{Method: http.MethodGet, URL: &link, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	a := new(attempt)
	a.trace.GetConn, a.trace.GotConn = a.asks, func(httptrace.GotConnInfo) { a.obtains() }
	resp, err := d.core.options.transport.RoundTrip(request.WithContext(httptrace.WithClientTrace(bounded, &a.trace)))
	if err == nil && resp == nil {
		err = errors.New("the transport gave neither an answer nor an error")
	}
	if err != nil {
		seen := a.sighted()
		switch {
		case bounded.Err() != nil && ctx.Err() == nil:
			err = &attemptTimeoutError{after: d.timeout}
		case !seen.obtained && proxyFailure(err, seen.asked) != nil:
			err = proxyFailure(err, seen.asked)
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

// read copies the file and returns its description.
func (d *linkDownload) read(ctx context.Context, resp *http.Response) (*MediaInfo, outcome) {
	body, length := streamed(resp)
	if length > linkLimit {
		return nil, d.unreadable(resp, ErrResponseTooLarge)
	}
	block := make([]byte, mediaBlock)
	for {
		n, err := body.Read(block)
		if d.written+int64(n) > linkLimit {
			return nil, d.unreadable(resp, ErrResponseTooLarge)
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
		case isBadCoding(err), errors.Is(err, ErrResponseTooLarge):
			return nil, d.unreadable(resp, err)
		case err != nil:
			return nil, d.unanswered(ctx, err)
		}
	}
}

// unreadable returns the outcome of an answer that is not the file.
func (d *linkDownload) unreadable(resp *http.Response, err error) outcome {
	return outcome{status: resp.StatusCode, err: &DecodeError{
		Op: opMediaDownload.name, StatusCode: resp.StatusCode, ContentType: resp.Header.Get("Content-Type"), Err: d.foreign(err),
	}}
}

// foreign returns err in a form that an error of this download may hold.
func (d *linkDownload) foreign(err error) error {
	private := redact.Private{d.link.String()}
	return &foreignError{text: private.Show(err.Error()), cause: func() error { return err }}
}

// notAdmitted returns the error of a download that the Limiter ended. It includes the error
// of the previous attempt, if any.
func (d *linkDownload) notAdmitted(err, before error) error {
	return &TransportError{
		Op: opMediaDownload.name, Attempts: d.attempts, Err: bothCauses(d.foreign(err), before), unsent: d.attempts == 0,
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

// refused returns the outcome of an answer without the file. It leaves out the body and the
// headers, because they may repeat the link.
func (d *linkDownload) refused(resp *http.Response) outcome {
	e := &APIError{
		Op: opMediaDownload.name, StatusCode: resp.StatusCode, Attempts: d.attempts,
		Message:    "the storage did not give the file; its link may be over",
		RetryAfter: parseRetryAfter(resp.Header.Get("Retry-After"), sentAt(resp.Header)),
	}
	if resp.StatusCode/100 == 3 {
		e.Message = "the link leads elsewhere, and redirects are not followed"
	}
	o := classify(e)
	switch resp.StatusCode {
	case http.StatusNotFound:
		o.err = &NotFoundError{e}
	case http.StatusTooManyRequests:
		o.err = &RateLimitError{e}
	default: // also 401: it does not concern the key
		o.err = e
	}
	return o
}

// unanswered returns the outcome of an attempt that failed without an answer.
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

// linkError is a failed fetch of a link. Errors of a transport may contain the link, so the
// text states only the kind of the failure; errors.Is and errors.As find the cause. It
// consists of closures, because printers show the values of fields.
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
			if _, ok := target.(**url.Error); ok { // its text contains the link
				return false
			}
			return errors.As(err, target)
		},
	}
}

func (e *linkError) Error() string { return e.text }

// Is reports whether the cause matches.
func (e *linkError) Is(target error) bool { return e.is(target) }

// As sets target to the matching cause.
func (e *linkError) As(target any) bool { return e.as(target) }

func linkProblem(err error) string {
	var (
		slow   *attemptTimeoutError
		system *os.SyscallError
		dns    *net.DNSError
		proxy  *proxyRefusal
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
	case errors.As(err, &proxy):
		return proxy.says("the link's host")
	case errors.Is(err, errProxyAddress):
		return errProxyAddress.Error()
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the file ended early"
	case isFinalFailure(err):
		return "the link's host does not prove who it is"
	}
	return "the connection to the link's host failed"
}

// DownloadMediaRequest selects the file for [MediaService.Download]: by MediaID and
// PhoneNumberID on an official number, by Link on a web number. Set exactly one of MediaID
// and Link. A Link is a secret: anyone who has it can fetch the file, so do not log it.
type DownloadMediaRequest struct {
	MediaID string // [ChatMedia].ID, or the mediaId of an event

	// PhoneNumberID is Meta's id of the phone number. It is neither the number id of this
	// API nor a phone number. Inbound events carry it ([InboundMessage].PhoneNumberID),
	// rows of [InboxService] do not: store it.
	PhoneNumberID string `query:"phoneNumberId"`

	Link string // from an event of a web number; it is fetched without the key
}

func (d DownloadMediaRequest) validate() error {
	switch {
	case d.Link == "":
		return required("PhoneNumberID", d.PhoneNumberID)
	case d.MediaID != "":
		return invalid("Link", "give it or MediaID, not both: Link is for files of web numbers, MediaID for those of official ones")
	}
	return nil
}

// MediaInfo describes a downloaded file.
type MediaInfo struct {
	MimeType string `json:"mimeType"` // as in "image/jpeg"

	// FileName is the contact's name for the file, without directories and never "." or
	// "..". It is usually "" for files that are not documents.
	FileName string `json:"fileName"`

	MediaID string `json:"mediaId"`
	Size    int64  `json:"size"` // of the file, in bytes
}

// MediaService downloads files that contacts sent. There is no upload: send files with
// [MessagesService.Send]. The service is part of a [NumberClient].
//
//   - [MediaService.Download] writes a file to w and returns its description
type MediaService struct{ client *Client }

// Download writes a file to w and returns its description. Download a file as soon as its
// message arrives: its link is valid for minutes, and after that the API fails with 404 or
// 500.
//
// A file of a web number has no media id but a link to a storage (MediaLink of an event,
// [ChatMedia].URL). The client's transport fetches it over https, without the key, without
// other headers of this package, and without following redirects. The request goes to any
// host that the link names: use links only from deliveries with a verified signature and
// from answers of the API, never from people. The file is written to w while it arrives, at
// most 160 MiB of it. Retries end with the first byte written to w, so an error after that
// leaves a part of the file in w. The attempt timeout applies until the headers of the
// answer; only ctx limits the reading. A refusal of the storage is an [*APIError] without
// Header and Body, because these may repeat the link. A file in a Content-Encoding that
// neither the transport nor gzip decodes is a [*DecodeError]. [MediaInfo].MediaID is "" for
// such files.
//
// A file of an official number is text inside one JSON answer of up to 160 MiB. A larger
// answer is a [*DecodeError] that wraps [ErrResponseTooLarge]. The text is decoded
// while it arrives, so the file is in memory once. Nothing is written until the whole answer
// has arrived and is valid, and retries end there. A large file may need more than the attempt
// timeout: see [ContextWithAttemptTimeout]. An error of w is wrapped, and a part of the
// file may have been written.
//
// Scope: number key. Retry: [RetrySafe]. Errors: [*NotFoundError] for an unknown or expired
// file, and for a media id on a number that is not official; [*DecodeError] and
// [ErrResponseTooLarge] as above; and those of every call.
func (s MediaService) Download(ctx context.Context, req DownloadMediaRequest, w io.Writer) (*MediaInfo, error) {
	if w == nil {
		return nil, invalid("w", "it is nil; use io.Discard to download for nothing")
	}
	if req.Link != "" {
		return s.downloadLink(ctx, req, w)
	}
	answer, err := invoke[mediaAnswer](ctx, s.client, opMediaDownload, input{path: params{req.MediaID}, query: req, limit: maxMedia})
	if err != nil {
		return nil, err
	}
	if err := answer.file.writeTo(w); err != nil {
		return nil, fmt.Errorf("%s: %w", opMediaDownload.name, err)
	}
	return &MediaInfo{
		MimeType: answer.MimeType,
		FileName: baseName(answer.FileName),
		MediaID:  answer.MediaID,
		Size:     answer.file.size,
	}, nil
}

// downloadLink writes the file behind a link to w.
func (s MediaService) downloadLink(ctx context.Context, req DownloadMediaRequest, w io.Writer) (*MediaInfo, error) {
	if err := s.client.ready(ctx, opMediaDownload, input{query: req}); err != nil {
		return nil, err
	}
	link, err := parseMediaLink(req.Link)
	if err != nil {
		return nil, err
	}
	core := s.client.core()
	own := callOptionsOf(ctx)
	timeout, err := own.attemptTimeout(&core.options)
	if err != nil {
		return nil, err
	}
	policy, err := own.retryPolicy(&core.options)
	if err != nil {
		return nil, err
	}
	d := &linkDownload{core: core, link: link, w: w, timeout: timeout, policy: policy, account: own.account(&core.options)}
	wanted := beginResponse(ctx)
	info, err := d.run(ctx)
	wanted.set(Response{StatusCode: d.status, Attempts: d.attempts})
	return info, err
}

// run makes attempts until one succeeds or no other may follow.
func (d *linkDownload) run(ctx context.Context) (*MediaInfo, error) {
	var before error
	for {
		if err := d.core.admit(ctx); err != nil {
			d.account.refund()
			return nil, d.notAdmitted(err, before)
		}
		start := time.Now()
		d.attempts++
		d.account.due = 0
		info, o := d.attempt(ctx)
		d.status, o.duration = o.status, time.Since(start)
		wait, again := d.again(ctx, &o)
		d.observe(ctx, o, wait, again)
		if !again {
			return info, o.err
		}
		if err := pause(ctx, wait); err != nil {
			d.account.refund()
			return nil, d.lost(&causes{end: endOfContext(ctx), before: o.err})
		}
		before = o.err
	}
}
