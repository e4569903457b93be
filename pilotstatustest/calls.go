package pilotstatustest

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The states of a call.
const (
	callInitiated = "INITIATED"
	callRinging   = "RINGING"
	callAccepted  = "ACCEPTED"
	callRejected  = "REJECTED"
	callCompleted = "COMPLETED"
	callFailed    = "FAILED"
	callMissed    = "MISSED"
)

// The directions of a call.
const (
	callInbound  = "INBOUND"
	callOutbound = "OUTBOUND"
)

const (
	defaultCallLimit = 25
	maxCallLimit     = 100
)

func callRoutes() []route {
	return slices.Concat(callLogRoutes(), callActionRoutes(), callAudioRoutes(), callSettingRoutes(), callPermissionRoutes())
}

// notCallIDs are the neighbours of a call id in a path.
func notCallIDs() []string { return []string{"settings", "permissions"} }

func callLogRoutes() []route {
	return []route{
		{
			op: "Calls.List", method: http.MethodGet, path: "/v1/calls",
			scope: scopeNumber, status: http.StatusOK, handle: withCalls(listCalls, providerWeb, providerMeta),
		},
		{
			op: "Calls.Get", method: http.MethodGet, path: "/v1/calls/{callId}",
			scope: scopeNumber, status: http.StatusOK, reserved: notCallIDs(), handle: withCalls(getCall, providerWeb, providerMeta),
		},
	}
}

// callState is the voice calls of the workspace and who may be called.
type callState struct {
	all     []*phoneCall // in the order of their beginning
	dialers map[*number]*dialer
	tokens  map[string]*audioToken

	sparse  bool // what may be absent is left out
	lateIDs bool // the provider's id of an outbound call comes only when it rings
}

// phoneCall is a call with the number it is a call of.
type phoneCall struct {
	Call

	number *number
}

// dialer is what a number has to do with calls beside the calls themselves.
type dialer struct {
	without     bool // its provider has no calls
	people      map[string]*callee
	settings    callSettings
	maxStarts   int // to one person in callWindow
	maxRequests int
}

// dialer returns what belongs to a number.
func (s *callState) dialer(n *number) *dialer {
	if s.dialers == nil {
		s.dialers = make(map[*number]*dialer)
	}
	d := s.dialers[n]
	if d == nil {
		d = &dialer{
			people: make(map[string]*callee), settings: defaultCallSettings(),
			maxStarts: defaultMaxStarts, maxRequests: defaultMaxRequests,
		}
		s.dialers[n] = d
	}
	return d
}

// withCalls lets a handler run only for numbers of the providers that can do it.
func withCalls(handle func(*call) (any, *failure), providers ...string) func(*call) (any, *failure) {
	return func(c *call) (any, *failure) {
		if c.state.calls.dialer(c.number).without || !slices.Contains(providers, c.number.provider) {
			return nil, &failure{
				status: http.StatusBadRequest, code: "FEATURE_NOT_SUPPORTED",
				text: "The provider of this number does not support this feature",
			}
		}
		return handle(c)
	}
}

// begin makes a call of a number. Times are kept as they are answered, because
// createdAt is the cursor of the list.
func (s *state) begin(n *number, direction, peer string) *phoneCall {
	now := s.clock.now().Truncate(time.Millisecond)
	v := &phoneCall{number: n, Call: Call{
		ID: s.newID("call"), NumberID: n.id, Direction: direction, Peer: onlyDigits(peer), CreatedAt: now, UpdatedAt: now,
	}}
	if direction == callInbound || !s.calls.lateIDs {
		v.ExternalID = v.providerID()
	}
	s.calls.all = append(s.calls.all, v)
	return v
}

// providerID is like the provider's: Meta's has characters that a path has to escape.
func (v *phoneCall) providerID() string {
	if v.number.official() {
		return "wacid.HBg" + base64.RawStdEncoding.EncodeToString([]byte(v.ID)) + "+/x=="
	}
	return "3EB0" + strings.ToUpper(hex.EncodeToString([]byte(v.ID)))
}

// find returns the call of a number that has the id, of either kind, or nil.
func (s *callState) find(n *number, id string) *phoneCall {
	for _, v := range s.all {
		if v.number == n && id != "" && (v.ID == id || v.ExternalID == id) {
			return v
		}
	}
	return nil
}

// move puts a call into a state. What was to be played is played on connection.
func (v *phoneCall) move(status string, now time.Time) {
	v.Status, v.UpdatedAt, v.ExternalID = status, now, v.providerID()
	switch status {
	case callAccepted:
		v.ConnectedAt = now
		v.Played, v.Queued = append(v.Played, v.Queued...), nil
	case callRejected, callCompleted, callFailed, callMissed:
		v.EndedAt = now
	}
}

