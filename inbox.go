package pilotstatus

// InboxService is to be written.
type InboxService struct{ client *Client }
