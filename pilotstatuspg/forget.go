package pilotstatuspg

import (
	"context"

	"github.com/pilotstatus/pilotstatus-go"
)

// Forget removes what is stored of a recipient, for a person who asks for it, and returns
// how many messages it changed: recipients, bodies, their hashes and errors, and when the
// contact wrote. Messages that have not ended are canceled; a request that is on its way
// may still arrive. Keys stay, so that a repeated Enqueue sends nothing: make none of phone
// numbers. The spelling of a phone number does not matter, except for a ninth digit of
// Brazil. A contact whose number is hidden is another than the phone.
func (o *Outbox) Forget(ctx context.Context, tx Tx, recipient pilotstatus.Recipient) (int64, error) {
	if recipient.Value() == "" {
		return 0, invalid("recipient", "a recipient is required")
	}
	text := storedRecipient(recipient)
	if err := checkText("recipient", text); err != nil {
		return 0, err
	}
	return o.exec(ctx, tx, "forgetting a recipient", forgetSQL, text)
}
