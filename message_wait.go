package pilotstatus

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// WaitMessageOptions say what Messages.Wait waits for.
type WaitMessageOptions struct {
	// Until is the status to wait for; "" is MessageStatusDelivered. A status that
	// lies behind it does too: MessageStatusSent is met by a message that was
	// delivered or read. Beware of MessageStatusRead: it never comes from contacts
	// with read receipts off. Statuses that are not on that way, such as
	// MessageStatusCanceled, are met by themselves only.
	Until MessageStatus

	// Interval is the time between two looks; 0 is two seconds.
	Interval time.Duration
}

func (o WaitMessageOptions) validate() error {
	if o.Interval < 0 {
		return invalid("Interval", "it is negative; 0 is the default of two seconds")
	}
	return nil
}

// MessageEndedError means that a message reached a status from which it does not go on,
// and not the one that Messages.Wait waited for: mostly MessageStatusFailed or
// MessageStatusCanceled. With FailureDeliveredNotConfirmed the contact may have it all
// the same.
type MessageEndedError struct {
	ID     string        // as Messages.Wait was asked; not part of what the error prints
	Status MessageStatus // how the message ended
	Code   FailureCode   // why it failed, "" for other ends
}

// Error says how the message ended.
func (e *MessageEndedError) Error() string {
	if e == nil {
		return "no ended message"
	}
	text := "Messages.Wait: the message ended as " + privacy(nil).show(string(e.Status))
	if e.Code != "" {
		code := privacy(nil).show(string(e.Code))
		if code == withheld {
			code = "a code that is withheld"
		}
		text += " (" + code + ")"
	}
	return text
}

// Format writes the error's text, whatever the verb.
func (e MessageEndedError) Format(f fmt.State, _ rune) { printText(f, e.Error()) }

// LogValue returns the error's text.
func (e MessageEndedError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// MarshalJSON writes the error's text as an object.
func (e MessageEndedError) MarshalJSON() ([]byte, error) { return marshalText(&e) }

// Wait looks at a message with Get, again and again, until it is delivered (or reaches
// o.Until) and returns it. It is for one message now and then: to follow many, receive
// webhooks. Give ctx a deadline: an accepted message may wait for days, for its
// DeliverAt or for a number that is offline.
//
// It asks Get every 2 s. Failures that pass (lost connections, 429, 5xx) do not end it;
// when ctx ends, the error is a *WaitError, which matches ctx.Err() and the last of them.
// Any other failure
// ends it at once (*NotFoundError, *UnauthorizedError), and so does a message that
// failed or was canceled instead (*MessageEndedError). Beside an error Wait returns the
// message as it was last seen, nil if it never was.
func (s MessagesService) Wait(ctx context.Context, id string, o WaitMessageOptions) (*Message, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	if err := s.client.ready(ctx, opMessagesGet, input{}); err != nil {
		return nil, err
	}
	if err := opMessagesGet.checkID("id", id); err != nil {
		return nil, err
	}
	if o.Until == "" {
		o.Until = MessageStatusDelivered
	}
	if o.Interval == 0 {
		o.Interval = defaultWaitInterval
	}
	o.Interval = s.client.core().pollEvery(o.Interval)
	const what = "Messages.Wait"
	var (
		last   *Message
		failed error // why the last Get failed; nil: it did not
	)
	for {
		message, err := s.Get(ctx, id)
		if err == nil {
			last = message
			switch {
			case last.Status.reached(o.Until):
				return last, nil
			case last.Status.isFinal():
				return last, &MessageEndedError{ID: id, Status: last.Status, Code: last.ErrorCode}
			}
		} else if ended := sitOut(ctx, what, err, failed); ended != nil {
			return last, ended
		}
		failed = err
		if err := pause(ctx, max(o.Interval, retryAfterOf(failed))); err != nil {
			return last, endedWait(what, err, failed)
		}
	}
}

// reached reports whether a message with status s has been where status until is.
func (s MessageStatus) reached(until MessageStatus) bool {
	return s == until || until.step() > 0 && s.step() >= until.step()
}

// step is how far a message on its way has come, 0 for one that is not on it.
func (s MessageStatus) step() int {
	switch s {
	case MessageStatusQueued:
		return 1
	case MessageStatusSent:
		return 2
	case MessageStatusDelivered:
		return 3
	case MessageStatusRead:
		return 4
	case MessageStatusFailed, MessageStatusCanceled:
	}
	return 0
}

// isFinal reports whether nothing comes after the status.
func (s MessageStatus) isFinal() bool {
	return s == MessageStatusRead || s == MessageStatusFailed || s == MessageStatusCanceled
}
