package pilotstatus

// GroupsService is to be written.
type GroupsService struct{ client *Client }
