package pilotstatus

// MediaService is to be written.
type MediaService struct{ client *Client }
