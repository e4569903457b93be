package pilotstatus

// NewslettersService is to be written.
type NewslettersService struct{ client *Client }
