package pilotstatustest

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// audioTokenLife is how long a token waits for its connection.
const audioTokenLife = 2 * time.Minute

func callAudioRoutes() []route {
	return []route{
		{
			op: "Calls.Play", method: http.MethodPost, path: "/v1/calls/{callId}/play",
			scope: scopeNumber, status: http.StatusOK, body: true, reserved: notCallIDs(), handle: withCalls(playIntoCall, providerWeb),
		},
		{
			op: "Calls.RealtimeSession", method: http.MethodPost, path: "/v1/calls/{callId}/realtime-session",
			scope: scopeNumber, status: http.StatusOK, body: true, reserved: notCallIDs(), handle: withCalls(openAudio, providerWeb),
		},
	}
}

func playIntoCall(c *call) (any, *failure) {
	var in struct {
		MediaURL string `json:"mediaUrl"`
	}
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if !isAudioURL(in.MediaURL) {
		return nil, invalid("mediaUrl is no http or https URL of an .mp3, .wav or .opus file")
	}
	v, refused := c.actOnCall((*phoneCall).goesOn)
	if refused != nil {
		return nil, refused
	}
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

// audioToken opens one connection to the sound of a call.
type audioToken struct {
	mode    string
	expires time.Time
}

// audioAnswer is the answer of Calls.RealtimeSession.
type audioAnswer struct {
	URL       string `json:"wsUrl"`
	Token     string `json:"token"`
	ExpiresIn int    `json:"expiresInSeconds"`
}

func openAudio(c *call) (any, *failure) {
	var in struct {
		Mode string `json:"mode"`
	}
	if err := decode(c.body, &in); err != nil {
		return nil, invalid("%v", err)
	}
	if in.Mode != "talk" && in.Mode != "listen" {
		return nil, invalid("mode is %q", in.Mode)
	}
	v, refused := c.actOnCall((*phoneCall).goesOn)
	if refused != nil {
		return nil, refused
	}
	token := "rt_" + randomHex(16)
	if c.state.calls.tokens == nil {
		c.state.calls.tokens = make(map[string]*audioToken)
	}
	c.state.calls.tokens[token] = &audioToken{mode: in.Mode, expires: c.state.clock.now().Add(audioTokenLife)}
	return audioAnswer{
		URL: "wss://media.pilotstatus.test/rt/" + v.ID + "?token=" + token, Token: token, ExpiresIn: int(audioTokenLife.Seconds()),
	}, nil
}
