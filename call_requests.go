package pilotstatus

// StartCall is a call to start.
type StartCall struct {
	// To is the phone number to ring, in E.164 form with the leading "+". It goes to
	// the API byte for byte.
	To string `json:"to"`

	// SDP is the offer of your WebRTC client, with a=setup:active. Official numbers
	// need it; leave it empty on web numbers.
	SDP string `json:"sdp,omitempty"`

	// BizOpaqueCallbackData is a reference of your own. The Call keeps it; a unique
	// one makes the call findable after an *OutcomeUnknownError.
	BizOpaqueCallbackData string `json:"bizOpaqueCallbackData,omitempty"`
}

func (c StartCall) validate() error { return checkPhoneText("To", c.To) }

// ListCallsOptions are the options of Calls.List and Calls.All.
type ListCallsOptions struct {
	Limit int // rows in one part, at most 100; 0: the API's default of 25

	// Before leaves only calls that were created before that moment. To go on after
	// a part, give the CreatedAt.Text() of its last row: a time that was written
	// anew may lose a fraction of a second, and with it rows.
	Before string
}

func (o ListCallsOptions) validate() error {
	if o.Limit < 0 {
		return invalid("Limit", "it is negative; 0 stands for the API's default")
	}
	return nil
}

func (o ListCallsOptions) query() queryValues {
	q := queryValues{}
	q.number("limit", o.Limit)
	q.text("before", o.Before)
	return q
}

// GetCallOptions are the options of Calls.Get.
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
