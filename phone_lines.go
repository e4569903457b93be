package pilotstatus

// PhoneLinesService is to be written.
type PhoneLinesService struct{ client *Client }
