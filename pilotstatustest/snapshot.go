package pilotstatustest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Snapshot is a state to start from, see [WithSnapshot]: what [Server.Snapshot] wrote, or
// a part of it that was written by hand. In JSON it is an object with these members, all of
// which may be left out:
//
//   - tenantKey, webhookSecret: text of 16 characters or more
//   - skipped: how far the clock was advanced, such as "26h", which the new server begins with
//   - numbers, in place of num_1 and num_2: objects with id and phone (E.164), and perhaps
//     name, official, closed, blockedSince, key, and contacts: objects with phone, userId or
//     jid, and perhaps id, name, username, unread, wroteAt, createdAt
//   - templates, in place of onboarding-test: objects with name and text, or with body as
//     Templates.Create takes it, and perhaps id, category, language, status, reason, flow,
//     numberId, official
//   - webhooks: objects with numberId and url, and perhaps id, name, events, paused
//   - files: objects with id and data (base64), and perhaps type, name, sentAt, expired and
//     phoneNumberId, the id that Media.Download asks for beside that of the file
//   - calls: objects with numberId, direction, status and peer, and perhaps more
//   - leads: objects with numberId, and perhaps more
//   - messages: best as they were written
//
// Of numbers, templates and webhooks there are 1,000 each at most, and 10,000 contacts. It has no requests,
// deliveries, idempotency keys, permissions of calls, Pages and phone lines. Links to files
// keep the address that they had.
type Snapshot struct {
	form snapshotForm
}

// SnapshotError says what is wrong with a snapshot.
type SnapshotError struct {
	Line   int // from 1
	Reason string
}

// Error names the line and what is wrong in it.
func (e *SnapshotError) Error() string {
	return fmt.Sprintf("pilotstatustest: snapshot, line %d: %s", e.Line, e.Reason)
}

// ReadSnapshot reads a snapshot from JSON. An error is a [*SnapshotError].
func ReadSnapshot(data []byte) (*Snapshot, error) {
	if err := checkDepth(data, maxDepth+snapshotDepth); err != nil {
		return nil, &SnapshotError{Line: 1, Reason: err.Error()}
	}
	s := new(Snapshot)
	err := jsonv2.Unmarshal(data, &s.form, lax(), jsonv2.RejectUnknownMembers(true))
	var at int64
	if err == nil {
		at, err = s.form.check()
	} else {
		at = offsetOf(err)
	}
	if err != nil {
		return nil, &SnapshotError{Line: lineOf(data, at), Reason: reasonOf(err)}
	}
	return s, nil
}

// snapshotDepth is how deep what others wrote can be in a snapshot.
const snapshotDepth = 5

// lineOf counts the lines before what begins behind an offset.
func lineOf(data []byte, at int64) int {
	at = min(max(at, 0), int64(len(data)))
	rest := data[at:]
	at += int64(len(rest) - len(bytes.TrimLeft(rest, " \t\r\n,:")))
	return 1 + bytes.Count(data[:at], []byte("\n"))
}

func offsetOf(err error) int64 {
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return syntax.ByteOffset
	}
	if form, ok := errors.AsType[*jsonv2.SemanticError](err); ok {
		return form.ByteOffset
	}
	return 0
}

// reasonOf is the text of an error without the names of Go.
func reasonOf(err error) string {
	form, ok := errors.AsType[*jsonv2.SemanticError](err)
	switch {
	case !ok:
		return strings.TrimPrefix(err.Error(), "jsontext: ")
	case errors.Is(form.Err, jsonv2.ErrUnknownName):
		return fmt.Sprintf("unknown member %s", form.JSONPointer)
	case form.Err != nil:
		return fmt.Sprintf("%s: %v", form.JSONPointer, form.Err)
	}
	return fmt.Sprintf("%s cannot be a JSON %s", form.JSONPointer, form.JSONKind)
}

// check says what is wrong, and where.
func (f *snapshotForm) check() (int64, error) {
	for _, secret := range []string{f.TenantKey, f.WebhookSecret} {
		if secret != "" && len(secret) < minSecret {
			return 0, fmt.Errorf("tenantKey or webhookSecret has less than %d characters", minSecret)
		}
	}
	if skipped, err := time.ParseDuration(cmp.Or(f.Skipped, "0")); err != nil || skipped < 0 || skipped > MaxSkipped {
		return 0, fmt.Errorf("skipped is %q and not a time such as \"26h30m\", of 100 years at most", f.Skipped)
	}
	if at, err := f.checkCounts(); err != nil {
		return at, err
	}
	numbers := map[string]bool{"num_1": true, "num_2": true}
	if f.Numbers != nil {
		clear(numbers)
	}
	secrets := map[string]bool{f.TenantKey: true}
	for i := range f.Numbers {
		n := &f.Numbers[i]
		if err := n.check(numbers, secrets); err != nil {
			return n.at, err
		}
		numbers[n.ID], secrets[n.Key] = true, true
	}
	return f.checkRest(func(id string) error {
		if !numbers[id] {
			return fmt.Errorf("there is no number %q", id)
		}
		return nil
	})
}

