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

// VerificationStatus is the state of the verification of a workspace. The set is open.
type VerificationStatus string

// The documented statuses. The status tells the next step; [VerificationState].CanPurchase
// tells whether lines can be bought.
const (
	VerificationStatusNone           VerificationStatus = "NONE"            // never started
	VerificationStatusPendingContact VerificationStatus = "PENDING_CONTACT" // waits for the codes of [VerificationContact].PendingChannels
	VerificationStatusNeedsDocument  VerificationStatus = "NEEDS_DOCUMENT"  // waits for [PhoneLinesService.SubmitDocument]
	VerificationStatusInReview       VerificationStatus = "IN_REVIEW"       // lines can be bought meanwhile
	VerificationStatusApproved       VerificationStatus = "APPROVED"
	VerificationStatusRejected       VerificationStatus = "REJECTED" // the platform may take purchased lines back
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

// inPath returns the channel in lower case, as paths need it.
func (c ContactChannel) inPath() string { return strings.ToLower(string(c)) }

// DocumentStatus is the state of a document. The set is open.
type DocumentStatus string

// The documented statuses.
const (
	DocumentStatusMissing    DocumentStatus = "MISSING"    // no document was sent
	DocumentStatusRequested  DocumentStatus = "REQUESTED"  // send a document
	DocumentStatusUnreadable DocumentStatus = "UNREADABLE" // send another one
	DocumentStatusUnclear    DocumentStatus = "UNCLEAR"    // send another one
	DocumentStatusReceived   DocumentStatus = "RECEIVED"
)

// ReviewReason is the reason why a verification is in review. The set is open.
type ReviewReason string

// The documented reasons.
const (
	ReviewReasonRegistryUnavailable ReviewReason = "REGISTRY_UNAVAILABLE" // the public registry did not answer
	ReviewReasonDocumentCheck       ReviewReason = "DOCUMENT_CHECK"
)

// VerificationState is the state of the verification of a workspace.
type VerificationState struct {
	Status       VerificationStatus `json:"status" required:"true"`
	CanPurchase  bool               `json:"canPurchase" strict:"true"` // whether phone lines can be bought
	Verification *Verification      `json:"verification"`              // nil with [VerificationStatusNone]
}

// Verification is the data that a workspace submitted. The API masks its personal values.
type Verification struct {
	ID             string               `json:"id"`
	DocumentType   DocumentType         `json:"documentType"`
	DocumentNumber string               `json:"documentNumber"` // masked
	LegalName      string               `json:"legalName"`      // of a company, from the public registry; "" for a person
	Contact        VerificationContact  `json:"contact"`
	Document       VerificationDocument `json:"document"`
	ReviewReason   ReviewReason         `json:"reviewReason"` // "" unless in review
	ReviewNote     string               `json:"reviewNote"`   // the reviewer's words: a document is needed, or it was rejected
	CreatedAt      Timestamp            `json:"createdAt"`
	UpdatedAt      Timestamp            `json:"updatedAt"`
}

// VerificationContact is the contact that receives the codes of a verification.
type VerificationContact struct {
	Email             string           `json:"email"`    // masked
	WhatsApp          string           `json:"whatsapp"` // masked, or ""
	RequiredChannels  []ContactChannel `json:"requiredChannels"`
	ConfirmedChannels []ContactChannel `json:"confirmedChannels"`
	PendingChannels   []ContactChannel `json:"pendingChannels"` // channels that [PhoneLinesService.ConfirmContact] has to confirm
}

// VerificationDocument is the document of a verification.
type VerificationDocument struct {
	Status DocumentStatus `json:"status"`
}

// StartedVerification is the answer of [PhoneLinesService.StartVerification].
type StartedVerification struct {
	VerificationState

	IdempotencyKey string `json:"-"` // the key of the call: yours, or the random one

	// Replayed is true if the API already accepted a submission with this key. Nothing was
	// submitted now, and the state is the current one.
	Replayed bool `json:"-"`
}

// StartVerificationRequest is the data that a workspace submits. Do not log it.
type StartVerificationRequest struct {
	DocumentType    DocumentType `json:"documentType"`
	DocumentNumber  string       `json:"documentNumber"` // with or without punctuation
	ContactEmail    string       `json:"contactEmail"`
	ContactWhatsApp string       `json:"contactWhatsapp"` // a phone number with country and area code

	// Document is the document as a data URI, which [DataURI] makes: PDF, JPG, PNG or
	// WEBP, at most 10 MB.
	Document string `json:"document"`

	// IdempotencyKey makes the submission happen once: a call with the same key and the
	// same content submits nothing again, see [StartedVerification].Replayed. Use one key
	// for each submission. If it is empty, the client makes a random key, which covers only
	// the retries of this call.
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

// maxDocument is the API's limit of a document. The API documents 10 MB and does not say
// whether a MB has 1000 or 1024 kB, so this is the larger one.
const maxDocument = 10 << 20

// validateDocument refuses a text that is not a data URI, and a file that is too large. The
// API checks the content type.
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
	ContentType   string `json:"contentType"`   // as in "audio/mpeg"; "application/octet-stream" if the API sends none
	ContentLength int64  `json:"contentLength"` // in bytes; -1 if not known in advance
	FileName      string `json:"fileName"`      // without a folder; "" if the API sends no usable name

	// Body streams the audio. Close it, read or not: that frees the connection. A recording
	// that breaks off ends with io.ErrUnexpectedEOF. If the context ends first, Read
	// returns the context's error.
	Body io.ReadCloser `json:"-"`
}

// accept also asks for JSON, the format of errors.
func (r *ActivationAudio) accept() string { return "audio/*, application/json" }

func (r *ActivationAudio) take(header http.Header, length int64, body io.ReadCloser) {
	r.ContentType = cmp.Or(header.Get("Content-Type"), "application/octet-stream")
	r.ContentLength = max(length, -1)
	r.FileName = dispositionName(header.Get("Content-Disposition"))
	r.Body = body
}

// dispositionName returns the file name in a Content-Disposition without its folder, or "".
func dispositionName(disposition string) string {
	_, parameters, err := mime.ParseMediaType(disposition)
	if err != nil {
		return ""
	}
	return baseName(parameters["filename"])
}

// baseName removes folders from a file name that a server sent, on any system, so that a
// caller may join it to a path. It returns "" if nothing is left.
func baseName(name string) string {
	name = strings.TrimSpace(name[strings.LastIndexAny(name, `/\`)+1:])
	if strings.Trim(name, ".") == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return ""
	}
	return name
}

// PhoneLinesService verifies the workspace, which is required before it rents phone lines,
// and returns the recordings of activation calls. The verification needs the permission
// phone_lines:purchase, which only the owner's key has. The recordings need
// phone_lines:read. Other keys get [CodePermissionDenied]. It is part of a [TenantClient].
//
//   - [PhoneLinesService.Verification] returns the state of the verification
//   - [PhoneLinesService.StartVerification] submits documents and sends codes
//   - [PhoneLinesService.SendContactCode] sends a new code to the contact
//   - [PhoneLinesService.ConfirmContact] confirms a contact channel with its code
//   - [PhoneLinesService.SubmitDocument] sends another document
//   - [PhoneLinesService.ActivationAudio] returns the recording of an activation call
type PhoneLinesService struct{ client *Client }

// Verification returns the state of the verification. A workspace that never started one
// has [VerificationStatusNone], without an error.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: those of every call.
func (s PhoneLinesService) Verification(ctx context.Context) (*VerificationState, error) {
	return invoke[VerificationState](ctx, s.client, opPhoneLinesVerification, input{})
}

// StartVerification submits the workspace's documents and SENDS CODES to the contact at
// once. While contacts are pending, a submission with another key REPLACES the previous
// one, and the codes of the previous one become invalid.
//
// Every attempt carries the same Idempotency-Key, so retries submit nothing twice. After an
// [*OutcomeUnknownError], call again with its IdempotencyKey and the same content. The
// document makes the request large: raise the timeout with [ContextWithAttemptTimeout]. The
// API accepts 10 submissions an hour.
//
// Scope: tenant key. Retry: [RetryKeyed]. Errors: [*OutcomeUnknownError], [*RateLimitError]
// ([CodeRateLimited]), [CodeIdempotencyKeyReused] if the key was used with other content,
// [CodeIdempotencyKeyInUse] while the first call with the key still runs, and those of
// every call.
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

// SendContactCode SENDS A NEW CODE to the contact. StartVerification sends the first codes;
// the next code is possible after 60 seconds. After an [*OutcomeUnknownError], a code may
// be on its way.
//
// Scope: tenant key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError], [*RateLimitError]
// ([CodeContactCodeCooldown]) and those of every call.
func (s PhoneLinesService) SendContactCode(ctx context.Context, channel ContactChannel) (*VerificationState, error) {
	return invoke[VerificationState](ctx, s.client, opPhoneLinesSendContactCode, input{path: params{channel.inPath()}})
}

// ConfirmContact confirms a channel with the code that the contact received. Pass the code
// as text, because leading zeros count. After an [*OutcomeUnknownError], call Verification
// before calling again: the API may refuse the same code the second time.
//
// Scope: tenant key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError],
// [CodeContactCodeInvalid], [CodeContactCodeExpired] after 10 minutes, and those of every
// call.
func (s PhoneLinesService) ConfirmContact(ctx context.Context, channel ContactChannel, code string) (*VerificationState, error) {
	in := input{path: params{channel.inPath()}, body: confirmBody{code}}
	return invoke[VerificationState](ctx, s.client, opPhoneLinesConfirmContact, in)
}

// SubmitDocument sends another document as a data URI, which [DataURI] makes: PDF, JPG, PNG
// or WEBP, at most 10 MB. Use it for [VerificationStatusNeedsDocument] and for a document
// that is [DocumentStatusUnreadable] or [DocumentStatusUnclear]. Check the answer, because
// the new document may be unreadable too. The request is large: raise the timeout with
// [ContextWithAttemptTimeout]. After an [*OutcomeUnknownError], call Verification before
// calling again.
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

// ActivationAudio returns the recording of an activation call. Webhooks of phone lines
// carry its id. The caller closes its Body. The recording SPEAKS THE ACTIVATION CODE, which
// is a credential: do not cache it, and make no public link to it.
//
// Retries and the attempt timeout end when the headers of the recording arrive. From then
// on only ctx limits the reading, so do not cancel it before you have read the Body.
//
// Scope: tenant key. Retry: [RetrySafe]. Errors: [*NotFoundError]
// ([CodeActivationNotFound]) for an unknown activation, one without a recording and one of
// a returned line, and those of every call.
func (s PhoneLinesService) ActivationAudio(ctx context.Context, id string) (*ActivationAudio, error) {
	return invoke[ActivationAudio](ctx, s.client, opPhoneLinesActivationAudio, input{path: params{id}})
}
