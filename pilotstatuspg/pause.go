package pilotstatuspg

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pilotstatus/pilotstatus-go"
)

// holdAfter is how many times in a row the same refusal of a template holds it.
const holdAfter = 20

// probeAfter is the time to the next probe: 1, 2, 4 … 15 minutes.
func probeAfter(probes int) time.Duration {
	return min(time.Minute<<min(probes, 10), maxProbePause)
}

// pauseReason is the code of an answer that concerns the number or its key, and not the
// message; "" for another one.
func pauseReason(err error) string {
	if _, unavailable := errors.AsType[*pilotstatus.KeyUnavailableError](err); unavailable {
		return "KEY_UNAVAILABLE"
	}
	answer := answerOf(err)
	if answer == nil {
		return ""
	}
	code := string(answer.Code)
	switch answer.Code {
	case pilotstatus.CodeNumberBlocked, pilotstatus.CodeTenantScopeNotAllowed, pilotstatus.CodeNumberScopeNotAllowed,
		pilotstatus.CodePermissionDenied, pilotstatus.CodeNumberNotInGrant, pilotstatus.CodeNumberSoftDeleted,
		pilotstatus.CodeNumberMismatch, pilotstatus.CodeEvolutionAPIKeyMissing, pilotstatus.CodeProviderNotConfigured:
		return code
	case pilotstatus.CodeSubscriptionRequiredForMedia, pilotstatus.CodeTemplateCategoryMarketingRequiresOwnNumber,
		pilotstatus.CodeNewsletterNotAllowedInTest:
		return "" // about this message
	}
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden:
		if code == "" {
			return http.StatusText(answer.StatusCode)
		}
		return code
	}
	return ""
}

// pause pauses the number, once a lease.
func (w *worker) pause(reason string) {
	w.stopping = true
	if w.paused {
		return
	}
	w.paused = true
	w.effect.pause, w.effect.unpause = reason, false
	w.r.log.warn("pause "+w.number, "the outbox paused a number", "number", w.number, "reason", reason,
		"probe", probeAfter(w.pace.probes).String())
}

// streakOf is a template of a number.
type streakOf struct{ number, template string }

// streak is a refusal that came so many times in a row.
type streak struct {
	code  string
	times int
}

// refusedTemplate counts a refusal, and reports whether the template is to be held.
func (r *runner) refusedTemplate(of streakOf, code string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.streaks[of]
	if s.code != code {
		s = streak{code: code}
	}
	s.times++
	r.streaks[of] = s
	return s.times >= holdAfter
}

// passedTemplate ends a streak.
func (r *runner) passedTemplate(of streakOf) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.streaks, of)
}

// judgeTemplate notes what the result says about the message's template.
func (w *worker) judgeTemplate(c *claim, r result, err error) result {
	if c.template == "" {
		return r
	}
	of := streakOf{w.number, c.template}
	switch {
	case r.state == StateAccepted:
		w.r.passedTemplate(of)
		if c.wasHeld || w.holds[c.template] {
			w.effect.unhold = append(w.effect.unhold, c.template)
		}
	case r.state == StateRefused && c.wasHeld:
		r.state = StateHeld // it goes out with the others
	case r.state == StateRefused && answerOf(err) != nil && w.r.refusedTemplate(of, string(answerOf(err).Code)):
		w.effect.hold = append(w.effect.hold, c.template)
		w.effect.holdReason = reasonOf(err)
		w.holds[c.template] = true
		w.giveBack(func(q *claim) bool { return q.template == c.template && !q.wasTried })
		w.r.log.warn("hold "+w.number+c.template, "the outbox holds a template", "number", w.number, "template", c.template,
			"code", string(answerOf(err).Code))
	}
	return r
}

// holdSQL holds templates.
const holdSQL = `
INSERT INTO pilotstatus.hold (number_id, template, reason, probe_at)
SELECT $1, t, $3, now() + make_interval(secs => $4) FROM unnest($2::text[]) t ON CONFLICT DO NOTHING`

// releaseSQL releases templates. Their rows become pending with the next looks.
const releaseSQL = `DELETE FROM pilotstatus.hold WHERE number_id = $1 AND template = ANY($2)`

// reHoldSQL sets the time of the next probe before one.
const reHoldSQL = `
UPDATE pilotstatus.hold SET probes = probes + 1, probe_at = now() + make_interval(secs => least($3::float8, 60 * 2 ^ least(probes + 1, 10)))
WHERE number_id = $1 AND template = $2`

