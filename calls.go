package pilotstatus

import (
	"context"
	"errors"
	"iter"
	"net/http"
)

// CallDirection is the direction of a call. The set is open.
type CallDirection string

// The documented directions.
const (
	CallDirectionInbound  CallDirection = "INBOUND"  // the other party called the number
	CallDirectionOutbound CallDirection = "OUTBOUND" // [CallsService.Start] called the other party
)

// CallStatus is the status of a call. The set is open.
type CallStatus string

// The documented statuses.
const (
	CallStatusInitiated CallStatus = "INITIATED" // [CallsService.Start] was accepted; no phone rings yet
	CallStatusRinging   CallStatus = "RINGING"
	CallStatusAccepted  CallStatus = "ACCEPTED" // both parties can talk
	CallStatusRejected  CallStatus = "REJECTED" // declined
	CallStatusCompleted CallStatus = "COMPLETED"
	CallStatusFailed    CallStatus = "FAILED" // see [Call].ErrorCode
	CallStatusMissed    CallStatus = "MISSED" // not answered
)

// RealtimeMode is the use of a call's audio in a realtime session.
type RealtimeMode string

// The documented modes.
const (
	RealtimeModeTalk   RealtimeMode = "talk"   // sends and receives
	RealtimeModeListen RealtimeMode = "listen" // receives only
)

// Call is a voice call.
type Call struct {
	ID             string        `json:"id" required:"true"`
	ExternalCallID string        `json:"externalCallId"` // the provider's id, "" until there is one
	Direction      CallDirection `json:"direction"`
	Status         CallStatus    `json:"status"`
	PeerNumber     string        `json:"peerNumber"` // the other party's phone number
	FromNumber     string        `json:"fromNumber"`
	ConversationID string        `json:"conversationId"`

	// BizOpaqueCallbackData is the reference given to [CallsService.Start].
	BizOpaqueCallbackData string `json:"bizOpaqueCallbackData"`

	StartedAt   Timestamp `json:"startedAt"`
	ConnectedAt Timestamp `json:"connectedAt"` // zero until the call is answered
	EndedAt     Timestamp `json:"endedAt"`

	// DurationSeconds is the length of the conversation in seconds. It is nil if the call
	// was not answered or has not ended.
	DurationSeconds *int64 `json:"durationSeconds"`

	ErrorCode    string    `json:"errorCode"` // "" without an error; the codes are not documented
	ErrorMessage string    `json:"errorMessage"`
	CreatedAt    Timestamp `json:"createdAt"`
	UpdatedAt    Timestamp `json:"updatedAt"`

	// SDPOffer and SDPAnswer describe the audio connection of an official number, with the
	// network addresses of both sides: keep them out of logs. They are "" unless
	// [GetCallOptions].IncludeSDP asked for them, and always on web numbers.
	SDPOffer  string `json:"sdpOffer"`
	SDPAnswer string `json:"sdpAnswer"`
}

func (c *Call) rowID() string { return c.ID }

// StartedCall is a call that the API accepted. The call is not answered yet: follow it with
// [CallsService.Get] or with webhooks.
type StartedCall struct {
	ID             string     `json:"id" required:"true"`
	ExternalCallID string     `json:"externalCallId"` // the provider's id, "" until there is one
	Status         CallStatus `json:"status"`
}

// CallUpdate is the result of an action on a call.
type CallUpdate struct {
	Success bool       `json:"success" strict:"true"`
	ID      string     `json:"id" required:"true"` // the platform's id of the call
	Status  CallStatus `json:"status"`             // the status after the action
}

// RealtimeSession gives access to the audio of a call. It is a plain WebSocket with binary
// messages of raw PCM, 16 bit little-endian. Open WebSocketURL unchanged with any WebSocket
// client. Its host is not the API: send no API key there.
type RealtimeSession struct {
	WebSocketURL     Secret `json:"wsUrl" required:"true"` // contains the token
	Token            Secret `json:"token"`                 // can be used once
	ExpiresInSeconds int64  `json:"expiresInSeconds"`
}

var errHasNoCursor = errors.New("the last row of a part has no createdAt, so that the calls before it cannot be asked for")

// StartCallRequest is a call to start.
type StartCallRequest struct {
	// To is the phone number to call, in E.164 form with the leading "+". It is sent to the
	// API byte for byte.
	To string `json:"to"`

	// SDP is the offer of your WebRTC client, with a=setup:active. Official numbers need
	// it; leave it empty on web numbers.
	SDP string `json:"sdp,omitempty"`

	// BizOpaqueCallbackData is a reference of your own. [Call] returns it. With a unique
	// reference you can find the call after an [*OutcomeUnknownError].
	BizOpaqueCallbackData string `json:"bizOpaqueCallbackData,omitempty"`
}

