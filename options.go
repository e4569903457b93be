package pilotstatus

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"
)

// Attempt describes one attempt of a call, for [WithObserver]. It holds no key, no phone
// number, no id and no message text.
type Attempt struct {
	Op         string        // the operation, as in "Messages.Send"
	Origin     string        // scheme, host and port of the base URL; "" for a file that [MediaService.Download] gets from a link
	Method     string        // the HTTP method
	Route      string        // the path with placeholders in place of ids; "" for [Client.Do]
	Index      int           // 1 for the first attempt
	StatusCode int           // 0 without an answer
	Duration   time.Duration // from the start of the attempt to the end of its answer; of a streamed answer, to its headers
	Err        error         // nil for success; its text is safe to log
	Retry      bool          // another attempt follows after Wait
	Wait       time.Duration // before the next attempt, 0 without one

	// BudgetSpent is true if the retry budget of the client prevented another attempt: see
	// [RetryPolicy].Budget. Raise an alarm, because many calls fail.
	BudgetSpent bool
}

// observed reports whether there is an observer or a logger.
func (o *options) observed() bool { return o.observer != nil || o.logger != nil }

// observe reports an attempt to the observer and the logger.
func (o *options) observe(ctx context.Context, a Attempt) {
	if o.observer != nil {
		o.observer(ctx, a)
	}
	if o.logger == nil {
		return
	}
	level := slog.LevelDebug
	if a.Err != nil {
		level = slog.LevelWarn
	}
	if !o.logger.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("op", a.Op),
		slog.Int("attempt", a.Index),
		slog.Int("status", a.StatusCode),
		slog.Duration("duration", a.Duration),
	}
	if a.Err != nil {
		attrs = append(attrs, slog.String("error", a.Err.Error()))
		var apiErr *APIError
		if errors.As(a.Err, &apiErr) && apiErr.shownCode() != "" {
			attrs = append(attrs, slog.String("code", apiErr.shownCode()))
		}
	}
	if a.Retry {
		attrs = append(attrs, slog.Duration("retry_in", a.Wait))
	}
	if a.BudgetSpent {
		attrs = append(attrs, slog.Bool("budget_spent", true))
	}
	o.logger.LogAttrs(ctx, level, "pilotstatus attempt", attrs...)
}

const defaultAttemptTimeout = 30 * time.Second

// Option configures a client. The constructors return its error, a [*ValidationError].
type Option func(*options) error

type options struct {
	baseURL        *url.URL
	transport      http.RoundTripper // nil: a clone of http.DefaultTransport
	callers        bool              // transport comes from WithHTTPClient
	maxIdleConns   int               // of a transport that is still to be made; 0: the default
	clientTimeout  time.Duration     // the Timeout of the caller's http.Client
	attemptTimeout time.Duration
	userAgent      string
	retry          RetryPolicy
	budget         *retryBudget // of retry; made by newCore, nil before that or if unlimited
	logger         *slog.Logger
	observer       func(context.Context, Attempt)
	limiter        Limiter
	longestPoll    time.Duration // limits the interval of polls; 0: no limit
}

// SetLongestPoll implements polling.Setter, for the clients of the fake.
func (o *options) SetLongestPoll(d time.Duration) { o.longestPoll = d }

// Limiter limits the rate of attempts. The client calls Wait once before every attempt,
// retries and pages included, outside the attempt timeout. *rate.Limiter of
// golang.org/x/time/rate is a Limiter. An error of Wait ends the call.
type Limiter interface {
	// Wait blocks until the attempt may be made. An error means that it may not.
	Wait(ctx context.Context) error
}

// WithBaseURL sets the origin of the API, https://pilotstatus.com.br by default.
// "https://host", "https://host/" and "https://host/v1" mean the same. A path before a
// final /v1 becomes the prefix of every path. http is accepted only for a loopback host.
func WithBaseURL(baseURL string) Option {
	return func(o *options) error {
		u, err := parseBaseURL(baseURL)
		if err != nil {
			return err
		}
		o.baseURL, o.budget = u, nil // another API has another budget
		return nil
	}
}

// WithHTTPClient uses the Transport of c for all requests, for a proxy or for tests. A
// transport that traces sees ids and tokens in URLs: see [WithObserver]. It never changes
// c. Its Timeout becomes the attempt timeout unless [WithAttemptTimeout] sets one; its
// CheckRedirect and its cookie jar are not used. Set c.Transport before this call. The
// transport sees the key, so it must not log headers. It must not retry requests, because
// this package does, even over HTTP/2.
func WithHTTPClient(c *http.Client) Option {
	return func(o *options) error {
		if c == nil {
			return invalid("http client", "it is nil; leave the option out for the default transport")
		}
		if c.Timeout < 0 {
			return invalid("http client", "its Timeout is negative")
		}
		o.transport, o.callers = c.Transport, true
		o.clientTimeout = c.Timeout
		return nil
	}
}

