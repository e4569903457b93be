package pilotstatus

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Attempt describes one attempt of a call, for WithObserver. It holds no key, no
// phone number, no id and no text of a message.
type Attempt struct {
	Op         string        // the operation, as in "Messages.Send"
	Method     string        // the HTTP method
	Route      string        // the path with placeholders in place of ids; "" for Client.Do
	Number     int           // 1 for the first attempt
	StatusCode int           // 0 where no answer came
	Duration   time.Duration // from the start of the attempt to the end of its answer, of a streamed one to its headers
	Err        error         // nil for success; its text is safe to log
	Retry      bool          // another attempt follows after Wait
	Wait       time.Duration // before the next attempt, 0 without one
}

// observed reports whether anybody wants to know about attempts.
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
		slog.Int("attempt", a.Number),
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
	o.logger.LogAttrs(ctx, level, "pilotstatus attempt", attrs...)
}
