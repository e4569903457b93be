package pilotstatus

import "context"

// Newsletter is a channel that the number can write to.
type Newsletter struct {
	ID   string `json:"id"` // for the recipient NewsletterID; ends in "@newsletter"
	Name string `json:"name"`
}

// check refuses a row without an id.
func (n *Newsletter) check() error { return requireID(n.ID) }

// NewslettersService lists channels.
type NewslettersService struct{ client *Client }

// List returns the channels of a connected web number
// (CodeWhatsAppInstanceNotConnected). The API keeps the answer for an hour. An empty
// list may mean that the number has no channels, or that the workspace may not list
// them: a channel whose id is known can be written to all the same.
func (s NewslettersService) List(ctx context.Context) ([]Newsletter, error) {
	return invokeList[Newsletter](ctx, s.client, opNewslettersList, input{}, "newsletters", "data")
}
