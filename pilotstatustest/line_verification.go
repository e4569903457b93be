package pilotstatustest

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"
)

// The channels of a contact.
const (
	channelEmail    = "EMAIL"
	channelWhatsapp = "WHATSAPP"
)

const (
	// submissionLimit is how many submissions there can be in submissionWindow.
	submissionLimit  = 10
	submissionWindow = time.Hour

	codeCooldown = time.Minute
	codeLife     = 10 * time.Minute
)

// startVerificationRequest is the body of PhoneLines.StartVerification.
type startVerificationRequest struct {
	DocumentType    string `json:"documentType"`
	DocumentNumber  string `json:"documentNumber"`
	ContactEmail    string `json:"contactEmail"`
	ContactWhatsapp string `json:"contactWhatsapp"`
	Document        string `json:"document"`
}

// startVerification makes a new verification, also in place of one that waits for
// its contacts or was refused. The codes of the old one are dead with it.
func startVerification(c *call) (any, *failure) {
	var in startVerificationRequest
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if err := in.check(); err != nil {
		return nil, invalid("%v", err)
	}
	s, now := &c.state.lines, c.state.clock.now()
	if v := s.current; v != nil && v.status != verificationPendingContact && v.status != verificationRejected {
		return nil, conflict("", "The verification cannot be replaced now")
	}
	if refused := s.countSubmission(now); refused != nil {
		return nil, refused
	}
	v := &verification{
		id: c.state.newID("plv"), status: verificationPendingContact, kind: in.DocumentType, number: onlyDigits(in.DocumentNumber),
		email: in.ContactEmail, whatsapp: onlyDigits(in.ContactWhatsapp), document: s.judgeDocument(), createdAt: now, updatedAt: now,
	}
	if v.kind == documentCompany {
		v.legalName = "ACME LTDA"
	}
	channels := s.channels
	if channels == nil {
		channels = []string{channelEmail, channelWhatsapp}
	}
	for _, channel := range channels {
		one := &contactCode{channel: channel}
		s.sendCode(one, now)
		v.contacts = append(v.contacts, one)
	}
	s.current = v
	if len(channels) == 0 {
		s.advance(now)
	}
	return s.answer(), nil
}

// countSubmission refuses one too many in the last hour. Only those that were
// accepted count.
func (s *lineState) countSubmission(now time.Time) *failure {
	s.submitted = slices.DeleteFunc(s.submitted, func(t time.Time) bool { return !t.After(now.Add(-submissionWindow)) })
	if len(s.submitted) >= submissionLimit {
		return tooSoon("RATE_LIMITED", "Too many submissions", s.submitted[0].Add(submissionWindow).Sub(now))
	}
	s.submitted = append(s.submitted, now)
	return nil
}

// tooSoon is a 429 that says after what time the request can be made.
func tooSoon(code, text string, left time.Duration) *failure {
	f := &failure{status: http.StatusTooManyRequests, code: code, text: text}
	if left > 0 {
		f.more = map[string]any{"retryAfterSeconds": int(math.Ceil(left.Seconds()))}
	}
	return f
}

// sendCode sends a fresh code, which ends the one before. The codes begin with
// zeros, which count.
func (s *lineState) sendCode(one *contactCode, now time.Time) {
	s.codes++
	one.code, one.sentAt = fmt.Sprintf("%06d", s.codes*7919%1_000_000), now
}

// judgeDocument is the state of a document that comes in.
func (s *lineState) judgeDocument() string {
	if len(s.nextDocument) == 0 {
		return documentReceived
	}
	status := s.nextDocument[0]
	s.nextDocument = s.nextDocument[1:]
	return status
}

// waitingContact returns the contact of the path if it waits for a code.
func (c *call) waitingContact() (*contactCode, *failure) {
	channel := map[string]string{"email": channelEmail, "whatsapp": channelWhatsapp}[c.params["channel"]]
	v := c.state.lines.current
	switch {
	case channel == "":
		return nil, invalid("channel is %q", c.params["channel"])
	case v == nil:
		return nil, notFound("Verification")
	}
	at := slices.IndexFunc(v.contacts, func(one *contactCode) bool { return one.channel == channel && !one.confirmed })
	if at < 0 || v.status != verificationPendingContact {
		return nil, conflict("", "This contact is not waiting for a code")
	}
	return v.contacts[at], nil
}

func sendContactCode(c *call) (any, *failure) {
	one, refused := c.waitingContact()
	if refused != nil {
		return nil, refused
	}
	s, now := &c.state.lines, c.state.clock.now()
	if left := one.sentAt.Add(codeCooldown).Sub(now); left > 0 {
		if s.bareCooldown {
			left = 0
		}
		return nil, tooSoon("CONTACT_CODE_COOLDOWN", "A code was sent a moment ago", left)
	}
	s.sendCode(one, now)
	s.current.updatedAt = now
	return s.answer(), nil
}

func confirmContact(c *call) (any, *failure) {
	var in struct {
		Code string `json:"code"`
	}
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if in.Code == "" {
		return nil, invalid("no code")
	}
	one, refused := c.waitingContact()
	if refused != nil {
		return nil, refused
	}
	s, now := &c.state.lines, c.state.clock.now()
	switch {
	case in.Code != one.code:
		return nil, &failure{status: http.StatusBadRequest, code: "CONTACT_CODE_INVALID", text: "The code is wrong"}
	case !now.Before(one.sentAt.Add(codeLife)):
		return nil, &failure{status: http.StatusBadRequest, code: "CONTACT_CODE_EXPIRED", text: "The code has expired"}
	}
	one.confirmed, s.current.updatedAt = true, now
	if !slices.ContainsFunc(s.current.contacts, func(one *contactCode) bool { return !one.confirmed }) {
		s.advance(now)
	}
	return s.answer(), nil
}

func submitDocument(c *call) (any, *failure) {
	var in struct {
		Document string `json:"document"`
	}
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if err := checkDocument(in.Document); err != nil {
		return nil, invalid("%v", err)
	}
	s, now := &c.state.lines, c.state.clock.now()
	v := s.current
	if v == nil {
		return nil, notFound("Verification")
	}
	if !v.wantsDocument() {
		return nil, conflict("", "No document is wanted now")
	}
	v.document, v.updatedAt = s.judgeDocument(), now
	if v.status == verificationNeedsDocument && v.document == documentReceived {
		s.advance(now)
	}
	return s.answer(), nil
}

// wantsDocument says whether another document can be sent.
func (v *verification) wantsDocument() bool {
	switch v.status {
	case verificationNeedsDocument:
		return true
	case verificationApproved, verificationRejected:
		return false
	}
	return v.document == documentUnreadable || v.document == documentUnclear
}
