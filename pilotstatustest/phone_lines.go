package pilotstatustest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

func phoneLineRoutes() []route {
	const path = "/v1/phone-lines/verification"
	const contact = path + "/contact/{channel}"
	start := onBody("PhoneLines.StartVerification", "POST "+path, scopeTenant, startVerification).creates()
	start.keyed, start.needsKey, start.replay = true, true, getVerification
	return append(
		needing("phone_lines:purchase",
			on("PhoneLines.Verification", "GET "+path, scopeTenant, getVerification),
			start,
			on("PhoneLines.SendContactCode", "POST "+contact+"/send", scopeTenant, with((*call).waitingContact, sendContactCode)),
			onBody("PhoneLines.ConfirmContact", "POST "+contact+"/confirm", scopeTenant, confirmContact),
			onBody("PhoneLines.SubmitDocument", "POST "+path+"/document", scopeTenant, submitDocument),
		),
		needing("phone_lines:read",
			on("PhoneLines.ActivationAudio", "GET /v1/phone-lines/activations/{id}/audio", scopeTenant, activationAudio),
		)...,
	)
}

// The states of a verification.
const (
	verificationNone           = "NONE"
	verificationPendingContact = "PENDING_CONTACT"
	verificationNeedsDocument  = "NEEDS_DOCUMENT"
	verificationInReview       = "IN_REVIEW"
	verificationApproved       = "APPROVED"
	verificationRejected       = "REJECTED"
)

// The states of a document.
const (
	documentRequested  = "REQUESTED"
	documentUnreadable = "UNREADABLE"
	documentUnclear    = "UNCLEAR"
	documentReceived   = "RECEIVED"
)

const (
	reasonRegistry = "REGISTRY_UNAVAILABLE"
	reasonDocument = "DOCUMENT_CHECK"
)

// take puts the verification into a state.
func (v *verification) take(step verificationStep, now time.Time) {
	v.status, v.reason, v.note, v.updatedAt = step.status, "", "", now
	switch step.status {
	case verificationInReview:
		v.reason = step.why
		if v.reason == "" {
			v.reason = reasonDocument
		}
		if v.reason == reasonRegistry {
			v.legalName = "" // nobody could be asked for it
		}
	case verificationNeedsDocument:
		v.note = step.why
		if v.document == documentReceived {
			v.document = documentRequested
		}
	case verificationRejected:
		v.note = step.why
	}
}

// advance takes the next step that was chosen, else a review of the document.
func (s *lineState) advance(now time.Time) {
	step := verificationStep{status: verificationInReview}
	if len(s.next) > 0 {
		step, s.next = s.next[0], s.next[1:]
	}
	s.current.take(step, now)
}

// verificationState is the answer of all operations of the verification.
type verificationState struct {
	Status       string              `json:"status"`
	CanPurchase  bool                `json:"canPurchase"`
	Verification *verificationAnswer `json:"verification"`
}

type verificationAnswer struct {
	ID             string        `json:"id"`
	DocumentType   string        `json:"documentType"`
	DocumentNumber string        `json:"documentNumber"`
	LegalName      *string       `json:"legalName"`
	Contact        contactAnswer `json:"contact"`
	Document       any           `json:"document"`
	ReviewReason   *string       `json:"reviewReason"`
	ReviewNote     *string       `json:"reviewNote"`
	CreatedAt      string        `json:"createdAt"`
	UpdatedAt      string        `json:"updatedAt"`
}

type contactAnswer struct {
	Email     string   `json:"email"`
	Whatsapp  *string  `json:"whatsapp"`
	Required  []string `json:"requiredChannels"`
	Confirmed []string `json:"confirmedChannels"`
	Pending   []string `json:"pendingChannels"`
}

// answer is the current state on the wire.
func (s *lineState) answer() verificationState {
	v := s.current
	if v == nil {
		return verificationState{Status: verificationNone}
	}
	a := verificationAnswer{
		ID: v.id, DocumentType: v.kind, DocumentNumber: maskDocument(v.kind, v.number), LegalName: nullable(v.legalName),
		Contact: contactAnswer{
			Email: maskContactEmail(v.email), Required: []string{}, Confirmed: []string{}, Pending: []string{},
		},
		Document: map[string]any{"status": v.document}, ReviewReason: nullable(v.reason), ReviewNote: nullable(v.note),
		CreatedAt: stampText(v.createdAt), UpdatedAt: stampText(v.updatedAt),
	}
	for _, one := range v.contacts {
		if one.channel == channelWhatsapp {
			a.Contact.Whatsapp = nullable(maskPhone(v.whatsapp))
		}
		a.Contact.Required = append(a.Contact.Required, one.channel)
		if one.confirmed {
			a.Contact.Confirmed = append(a.Contact.Confirmed, one.channel)
		} else {
			a.Contact.Pending = append(a.Contact.Pending, one.channel)
		}
	}
	return verificationState{
		Status: v.status, CanPurchase: slices.Contains([]string{verificationApproved, verificationInReview}, v.status),
		Verification: &a,
	}
}

