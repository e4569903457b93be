package pilotstatus

// AdsService is to be written.
type AdsService struct{ client *Client }

// AdAccountsService is to be written.
type AdAccountsService struct{ client *Client }
