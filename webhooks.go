package pilotstatus

// WebhooksService is to be written.
type WebhooksService struct{ client *Client }
