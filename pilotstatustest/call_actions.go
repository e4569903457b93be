package pilotstatustest

import (
	"errors"
	"net/http"
	"slices"
	"time"
)

func callActionRoutes() []route {
	both := []string{providerWeb, providerMeta}
	return []route{
		{
			op: "Calls.Start", method: http.MethodPost, path: "/v1/calls",
			scope: scopeNumber, status: http.StatusCreated, body: true, handle: withCalls(startCall, both...),
		},
		{
			op: "Calls.PreAccept", method: http.MethodPost, path: "/v1/calls/{callId}/pre-accept",
			scope: scopeNumber, status: http.StatusOK, body: true, reserved: notCallIDs(), handle: withCalls(preAcceptCall, providerMeta),
		},
		{
			op: "Calls.Accept", method: http.MethodPost, path: "/v1/calls/{callId}/accept",
			scope: scopeNumber, status: http.StatusOK, body: true, reserved: notCallIDs(), handle: withCalls(acceptCall, both...),
		},
		{
			op: "Calls.Reject", method: http.MethodPost, path: "/v1/calls/{callId}/reject",
			scope: scopeNumber, status: http.StatusOK, reserved: notCallIDs(), handle: withCalls(rejectCall, both...),
		},
		{
			op: "Calls.Terminate", method: http.MethodPost, path: "/v1/calls/{callId}/terminate",
			scope: scopeNumber, status: http.StatusOK, reserved: notCallIDs(), handle: withCalls(terminateCall, both...),
		},
	}
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

func startCall(c *call) (any, *failure) {
	var in startRequest
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if err := in.check(c.number); err != nil {
		return nil, invalid("%v", err)
	}
	if refused := c.number.refuseOffline(); refused != nil {
		return nil, refused
	}
	now := c.state.clock.now()
	if c.number.official() {
		if refused := c.state.calls.dialer(c.number).start(in.To, now); refused != nil {
			return nil, refused
		}
	}
	v := c.state.begin(c.number, callOutbound, in.To)
	v.Status, v.CallbackData = callInitiated, value(in.CallbackData)
	if c.number.official() {
		v.SDPOffer = *in.SDP
	}
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

// actOnCall returns the call of the path if something can be done with it now.
func (c *call) actOnCall(may func(*phoneCall) bool) (*phoneCall, *failure) {
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

// answerCall puts an inbound call into a state by an answer with an SDP.
func answerCall(c *call, status string) (any, *failure) {
	var in struct {
		SDP *string `json:"sdp"`
	}
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if err := checkSDP(in.SDP, c.number); err != nil {
		return nil, invalid("%v", err)
	}
	v, refused := c.actOnCall((*phoneCall).canBeAnswered)
	if refused != nil {
		return nil, refused
	}
	if c.number.official() {
		v.SDPAnswer = *in.SDP
	}
	c.state.moveCall(v, status, c.callTime())
	return v.acted(), nil
}

func preAcceptCall(c *call) (any, *failure) { return answerCall(c, callRinging) }

func acceptCall(c *call) (any, *failure) { return answerCall(c, callAccepted) }

func rejectCall(c *call) (any, *failure) {
	v, refused := c.actOnCall((*phoneCall).canBeAnswered)
	if refused != nil {
		return nil, refused
	}
	c.state.moveCall(v, callRejected, c.callTime())
	return v.acted(), nil
}

func terminateCall(c *call) (any, *failure) {
	v, refused := c.actOnCall((*phoneCall).canBeEnded)
	if refused != nil {
		return nil, refused
	}
	c.state.moveCall(v, callCompleted, c.callTime())
	return v.acted(), nil
}

// callTime is now, as exact as calls keep it.
func (c *call) callTime() time.Time { return c.state.clock.now().Truncate(time.Millisecond) }
