package pilotstatustest

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
)

func callRoutes() []route {
	both := []string{providerWeb, providerMeta}
	goesOn := callThat((*phoneCall).goesOn)
	byID := func(op, method, path string, handle handler, providers ...string) route {
		r := on(op, method+" /v1/calls/{callId}"+path, scopeNumber, withCalls(handle, providers...))
		r.reserved = []string{"settings", "permissions"}
		return r
	}
	return []route{
		on("Calls.List", "GET /v1/calls", scopeNumber, withCalls(listCalls, both...)),
		on("Calls.Start", "POST /v1/calls", scopeNumber, withCalls(with(body[startRequest], startCall), both...)).takesBody().creates(),
		byID("Calls.Get", "GET", "", getCall, both...),
		byID("Calls.PreAccept", "POST", "/pre-accept", answerCall(callRinging), providerMeta).takesBody(),
		byID("Calls.Accept", "POST", "/accept", answerCall(callAccepted), both...).takesBody(),
		byID("Calls.Reject", "POST", "/reject", endCall((*phoneCall).canBeAnswered, callRejected), both...),
		byID("Calls.Terminate", "POST", "/terminate", endCall((*phoneCall).canBeEnded, callCompleted), both...),
		byID("Calls.Play", "POST", "/play", with2(body[playRequest], goesOn, playIntoCall), providerWeb).takesBody(),
		byID("Calls.RealtimeSession", "POST", "/realtime-session", with2(body[audioRequest], goesOn, openAudio), providerWeb).takesBody(),
	}
}

const (
	defaultCallLimit = 25
	maxCallLimit     = 100
)

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
		return strings.Replace(externalID(v.ID), "wamid", "wacid", 1)
	}
	return "3EB0" + strings.ToUpper(hex.EncodeToString([]byte(v.ID)))
}

// find returns the call of a number that has the id, of either kind, or nil.
func (s *callState) find(n *number, id string) *phoneCall {
	own := ownID(strings.Replace(id, "wacid", "wamid", 1)) // they are made the same way
	if text, err := hex.DecodeString(strings.TrimPrefix(id, "3EB0")); err == nil {
		own = string(text)
	}
	v := bySerial(s.all, serialOf(own), func(v *phoneCall) int { return serialOf(v.ID) })
	if v == nil || v.number != n || v.ID != id && v.ExternalID != id {
		return nil
	}
	return v
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

// callAnswer is a call as Calls.List and Calls.Get answer it.
type callAnswer struct {
	ID             string  `json:"id"`
	ExternalCallID any     `json:"externalCallId"` // as in callSDP
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

// callSDP is in the answer only when it was asked for. It is null also where null is left
// out otherwise.
type callSDP struct {
	Offer  any `json:"sdpOffer"`
	Answer any `json:"sdpAnswer"`
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
		return json.RawMessage(encode(a, jsonv2.OmitZeroStructFields(true)))
	}
	return a
}

func listCalls(c *call) (any, *failure) {
	limit := defaultCallLimit
	if refused := c.queryNumber("limit", &limit); refused != nil {
		return nil, refused
	}
	limit = min(limit, maxCallLimit)
	var before time.Time
	if refused := c.queryTime("before", &before); refused != nil {
		return nil, refused
	}
	calls := []any{}
	for _, v := range slices.Backward(c.state.calls.all) {
		if len(calls) == limit {
			break
		}
		if v.number == c.number && (before.IsZero() || v.CreatedAt.Before(before)) {
			calls = append(calls, c.state.calls.answer(v, false))
		}
	}
	return map[string]any{"calls": calls}, nil
}

func getCall(c *call) (any, *failure) {
	v := c.state.calls.find(c.number, c.params["callId"])
	if v == nil {
		return nil, notFound("Call")
	}
	return c.state.calls.answer(v, c.query.Get("includeSdp") == "1"), nil
}

// startedAnswer is the answer of Calls.Start.
type startedAnswer struct {
	ID             string  `json:"id"`
	ExternalCallID *string `json:"externalCallId"`
	Status         string  `json:"status"`
}

// startRequest is the body of Calls.Start.
type startRequest struct {
	To           string  `json:"to"`
	SDP          *string `json:"sdp"`
	SDPType      *string `json:"sdpType"`
	CallbackData *string `json:"bizOpaqueCallbackData"`
}

func startCall(c *call, in *startRequest) (any, *failure) {
	if err := in.check(c.number); err != nil {
		return nil, invalid("%v", err)
	}
	if refused := c.number.refuseOffline(); refused != nil {
		return nil, refused
	}
	now := c.state.clock.now()
	if c.number.official() {
		if refused := c.number.dialer.start(in.To, now); refused != nil {
			return nil, refused
		}
	}
	v := c.state.begin(c.number, callOutbound, in.To)
	v.Status, v.CallbackData = callInitiated, value(in.CallbackData)
	if c.number.official() {
		v.SDPOffer = *in.SDP
	}
	c.state.publish(ChangeCall, v.NumberID, v.ID)
	return startedAnswer{v.ID, nullable(v.ExternalID), v.Status}, nil
}

func (in *startRequest) check(n *number) error {
	switch {
	case !isPhone(in.To):
		return errors.New("to is no phone")
	case in.SDPType != nil && *in.SDPType != "offer":
		return errors.New("sdpType is not offer")
	}
	return checkSDP(in.SDP, n)
}

// checkSDP wants one from an official number. A number that is paired by QR code
// has no use for it.
func checkSDP(sdp *string, n *number) error {
	switch {
	case sdp != nil && blank(*sdp):
		return errors.New("sdp is blank")
	case sdp == nil && n.official():
		return errors.New("an official number needs sdp")
	}
	return nil
}

// actionAnswer is what an action on a call answers.
type actionAnswer struct {
	Success bool   `json:"success"`
	ID      string `json:"id"`
	Status  string `json:"status"`
}

func (v *phoneCall) acted() actionAnswer { return actionAnswer{true, v.ID, v.Status} }

// callThat returns a function that finds the call of the path and refuses one for which may
// returns false.
func callThat(may func(*phoneCall) bool) func(*call) (*phoneCall, *failure) {
	return func(c *call) (*phoneCall, *failure) {
		v := c.state.calls.find(c.number, c.params["callId"])
		offline := c.number.refuseOffline()
		switch {
		case v == nil:
			return nil, notFound("Call")
		case offline != nil:
			return nil, offline
		case !may(v):
			return nil, conflict("", "This is not possible in the state of the call")
		}
		return v, nil
	}
}

// canBeAnswered is true of a call that rings here.
func (v *phoneCall) canBeAnswered() bool {
	return v.Direction == callInbound && v.Status == callRinging
}

// canBeEnded is true of a call that runs, and of one from here that nobody has
// answered yet: it must be possible to give up.
func (v *phoneCall) canBeEnded() bool {
	return v.Status == callAccepted ||
		v.Direction == callOutbound && slices.Contains([]string{callInitiated, callRinging}, v.Status)
}

// goesOn is true of a call that has not ended.
func (v *phoneCall) goesOn() bool { return v.EndedAt.IsZero() }

// sdpRequest is the body of Calls.PreAccept and Calls.Accept.
type sdpRequest struct {
	SDP *string `json:"sdp"`
}

// answerCall puts an inbound call into a state by an answer with an SDP.
func answerCall(status string) handler {
	return with(body[sdpRequest], func(c *call, in *sdpRequest) (any, *failure) {
		if err := checkSDP(in.SDP, c.number); err != nil {
			return nil, invalid("%v", err)
		}
		return with(callThat((*phoneCall).canBeAnswered), func(c *call, v *phoneCall) (any, *failure) {
			if c.number.official() {
				v.SDPAnswer = *in.SDP
			}
			return c.moveCall(v, status)
		})(c)
	})
}

// endCall ends a call that may be ended that way.
func endCall(may func(*phoneCall) bool, status string) handler {
	return with(callThat(may), func(c *call, v *phoneCall) (any, *failure) { return c.moveCall(v, status) })
}

// moveCall moves a call at this time, which is as exact as calls keep it.
func (c *call) moveCall(v *phoneCall, status string) (any, *failure) {
	c.state.moveCall(v, status, c.state.clock.now().Truncate(time.Millisecond))
	return v.acted(), nil
}

// audioTokenLife is how long a token waits for its connection.
const audioTokenLife = 2 * time.Minute

// playRequest is the body of Calls.Play.
type playRequest struct {
	MediaURL string `json:"mediaUrl"`
}

func (in *playRequest) check() error {
	if !isAudioURL(in.MediaURL) {
		return errors.New("mediaUrl is no http or https URL of an .mp3, .wav or .opus file")
	}
	return nil
}

func playIntoCall(_ *call, in *playRequest, v *phoneCall) (any, *failure) {
	if v.Status == callAccepted {
		v.Played = append(v.Played, in.MediaURL)
	} else {
		v.Queued = append(v.Queued, in.MediaURL)
	}
	return v.acted(), nil
}

func isAudioURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return false
	}
	return slices.Contains([]string{".mp3", ".wav", ".opus"}, strings.ToLower(path.Ext(u.Path)))
}