// checkRest checks what belongs to numbers.
func (f *snapshotForm) checkRest(known func(id string) error) (int64, error) {
	for i := range f.Templates {
		if err := f.Templates[i].check(known); err != nil {
			return f.Templates[i].at, err
		}
	}
	for i := range f.Webhooks {
		w := &f.Webhooks[i]
		if err := cmp.Or(known(w.NumberID), countable(w.ID)); err != nil {
			return w.at, err
		}
		if !isWebhookURL(w.URL) {
			return w.at, fmt.Errorf("url %q is no web address", w.URL)
		}
	}
	last, unnamed := 0, false
	for i := range f.Messages {
		m := &f.Messages[i]
		if err := cmp.Or(known(m.NumberID), m.check(&last)); err != nil {
			return m.at, err
		}
		if unnamed && m.ID != "" {
			return m.at, fmt.Errorf("the message %q has an id and one before it has none: give ids to the first ones, or to none", m.ID)
		}
		unnamed = m.ID == ""
	}
	return f.checkMore(known)
}

// minSecret is how long keys and secrets are at least.
const minSecret = 16

func (n *numberForm) check(others, secrets map[string]bool) error {
	switch {
	case blank(n.ID) || strings.ContainsAny(n.ID, "/?#"):
		return fmt.Errorf("id %q of a number", n.ID)
	case others[n.ID]:
		return fmt.Errorf("the number %q is there twice", n.ID)
	case !isPhone(n.Phone):
		return fmt.Errorf("phone %q of the number %q is not E.164", n.Phone, n.ID)
	case n.Key != "" && (len(n.Key) < minSecret || secrets[n.Key]):
		return fmt.Errorf("key of the number %q is too short, or not its own", n.ID)
	}
	for _, c := range n.Contacts {
		if c.Phone+c.UserID+c.JID == "" || c.Phone != "" && !isPhone(c.Phone) {
			return fmt.Errorf("a contact of the number %q has no phone, userId or jid, or a malformed one", n.ID)
		}
		if c.JID != "" && !isJID(c.JID, "@g.us") && !isJID(c.JID, "@newsletter") {
			return fmt.Errorf("jid %q ends neither with @g.us nor with @newsletter", c.JID)
		}
		if err := countable(c.ID); err != nil {
			return err
		}
	}
	return nil
}

func (t *templateForm) check(known func(string) error) error {
	if blank(t.Name) {
		return errors.New("a template has no name")
	}
	if err := countable(t.ID); err != nil {
		return err
	}
	if t.NumberID != "" {
		if err := known(t.NumberID); err != nil {
			return err
		}
	}
	if t.Body == nil {
		t.Body = jsontext.Value(plainBody(t.Text))
	}
	_, content, err := readTemplateBody([]byte(t.Body))
	if err == nil {
		_, err = content.names()
	}
	if err != nil {
		return fmt.Errorf("template %q: %w", t.Name, err)
	}
	return nil
}

// names returns the placeholders of a template. It takes what Meta would not, such as a
// placeholder at the end, as [Tenant.AddTemplate] does.
func (b *templateBody) names() ([]string, error) {
	if names, err := b.check(); err == nil {
		return names, nil
	}
	if b.Body == nil || blank(b.Body.Text) {
		return nil, errors.New("body.body.text is missing")
	}
	return placeholders(b.Body.Text)
}

// check takes the number in the id of the message before, and sets that of this one.
func (m *messageForm) check(last *int) error {
	if err := grows(m.ID, last); err != nil {
		return err
	}
	if m.Body != nil {
		var in sendRequest
		if err := decode(m.Body, &in); err != nil {
			return fmt.Errorf("body: %w", err)
		}
		if _, err := in.check(); err != nil {
			return fmt.Errorf("body: %w", err)
		}
		return m.Body.Compact()
	}
	if !isPhone(m.Contact) && !isUserID(m.Contact) && !isJID(m.Contact, "@g.us") && !isJID(m.Contact, "@newsletter") {
		return fmt.Errorf("contact %q of a message without body is no phone, userId or jid", m.Contact)
	}
	return nil
}
