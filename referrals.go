package pilotstatus

// ReferralsService is to be written.
type ReferralsService struct{ client *Client }
