// Package pilotstatus is the Go client of the Pilot Status WhatsApp API: send
// templates and texts and follow them, read conversations, connect phone numbers, and
// receive webhooks.
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
// Accepted is not delivered: [MessagesService.Wait] waits until it is,
// [MessagesService.Get] looks once.
//
// # Two keys, two clients
//
// A number key is bound to one WhatsApp number and sends; it makes a [NumberClient].
// A tenant key stands for the workspace and administers its numbers; it makes a
// [TenantClient], which has no Messages. The two keys look alike: a key in the wrong
// place is a [*NumberScopeError] or a [*TenantScopeError]. Where the API itself cannot
// tell, because both kinds of key may make a call, the client asks once before it
// changes anything; [NumberClient.CheckKey] and [TenantClient.CheckKey] ask on purpose.
// [TenantClient.OpenNumber] returns the client of a number, a [NumberPool] those of
// many, [TenantClient.Number] a view for the few calls that a tenant key may make for
// one number. A [PublicClient] needs no key; it serves pairing pages.
//
// The clients are safe for concurrent use: make one and share it.
//
// A [NumberClient] has:
//
//   - Messages: send, follow and cancel
//   - Inbox: what contacts wrote, conversations, unread messages, groups' messages
//   - Contacts: which phone numbers have WhatsApp
//   - Templates, Media, Groups, Newsletters, Calls
//   - Leads, Referrals, Ads, [LeadPages]: what advertising brought to the number
//   - Analytics, Webhooks, EmbedSessions, Key
//
// A [TenantClient] has:
//
//   - Numbers: create, connect, change, delete and pay for; pairing links
//   - Pairing, MetaOnboarding: what the page behind a pairing link calls
//   - APIKeys: the keys of all numbers; Key: its own
//   - ExtraNumbers, Billing, Branding, PhoneLines
//   - Ads, [AdAccounts], [LeadPages], Webhooks, EmbedSessions: of the whole workspace
//
// A [NumberView], which [TenantClient.Number] returns, has what a tenant key may do for one
// number: Inbox, Contacts, Leads, Referrals, Ads, [LeadPages], Webhooks. A [PublicClient]
// has Pairing and MetaOnboarding. Projects, of an earlier API, are on number and tenant
// clients.
//
// [Client.Do] reaches endpoints that have no method.
//
// # Connecting a customer's number and sending from it
//
// A tenant key creates the number, a person scans the code that OnCode shows, and the
// number's own key sends:
//
//	created, err := tenant.Numbers.Create(ctx, pilotstatus.CreateNumberRequest{Name: "Front desk", Number: "+5511999990000"})
//	if err != nil { … }
//	_, err = tenant.Numbers.WaitConnected(ctx, created.ID, pilotstatus.WaitConnectedOptions{
//		Code:   created.PairingCodes,
//		OnCode: func(_ context.Context, code pilotstatus.PairingCodes) error { return page.Show(code) },
//	})
//	if err != nil { … }
//	number, err := tenant.OpenNumber(ctx, created.ID)
//
// To let the customer do it in a browser, hand out the link of
// [NumbersService.CreatePairingLink] instead. The program examples/onboard does all of it.
//
// # Errors
//
// [Outcome] says what became of a call that ended with an error: not sent, refused,
// accepted or unknown. [RetryAfter] returns how long the API asked to wait.
//
//	switch pilotstatus.Outcome(err) {
//	case pilotstatus.OutcomeAccepted: // nil, or an answer that cannot be read
//	case pilotstatus.OutcomeUnknown: // send again with the same key
//	case pilotstatus.OutcomeRefused: // later after a *RateLimitError, else not again
//	case pilotstatus.OutcomeNotSent: // later after a *TransportError or *KeyCheckError, else not again
//	}
//
// Every error of an operation is one of these types, found with errors.As. Inside of an
// [*OutcomeUnknownError] errors.Is and errors.As find how the call was lost, and never an
// answer of the API: its Err has that. An error outside it is settled: only a
// [*DecodeError] with Accepted() true means that the API processed the call.
//
//   - [*ValidationError]: wrong input, found here; nothing was sent.
//   - [*APIError]: an answer with another status than 2xx. More precise ones unwrap
//     to it: [*UnauthorizedError], [*TenantScopeError], [*NumberScopeError],
//     [*NotFoundError], [*RateLimitError], [*PaymentError].
//   - [*TransportError]: no answer; the connection failed, an attempt took too long
//     or the context ended. The cause is found with errors.Is.
//   - [*DecodeError]: an answer of success that cannot be read. Accepted tells
//     whether the API took the call on.
//   - [*OutcomeUnknownError]: around one of the others; the API may have processed
//     the call. Call again with its IdempotencyKey; where it has none, look at the
//     server's state first.
//   - [*KeyUnavailableError]: no number has the id, or the API does not show its key.
//   - [*KeyCheckError]: the call was not sent, because the API could not be asked of which
//     kind the key is. Call again later.
//   - [*MissingEventsError]: [WebhooksService.Create] or Update did it, and left out events
//     that were asked for. The webhook is returned beside it.
//
// Helpers have their own beside them: [MessagesService.Wait] a [*MessageEndedError], every
// wait a [*WaitError] when its context ends, [ParseEvent] a [*MalformedEventError],
// [VerifySignature] [ErrInvalidSignature]; what your writer, reader or function returned
// comes back wrapped.
//
// A code of the API is found with errors.Is(err, pilotstatus.CodeNumberBlocked).
// What errors print holds no key, no phone number and no text of a message; their
// fields do. What was received (events, rows of Inbox) prints in clear.
//
// # Retries
//
// Four attempts are made by default ([WithRetry]). Each operation has a [RetryClass],
// which says what may be repeated:
//
//   - safe (reads, and updates that can be repeated): connection failures, attempt
//     timeouts, truncated answers, 408, 425, 429 and 5xx except 501, 505 and 511.
//   - keyed ([MessagesService.Send], [PhoneLinesService.StartVerification]): the same,
//     always with the same Idempotency-Key and the same bytes; and 409 while the first
//     attempt may run (IDEMPOTENCY_KEY_IN_USE, or an answer that cannot be read).
//   - unsent (creating, deleting and whatever else is in no other list): what provably
//     never reached the API, 425 and 429. [MessagesService.Cancel], [ContactsService.Check]
//     and [PairingService.Status] are among them.
//   - never: nothing. It charges ([NumbersService.Pay], ExtraNumbers,
//     [BillingService.Checkout]), replaces a key ([KeyService.Rotate],
//     [APIKeysService.RegenerateNumber]), rings or writes to somebody
//     ([CallsService.Start], [CallsService.RequestPermission],
//     [PhoneLinesService.SendContactCode], [NumbersService.CreatePairingLink]) or destroys
//     ([NumbersService.Purge], [LeadPagesService.Unlink]); [LeadPagesService.Resync] starts
//     its own cooldown.
//
// Over HTTP/2 a server can say that it did not process a request: such a request goes
// out again on another connection, whatever its class.
//
// Never repeated are other 4xx, 3xx, 501, 505, 511, certificate errors, whole answers that
// cannot be decoded, and codes that wait for the operator ([CodeProviderNotConfigured]).
// Retry-After is waited in full; where it asks for more than the policy's MaxWait,
// or the wait cannot end before the context's deadline, the call ends at once and
// the error says how long to wait.
//
// While many calls of a client fail, a retry budget ends the retries of all of them
// ([RetryPolicy].Budget): nearly every call then makes one request, and its error matches
// [ErrRetryBudget]. What the API itself puts off (425, 429, IDEMPOTENCY_KEY_IN_USE) is
// retried all the same.
//
// Each attempt has a timeout of its own, 30 s by default ([WithAttemptTimeout]); the
// context bounds the whole call. No redirect is followed.
//
// # Pages
//
// A method that returns a slice returns the whole list, except [CallsService.List] and
// [WebhooksService.Logs], which return the newest rows. One that returns a [*Page] returns
// one page. All… returns an iterator over the rows of all pages:
//
//	for message, err := range number.Inbox.AllHistory(ctx, pilotstatus.ListInboxOptions{StartDate: yesterday}) {
//		if err != nil { … }
//		…
//	}
//
// It asks for pages as the loop goes on and stops at the first error. Rows move while
// new ones arrive, so that a row may come twice: tell rows apart by their ids.
//
// # Fields
//
// Optional fields of requests are left out where they are zero; where zero means
// something they are pointers (Ptr makes one), and where the API knows null they are a
// Nullable, made with Set and Null. Times of answers are Timestamps, which keep the text
// that was received. Words of the API have constants and are never checked: a new one
// arrives as it is. Comments that begin with "Experimental:" mark what the vendor
// documents in part only; such answers keep their Raw text.
//
// # Webhooks
//
// [WebhooksService.Create] registers a URL, [NewWebhookHandler] receives there: it verifies
// each delivery, reads it and calls your function once for each event.
//
//	handler, err := pilotstatus.NewWebhookHandler(func(ctx context.Context, event pilotstatus.Event) error {
//		switch event := event.(type) {
//		case pilotstatus.InboundEvent: // received, a reply, in a group, in a channel
//			return inbox.Store(ctx, event)
//		case *pilotstatus.MessageStatusEvent: // sent, delivered, read
//			return outbox.Update(ctx, event.ID, event.Status())
//		case *pilotstatus.MessageFailedEvent:
//			return outbox.Update(ctx, event.ID, event.Status())
//		case *pilotstatus.MalformedEvent: // it does not come again
//			return trouble.Keep(ctx, event.Raw())
//		}
//		return nil
//	}, pilotstatus.WithWebhookSecret(os.Getenv("PILOT_STATUS_WEBHOOK_SECRET")))
//
// No answer of the API shows the signing secret. Where your account does not show it
// either, register a URL with a random token in it and use [WithWebhookToken].
//
// Deliveries come more than once and in any order. The handler remembers handled events
// in memory; with several receivers give it a Deduper in a database
// ([WithWebhookDeduper]). [MessageStatus.Supersedes] tells which status counts.
//
// # Storage
//
// [SendRequest], the contents, recipients and events have a JSON form that stays the same,
// with texts and phone numbers in clear. [EncodeSend] keeps the very bytes of a send, and
// its key: [MessagesService.SendEncoded] sends them later, also by a newer version.
package pilotstatus
