package pilotstatus

// AnalyticsService is to be written.
type AnalyticsService struct{ client *Client }
