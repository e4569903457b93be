package pilotstatustest

import "net/http"

// activation is the recording of the call in which a line was activated.
type activation struct {
	audio       []byte
	kind        string // content type, "" for none
	disposition string // "" for none
}

// activationAudio answers the recording as it is. One that is gone, or never was,
// is not found.
func activationAudio(c *call) (any, *failure) {
	s := &c.state.lines
	one := s.activations[c.params["id"]]
	if one == nil || len(one.audio) == 0 {
		return nil, &failure{status: http.StatusNotFound, code: "ACTIVATION_NOT_FOUND", text: "Activation not found"}
	}
	a := answer{status: http.StatusOK, kind: one.kind, body: one.audio, chunked: s.chunked}
	if one.disposition != "" {
		a = a.with(http.Header{"Content-Disposition": {one.disposition}})
	}
	return a, nil
}
