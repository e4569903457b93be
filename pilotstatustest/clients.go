package pilotstatustest

import (
	"time"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/internal/polling"
)

// NumberClient returns a client with the working key of a number. Its waits look every few
// milliseconds, whatever interval they are asked for. The options come after the one that
// names the server. Where there is no such client, for
// an unknown number or an option that is refused, it fails the test under
// NewServer; otherwise it returns a client whose every call answers a
// *pilotstatus.ValidationError.
func (s *Server) NumberClient(numberID string, opts ...pilotstatus.Option) *pilotstatus.NumberClient {
	client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(s.NumberKey(numberID)), s.options(opts)...)
	if err != nil {
		if s.tb != nil {
			s.tb.Helper()
		}
		s.failf("client of number %q: %v", numberID, err)
		return &pilotstatus.NumberClient{}
	}
	return client
}

// TenantClient returns a client with the working tenant key. Its waits, and those of the
// clients that it opens, look every few milliseconds, whatever interval they are asked
// for. The options come after the one that names the server. Where one is refused, it fails the test
// under NewServer; otherwise it returns a client whose every call answers a
// *pilotstatus.ValidationError.
func (s *Server) TenantClient(opts ...pilotstatus.Option) *pilotstatus.TenantClient {
	client, err := pilotstatus.NewTenantClient(pilotstatus.APIKey(s.TenantKey()), s.options(opts)...)
	if err != nil {
		if s.tb != nil {
			s.tb.Helper()
		}
		s.failf("tenant client: %v", err)
		return &pilotstatus.TenantClient{}
	}
	return client
}

// PublicClient returns a client without a key, for the pages of pairing links and of
// Meta's onboarding, see [Tenant.PairingLink]. The options come after the one that
// names the server. Where one is refused, it fails the test under NewServer;
// otherwise it returns a client whose every call answers a
// *pilotstatus.ValidationError.
func (s *Server) PublicClient(opts ...pilotstatus.Option) *pilotstatus.PublicClient {
	client, err := pilotstatus.NewPublicClient(s.options(opts)...)
	if err != nil {
		if s.tb != nil {
			s.tb.Helper()
		}
		s.failf("public client: %v", err)
		return &pilotstatus.PublicClient{}
	}
	return client
}

// longestPoll bounds the time between two looks of a wait: it is a fraction of pace, so
// that a wait ends soon after what it waits for.
const longestPoll = 5 * time.Millisecond

func (s *Server) options(opts []pilotstatus.Option) []pilotstatus.Option {
	there := pilotstatus.WithBaseURL(s.URL)
	return append([]pilotstatus.Option{there, polling.AtMost(there, longestPoll)}, opts...)
}
