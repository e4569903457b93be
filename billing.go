package pilotstatus

// ExtraNumbersService is to be written.
type ExtraNumbersService struct{ client *Client }

// BillingService is to be written.
type BillingService struct{ client *Client }
