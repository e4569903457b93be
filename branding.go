package pilotstatus

// BrandingService is to be written.
type BrandingService struct{ client *Client }