func (c StartCallRequest) validate() error { return checkPhoneText("To", c.To) }

// ListCallsOptions are the options of [CallsService.List] and [CallsService.All].
type ListCallsOptions struct {
	Limit int `query:"limit"` // rows in one page, at most 100; 0: the API's default of 25

	// Before selects calls that were created before this time. To continue after a page,
	// use the CreatedAt.Text() of its last row: a time in another form may lose a fraction
	// of a second, and rows with it.
	Before string `query:"before"`
}

// GetCallOptions are the options of [CallsService.Get].
type GetCallOptions struct {
	IncludeSDP bool `query:"includeSdp"` // asks for SDPOffer and SDPAnswer too
}

type preAcceptBody struct {
	SDP string `json:"sdp"`
}

func (b preAcceptBody) validate() error { return required("sdp", b.SDP) }

// acceptBody is the body of Accept. Without an SDP it is an empty object, as the API
// requires.
type acceptBody struct {
	SDP string `json:"sdp,omitempty"`
}

type playBody struct {
	MediaURL string `json:"mediaUrl"`
}

func (b playBody) validate() error { return required("mediaURL", b.MediaURL) }

type realtimeBody struct {
	Mode RealtimeMode `json:"mode"`
}

func (b realtimeBody) validate() error {
	if b.Mode == "" {
		return invalid("mode", "use RealtimeModeTalk or RealtimeModeListen")
	}
	return nil
}

// CallsService starts, answers and follows voice calls of a number, and manages the
// permission to call. It is part of a [NumberClient].
//
// The kind of number decides what is possible. On an official number the platform carries
// only the signaling and your WebRTC client carries the audio: Start and Accept need its
// SDP. On a web number the platform also carries the audio. There is no SDP, and Play and
// [RealtimeSession] give access to the audio. A call that the number's provider does not
// support is refused with [CodeFeatureNotSupported], and a call of a disconnected web
// number with [CodeWhatsAppInstanceNotConnected].
//
// A call id is the platform's ("call_…") or the provider's; webhooks carry both.
//
//   - [CallsService.Settings] returns the call settings of an official number
//   - [CallsService.UpdateSettings] changes call settings of an official number
//   - [CallsService.Permission] returns whether an official number may call a contact
//   - [CallsService.RequestPermission] SENDS A MESSAGE that asks a contact for permission
//   - [CallsService.Start] CALLS A PHONE
//   - [CallsService.List] returns a page of calls, newest first
//   - [CallsService.All] returns all calls, newest first
//   - [CallsService.Get] returns a call
//   - [CallsService.PreAccept] prepares the audio of a ringing call
//   - [CallsService.Accept] answers an inbound call
//   - [CallsService.Reject] declines an inbound call
//   - [CallsService.Terminate] ends a call
//   - [CallsService.Play] plays a file into a call of a web number
//   - [CallsService.RealtimeSession] gives access to the audio of a call of a web number
type CallsService struct{ client *Client }

// Start CALLS A PHONE. A nil error means that the API accepted the call, not that it was
// answered. On an official number the contact must have given permission (see
// [CallsService.Permission] and [CallsService.RequestPermission]), and Meta BILLS an
// answered call by the minute. Web numbers that call in bulk get banned.
//
// The API cannot tell a retry from a second call. After an [*OutcomeUnknownError], look for
// the call in [CallsService.List] by its BizOpaqueCallbackData. A [*DecodeError] with
// Accepted() true means that the API accepted the call. After any other error no phone
// rings.
//
// Scope: number key. Retry: [RetryNever]. Errors: [CodeMetaCallPermissionRequired] without
// the contact's permission; [CodeWhatsAppInstanceNotConnected] for a disconnected web
// number; [*OutcomeUnknownError] and those of every call.
func (s CallsService) Start(ctx context.Context, req StartCallRequest) (*StartedCall, error) {
	return invoke[StartedCall](ctx, s.client, opCallsStart, input{body: req})
}

// List returns one page of the number's calls, newest first. [CallsService.All] also
// returns those of later pages.
//
// Scope: number key. Retry: [RetrySafe]. Errors: those of every call.
func (s CallsService) List(ctx context.Context, opts ListCallsOptions) ([]Call, error) {
	return invokeList[Call](ctx, s.client, opCallsList, input{query: opts}, "calls", "data")
}

