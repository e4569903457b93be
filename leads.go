package pilotstatus

// LeadsService is to be written.
type LeadsService struct{ client *Client }
