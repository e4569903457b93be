// Package pilotstatus is the Go client of the Pilot Status WhatsApp API: send
// templates and texts, follow them, and administer the numbers of a workspace.
//
// # First send
//
//	number, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(os.Getenv("PILOT_STATUS_API_KEY")))
//	if err != nil { … }
//	accepted, err := number.Messages.Send(ctx, pilotstatus.SendRequest{
//		To: pilotstatus.Phone("+5511999999999"),
//		Content: pilotstatus.TemplateContent{
//			ID:        "onboarding-test",
//			Variables: map[string]string{"name": "John"},
//		},
//		IdempotencyKey: "order-42-confirmed",
//	})
//
// Accepted is not delivered: follow a message with Messages.Get.
//
// # Two keys, two clients
//
// A number key is bound to one WhatsApp number and sends; it makes a NumberClient.
// A tenant key stands for the workspace and administers its numbers; it makes a
// TenantClient, which has no Messages. The two keys look alike, so a key in the
// wrong place shows at the first call, as *NumberScopeError or *TenantScopeError.
// TenantClient.OpenNumber returns the client of a number, TenantClient.Number a
// view for the few calls that a tenant key may make for one number. A PublicClient
// needs no key; it serves pairing pages.
//
// The clients are safe for concurrent use: make one and share it.
//
// # Errors
//
// Every error is one of these types, found with errors.As. Ask for
// *OutcomeUnknownError first, because it may hold any of the others, a
// *RateLimitError or *NotFoundError of a later attempt too. An error outside it is
// settled: only a *DecodeError with Accepted() true means that the API processed
// the call.
//
//   - *ValidationError: wrong input, found here; nothing was sent.
//   - *APIError: an answer with another status than 2xx. More precise ones unwrap
//     to it: *UnauthorizedError, *TenantScopeError, *NumberScopeError,
//     *NotFoundError, *RateLimitError, *PaymentError.
//   - *TransportError: no answer; the connection failed, an attempt took too long
//     or the context ended. The cause is found with errors.Is.
//   - *DecodeError: an answer of success that cannot be read. Accepted tells
//     whether the API took the call on.
//   - *OutcomeUnknownError: around one of the others; the API may have processed
//     the call. Call again with its IdempotencyKey; where it has none, look at the
//     server's state first.
//   - *KeyUnavailableError: the API does not show the key of a number.
//
// A code of the API is found with errors.Is(err, pilotstatus.CodeNumberBlocked).
// What errors print holds no key, no phone number and no text of a message; their
// fields do.
//
// # Retries
//
// Four attempts are made by default (WithRetry). Each operation has a RetryClass,
// which says what may be repeated:
//
//   - safe (reads, and updates that can be repeated): connection failures, attempt
//     timeouts, truncated answers, 408, 429, 500, 502, 503 and 504.
//   - keyed (Messages.Send): the same, always with the same Idempotency-Key and the
//     same bytes; and 409 IDEMPOTENCY_KEY_IN_USE, while the first attempt runs.
//   - unsent (creating and deleting; Messages.Cancel and Contacts.Check too): what
//     provably never reached the API, and 429.
//   - once (charging, rotating keys): nothing.
//
// Never repeated are other 4xx, 3xx, 501, certificate errors, whole answers that
// cannot be decoded, and codes that wait for the operator (CodeProviderNotConfigured).
// Retry-After is waited in full; where it asks for more than the policy's MaxWait,
// or the wait cannot end before the context's deadline, the call ends at once and
// the error says how long to wait.
//
// Each attempt has a timeout of its own, 30 s by default (WithAttemptTimeout); the
// context bounds the whole call. No redirect is followed.
package pilotstatus
