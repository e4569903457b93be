package pilotstatus

import (
	"cmp"
	"context"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

// VerificationStatus is where the verification of a workspace stands. The set is open.
type VerificationStatus string

// The documented statuses. Ask [VerificationState].CanPurchase whether lines can be
// bought, and the status what to do next.
const (
	VerificationStatusNone           VerificationStatus = "NONE"            // never started
	VerificationStatusPendingContact VerificationStatus = "PENDING_CONTACT" // waits for the codes of [VerificationContact].PendingChannels
	VerificationStatusNeedsDocument  VerificationStatus = "NEEDS_DOCUMENT"  // waits for [PhoneLinesService.SubmitDocument]
	VerificationStatusInReview       VerificationStatus = "IN_REVIEW"       // lines can be bought meanwhile
	VerificationStatusApproved       VerificationStatus = "APPROVED"
	VerificationStatusRejected       VerificationStatus = "REJECTED" // lines that were bought may be taken back
)

// DocumentType is the kind of a tax number. The set is open.
type DocumentType string

// The documented kinds.
const (
	DocumentTypeCPF  DocumentType = "CPF"  // of a person
	DocumentTypeCNPJ DocumentType = "CNPJ" // of a company
)

// ContactChannel is a way to reach the person behind a verification. The set is open.
type ContactChannel string

// The documented channels.
const (
	ContactChannelEmail    ContactChannel = "EMAIL"
	ContactChannelWhatsApp ContactChannel = "WHATSAPP"
)

// inPath returns the channel the way paths spell it: in small letters.
func (c ContactChannel) inPath() string { return strings.ToLower(string(c)) }

// DocumentStatus is what became of a document. The set is open.
type DocumentStatus string

// The documented statuses.
const (
	DocumentStatusMissing    DocumentStatus = "MISSING"    // none was sent
	DocumentStatusRequested  DocumentStatus = "REQUESTED"  // one is wanted
	DocumentStatusUnreadable DocumentStatus = "UNREADABLE" // send another one
	DocumentStatusUnclear    DocumentStatus = "UNCLEAR"    // send another one
	DocumentStatusReceived   DocumentStatus = "RECEIVED"
)

// ReviewReason says why a verification is in review. The set is open.
type ReviewReason string

// The documented reasons.
const (
	ReviewReasonRegistryUnavailable ReviewReason = "REGISTRY_UNAVAILABLE" // the public registry did not answer
	ReviewReasonDocumentCheck       ReviewReason = "DOCUMENT_CHECK"
)

// VerificationState is where the verification of a workspace stands.
type VerificationState struct {
	Status       VerificationStatus `json:"status" required:"true"`
	CanPurchase  bool               `json:"canPurchase" strict:"true"` // whether phone lines can be bought
	Verification *Verification      `json:"verification"`              // nil with [VerificationStatusNone]
}

// Verification is what a workspace submitted. Its personal values are masked by the
// API.
type Verification struct {
	ID             string               `json:"id"`
	DocumentType   DocumentType         `json:"documentType"`
	DocumentNumber string               `json:"documentNumber"` // masked
	LegalName      string               `json:"legalName"`      // of a company, from the public registry; "" for a person
	Contact        VerificationContact  `json:"contact"`
	Document       VerificationDocument `json:"document"`
	ReviewReason   ReviewReason         `json:"reviewReason"` // "" unless in review
	ReviewNote     string               `json:"reviewNote"`   // the reviewer's words, where a document is needed or refused
	CreatedAt      Timestamp            `json:"createdAt"`
	UpdatedAt      Timestamp            `json:"updatedAt"`
}

// VerificationContact is whom the codes of a verification go to.
type VerificationContact struct {
	Email             string           `json:"email"`    // masked
	WhatsApp          string           `json:"whatsapp"` // masked; "" without one
	RequiredChannels  []ContactChannel `json:"requiredChannels"`
	ConfirmedChannels []ContactChannel `json:"confirmedChannels"`
	PendingChannels   []ContactChannel `json:"pendingChannels"` // those that [PhoneLinesService.ConfirmContact] is still needed for
}

// VerificationDocument is the document of a verification.
type VerificationDocument struct {
	Status DocumentStatus `json:"status"`
}

// StartedVerification is the answer of [PhoneLinesService.StartVerification].
type StartedVerification struct {
	VerificationState

	IdempotencyKey string `json:"-"` // the key that the call went out with, yours or the made one

	// Replayed says that the API had taken a submission with this key before:
	// nothing was submitted now, and the state is today's.
	Replayed bool `json:"-"`
}

// StartVerificationRequest is what a workspace submits. Do not log it.
type StartVerificationRequest struct {
	DocumentType    DocumentType `json:"documentType"`
	DocumentNumber  string       `json:"documentNumber"` // with or without punctuation
	ContactEmail    string       `json:"contactEmail"`
	ContactWhatsApp string       `json:"contactWhatsapp"` // a phone number with country and area code

	// Document is the document as a data URI, which [DataURI] makes: PDF, JPG, PNG or
	// WEBP, at most 10 MB.
	Document string `json:"document"`

	// IdempotencyKey makes the submission happen once: a call with the same key and
	// the same content submits nothing again, see [StartedVerification].Replayed. Use
	// one key for one submission. Left empty, a random one is made, which covers the
	// retries of this call only.
	IdempotencyKey string `json:"-"`
}

// standard returns the submission with the base64 of its document in its standard form.
func (v StartVerificationRequest) standard() (StartVerificationRequest, error) {
	document, err := standardDataURI("Document", v.Document)
	v.Document = document
	return v, err
}

func (v StartVerificationRequest) validate() error {
	for _, field := range []struct{ name, value string }{
		{"DocumentType", string(v.DocumentType)},
		{"DocumentNumber", v.DocumentNumber},
		{"ContactEmail", v.ContactEmail},
		{"ContactWhatsApp", v.ContactWhatsApp},
	} {
		if err := required(field.name, field.value); err != nil {
			return err
		}
	}
	if err := checkPhoneText("ContactWhatsApp", v.ContactWhatsApp); err != nil {
		return err
	}
	return validateDocument("Document", v.Document)
}

// maxDocument is the API's limit of a document. It says 10 MB without saying whether
// these are 1000 or 1024 kB, so this is the larger of the two.
const maxDocument = 10 << 20

// validateDocument refuses what is no data URI and what is too large. It leaves the
// content type to the API.
func validateDocument(field, uri string) error {
	header, data, found := strings.Cut(uri, ",")
	if !found || !isDataURI(header) || !isBase64Head(header) {
		return invalid(field, "it must be a data URI in base64; DataURI makes one from a file")
	}
	size := len(strings.TrimRight(data, "=")) * 3 / 4
	switch {
	case size == 0:
		return invalid(field, "the file in it is empty")
	case size > maxDocument:
		return invalid(field, "the file in it is larger than 10 MB")
	}
	return nil
}

type confirmBody struct {
	Code string `json:"code"`
}

func (b confirmBody) validate() error { return required("code", b.Code) }

type documentBody struct {
	Document string `json:"document"`
}

func (b documentBody) validate() error { return validateDocument("document", b.Document) }

// ActivationAudio is the recording of an activation call. A voice reads the activation
// code aloud: treat it as a secret.
type ActivationAudio struct {
	ContentType   string `json:"contentType"`   // as in "audio/mpeg"; "application/octet-stream" where the API does not say
	ContentLength int64  `json:"contentLength"` // in bytes; -1: not known beforehand
	FileName      string `json:"fileName"`      // without a folder; "" where the API gives no usable name

	// Body is the audio as it arrives. Close it, read or not: that frees the
	// connection. A recording that breaks off ends in io.ErrUnexpectedEOF, and one
	// whose context ends in the context's error.
	Body io.ReadCloser `json:"-"`
}

// accept also asks for JSON, which is what errors come in.
func (r *ActivationAudio) accept() string { return "audio/*, application/json" }

func (r *ActivationAudio) take(header http.Header, length int64, body io.ReadCloser) {
	r.ContentType = cmp.Or(header.Get("Content-Type"), "application/octet-stream")
	r.ContentLength = max(length, -1)
	r.FileName = dispositionName(header.Get("Content-Disposition"))
	r.Body = body
}

// dispositionName returns the name in a Content-Disposition, without a folder, "" where
// there is none.
func dispositionName(disposition string) string {
	_, parameters, err := mime.ParseMediaType(disposition)
	if err != nil {
		return ""
	}
	return baseName(parameters["filename"])
}

// baseName cuts a name that a server gave to what stands for a file and no folder, on
// any system: a caller may join it to a path. It is "" where nothing is left.
func baseName(name string) string {
	name = strings.TrimSpace(name[strings.LastIndexAny(name, `/\`)+1:])
	if strings.Trim(name, ".") == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return ""
	}
	return name
}

// PhoneLinesService verifies the workspace, which has to come before it rents phone
// lines, and hands out the recordings of activation calls. It is part of a [TenantClient].
// The verification needs the permission phone_lines:purchase, which only the owner's key
// has, and the recordings phone_lines:read ([CodePermissionDenied]).
//
//   - [PhoneLinesService.Verification] returns where the verification stands
//   - [PhoneLinesService.StartVerification] submits the workspace's papers and SENDS CODES
//     to the contact at once
//   - [PhoneLinesService.SendContactCode] SENDS A NEW CODE to the contact
//   - [PhoneLinesService.ConfirmContact] confirms a channel with the code that arrived
//     there, as it was received
//   - [PhoneLinesService.SubmitDocument] sends another document, as a data URI, which
//     [DataURI] makes
//   - [PhoneLinesService.ActivationAudio] returns the recording of an activation call,
//     whose id the webhooks of phone lines carry
type PhoneLinesService struct{ client *Client }

// Verification returns where the verification stands. A workspace that never started one
// has [VerificationStatusNone]; that is no error.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s PhoneLinesService) Verification(ctx context.Context) (*VerificationState, error) {
	return invoke[VerificationState](ctx, s.client, opPhoneLinesVerification, input{})
}

// StartVerification submits the workspace's papers and SENDS CODES to the contact at
// once. While contacts are pending, a submission with another key REPLACES the one
// before, and the codes that were sent for it are void.
//
// Every attempt carries the same Idempotency-Key, so the call is repeated after
// timeouts, lost connections, 429 and 5xx without being doubled; after an
// [*OutcomeUnknownError] call again with its IdempotencyKey and the same content. The
// document makes the request large: give it time with [ContextWithAttemptTimeout]. The
// API takes 10 submissions an hour ([CodeRateLimited]) and refuses a key that came with
// other content ([CodeIdempotencyKeyReused]).
//
// Scope: tenant key. Retry: [RetryKeyed]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s PhoneLinesService) StartVerification(ctx context.Context, req StartVerificationRequest) (*StartedVerification, error) {
	req, err := req.standard()
	if err != nil {
		return nil, err
	}
	started := new(StartedVerification)
	receipt, err := s.client.run(ctx, opPhoneLinesStartVerification, input{body: req, key: req.IdempotencyKey}, started)
	if err != nil {
		return nil, err
	}
	started.IdempotencyKey = receipt.key
	started.Replayed = isReplay(receipt.header)
	return started, nil
}

// SendContactCode SENDS A NEW CODE to the contact. The first codes go out with
// [StartVerificationRequest]; the next one has to wait for 60 seconds
// ([CodeContactCodeCooldown], on a [*RateLimitError]). It is tried once: after an
// [*OutcomeUnknownError] a code may be on its way.
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s PhoneLinesService) SendContactCode(ctx context.Context, channel ContactChannel) (*VerificationState, error) {
	return invoke[VerificationState](ctx, s.client, opPhoneLinesSendContactCode, input{path: params{channel.inPath()}})
}

// ConfirmContact confirms a channel with the code that arrived there, as it was received:
// zeros at the front count. A wrong code is [CodeContactCodeInvalid], one older than 10
// minutes [CodeContactCodeExpired]. It is repeated only after what provably never reached
// the API: after an [*OutcomeUnknownError] read Verification, because the same code may be
// refused the second time.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s PhoneLinesService) ConfirmContact(ctx context.Context, channel ContactChannel, code string) (*VerificationState, error) {
	in := input{path: params{channel.inPath()}, body: confirmBody{code}}
	return invoke[VerificationState](ctx, s.client, opPhoneLinesConfirmContact, in)
}

// SubmitDocument sends another document, as a data URI, which [DataURI] makes: PDF, JPG,
// PNG or WEBP, at most 10 MB. It is for [VerificationStatusNeedsDocument] and for a
// document that is [DocumentStatusUnreadable] or [DocumentStatusUnclear]; look at the
// answer, because the new one may be so too. The request is large: give it time with
// [ContextWithAttemptTimeout]. It is repeated only after what provably never reached the
// API: after an [*OutcomeUnknownError] read Verification.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s PhoneLinesService) SubmitDocument(ctx context.Context, document string) (*VerificationState, error) {
	document, err := standardDataURI("document", document)
	if err != nil {
		return nil, err
	}
	return invoke[VerificationState](ctx, s.client, opPhoneLinesSubmitDocument, input{body: documentBody{document}})
}

// ActivationAudio returns the recording of an activation call, whose id the webhooks of
// phone lines carry. The caller closes its Body. The recording SPEAKS THE ACTIVATION CODE,
// which is a credential: do not cache it, and make no public link to it. An unknown
// activation, one without a recording and one of a line that was given back are a
// [*NotFoundError] ([CodeActivationNotFound]).
//
// It is repeated until the headers of the recording are there. The attempt timeout ends
// with them; from then on only ctx bounds the reading, so do not cancel it before the
// Body is read.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s PhoneLinesService) ActivationAudio(ctx context.Context, id string) (*ActivationAudio, error) {
	return invoke[ActivationAudio](ctx, s.client, opPhoneLinesActivationAudio, input{path: params{id}})
}
