package pilotstatus

// TemplatesService is to be written.
type TemplatesService struct{ client *Client }
