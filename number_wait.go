package pilotstatus

import (
	"context"
	"net/http"
	"time"
)

const (
	defaultConnectInterval = 45 * time.Second

	opWaitConnected = "Numbers.WaitConnected"
)

// WaitConnectedOptions are the options of [NumbersService.WaitConnected].
type WaitConnectedOptions struct {
	// OnCode shows a code to the person who pairs the number: the one in Code, then
	// each new one, which makes the one before worthless. It should return soon; while
	// it runs, nothing is asked. An error of it ends the wait and is returned. Without
	// OnCode no codes are made: WaitConnected only waits.
	OnCode func(ctx context.Context, code PairingCodes) error

	// Code is a code that was just made, as [CreatedNumber].PairingCodes. It is shown at
	// once and replaced after ConnectInterval; making a new one right away would
	// kill it. Left empty, the first code is made as soon as the API says that the
	// number is not connected.
	Code PairingCodes

	Secondary bool // wait for the second link of a number that has two

	StatusInterval  time.Duration // between two looks at the status; default 2 s
	ConnectInterval time.Duration // how long a code is shown before a new one is made; default 45 s
}

// withDefaults checks the options and fills in the intervals that were not set.
func (o WaitConnectedOptions) withDefaults() (WaitConnectedOptions, error) {
	switch {
	case o.StatusInterval < 0:
		return o, invalid("StatusInterval", "it is negative")
	case o.ConnectInterval < 0:
		return o, invalid("ConnectInterval", "it is negative")
	}
	if o.StatusInterval == 0 {
		o.StatusInterval = defaultWaitInterval
	}
	if o.ConnectInterval == 0 {
		o.ConnectInterval = defaultConnectInterval
	}
	return o, nil
}

// WaitConnected shows codes with opts.OnCode until a person has paired the number, and
// returns its status then. ctx bounds the wait: give it a deadline.
//
//	status, err := tenant.Numbers.WaitConnected(ctx, created.ID, pilotstatus.WaitConnectedOptions{
//		Code:   created.PairingCodes,
//		OnCode: func(_ context.Context, code pilotstatus.PairingCodes) error { return page.Show(code) },
//	})
//
// It asks Status every 2 s and Connect every 45 s. Failures that pass (lost connections,
// 429, 5xx) do not end it; when ctx ends, the error is a [*WaitError], which matches
// ctx.Err() and the last of them. Any other failure ends it at once ([*NotFoundError],
// [*UnauthorizedError], [*NumberScopeError], [CodeProviderNotConfigured]), and so does an
// error of OnCode. Beside an error WaitConnected returns the status as it was last seen,
// nil if it never was.
//
// A number with two links is connected when both are: wait for both at the same
// time, each with its own OnCode. The first connection of a number beyond what the
// workspace pays for IS CHARGED.
func (s NumbersService) WaitConnected(ctx context.Context, id string, opts WaitConnectedOptions) (*NumberStatus, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	// Code must not be shown for a number that cannot be asked about.
	if err := s.client.ready(ctx, opNumbersStatus, input{}); err != nil {
		return nil, err
	}
	if err := opNumbersStatus.checkID("id", id); err != nil {
		return nil, err
	}
	opts.StatusInterval = s.client.core().pollEvery(opts.StatusInterval)
	w := connectionWait{numbers: s, id: id, link: DeviceOptions{Secondary: opts.Secondary}, options: opts}
	if err := w.show(ctx, opts.Code); err != nil {
		return nil, err
	}
	var last *NumberStatus
	for {
		status, err := s.Status(ctx, id, w.link)
		if err == nil {
			last, w.statusErr = status, nil
			if last.Connected() {
				return last, nil
			}
			err = w.renewCode(ctx, last)
		} else {
			err = w.pollError(ctx, err, &w.statusErr)
		}
		if err != nil {
			return last, err
		}
		if err := pause(ctx, max(opts.StatusInterval, retryAfterOf(w.statusErr))); err != nil {
			return last, waitError(opWaitConnected, err, w.statusErr, w.connectErr)
		}
	}
}

// connectionWait is one Numbers.WaitConnected.
type connectionWait struct {
	numbers NumbersService
	id      string
	link    DeviceOptions
	options WaitConnectedOptions

	shown PairingCodes // the code that was shown last
	due   time.Time    // when the next code is to be made

	statusErr, connectErr error // why the last call of each failed; nil: it did not
}

// renewCode makes a new code and shows it, where one is due and the number can be
// paired. A link that was open, even long ago, is not asked for a code.
func (w *connectionWait) renewCode(ctx context.Context, status *NumberStatus) error {
	if w.options.OnCode == nil || status.State.isOpen() || time.Now().Before(w.due) {
		return nil
	}
	code, err := w.numbers.Connect(ctx, w.id, w.link)
	if err == nil {
		w.connectErr = nil
		return w.show(ctx, *code)
	}
	if refused := answerIn(err); refused != nil && refused.StatusCode == http.StatusConflict {
		// Connected meanwhile, which the next status will tell.
		w.connectErr = err
		w.due = time.Now().Add(w.options.ConnectInterval)
		return nil
	}
	w.due = time.Now().Add(retryAfterOf(err))
	return w.pollError(ctx, err, &w.connectErr)
}

// show shows a code that was not shown before. An empty one leaves the next code
// due: the API has none yet.
func (w *connectionWait) show(ctx context.Context, code PairingCodes) error {
	if code.isEmpty() {
		return nil
	}
	w.due = time.Now().Add(w.options.ConnectInterval)
	if w.options.OnCode == nil || code.isSame(w.shown) {
		return nil
	}
	w.shown = code
	return w.options.OnCode(ctx, code)
}

// pollError keeps a temporary failure, and returns any other one.
func (w *connectionWait) pollError(ctx context.Context, err error, kept *error) error {
	if ended := pollError(ctx, opWaitConnected, err, w.statusErr, w.connectErr); ended != nil {
		return ended
	}
	*kept = err
	return nil
}