// seconds is how long an answered call lasted, nil for any other.
func (v *phoneCall) seconds() *int {
	if v.ConnectedAt.IsZero() || v.EndedAt.IsZero() {
		return nil
	}
	seconds := int(v.EndedAt.Sub(v.ConnectedAt).Seconds())
	return &seconds
}

// callAnswer is a call as Calls.List and Calls.Get answer it.
type callAnswer struct {
	ID             string  `json:"id"`
	ExternalCallID *string `json:"externalCallId"`
	Direction      string  `json:"direction"`
	Status         string  `json:"status"`
	PeerNumber     *string `json:"peerNumber"`
	FromNumber     *string `json:"fromNumber"`
	ConversationID *string `json:"conversationId"`
	CallbackData   *string `json:"bizOpaqueCallbackData"`
	StartedAt      *string `json:"startedAt"`
	ConnectedAt    *string `json:"connectedAt"`
	EndedAt        *string `json:"endedAt"`
	Duration       *int    `json:"durationSeconds"`
	ErrorCode      *string `json:"errorCode"`
	ErrorMessage   *string `json:"errorMessage"`
	CreatedAt      *string `json:"createdAt"`
	UpdatedAt      *string `json:"updatedAt"`

	*callSDP
}

// sparseCallAnswer is the other form of it.
type sparseCallAnswer struct {
	ID             string  `json:"id"`
	ExternalCallID *string `json:"externalCallId"`
	Direction      string  `json:"direction"`
	Status         string  `json:"status"`
	PeerNumber     *string `json:"peerNumber,omitempty"`
	FromNumber     *string `json:"fromNumber,omitempty"`
	ConversationID *string `json:"conversationId,omitempty"`
	CallbackData   *string `json:"bizOpaqueCallbackData,omitempty"`
	StartedAt      *string `json:"startedAt,omitempty"`
	ConnectedAt    *string `json:"connectedAt,omitempty"`
	EndedAt        *string `json:"endedAt,omitempty"`
	Duration       *int    `json:"durationSeconds,omitempty"`
	ErrorCode      *string `json:"errorCode,omitempty"`
	ErrorMessage   *string `json:"errorMessage,omitempty"`
	CreatedAt      *string `json:"createdAt,omitempty"`
	UpdatedAt      *string `json:"updatedAt,omitempty"`

	*callSDP
}

// callSDP is in the answer only when it was asked for.
type callSDP struct {
	Offer  *string `json:"sdpOffer"`
	Answer *string `json:"sdpAnswer"`
}

// answer is the call on the wire.
func (s *callState) answer(v *phoneCall, sdp bool) any {
	a := callAnswer{
		ID: v.ID, ExternalCallID: nullable(v.ExternalID), Direction: v.Direction, Status: v.Status,
		PeerNumber: nullable(v.Peer), FromNumber: nullable(v.number.phone), CallbackData: nullable(v.CallbackData),
		StartedAt: stamp(v.CreatedAt), ConnectedAt: stamp(v.ConnectedAt), EndedAt: stamp(v.EndedAt),
		ErrorCode: nullable(v.ErrorCode), ErrorMessage: nullable(v.ErrorMessage),
		CreatedAt: stamp(v.CreatedAt), UpdatedAt: stamp(v.UpdatedAt), Duration: v.seconds(),
	}
	if sdp {
		a.callSDP = &callSDP{Offer: nullable(v.SDPOffer), Answer: nullable(v.SDPAnswer)}
	}
	if s.sparse {
		return sparseCallAnswer(a)
	}
	return a
}

// callList is the answer of Calls.List.
type callList struct {
	Calls []any `json:"calls"`
}

func listCalls(c *call) (any, *failure) {
	limit := defaultCallLimit
	if refused := c.queryNumber("limit", &limit); refused != nil {
		return nil, refused
	}
	limit = min(limit, maxCallLimit)
	var before time.Time
	if c.query.Has("before") {
		var err error
		if before, err = time.Parse(time.RFC3339, c.query.Get("before")); err != nil {
			return nil, invalid("before is %q", c.query.Get("before"))
		}
	}
	out := callList{Calls: []any{}}
	for _, v := range slices.Backward(c.state.calls.all) {
		if len(out.Calls) == limit {
			break
		}
		if v.number == c.number && (before.IsZero() || v.CreatedAt.Before(before)) {
			out.Calls = append(out.Calls, c.state.calls.answer(v, false))
		}
	}
	return out, nil
}

func getCall(c *call) (any, *failure) {
	v := c.state.calls.find(c.number, c.params["callId"])
	if v == nil {
		return nil, notFound("Call")
	}
	return c.state.calls.answer(v, c.query.Get("includeSdp") == "1"), nil
}