// WithUserAgent puts the name of your program, such as "orders/2.1", before the name of
// this package in the User-Agent header.
func WithUserAgent(product string) Option {
	return func(o *options) error {
		notPrintable := func(r rune) bool { return r < ' ' || r > '~' }
		if strings.TrimSpace(product) == "" || strings.ContainsFunc(product, notPrintable) {
			return invalid("user agent", "it must be visible ASCII text, as in orders/2.1")
		}
		o.userAgent = strings.TrimSpace(product) + " " + userAgent
		return nil
	}
}

// WithAttemptTimeout limits each attempt of a call, from the connection to the end of its
// answer. The default is 30 s. The context limits the whole call;
// [ContextWithAttemptTimeout] sets another value for one call.
func WithAttemptTimeout(d time.Duration) Option {
	return func(o *options) error {
		if d <= 0 {
			return invalid("attempt timeout", "it must be positive")
		}
		o.attemptTimeout = d
		return nil
	}
}

// WithRetry sets the number of retries and the waits between them. The default is three
// retries after 250 ms to 8 s; see [RetryPolicy]. [RetryPolicy]{} means one attempt. Views,
// pools and opened numbers share the retry budget of their client ([RetryPolicy].Budget).
// Passed to [TenantClient.OpenNumber] or [NewNumberPool], this option makes a separate
// budget, and so does [WithBaseURL].
func WithRetry(p RetryPolicy) Option {
	return func(o *options) error {
		policy, err := p.withDefaults()
		if err != nil {
			return err
		}
		o.retry, o.budget = policy, nil
		return nil
	}
}

// WithLogger logs every attempt: at debug level, and failed attempts at warning level. The
// records hold the operation, the attempt, the status, the code, the duration and the error
// text, but no key, phone number, id or body. nil logs nothing, which is the default.
func WithLogger(l *slog.Logger) Option {
	return func(o *options) error {
		o.logger = l
		return nil
	}
}

// WithObserver calls observe after every attempt, in the goroutine of the call and with its
// context. nil, the default, calls nothing. The module pilotstatusotel has an observer that
// makes spans and metrics of OpenTelemetry, which hold nothing private.
func WithObserver(observe func(context.Context, Attempt)) Option {
	return func(o *options) error {
		o.observer = observe
		return nil
	}
}

// WithLimiter calls l before every attempt. nil, the default, means no limit.
func WithLimiter(l Limiter) Option {
	return func(o *options) error {
		if v := reflect.ValueOf(l); v.Kind() == reflect.Pointer && v.IsNil() {
			return invalid("limiter", "it is a nil pointer in an interface; leave the option out, or pass nil itself")
		}
		o.limiter = l
		return nil
	}
}

// newOptions applies opts to the defaults.
func newOptions(opts []Option) (options, error) {
	policy, err := RetryPolicy{MaxRetries: defaultMaxRetries}.withDefaults()
	if err != nil {
		return options{}, err
	}
	o := options{
		baseURL:   &url.URL{Scheme: "https", Host: defaultHost},
		userAgent: userAgent,
		retry:     policy,
	}
	return o.with(opts)
}

// with returns a copy of o with opts applied.
func (o options) with(opts []Option) (options, error) {
	for _, opt := range opts {
		if opt == nil {
			return options{}, invalid("option", "it is nil")
		}
		if err := opt(&o); err != nil {
			return options{}, err
		}
	}
	err := o.renewTransport()
	return o, err
}

// renewTransport drops the inherited transport if WithMaxIdleConns asks for another one.
func (o *options) renewTransport() error {
	if o.maxIdleConns == 0 {
		return nil
	}
	if o.callers {
		return invalid("max idle conns", "it goes without WithHTTPClient; set MaxIdleConnsPerHost of that client's Transport")
	}
	o.transport = nil
	return nil
}

// timeout returns the timeout of one attempt.
func (o *options) timeout() time.Duration {
	switch {
	case o.attemptTimeout > 0:
		return o.attemptTimeout
	case o.clientTimeout > 0:
		return o.clientTimeout
	}
	return defaultAttemptTimeout
}

// Version is the version of this package. It is part of the User-Agent header.
const Version = "0.1.0"

// userAgent is the User-Agent of every request. WithUserAgent puts the caller's product
// before it.
const userAgent = "pilotstatus-go/" + Version
