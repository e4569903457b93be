package pilotstatus

import (
	"context"
	"errors"
	"iter"
	"net/http"
)

// CallDirection is who rang whom. The set is open.
type CallDirection string

// The documented directions.
const (
	CallDirectionInbound  CallDirection = "INBOUND"  // the person rang the number
	CallDirectionOutbound CallDirection = "OUTBOUND" // [CallsService.Start] rang the person
)

// CallStatus is where a call stands. The set is open.
type CallStatus string

// The documented statuses.
const (
	CallStatusInitiated CallStatus = "INITIATED" // [CallsService.Start] was accepted; nothing rings yet
	CallStatusRinging   CallStatus = "RINGING"
	CallStatusAccepted  CallStatus = "ACCEPTED" // the two can talk
	CallStatusRejected  CallStatus = "REJECTED" // declined
	CallStatusCompleted CallStatus = "COMPLETED"
	CallStatusFailed    CallStatus = "FAILED" // see Call.ErrorCode
	CallStatusMissed    CallStatus = "MISSED" // nobody answered
)

// RealtimeMode is what a realtime session may do with the audio of a call.
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

	// BizOpaqueCallbackData is what [CallsService.Start] was given.
	BizOpaqueCallbackData string `json:"bizOpaqueCallbackData"`

	StartedAt   Timestamp `json:"startedAt"`
	ConnectedAt Timestamp `json:"connectedAt"` // zero until somebody answers
	EndedAt     Timestamp `json:"endedAt"`

	// DurationSeconds is how long the two talked. It is nil for a call that was not
	// answered or goes on.
	DurationSeconds *int64 `json:"durationSeconds"`

	ErrorCode    string    `json:"errorCode"` // "" without an error; the codes are not documented
	ErrorMessage string    `json:"errorMessage"`
	CreatedAt    Timestamp `json:"createdAt"`
	UpdatedAt    Timestamp `json:"updatedAt"`

	// SDPOffer and SDPAnswer describe the audio connection of an official number,
	// with the network addresses of both sides: keep them out of logs. They are ""
	// unless [GetCallOptions].IncludeSDP asked for them, and always on web numbers.
	SDPOffer  string `json:"sdpOffer"`
	SDPAnswer string `json:"sdpAnswer"`
}

func (c *Call) rowID() string { return c.ID }

// StartedCall is a call that the API took on. It says nothing about an answer: follow
// it with [CallsService.Get] or with webhooks.
type StartedCall struct {
	ID             string     `json:"id" required:"true"`
	ExternalCallID string     `json:"externalCallId"` // the provider's id, "" until there is one
	Status         CallStatus `json:"status"`
}

// CallUpdate is what became of an action on a call.
type CallUpdate struct {
	Success bool       `json:"success" strict:"true"`
	ID      string     `json:"id" required:"true"` // the platform's id of the call
	Status  CallStatus `json:"status"`             // after the action
}

// RealtimeSession is a way into the audio of a call: a plain WebSocket that carries
// binary messages of raw PCM, 16 bit little-endian. Open WebSocketURL as it is with a
// WebSocket client of your choice; its host is not the API's, so send no API key there.
type RealtimeSession struct {
	WebSocketURL     Secret `json:"wsUrl" required:"true"` // holds the token
	Token            Secret `json:"token"`                 // works once
	ExpiresInSeconds int64  `json:"expiresInSeconds"`
}

var errHasNoCursor = errors.New("the last row of a part has no createdAt, so that the calls before it cannot be asked for")

// StartCallRequest is a call to start.
type StartCallRequest struct {
	// To is the phone number to ring, in E.164 form with the leading "+". It goes to
	// the API byte for byte.
	To string `json:"to"`

	// SDP is the offer of your WebRTC client, with a=setup:active. Official numbers
	// need it; leave it empty on web numbers.
	SDP string `json:"sdp,omitempty"`

	// BizOpaqueCallbackData is a reference of your own. The Call keeps it; a unique
	// one makes the call findable after an [*OutcomeUnknownError].
	BizOpaqueCallbackData string `json:"bizOpaqueCallbackData,omitempty"`
}

