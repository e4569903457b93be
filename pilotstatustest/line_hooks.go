package pilotstatustest

import (
	"slices"
	"strings"
	"time"
)

// ContactCode returns the code that was sent last to a contact of the verification,
// by its channel: "email" or "whatsapp". It is "" when there was none.
func (t *Tenant) ContactCode(channel string) string {
	var code string
	t.change(func(s *state, _ time.Time) {
		if s.lines.current == nil {
			return
		}
		for _, one := range s.lines.current.contacts {
			if one.channel == strings.ToUpper(channel) {
				code = one.code
			}
		}
	})
	return code
}

// RequireContacts sets the channels that coming verifications have to confirm,
// "email" and "whatsapp". Normally it is both. Without any, StartVerification goes
// straight to the next state.
func (t *Tenant) RequireContacts(channels ...string) {
	t.change(func(s *state, _ time.Time) {
		s.lines.channels = []string{}
		for _, channel := range channels {
			s.lines.channels = append(s.lines.channels, strings.ToUpper(channel))
		}
	})
}

// NextVerification chooses the state that the verification gets when all contacts
// are confirmed, or when the document came that it needed; why is the reviewReason
// of IN_REVIEW, else the reviewNote. Called several times it is for as many steps.
// Where nothing is chosen it is IN_REVIEW because of DOCUMENT_CHECK.
func (t *Tenant) NextVerification(status, why string) {
	t.change(func(s *state, _ time.Time) {
		s.lines.next = append(s.lines.next, verificationStep{status, why})
	})
}

// NextDocument chooses the state of the next document that StartVerification or
// SubmitDocument brings, such as UNREADABLE. Called several times it is for as many
// documents. Where nothing is chosen it is RECEIVED. A verification that needs a
// document goes on only with one that is.
func (t *Tenant) NextDocument(status string) {
	t.change(func(s *state, _ time.Time) { s.lines.nextDocument = append(s.lines.nextDocument, status) })
}

// SetVerification decides the verification now, as a reviewer does; status and why
// are as in NextVerification, and NONE forgets it. Without a verification it fails
// the test under NewServer and otherwise does nothing.
func (t *Tenant) SetVerification(status, why string) {
	var found bool
	t.change(func(s *state, now time.Time) {
		if found = s.lines.current != nil; !found {
			return
		}
		s.lines.current.take(verificationStep{status, why}, now)
		if status == verificationNone {
			s.lines.current = nil
		}
	})
	if found {
		return
	}
	if t.server.tb != nil {
		t.server.tb.Helper()
	}
	t.server.failf("no verification")
}

// BareCooldown switches the refusal CONTACT_CODE_COOLDOWN to a body without
// retryAfterSeconds.
func (t *Tenant) BareCooldown(on bool) {
	t.change(func(s *state, _ time.Time) { s.lines.bareCooldown = on })
}

// AddActivation adds the recording of an activation call and returns the id of the
// activation. Without a content type or a content disposition, "", the answer has
// no such header; without audio it is 404 ACTIVATION_NOT_FOUND.
func (t *Tenant) AddActivation(audio []byte, contentType, disposition string) string {
	var id string
	t.change(func(s *state, _ time.Time) {
		if s.lines.activations == nil {
			s.lines.activations = make(map[string]*activation)
		}
		id = s.newID("act")
		s.lines.activations[id] = &activation{slices.Clone(audio), contentType, disposition}
	})
	return id
}

// DropActivation takes a recording away, as when the line is returned or canceled.
func (t *Tenant) DropActivation(id string) {
	t.change(func(s *state, _ time.Time) { delete(s.lines.activations, id) })
}

// ChunkAudio switches recordings to answers that do not announce their length.
func (t *Tenant) ChunkAudio(on bool) {
	t.change(func(s *state, _ time.Time) { s.lines.chunked = on })
}
