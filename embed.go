package pilotstatus

// EmbedSessionsService is to be written.
type EmbedSessionsService struct{ client *Client }
