package pilotstatus

// MetaOnboardingService is to be written.
type MetaOnboardingService struct{ client *Client }