// writeHolds writes which templates are held, and which no longer.
func (w *worker) writeHolds(hard context.Context) error {
	hold, unhold := w.effect.hold, w.effect.unhold
	if len(hold) == 0 && len(unhold) == 0 {
		return nil
	}
	err := w.do(hard, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, w.r.outbox.in(holdSQL), w.number, hold, storable(w.effect.holdReason), probeAfter(0).Seconds())
		if err == nil {
			_, err = conn.Exec(ctx, w.r.outbox.in(releaseSQL), w.number, unhold)
		}
		return err
	})
	if err == nil {
		w.effect.hold, w.effect.unhold = nil, nil
	}
	return err
}

// heldNowSQL moves rows to their held template, and leaves them where that was released
// meanwhile. It returns the templates that are still held.
const heldNowSQL = `
WITH h AS MATERIALIZED (
	SELECT h.template FROM pilotstatus.hold h WHERE h.number_id = $1 FOR SHARE
), upd AS (
	UPDATE pilotstatus.message m SET state = 'held', lease = 0,
		template = CASE WHEN m.fallback IS NULL THEN m.template ELSE m.fallback_template END
	WHERE m.id = ANY(ARRAY(
		SELECT m.id FROM unnest($2::bigint[]) x(id) CROSS JOIN LATERAL (
			SELECT m.id FROM pilotstatus.message m
			WHERE m.id = x.id AND m.open AND m.first_at IS NULL AND m.lease <> $3
				AND ` + effectiveTemplate + ` IN (SELECT h.template FROM h)
			LIMIT 1 FOR UPDATE SKIP LOCKED) m))
	RETURNING m.id
)
SELECT ARRAY(SELECT h.template FROM h), (SELECT count(*) FROM upd)`

// holdRows moves rows of held templates out of the way, and has the window read again.
func (w *worker) holdRows(hard context.Context, ids []int64) error {
	if err := w.writeHolds(hard); err != nil {
		return err
	}
	var holds []string
	var moved int
	err := w.do(hard, func(ctx context.Context, conn *pgx.Conn) error {
		return conn.QueryRow(ctx, w.r.outbox.in(heldNowSQL), w.number, ids, w.token).Scan(&holds, &moved)
	})
	if err != nil {
		return err
	}
	w.setHolds(holds)
	w.took += moved
	if moved > 0 {
		w.size, w.window = wideWindow, nil
		return nil
	}
	for i := range w.window { // other transactions have locked them
		r := &w.window[i]
		r.locked = r.locked || w.holds[r.template] && slices.Contains(ids, r.id)
	}
	return nil
}

// probeSQL takes one message of a held template, and of two contents the template: it is
// the one to try.
const probeSQL = `
UPDATE pilotstatus.message m SET lease = $3, state = 'sending', first_at = now(),
	body = coalesce(m.fallback, m.body), fell_back = m.fallback IS NOT NULL OR m.fell_back, fallback = NULL
WHERE m.id = ANY(ARRAY(
	SELECT m.id FROM pilotstatus.message m WHERE m.held IS NOT NULL AND m.number_id = $1 AND m.held = $2
	ORDER BY m.number_id, m.held, m.id LIMIT 1 FOR UPDATE SKIP LOCKED))
RETURNING m.id, m.priority, m.recipient, m.wire_key, m.body,
	m.attempts, m.created_at, m.not_before, m.deliver_until, m.first_at`

// tryTemplate takes one message of a held template to try it. Where there is none, the
// next one that is enqueued tries.
func (w *worker) tryTemplate(hard context.Context, template string) error {
	return w.do(hard, func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, w.r.outbox.in(reHoldSQL), w.number, template, maxProbePause.Seconds()); err != nil {
			return err
		}
		c := claim{begun: true, wasHeld: true}
		c.template, c.ours = template, true
		var deadline *time.Time
		row := conn.QueryRow(ctx, w.r.outbox.in(probeSQL), w.number, template, w.token)
		err := row.Scan(&c.id, &c.priority, &c.recipient, &c.key, &c.body, &c.attempts, &c.createdAt, &c.notBefore, &deadline, &c.firstAt)
		if errors.Is(err, pgx.ErrNoRows) {
			_, err = conn.Exec(ctx, w.r.outbox.in(releaseSQL), w.number, []string{template})
			return err
		}
		if err != nil {
			return err
		}
		c.deliverUntil = orZero(deadline)
		w.enqueue(&c)
		w.took++
		return nil
	})
}
