package pilotstatus

// CallsService is to be written.
type CallsService struct{ client *Client }
type CallDirection string
