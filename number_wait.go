package pilotstatus

import (
	"cmp"
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
	// OnCode shows a code to the person who pairs the number: first Code, then each new
	// code, which makes the previous one invalid. It should return soon, because no request
	// is made while it runs. Its error ends the wait and is returned. Without OnCode,
	// WaitConnected makes no codes and only waits.
	OnCode func(ctx context.Context, code PairingCodes) error

	// Code is a new code, as in [CreatedNumber].PairingCodes. It is shown at once and
	// replaced after ConnectInterval; a newer code would make it invalid. If it is empty,
	// the first code is made as soon as the API reports that the number is not connected.
	Code PairingCodes

	Secondary bool // wait for the second device of a number with two

	StatusInterval  time.Duration // time between two status requests; default 2 s
	ConnectInterval time.Duration // time for which a code is shown before a new one is made; default 45 s
}

// withDefaults checks the options and sets the default intervals.
func (o WaitConnectedOptions) withDefaults() (WaitConnectedOptions, error) {
	switch {
	case o.StatusInterval < 0:
		return o, invalid("StatusInterval", "it is negative")
	case o.ConnectInterval < 0:
		return o, invalid("ConnectInterval", "it is negative")
	}
	o.StatusInterval = cmp.Or(o.StatusInterval, defaultWaitInterval)
	o.ConnectInterval = cmp.Or(o.ConnectInterval, defaultConnectInterval)
	return o, nil
}

// WaitConnected shows codes with opts.OnCode until a person has paired the number, and
// returns the final status. ctx limits the wait: give it a deadline.
//
//	status, err := tenant.Numbers.WaitConnected(ctx, created.ID, pilotstatus.WaitConnectedOptions{
//		Code:   created.PairingCodes,
//		OnCode: func(_ context.Context, code pilotstatus.PairingCodes) error { return page.Show(code) },
//	})
//
// It calls [NumbersService.Status] every 2 s and [NumbersService.Connect] every 45 s.
// Temporary failures (lost connections, 429, 5xx) do not end the wait. When ctx ends, the
// error is a [*WaitError], which matches ctx.Err() and the last temporary failures. Any
// other failure ends the wait at once ([*NotFoundError], [*UnauthorizedError],
// [*NumberScopeError], [CodeProviderNotConfigured]), and so does an error of OnCode. With
// an error WaitConnected returns the last status it received, or nil.
//
// A number with two devices is connected when both are: wait for both at the same time,
// each with its own OnCode. The first connection of a number beyond those that the
// workspace pays for IS CHARGED.
func (s NumbersService) WaitConnected(ctx context.Context, id string, opts WaitConnectedOptions) (*NumberStatus, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	// Do not show Code if the status of the number cannot be requested.
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

// connectionWait is one call of Numbers.WaitConnected.
type connectionWait struct {
	numbers NumbersService
	id      string
	link    DeviceOptions
	options WaitConnectedOptions

	shown PairingCodes // the code shown last
	due   time.Time    // when the next code is due

	statusErr, connectErr error // the last error of each call, or nil
}

// renewCode makes a new code and shows it, if a code is due and the number can be paired. A
// device with an OPEN state, even a stale one, gets no new code.
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
		// The device is connected now; the next status will report it.
		w.connectErr = err
		w.due = time.Now().Add(w.options.ConnectInterval)
		return nil
	}
	w.due = time.Now().Add(retryAfterOf(err))
	return w.pollError(ctx, err, &w.connectErr)
}

// show shows a code, unless it was shown before. After an empty code the next one stays
// due, because the API has none yet.
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

// pollError stores a temporary failure in kept and returns nil, or returns any other
// failure.
func (w *connectionWait) pollError(ctx context.Context, err error, kept *error) error {
	if ended := pollError(ctx, opWaitConnected, err, w.statusErr, w.connectErr); ended != nil {
		return ended
	}
	*kept = err
	return nil
}