func (c StartCallRequest) validate() error { return checkPhoneText("To", c.To) }

// ListCallsOptions are the options of [CallsService.List] and [CallsService.All].
type ListCallsOptions struct {
	Limit int // rows in one part, at most 100; 0: the API's default of 25

	// Before leaves only calls that were created before that moment. To go on after
	// a part, give the CreatedAt.Text() of its last row: a time that was written
	// anew may lose a fraction of a second, and with it rows.
	Before string
}

func (o ListCallsOptions) query() queryValues {
	q := queryValues{}
	q.number("limit", "Limit", o.Limit)
	q.text("before", o.Before)
	return q
}

// GetCallOptions are the options of [CallsService.Get].
type GetCallOptions struct {
	IncludeSDP bool // asks for SDPOffer and SDPAnswer too
}

func (o GetCallOptions) query() queryValues {
	q := queryValues{}
	q.flag("includeSdp", o.IncludeSDP)
	return q
}

type preAcceptBody struct {
	SDP string `json:"sdp"`
}

func (b preAcceptBody) validate() error { return required("sdp", b.SDP) }

// acceptBody is an empty object without an SDP, which is what the API wants then.
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

// CallsService starts, answers and follows voice calls of a number, and says who may
// be called. What a number can do depends on its kind. On an official number the
// platform carries the signalling only, and your WebRTC client the audio; Start and
// Accept need its SDP. On a web number the platform carries the audio too, there is no
// SDP, and Play and [RealtimeSession] reach the audio. What the number cannot do is
// [CodeFeatureNotSupported], and a web number that is offline
// [CodeWhatsAppInstanceNotConnected].
//
// A call id is the platform's ("call_…") or the provider's; webhooks carry both. The
// service is part of a [NumberClient].
//
//   - [CallsService.Settings] returns the call settings of an official number
//   - [CallsService.UpdateSettings] changes the fields that are set, of an official number,
//     and leaves the others alone
//   - [CallsService.Permission] returns whether an official number may call a contact
//   - [CallsService.RequestPermission] SENDS A MESSAGE that asks a contact whether an
//     official number may call
//   - [CallsService.Start] RINGS A PHONE
//   - [CallsService.List] returns one part of the number's calls, newest first
//   - [CallsService.All] returns all calls of the number, newest first, from opts.Before on
//   - [CallsService.Get] returns the call with that id
//   - [CallsService.PreAccept] prepares the audio of a ringing call with the SDP answer of
//     your WebRTC client, on official numbers only
//   - [CallsService.Accept] answers an inbound call
//   - [CallsService.Reject] declines an inbound call that rings; Terminate ends one that
//     was answered
//   - [CallsService.Terminate] ends a call
//   - [CallsService.Play] plays a file into a call of a web number
//   - [CallsService.RealtimeSession] returns a way into the audio of a call of a web number
type CallsService struct{ client *Client }

// Start RINGS A PHONE. The answer means that the API took the call on, not that
// anybody answered. On an official number the contact's permission is needed first
// ([CodeMetaCallPermissionRequired]; see Permission and RequestPermission), and Meta
// bills an answered call by the minute. Calling in bulk gets web numbers banned.
//
// It is tried once, because the API cannot tell a repetition from a second call: after
// an [*OutcomeUnknownError] look for the call in List, by its BizOpaqueCallbackData. Any
// other error but a [*DecodeError] with Accepted() true means that nothing rang.
//
// Scope: number key. Retry: [RetryNever]. Errors: [*OutcomeUnknownError] and those of every
// call.
func (s CallsService) Start(ctx context.Context, req StartCallRequest) (*StartedCall, error) {
	return invoke[StartedCall](ctx, s.client, opCallsStart, input{body: req})
}