// All returns all calls of the number, newest first, starting from opts.Before. It fetches
// one page after the other, opts.Limit rows at a time, and ends with the first error. If
// two calls of the same instant are on both sides of a page border, one of them may be
// missing: the API has no better cursor. After a page whose last row has no createdAt comes
// a [*DecodeError], because the next page is then unknown.
func (s CallsService) All(ctx context.Context, opts ListCallsOptions) iter.Seq2[Call, error] {
	return allRows(func(_ int, last *Call) ([]Call, error) {
		part := opts
		if last != nil {
			part.Before = last.CreatedAt.Text()
			if part.Before == "" {
				return nil, &DecodeError{
					Op: opCallsList.name, StatusCode: http.StatusOK, ContentType: "application/json", Err: errHasNoCursor,
				}
			}
		}
		return s.List(ctx, part)
	})
}

// Get returns a call by its id.
//
// Scope: number key. Retry: [RetrySafe]. Errors: [*NotFoundError] for an unknown call and
// those of every call.
func (s CallsService) Get(ctx context.Context, callID string, opts GetCallOptions) (*Call, error) {
	return invoke[Call](ctx, s.client, opCallsGet, input{path: params{callID}, query: opts})
}

// PreAccept prepares the audio of a ringing call of an official number, so that the first
// words are not lost. sdp is the answer of your WebRTC client. PreAccept is optional and
// does not connect the call: [CallsService.Accept] does, with the same answer.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [CodeFeatureNotSupported] for a web
// number; [*NotFoundError] for an unknown call; [*OutcomeUnknownError] and those of every
// call.
func (s CallsService) PreAccept(ctx context.Context, callID, sdp string) (*CallUpdate, error) {
	return invoke[CallUpdate](ctx, s.client, opCallsPreAccept, input{path: params{callID}, body: preAcceptBody{sdp}})
}

// Accept answers an inbound call. sdp is the answer of your WebRTC client on an official
// number, "" on a web number. A phone does not ring for long: call Accept as soon as the
// webhook arrives, with a short timeout. After an [*OutcomeUnknownError], look at the call
// with [CallsService.Get].
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*NotFoundError] for an unknown call;
// [CodeWhatsAppInstanceNotConnected] for a disconnected web number; [*OutcomeUnknownError]
// and those of every call.
func (s CallsService) Accept(ctx context.Context, callID, sdp string) (*CallUpdate, error) {
	return invoke[CallUpdate](ctx, s.client, opCallsAccept, input{path: params{callID}, body: acceptBody{sdp}})
}

// Reject declines an inbound call that rings; [CallsService.Terminate] ends an answered
// one. After an [*OutcomeUnknownError], look at the call with [CallsService.Get].
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*NotFoundError] for an unknown call;
// [CodeWhatsAppInstanceNotConnected] for a disconnected web number; [*OutcomeUnknownError]
// and those of every call.
func (s CallsService) Reject(ctx context.Context, callID string) (*CallUpdate, error) {
	return invoke[CallUpdate](ctx, s.client, opCallsReject, input{path: params{callID}})
}

// Terminate ends a call. The answer for a call that has already ended is not documented.
// After an [*OutcomeUnknownError], look at the call with [CallsService.Get].
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*NotFoundError] for an unknown call;
// [CodeWhatsAppInstanceNotConnected] for a disconnected web number; [*OutcomeUnknownError]
// and those of every call.
func (s CallsService) Terminate(ctx context.Context, callID string) (*CallUpdate, error) {
	return invoke[CallUpdate](ctx, s.client, opCallsTerminate, input{path: params{callID}})
}

// Play plays a file into a call of a web number. mediaURL is a public http or https URL of
// an .mp3, .wav or .opus file, which the API downloads. If the call is not answered yet,
// the file is played after the answer, so a nil error does not mean that the file was
// heard. After an [*OutcomeUnknownError], calling again may play the file twice.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [CodeFeatureNotSupported] for an
// official number; [*NotFoundError] for an unknown call; [CodeWhatsAppInstanceNotConnected]
// for a disconnected number; [*OutcomeUnknownError] and those of every call.
func (s CallsService) Play(ctx context.Context, callID, mediaURL string) (*CallUpdate, error) {
	return invoke[CallUpdate](ctx, s.client, opCallsPlay, input{path: params{callID}, body: playBody{mediaURL}})
}

// RealtimeSession gives access to the audio of a call of a web number. The session is valid
// for about two minutes and can be opened once: call RealtimeSession just before you
// connect. After an [*OutcomeUnknownError], call it again.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [CodeFeatureNotSupported] for an
// official number; [*NotFoundError] for an unknown call; [CodeWhatsAppInstanceNotConnected]
// for a disconnected number; [*OutcomeUnknownError] and those of every call.
func (s CallsService) RealtimeSession(ctx context.Context, callID string, mode RealtimeMode) (*RealtimeSession, error) {
	return invoke[RealtimeSession](ctx, s.client, opCallsRealtimeSession, input{path: params{callID}, body: realtimeBody{mode}})
}
