package pilotstatus

// ProjectsService is to be written.
type ProjectsService struct{ client *Client }
