package pilotstatus

import "context"

// EmbedSurface is what a web page embeds. The set is open.
type EmbedSurface string

// The documented surfaces.
const (
	EmbedSurfaceChat    EmbedSurface = "chat"    // the inbox of numbers
	EmbedSurfaceConnect EmbedSurface = "connect" // the pairing of numbers
)

// EmbedSession lets a web page embed a part of the platform.
type EmbedSession struct {
	// Token is for the widget in the browser. Whoever has it on one of the origins
	// reads the inbox.
	Token Secret `json:"token" required:"true"`

	Surface           EmbedSurface `json:"surface"`
	WhatsAppNumberIDs []string     `json:"whatsappNumberIds"` // the numbers that the token reaches
	AllowedOrigins    []string     `json:"allowedOrigins"`
	ExpiresAt         Timestamp    `json:"expiresAt"`
}

const (
	maxEmbedOrigins    = 20
	maxEmbedTTLSeconds = 3600
)

// CreateEmbedSessionRequest is a session to make.
type CreateEmbedSessionRequest struct {
	Surface EmbedSurface `json:"surface"`

	// AllowedOrigins are the origins that may embed it, 1 to 20, each exactly as a
	// browser writes it: "https://app.example.com", "http://localhost:3000".
	AllowedOrigins []string `json:"allowedOrigins"`

	// WhatsAppNumberIDs are the numbers that it reaches. A tenant client needs them
	// for [EmbedSurfaceChat]; a number client always gets its own number.
	WhatsAppNumberIDs []string `json:"whatsappNumberIds,omitempty"`

	// TTLSeconds is how long it lives, at most 3600. 0 stands for 900 with
	// [EmbedSurfaceChat] and for 1800 with [EmbedSurfaceConnect].
	TTLSeconds int `json:"ttlSeconds,omitzero"`

	// Experimental: BrandingOverride is the look of what is embedded.
	BrandingOverride BrandingOverride `json:"brandingOverride,omitzero"`

	// Extra holds body fields that this version does not know. A field that it
	// knows is a [*ValidationError] here.
	Extra map[string]any `json:"-"`
}

func (s CreateEmbedSessionRequest) validate() error {
	if err := required("Surface", string(s.Surface)); err != nil {
		return err
	}
	if len(s.AllowedOrigins) == 0 || len(s.AllowedOrigins) > maxEmbedOrigins {
		return invalid("AllowedOrigins", "a session has 1 to 20 origins")
	}
	for _, origin := range s.AllowedOrigins {
		if err := required("AllowedOrigins", origin); err != nil {
			return err
		}
	}
	if s.TTLSeconds < 0 || s.TTLSeconds > maxEmbedTTLSeconds {
		return invalid("TTLSeconds", "a session lives at most 3600 seconds")
	}
	return nil
}

// EmbedSessionsService makes tokens with which web pages embed parts of the platform. It
// is part of a [NumberClient] and of a [TenantClient].
//
//   - [EmbedSessionsService.Create] makes a token for a widget in a browser
type EmbedSessionsService struct{ client *Client }

// Create makes a token for a widget in a browser: make it on your server when the
// page is loaded, and never hand out the key instead. The vendor's texts disagree on
// whether [EmbedSurfaceConnect] takes this token or that of a pairing link. It is
// repeated only after what provably never reached the API; after an
// [*OutcomeUnknownError] call again, the token that nobody has expires.
//
// Both kinds of key may make this call, so a client's first one costs one request more;
// see [NumberClient.CheckKey].
//
// Scope: number key or tenant key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and
// those of every call.
func (s EmbedSessionsService) Create(ctx context.Context, req CreateEmbedSessionRequest) (*EmbedSession, error) {
	return invoke[EmbedSession](ctx, s.client, opEmbedSessionsCreate, input{body: req})
}
