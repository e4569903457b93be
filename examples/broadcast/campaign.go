package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
)

const (
	// keyLife is how old an unsettled send may be to be repeated. The API forgets
	// idempotency keys after 24 hours and would then send a second time.
	keyLife = 23 * time.Hour

	// sendWithin bounds a send with its waits and retries, so that one that began
	// within keyLife ends before the API forgets.
	sendWithin = 30 * time.Minute
)

// campaign sends one template to many rows.
type campaign struct {
	name, template string
	number         *pilotstatus.NumberClient
	apiKey         string // it makes the hashes
	journal        *journal
	retryFailed    bool
	now            func() time.Time
}

// summary is what became of the rows.
type summary struct {
	sent     int // accepted, by this run or in the answer to an unsettled send
	already  int // sent by an earlier run
	failed   int // refused
	reported int // perhaps sent by an earlier run, and never sent again
	unknown  int // perhaps sent by this run; the next run settles it
	left     int // not tried
	notes    []string
}

func (s *summary) note(r row, text string) {
	s.notes = append(s.notes, fmt.Sprintf("line %d: %s", r.line, text))
}

// key is the idempotency key of a row, the same in every run.
func (c *campaign) key(r row) string { return digest(sha256.New(), c.name, r.id) }

// hash stands for what is sent, and through which number. A key of the API makes it,
// because a phone number could be guessed from a plain hash.
func (c *campaign) hash(r row) string {
	return digest(hmac.New(sha256.New, []byte(c.apiKey)), c.template, r.to, r.name)
}

// digest writes the length before each part: "a", "bc" and "ab", "c" are different.
func digest(h hash.Hash, parts ...string) string {
	for _, part := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// decide reports whether a row is to be sent now, and counts it where it is not.
func (c *campaign) decide(r row, s *summary) bool {
	state := c.journal.state(c.key(r))
	// Reused means that another message was accepted with this key.
	reused := state.failed == string(pilotstatus.CodeIdempotencyKeyReused)
	age := c.now().Sub(state.since)
	switch {
	case state.done:
		s.already++
	case state.failed != "" && !state.since.IsZero() && (!c.retryFailed || reused):
		s.reported++
		s.note(r, "refused with "+state.failed+", but an earlier send of it may have got through")
	case state.failed != "" && (!c.retryFailed || reused):
		s.failed++
		s.note(r, "refused earlier with "+state.failed)
	case state.since.IsZero():
		return true
	case state.hash != c.hash(r):
		s.reported++
		s.note(r, "may have been sent with other content or another API key; it is not sent again")
	case age < 0 || age > keyLife:
		s.reported++
		s.note(r, "may have been sent at "+state.since.Format(time.RFC3339)+", too long ago to send it again")
	default:
		return true
	}
	return false
}

// plan counts without sending anything; left is what would be sent.
func (c *campaign) plan(rows []row) summary {
	var s summary
	for _, r := range rows {
		if c.decide(r, &s) {
			s.left++
		}
	}
	return s
}

// run sends what is to be sent. It calls step after each row.
func (c *campaign) run(ctx context.Context, rows []row, step func()) (summary, error) {
	var s summary
	for i, r := range rows {
		err := ctx.Err()
		// A run may take days, so each row is decided on at its turn.
		if err == nil && c.decide(r, &s) {
			err = c.send(ctx, r, &s)
		}
		if err != nil {
			s.left = len(rows) - i
			return s, fmt.Errorf("stopped at line %d: %w", r.line, err)
		}
		step()
	}
	return s, nil
}

// send sends a row. It returns an error where the run cannot go on.
func (c *campaign) send(ctx context.Context, r row, s *summary) error {
	key := c.key(r)
	if err := c.journal.append(entry{Event: eventSending, Key: key, Hash: c.hash(r), Time: c.now().UTC()}); err != nil {
		return err
	}
	sendCtx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	accepted, err := c.number.Messages.Send(sendCtx, pilotstatus.SendRequest{
		To: pilotstatus.Phone(r.to),
		Content: pilotstatus.TemplateContent{
			ID:        c.template,
			Variables: map[string]string{"name": r.name},
		},
		IdempotencyKey: key,
	})
	if err == nil {
		s.sent++
		return c.journal.append(entry{Event: eventDone, Key: key, ID: accepted.ID})
	}
	switch outcome, code := judge(err); outcome {
	case outcomeRefused:
		if err := c.journal.append(entry{Event: eventFailed, Key: key, Code: code}); err != nil {
			return err
		}
		if !c.journal.state(key).since.IsZero() {
			s.reported++
			s.note(r, "refused, but an earlier send of it may have got through: "+err.Error())
			return nil
		}
		s.failed++
		s.note(r, "refused: "+err.Error())
		return nil
	case outcomeUnsent:
		return errors.Join(err, c.journal.append(entry{Event: eventUnsent, Key: key}))
	default:
		s.unknown++
		s.note(r, err.Error())
		return nil // the row stays as sending
	}
}

// outcome is what an error of a send means for the row.
type outcome int

const (
	outcomeUnknown outcome = iota // the message may be on its way
	outcomeRefused                // this row is refused, the next one may not be
	outcomeUnsent                 // nothing was sent, and the next row would fare no better
)

// codeForm is what a code has to look like to be written down.
var codeForm = regexp.MustCompile(`^[A-Z][A-Z_]{0,99}$`)

// judge tells what an error means, and the code of a refusal.
func judge(err error) (result outcome, code string) {
	var (
		unknown    *pilotstatus.OutcomeUnknownError
		unreadable *pilotstatus.DecodeError
		invalid    *pilotstatus.ValidationError
		refused    *pilotstatus.APIError
	)
	switch {
	case errors.As(err, &unknown), errors.As(err, &unreadable), errors.Is(err, pilotstatus.CodeIdempotencyKeyInUse):
		return outcomeUnknown, "" // first: it may hold any of the others
	case errors.As(err, &invalid):
		return outcomeRefused, "INVALID"
	case !errors.As(err, &refused) || concernsKey(err):
		return outcomeUnsent, ""
	case codeForm.MatchString(string(refused.Code)):
		return outcomeRefused, string(refused.Code)
	}
	return outcomeRefused, "HTTP_" + strconv.Itoa(refused.StatusCode)
}

// concernsKey reports whether an answer refuses the API key, its pace or its number, and
// not the row.
func concernsKey(err error) bool {
	var (
		unauthorized *pilotstatus.UnauthorizedError
		tenant       *pilotstatus.TenantScopeError
		number       *pilotstatus.NumberScopeError
		limited      *pilotstatus.RateLimitError
		unpaid       *pilotstatus.PaymentError
	)
	return errors.As(err, &unauthorized) || errors.As(err, &tenant) || errors.As(err, &number) || errors.As(err, &limited) ||
		errors.As(err, &unpaid) || errors.Is(err, pilotstatus.CodeNumberBlocked) || isBroken(err) ||
		errors.Is(err, pilotstatus.CodePermissionDenied) || errors.Is(err, pilotstatus.CodeNumberNotInGrant)
}

// isBroken reports whether the API itself is out of order, or not there at all: a wrong
// base URL answers 404 with a page.
func isBroken(err error) bool {
	var refused *pilotstatus.APIError
	return errors.As(err, &refused) && (refused.StatusCode >= http.StatusInternalServerError ||
		refused.StatusCode == http.StatusNotFound && strings.HasPrefix(strings.TrimSpace(string(refused.Body)), "<"))
}
