// Package pilotstatustest is a fake of the Pilot Status WhatsApp API for tests
// and for programs that shall run without an account.
//
// It is a server with state on a loopback port: it knows number keys and a
// tenant key and refuses the wrong one with the code of the API, remembers
// idempotency keys, moves messages from QUEUED to READ, records what it was
// asked, and breaks exchanges on request. It has its own routes and its own
// form of every answer, written from the API reference and not from the client,
// so that the two can disagree.
//
//	func TestShipped(t *testing.T) {
//		fake := pilotstatustest.NewServer(t) // closes itself
//		number := fake.NumberClient("num_1")
//
//		// The first answer is lost; the client repeats, the fake sends once.
//		fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Processed: true, Reset: true})
//
//		accepted, err := number.Messages.Send(t.Context(), pilotstatus.SendRequest{
//			To:      pilotstatus.Phone("+5511999999999"),
//			Content: pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "John"}},
//		})
//		if err != nil {
//			t.Fatal(err)
//		}
//		if sent := fake.Messages(); len(sent) != 1 || sent[0].ID != accepted.ID {
//			t.Errorf("sent %v", sent)
//		}
//	}
//
// A program uses [Start] instead of [NewServer] and closes the server itself, or [New] where
// it has a listener of its own. With [WithKeep] and [WithKeepBytes] its memory does not grow
// with the messages.
//
// # What is there at the start
//
// One workspace with a tenant key and two connected numbers, each with its own
// key: num_1 is paired by QR code, num_2 is an official number of Meta. Both can
// send the approved template onboarding-test, which has one variable, name. Keys
// are random; [Server.NumberKey] and [Server.TenantKey] return them.
//
// # Time
//
// A message moves on every 20 milliseconds: QUEUED, SENT, DELIVERED, READ. With
// [WithClock] time stands still and only [Server.Advance] moves it, and with it
// the messages; without, Advance skips ahead, for instance past the 24 hours that
// an idempotency key lives.
//
// The clients of [Server.NumberClient] and [Server.TenantClient] wait in real time, and
// briefly: Messages.Wait and Numbers.WaitConnected look every few milliseconds, whatever
// interval they are asked for, so that they end soon after what they wait for. Their
// retries keep the waits of production.
//
// # What fails later
//
// An official number may write freely only to a person who wrote to it within the last 24
// hours: let the person do so with [Number.Receive]. Outside that window a text, a file, a
// list or a carousel is accepted and fails with META_OUTSIDE_24H_WINDOW when it goes out,
// and a Flow is refused at once with FLOW_WINDOW_CLOSED. Templates need no window, and
// other numbers have none.
//
// A destination that does not have the form of a phone or of a user id is refused at once.
// One that only looks like a phone, because there is no such country code or because a
// number of +1 or +55 has too few or too many digits, is accepted and fails with
// INVALID_DESTINATION. [Number.FailNext] makes a message fail for any other reason.
//
// # What happened
//
// [Server.FindMessages] and [Server.Conversations] show what was exchanged with each contact
// as the phone would, templates filled in; [Server.FindRequests] and
// [Server.FindDeliveries] have what was asked and told. [Server.Watch] brings every change,
// and [Server.WaitMessages] waits for messages:
//
//	before := fake.Seq()
//	// ... what shall send ...
//	page, err := fake.WaitMessages(ctx, pilotstatustest.MessageQuery{To: "+5511999999999", After: before}, 1)
//
// [Number.As] acts as the contact: it writes, presses a button, chooses a row, submits a
// flow, sends a file, reads and calls. [Server.Unknown] lists what requests had that the
// server does not know. [Server.Snapshot] is a state to start from, see [WithSnapshot].
//
// # Webhooks
//
// What happens is delivered, as real HTTP requests, to the webhooks that were
// registered with Webhooks.Create, signed with [Server.WebhookSecret]: the messages
// of their number from message.sent to message.read, what [Number.Receive] brings,
// what becomes of the number, leads and calls. [Server.Flush] waits for them:
//
//	handler, _ := pilotstatus.NewWebhookHandler(handle, pilotstatus.WithWebhookSecret(fake.WebhookSecret()))
//	receiver := httptest.NewServer(handler)
//	defer receiver.Close()
//	// ... Webhooks.Create with receiver.URL, Messages.Send ...
//	fake.Advance(time.Second) // QUEUED to READ
//	if err := fake.Flush(t.Context()); err != nil {
//		t.Fatal(err)
//	}
//	// handle has seen message.sent, message.delivered and message.read.
//
// A delivery that is not answered with 2xx is tried again, in real time or when Advance
// moves the clock so far, and every try is a row in Webhooks.Logs. A webhook gets its events in the order in which they
// happened, until [Tenant.ShuffleDeliveries], [Tenant.DuplicateDeliveries] or
// [Tenant.DelayDeliveries] say otherwise. A number has no webhooks when it is created,
// so those of all other numbers hear of number.created. [Server.Deliver] sends
// anything else by hand, such as events of phone lines or broken ones.
//
// # State and faults
//
// [Server.Number] and [Server.Tenant] change what the outside world would change, and
// switch to the second form of answers that sources describe in two. By area:
//
//   - messages: [Number.FailNext], [Tenant.SetMessageStatus]; [Server.Messages]
//   - inbox: [Number.Receive], [Number.SetUnread], [Number.AnswerFlow]
//   - groups and channels: [Number.AddGroup], [Number.AddNewsletter], [Number.AllowGroups]
//   - templates: [Tenant.AddTemplate], [Tenant.ApproveTemplate], [Tenant.RefuseTemplate]
//   - files: [Tenant.AddMedia], [Tenant.ExpireMedia]
//   - calls: [Number.Ring], [Number.RingOut], [Number.AnswerCall], [Number.HangUp],
//     [Number.GrantCallPermission]; [Server.Calls]
//   - phone lines: [Tenant.ContactCode], [Tenant.NextVerification], [Tenant.AddActivation]
//   - leads and ads: [Tenant.SharePage], [Tenant.SubmitLead], [Number.AddLead],
//     [Number.AddReferral], [Tenant.ResolveAdNames], [Tenant.ShareAdAccount]
//   - connection: [Number.Connect], [Number.Disconnect], [Number.ConnectAfter],
//     [Tenant.ScanNewNumbers], [Tenant.PairingLink], [Number.ReportHealth]
//   - money: [Number.ChargeOutcome], [Tenant.ChargeOutcome], [Tenant.FinishCheckout]
//   - permissions and privacy: [Tenant.DenyPermission], [Number.SetPIIMode]
//   - webhooks: [Tenant.DeliveryRetries], [Tenant.DeliveryTimeout], [Tenant.LogDelivery]
//   - second forms: [Tenant.OtherForms], [Tenant.WrapLists], [Tenant.UnknownFields] and
//     others beside their area
//
// [Server.Inject] breaks single exchanges: error answers, delays, resets, half answers,
// redirects, pages of HTML. [Server.Requests] has everything that was asked.
//
// # Limits
//
// Every operation of the API is served. Any other path is answered like a wrong path of
// the API, with a page of HTML and status 404.
//
// Not imitated are rate limits, unless [Fault.PerMinute] asks for one, the automatic message of a lead form, old messages that
// come with a new connection, and the raw envelopes of Meta and Evolution GO that some
// numbers deliver beside their events; nor is sound transported in calls. Permissions are all granted until
// [Tenant.DenyPermission]. Use [Server.Inject], [Number.FailNext] and [Server.Deliver]
// for the rest. Where the reference is silent the fake takes one way of several:
// a test that passes here says that a program copes with it, not that the API does so.
package pilotstatustest
