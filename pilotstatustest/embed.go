package pilotstatustest

import (
	"fmt"
	"net/url"
	"time"
)

func embedRoutes() []route {
	return []route{onBody("EmbedSessions.Create", "POST /v1/embed/sessions", scopeBoth, createEmbedSession).creates()}
}

// Seconds that a token lives, unless the request says so, and at most.
const (
	chatLife     = 900
	connectLife  = 1800
	longestEmbed = 3600
)

// embedRequest is the body of EmbedSessions.Create.
type embedRequest struct {
	Surface           string         `json:"surface"`
	AllowedOrigins    []string       `json:"allowedOrigins"`
	WhatsappNumberIDs []string       `json:"whatsappNumberIds"`
	BrandingOverride  *brandingPatch `json:"brandingOverride"`
	TTLSeconds        *int           `json:"ttlSeconds"`
}

// embedAnswer is the answer of EmbedSessions.Create.
type embedAnswer struct {
	Token             string   `json:"token"`
	Surface           string   `json:"surface"`
	WhatsappNumberIDs []string `json:"whatsappNumberIds"`
	AllowedOrigins    []string `json:"allowedOrigins"`
	ExpiresAt         string   `json:"expiresAt"`
}

// life is how many seconds the token shall live.
func (in *embedRequest) life() int {
	switch {
	case in.TTLSeconds != nil:
		return *in.TTLSeconds
	case in.Surface == "chat":
		return chatLife
	}
	return connectLife
}

func (in *embedRequest) check() error {
	switch {
	case in.Surface != "chat" && in.Surface != "connect":
		return fmt.Errorf("surface is %q", in.Surface)
	case len(in.AllowedOrigins) < 1 || len(in.AllowedOrigins) > 20:
		return fmt.Errorf("%d origins", len(in.AllowedOrigins))
	case in.life() < 1 || in.life() > longestEmbed:
		return fmt.Errorf("ttlSeconds is %d", in.life())
	}
	for _, origin := range in.AllowedOrigins {
		if !isOrigin(origin) {
			return fmt.Errorf("%q is no origin", origin)
		}
	}
	return in.BrandingOverride.check()
}

// isOrigin takes a scheme and a host, perhaps with a port, and nothing behind.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.Scheme+"://"+u.Host == text
}

func createEmbedSession(c *call, in *embedRequest) (any, *failure) {
	ids := append([]string{}, in.WhatsappNumberIDs...)
	if c.number != nil {
		ids = []string{c.number.id}
	}
	if len(ids) == 0 && in.Surface == "chat" {
		return nil, invalid("whatsappNumberIds is missing")
	}
	for _, id := range ids {
		if c.state.number(id) == nil {
			return nil, unknownNumber()
		}
	}
	return embedAnswer{
		Token: c.state.webToken(), Surface: in.Surface, WhatsappNumberIDs: ids, AllowedOrigins: in.AllowedOrigins,
		ExpiresAt: stampText(c.state.clock.now().Add(time.Duration(in.life()) * time.Second)),
	}, nil
}
