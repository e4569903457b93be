package pilotstatus

// LeadPagesService is to be written.
type LeadPagesService struct{ client *Client }
