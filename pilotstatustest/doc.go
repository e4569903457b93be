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
// A program uses [Start] instead of [NewServer] and closes the server itself.
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
// # State and faults
//
// [Server.Number] and [Server.Tenant] change what the outside world would
// change: a phone that disconnects, a charge that fails, a message that cannot
// be delivered. [Server.Inject] breaks single exchanges: error answers, delays,
// resets, half answers, redirects, pages of HTML.
//
// # Limits
//
// Served so far: Messages.Send, Messages.Get, Messages.Cancel, Key.List,
// Key.Rotate, APIKeys.List, Numbers.List, Numbers.Get, Contacts.Check and
// Pairing.Info. Every other path is answered like a wrong path of the API, with
// a page of HTML and status 404.
//
// The 24-hour window of official numbers, plans and permissions are not
// imitated: use [Number.FailNext] and [Server.Inject] for what they refuse.
package pilotstatustest