// audioAnswer is the answer of Calls.RealtimeSession.
type audioAnswer struct {
	URL       string `json:"wsUrl"`
	Token     string `json:"token"`
	ExpiresIn int    `json:"expiresInSeconds"`
}

// audioRequest is the body of Calls.RealtimeSession.
type audioRequest struct {
	Mode string `json:"mode"`
}

func (in *audioRequest) check() error {
	if in.Mode != "talk" && in.Mode != "listen" {
		return fmt.Errorf("mode is %q", in.Mode)
	}
	return nil
}

func openAudio(c *call, in *audioRequest, v *phoneCall) (any, *failure) {
	token := "rt_" + c.state.secret(16)
	c.state.calls.tokens[token] = &audioToken{mode: in.Mode, expires: c.state.clock.now().Add(audioTokenLife)}
	return audioAnswer{
		URL: "wss://media.pilotstatus.test/rt/" + v.ID + "?token=" + token, Token: token, ExpiresIn: int(audioTokenLife.Seconds()),
	}, nil
}

// moveCall puts a call into a state and tells webhooks of it if it is another one.
func (s *state) moveCall(v *phoneCall, status string, at time.Time) {
	before := v.Status
	v.move(status, at)
	if status != before {
		s.tellCall(v, at)
	}
}

// Calls returns all calls so far in the order of their beginning, as they are now.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Call, 0, len(s.state.calls.all))
	for _, v := range s.state.calls.all {
		one := v.Call
		one.Queued, one.Played = slices.Clone(v.Queued), slices.Clone(v.Played)
		out = append(out, one)
	}
	return out
}

// canBecome says whether the world outside the API can bring the call into a state.
func (v *phoneCall) canBecome(status string) bool {
	waits := v.Status == callInitiated || v.Status == callRinging
	switch status {
	case callRinging:
		return v.Status == callInitiated
	case callAccepted, callRejected:
		// An official number has no phone on which somebody could.
		return waits && (v.Direction == callOutbound || !v.number.official())
	case callCompleted:
		return v.Status == callAccepted
	case callMissed:
		return waits && v.Direction == callInbound
	}
	return waits // callFailed
}