// List returns one part of the number's calls, newest first. See All for the rest.
//
// Scope: number key. Retry: [RetrySafe]. Errors: those of every call.
func (s CallsService) List(ctx context.Context, opts ListCallsOptions) ([]Call, error) {
	return invokeList[Call](ctx, s.client, opCallsList, input{query: opts}, "calls", "data")
}

// All returns all calls of the number, newest first, from opts.Before on. It asks for one
// part after the other, opts.Limit rows at a time, and ends with the first error. Two calls
// of the same instant at the border of two parts may lose one of them: the API has no
// better cursor. A part whose last row has no createdAt is followed by a [*DecodeError],
// because nothing tells what comes after it.
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

// Get returns the call with that id. An unknown one is a [*NotFoundError].
//
// Scope: number key. Retry: [RetrySafe]. Errors: those of every call.
func (s CallsService) Get(ctx context.Context, callID string, opts GetCallOptions) (*Call, error) {
	return invoke[Call](ctx, s.client, opCallsGet, input{path: params{callID}, query: opts})
}

// PreAccept prepares the audio of a ringing call with the SDP answer of your WebRTC
// client, on official numbers only: the first words are then not lost. It is optional
// and does not connect the call; Accept does, with the same answer. It is repeated only
// after what provably never reached the API.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s CallsService) PreAccept(ctx context.Context, callID, sdp string) (*CallUpdate, error) {
	return invoke[CallUpdate](ctx, s.client, opCallsPreAccept, input{path: params{callID}, body: preAcceptBody{sdp}})
}

// Accept answers an inbound call. sdp is the answer of your WebRTC client on an official
// number, "" on a web number. The phone does not ring for long: call it as soon as the
// webhook arrives, with a short timeout. It is repeated only after what provably never
// reached the API; after an [*OutcomeUnknownError] look at the call with Get.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s CallsService) Accept(ctx context.Context, callID, sdp string) (*CallUpdate, error) {
	return invoke[CallUpdate](ctx, s.client, opCallsAccept, input{path: params{callID}, body: acceptBody{sdp}})
}

// Reject declines an inbound call that rings; Terminate ends one that was answered. It
// is repeated only after what provably never reached the API; after an
// [*OutcomeUnknownError] look at the call with Get.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s CallsService) Reject(ctx context.Context, callID string) (*CallUpdate, error) {
	return invoke[CallUpdate](ctx, s.client, opCallsReject, input{path: params{callID}})
}

// Terminate ends a call. It is repeated only after what provably never reached the API;
// after an [*OutcomeUnknownError] look at the call with Get. What it answers for a call
// that is over is not documented.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s CallsService) Terminate(ctx context.Context, callID string) (*CallUpdate, error) {
	return invoke[CallUpdate](ctx, s.client, opCallsTerminate, input{path: params{callID}})
}

// Play plays a file into a call of a web number. mediaURL is a public http or https URL
// of an .mp3, .wav or .opus file, which the API downloads. Before the call is answered
// the file waits for that, so success does not mean that anybody heard it. It is
// repeated only after what provably never reached the API: after an
// [*OutcomeUnknownError] another call may play the file twice.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s CallsService) Play(ctx context.Context, callID, mediaURL string) (*CallUpdate, error) {
	return invoke[CallUpdate](ctx, s.client, opCallsPlay, input{path: params{callID}, body: playBody{mediaURL}})
}

// RealtimeSession returns a way into the audio of a call of a web number. It lives for
// about two minutes and can be opened once: ask for it just before you connect. It is
// repeated only after what provably never reached the API; after an
// [*OutcomeUnknownError] ask for another one.
//
// Scope: number key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and those of
// every call.
func (s CallsService) RealtimeSession(ctx context.Context, callID string, mode RealtimeMode) (*RealtimeSession, error) {
	return invoke[RealtimeSession](ctx, s.client, opCallsRealtimeSession, input{path: params{callID}, body: realtimeBody{mode}})
}