func getVerification(c *call) (any, *failure) { return c.state.lines.answer(), nil }

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
func startVerification(c *call, in *startVerificationRequest) (any, *failure) {
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

func sendContactCode(c *call, one *contactCode) (any, *failure) {
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

// contactCodeRequest is the body of PhoneLines.ConfirmContact.
type contactCodeRequest struct {
	Code string `json:"code"`
}

func confirmContact(c *call, in *contactCodeRequest) (any, *failure) {
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
		return nil, badRequest("CONTACT_CODE_INVALID", "The code is wrong")
	case !now.Before(one.sentAt.Add(codeLife)):
		return nil, badRequest("CONTACT_CODE_EXPIRED", "The code has expired")
	}
	one.confirmed, s.current.updatedAt = true, now
	if !slices.ContainsFunc(s.current.contacts, func(one *contactCode) bool { return !one.confirmed }) {
		s.advance(now)
	}
	return s.answer(), nil
}

// documentRequest is the body of PhoneLines.SubmitDocument.
type documentRequest struct {
	Document string `json:"document"`
}

func submitDocument(c *call, in *documentRequest) (any, *failure) {
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

// The documents of a person and of a company.
const (
	documentPerson  = "CPF"
	documentCompany = "CNPJ"
)

// maxDocument is the largest file of a document.
const maxDocument = 10 << 20

func (in *startVerificationRequest) check() error {
	digits, ok := map[string]int{documentPerson: 11, documentCompany: 14}[in.DocumentType]
	if !ok {
		return fmt.Errorf("documentType is %q", in.DocumentType)
	}
	if len(onlyDigits(in.DocumentNumber)) != digits || strings.Trim(in.DocumentNumber, "0123456789.-/ ") != "" {
		return fmt.Errorf("documentNumber is no %s", in.DocumentType)
	}
	if !isEmail(in.ContactEmail) {
		return errors.New("contactEmail is no e-mail address")
	}
	// Without an area code it would be shorter.
	phone := onlyDigits(in.ContactWhatsapp)
	if len(phone) < 10 || !isPhone(phone) || strings.Trim(strings.TrimPrefix(in.ContactWhatsapp, "+"), "0123456789-() ") != "" {
		return errors.New("contactWhatsapp is no phone with country and area code")
	}
	return checkDocument(in.Document)
}

func isEmail(text string) bool {
	local, domain, ok := strings.Cut(text, "@")
	return ok && local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(domain, "@") && !strings.ContainsAny(text, " \t\r\n")
}

// checkDocument takes a data URL of a file of one of four kinds.
func checkDocument(text string) error {
	rest, isData := strings.CutPrefix(text, "data:")
	kind, data, isBase64 := strings.Cut(rest, ";base64,")
	switch {
	case !isData || !isBase64:
		return errors.New("document is no data URL in base64")
	case !slices.Contains([]string{"application/pdf", "image/jpeg", "image/png", "image/webp"}, kind):
		return fmt.Errorf("document is of type %q", kind)
	}
	file, err := base64.StdEncoding.DecodeString(data)
	switch {
	case err != nil:
		return errors.New("document is not base64")
	case len(file) == 0 || len(file) > maxDocument:
		return fmt.Errorf("document has %d bytes", len(file))
	}
	return nil
}

// maskDocument writes a CPF as ***.***.***-09 and a CNPJ as 12.***.***/0001-**.
func maskDocument(kind, digits string) string {
	if kind == documentCompany {
		return digits[:2] + ".***.***/" + digits[8:12] + "-**"
	}
	return "***.***.***-" + digits[9:]
}

// maskContactEmail writes joana@example.test as j***@example.test.
func maskContactEmail(email string) string {
	at := strings.IndexByte(email, '@')
	first := []rune(email)[:1]
	return string(first) + "***" + email[at:]
}

// activationAudio answers the recording as it is. One that is gone, or never was,
// is not found.
func activationAudio(c *call) (any, *failure) {
	s := &c.state.lines
	one := s.activations[c.params["id"]]
	if one == nil || len(one.audio) == 0 {
		return nil, refuse(http.StatusNotFound, "ACTIVATION_NOT_FOUND", "Activation not found")
	}
	a := answer{status: http.StatusOK, kind: one.kind, body: one.audio, chunked: s.chunked}
	if one.disposition != "" {
		a = a.with(http.Header{"Content-Disposition": {one.disposition}})
	}
	return a, nil
}
