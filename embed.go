package pilotstatus

import "context"

// EmbedSurface is the part of the platform that a web page embeds. The set is open.
type EmbedSurface string

// The documented surfaces.
const (
	EmbedSurfaceChat    EmbedSurface = "chat"    // the inbox of numbers
	EmbedSurfaceConnect EmbedSurface = "connect" // the pairing of numbers
)

// EmbedSession lets a web page embed a part of the platform.
type EmbedSession struct {
	// Token is for the widget in the browser. On one of the origins, it gives access to the
	// inbox.
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

// CreateEmbedSessionRequest describes the session to create.
type CreateEmbedSessionRequest struct {
	Surface EmbedSurface `json:"surface"`

	// AllowedOrigins are the 1 to 20 origins that may embed it, each exactly as a browser
	// writes it: "https://app.example.com", "http://localhost:3000".
	AllowedOrigins []string `json:"allowedOrigins"`

	// WhatsAppNumberIDs are the numbers that it reaches. A [TenantClient] needs them for
	// [EmbedSurfaceChat]; a [NumberClient] always gets its own number.
	WhatsAppNumberIDs []string `json:"whatsappNumberIds,omitempty"`

	// TTLSeconds is the lifetime of the token, at most 3600 seconds. 0 means 900 with
	// [EmbedSurfaceChat] and 1800 with [EmbedSurfaceConnect].
	TTLSeconds int `json:"ttlSeconds,omitzero"`

	// Experimental: BrandingOverride is the look of the embedded page.
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

// EmbedSessionsService creates tokens with which web pages embed parts of the platform. It
// is part of a [NumberClient] and of a [TenantClient].
//
//   - [EmbedSessionsService.Create] creates a token for a widget in a browser
type EmbedSessionsService struct{ client *Client }

// Create creates a token for a widget in a browser. Call it on your server when the page
// loads, and never send the key to a browser. The vendor's texts disagree on whether
// [EmbedSurfaceConnect] takes this token or that of a pairing link. After an
// [*OutcomeUnknownError], call again: an unused token expires.
//
// Both kinds of key may make this call, so a client's first one costs one request more; see
// [NumberClient.CheckKey].
//
// Scope: number key or tenant key. Retry: [RetryUnsent]. Errors: [*OutcomeUnknownError] and
// those of every call.
func (s EmbedSessionsService) Create(ctx context.Context, req CreateEmbedSessionRequest) (*EmbedSession, error) {
	return invoke[EmbedSession](ctx, s.client, opEmbedSessionsCreate, input{body: req})
}
