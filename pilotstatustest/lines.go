package pilotstatustest

import (
	"net/http"
	"slices"
	"time"
)

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

func lineRoutes() []route {
	const path = "/v1/phone-lines/verification"
	return []route{
		{
			op: "PhoneLines.Verification", method: http.MethodGet, path: path,
			scope: scopeTenant, status: http.StatusOK, permission: "phone_lines:purchase", handle: getVerification,
		},
		{
			op: "PhoneLines.StartVerification", method: http.MethodPost, path: path,
			scope: scopeTenant, status: http.StatusCreated, permission: "phone_lines:purchase", body: true, keyed: true, needsKey: true,
			handle: startVerification, replay: getVerification,
		},
		{
			op: "PhoneLines.SendContactCode", method: http.MethodPost, path: path + "/contact/{channel}/send",
			scope: scopeTenant, status: http.StatusOK, permission: "phone_lines:purchase", handle: sendContactCode,
		},
		{
			op: "PhoneLines.ConfirmContact", method: http.MethodPost, path: path + "/contact/{channel}/confirm",
			scope: scopeTenant, status: http.StatusOK, permission: "phone_lines:purchase", body: true, handle: confirmContact,
		},
		{
			op: "PhoneLines.SubmitDocument", method: http.MethodPost, path: path + "/document",
			scope: scopeTenant, status: http.StatusOK, permission: "phone_lines:purchase", body: true, handle: submitDocument,
		},
		{
			op: "PhoneLines.ActivationAudio", method: http.MethodGet, path: "/v1/phone-lines/activations/{id}/audio",
			scope: scopeTenant, status: http.StatusOK, permission: "phone_lines:read", handle: activationAudio,
		},
	}
}

// lineState is the verification of the workspace, and what was recorded of the
// activation of its lines.
type lineState struct {
	current   *verification // nil: never started
	submitted []time.Time   // of the last hour
	codes     int           // made so far

	channels     []string // that must be confirmed; nil is both
	next         []verificationStep
	nextDocument []string
	bareCooldown bool // the refusal does not say how long it lasts

	activations map[string]*activation
	chunked     bool // the length of a recording is not announced
}

// verification is what was submitted and what has become of it.
type verification struct {
	id        string
	status    string
	kind      string // of the document
	number    string // of the document, digits
	legalName string
	email     string
	whatsapp  string // digits
	contacts  []*contactCode
	document  string // state of the document
	reason    string
	note      string

	createdAt, updatedAt time.Time
}

// contactCode is a channel that must be confirmed, with the code that was sent to
// it last.
type contactCode struct {
	channel   string
	code      string
	sentAt    time.Time
	confirmed bool
}

// verificationStep is a state that a verification gets, and why: the reason of a
// review, or the note of the reviewer.
type verificationStep struct {
	status string
	why    string
}

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
	ID             string         `json:"id"`
	DocumentType   string         `json:"documentType"`
	DocumentNumber string         `json:"documentNumber"`
	LegalName      *string        `json:"legalName"`
	Contact        contactAnswer  `json:"contact"`
	Document       documentAnswer `json:"document"`
	ReviewReason   *string        `json:"reviewReason"`
	ReviewNote     *string        `json:"reviewNote"`
	CreatedAt      string         `json:"createdAt"`
	UpdatedAt      string         `json:"updatedAt"`
}

type contactAnswer struct {
	Email     string   `json:"email"`
	Whatsapp  *string  `json:"whatsapp"`
	Required  []string `json:"requiredChannels"`
	Confirmed []string `json:"confirmedChannels"`
	Pending   []string `json:"pendingChannels"`
}

type documentAnswer struct {
	Status string `json:"status"`
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
		Document: documentAnswer{v.document}, ReviewReason: nullable(v.reason), ReviewNote: nullable(v.note),
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
