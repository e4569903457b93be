// Package pilotstatus is the Go client of the Pilot Status WhatsApp API. It sends templates
// and texts, reads conversations, connects phone numbers and receives webhooks.
//
// What do you want to do?
//
//   - make a client: [NewNumberClient] sends, [NewTenantClient] administers numbers
//   - send a message: [MessagesService.Send]
//   - send it later: [SendRequest].DeliverAt, and [MessagesService.Cancel]
//   - follow a message: [MessagesService.Get], [MessagesService.Wait]
//   - read conversations: [InboxService.AllHistory], [InboxService.AllUnread]
//   - receive events: [WebhooksService.Create], [NewWebhookHandler], [ParseEvent]
//   - answer a message: [InboundEvent]
//   - connect a number: [NumbersService.Create], [NumbersService.WaitConnected]
//   - let a customer connect one: [NumbersService.CreatePairingLink]
//   - send from many numbers: [TenantClient.OpenNumber], [NewNumberPool]
//   - check or rotate a key: [NumberClient.CheckKey], [KeyService.Rotate]
//   - templates, media, calls: [TemplatesService], [MediaService], [CallsService]
//   - leads and ads: [LeadsService], [LeadPagesService], [ReferralsService], [AdsService]
//   - handle errors: [Outcome], [RetryAfter], [ErrorCode], [OutcomeUnknownError]
//   - control retries: [RetryClass], [WithRetry], [RetryPolicy], [ContextWithRetry]
//   - never send twice: [SendRequest].IdempotencyKey, [EncodeSend]
//   - log and measure: [WithLogger], [WithObserver], [ContextWithResponse]
//   - call an endpoint without a method: [Client.Do]
//   - test your own code: package pilotstatustest, a fake of the API
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
// Accepted does not mean delivered: [MessagesService.Get] returns the present status, and
// [MessagesService.Wait] waits for the delivery.
//
// # Two keys, two clients
//
// A number key belongs to one WhatsApp number and can send. Use it in a [NumberClient]. A
// tenant key belongs to the workspace and administers its numbers. Use it in a
// [TenantClient], which has no Messages. The two keys look alike. A key in the wrong client
// is a [*TenantScopeError] or a [*NumberScopeError]. Some calls accept both kinds of key:
// before such a call changes anything, the client asks the API once which kind the key is.
// [NumberClient.CheckKey] and [TenantClient.CheckKey] ask on purpose.
//
// [TenantClient.OpenNumber] returns the client of one number, and a [NumberPool] those of
// many. [TenantClient.Number] returns a [NumberView] for the few calls that a tenant key
// may make for one number. A [PublicClient] needs no key; it serves pairing pages.
//
// The clients are safe for concurrent use: make one and share it.
//
// A [NumberClient] has:
//
//   - Messages: send, follow and cancel
//   - Inbox: messages of contacts, conversations, unread messages, group messages
//   - Contacts: which phone numbers have WhatsApp
//   - Templates, Media, Groups, Newsletters, Calls
//   - Leads, Referrals, Ads, lead pages: results of advertising for the number
//   - Analytics, Webhooks, EmbedSessions, Key
//
// A [TenantClient] has:
//
//   - Numbers: create, connect, change, delete and pay for; pairing links
//   - Pairing, MetaOnboarding: the calls of the page behind a pairing link
//   - APIKeys: the keys of all numbers; Key: its own
//   - ExtraNumbers, Billing, Branding, PhoneLines
//   - Ads, ad accounts, lead pages, Webhooks, EmbedSessions: of the whole workspace
//
// A [NumberView] has Inbox, Contacts, Leads, Referrals, Ads, lead pages and Webhooks. A
// [PublicClient] has Pairing and MetaOnboarding. Projects, of an earlier API, are on number
// and tenant clients.
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
// To let the customer do it in a browser, give the customer the link of
// [NumbersService.CreatePairingLink]. The program examples/onboard shows both.
//
// # Errors
//
// [Outcome] tells what happened to a call that ended with an error: not sent, refused,
// accepted or unknown. [RetryAfter] returns how long the API asked to wait.
//
//	switch pilotstatus.Outcome(err) {
//	case pilotstatus.OutcomeAccepted: // nil, or an answer that cannot be read
//	case pilotstatus.OutcomeUnknown: // send again with the same key
//	case pilotstatus.OutcomeRefused: // later after a *RateLimitError, after a repair of key or account, else not again
//	case pilotstatus.OutcomeNotSent: // later after a *TransportError or *KeyCheckError, else not again
//	}
//
// Find the type of an error with errors.As, and a code of the API with
// errors.Is(err, pilotstatus.CodeNumberBlocked). The comment of each method ends with its
// Scope (the keys that may call it), its Retry class and its Errors.
//
// Errors of every call:
//
//   - [*UnauthorizedError] (401): the key is missing, wrong or revoked.
//   - [*TenantScopeError], [*NumberScopeError] (403): the key is of the wrong kind.
//   - [*RateLimitError] (429): too many requests, even after the retries.
//   - [*APIError]: any other status than 2xx, such as 403 with [CodePermissionDenied] or a
//     500. The errors above and [*NotFoundError] (404) and [*PaymentError] (402) unwrap to
//     it.
//   - [*TransportError]: no answer. The connection failed, an attempt took too long, or the
//     context ended. Find the cause with errors.Is.
//   - [*ValidationError]: the input is wrong. Nothing was sent.
//   - [*DecodeError]: a success that cannot be read. If Accepted() is true, the API
//     processed the call.
//   - [*OutcomeUnknownError], for calls that change something: the API may have processed
//     the call. Call again with its IdempotencyKey; without one, look at the server's state
//     first.
//   - [*KeyCheckError], for calls that change something and accept both kinds of key: the
//     API did not answer which kind the key is, so the call was not sent. Call again later.
//
// Inside an [*OutcomeUnknownError], errors.Is and errors.As find the failure of the network
// or the context, but never an answer of the API; its Err field has that. An error outside
// an [*OutcomeUnknownError] is settled: the API did not process the call, except for a
// [*DecodeError] with Accepted() true.
//
// Errors of some calls: [*KeyUnavailableError] (no number has the id, or the API does not
// show its key), [*MissingEventsError] (the webhook was stored without some events; it is
// returned beside the error), [*MessageEndedError] ([MessagesService.Wait]), [*WaitError]
// (the context of a wait ended), [*MalformedEventError] ([ParseEvent]) and
// [ErrInvalidSignature] ([VerifySignature]). Errors of your writer, reader or function come
// back wrapped.
//
// Printed errors contain no key, no phone number and no message text; their fields do.
// Received data (events, rows of Inbox) prints in clear.
//
// # Retries
//
// A call makes up to four attempts by default ([WithRetry]). The [RetryClass] of the
// operation decides which failures are retried:
//
//   - [RetrySafe] (reads, and updates that can be repeated): connection failures, attempt
//     timeouts, truncated answers, 408, 425, 429 and 5xx except 501, 505 and 511.
//   - [RetryKeyed] ([MessagesService.Send], [PhoneLinesService.StartVerification]): the
//     same, always with the same Idempotency-Key and the same bytes. Also a 409 while the
//     first attempt may still run (IDEMPOTENCY_KEY_IN_USE, or an answer that cannot be
//     read).
//   - [RetryUnsent] (creating, deleting, and all operations in no other list): only a
//     request that was never sent, 425 and 429. [MessagesService.Cancel],
//     [ContactsService.Check] and [PairingService.Status] belong here.
//   - [RetryNever]: nothing. The call charges ([NumbersService.Pay], ExtraNumbers,
//     [BillingService.Checkout]), replaces a key ([KeyService.Rotate],
//     [APIKeysService.RegenerateNumber]), calls or writes to a person
//     ([CallsService.Start], [CallsService.RequestPermission],
//     [PhoneLinesService.SendContactCode], [NumbersService.CreatePairingLink]) or destroys
//     ([NumbersService.Purge], [LeadPagesService.Unlink]). [LeadPagesService.Resync] starts
//     its own cooldown.
//
// Over HTTP/2 a server can report that it did not process a request. Such a request goes
// out again on another connection, in every class.
//
// Never retried: other 4xx, 3xx, 501, 505, 511, certificate errors, complete answers that
// cannot be decoded, and codes that wait for the operator ([CodeProviderNotConfigured]).
// The client waits the full Retry-After. If it is longer than the policy's MaxWait, or the
// wait would pass the context's deadline, the call ends at once, and the error says how
// long to wait.
//
// While many calls of a client fail, a retry budget stops the retries of all of them
// ([RetryPolicy].Budget). Nearly every call then makes one request, and its error matches
// [ErrRetryBudget]. Delays that the API asks for (425, 429, IDEMPOTENCY_KEY_IN_USE) cost no
// budget.
//
// Each attempt has its own timeout, 30 s by default ([WithAttemptTimeout]). The context
// limits the whole call. No redirect is followed.
//
// # Pages
//
// A method that returns a slice returns the whole list, except [CallsService.List] and
// [WebhooksService.Logs], which return the newest rows. A method that returns a [*Page]
// returns one page. All… iterates over the rows of all pages:
//
//	for message, err := range number.Inbox.AllHistory(ctx, pilotstatus.ListInboxOptions{StartDate: yesterday}) {
//		if err != nil { … }
//		…
//	}
//
// It requests a page when the loop reaches it, and stops at the first error. New rows move
// the others, so a row may come twice: compare ids.
//
// # Fields
//
// Optional fields of requests are left out if they are zero. If zero has a meaning, they
// are pointers ([Ptr] makes one). If the API knows null, they are a [Nullable], made with
// [Set] and [Null]. Times of answers are a [Timestamp], which keeps the received text.
// Words of the API have constants and are never checked, so a new word arrives unchanged.
// Comments that begin with "Experimental:" mark parts that the vendor documents only
// partly; such answers keep their Raw text.
//
// # Webhooks
//
// [WebhooksService.Create] registers a URL. [NewWebhookHandler] serves it: it verifies each
// delivery, reads it and calls your function once for each event.
//
//	handler, err := pilotstatus.NewWebhookHandler(func(ctx context.Context, event pilotstatus.Event) error {
//		switch event := event.(type) {
//		case pilotstatus.InboundEvent: // received, a reply, in a group, in a channel
//			return inbox.Store(ctx, event)
//		case *pilotstatus.MessageStatusEvent: // sent, delivered, read
//			return outbox.Update(ctx, event.ID, event.Status())
//		case *pilotstatus.MessageFailedEvent:
//			return outbox.Update(ctx, event.ID, event.Status())
//		case *pilotstatus.MalformedEvent: // it is not delivered again
//			return trouble.Keep(ctx, event.Raw())
//		}
//		return nil
//	}, pilotstatus.WithWebhookSecret(os.Getenv("PILOT_STATUS_WEBHOOK_SECRET")))
//
// No answer of the API has the signing secret. If your account does not show it either,
// register a URL with a random token in it and use [WithWebhookToken].
//
// Deliveries come more than once and in any order. The handler remembers handled events in
// memory; for several receivers, give it a [Deduper] that uses a database
// ([WithWebhookDeduper]). [MessageStatus.Supersedes] tells which status is newer.
//
// # Storage
//
// [SendRequest], contents, recipients and events have a stable JSON form, with texts and
// phone numbers in clear. [EncodeSend] keeps the exact bytes of a send and its key;
// [MessagesService.SendEncoded] sends them later, even with a newer version.
//
// # Rooms of the source
//
// Files depend only on files of their own floor or below:
//
//   - clients: scope.go (the clients and their keys), number_pool.go, client_do.go
//   - resources, a file or a few for each service: messages.go, message_*.go, inbox.go,
//     numbers.go, number_*.go, templates.go, webhooks.go and so on
//   - events: events.go (types), event_receiver.go (handler), event_proof.go (signatures),
//     event_parse.go, event_deduper.go
//   - the path of a call: invoke.go, then client_call.go, client_attempt.go and the other
//     client_*.go
//   - rules of a call: operation.go (the table of operations), retry.go, options.go,
//     auth.go
//   - ground: errors.go, error_code.go, json.go, page.go, values.go, secret.go
package pilotstatus
