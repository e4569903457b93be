package pilotstatus

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"

	"github.com/go-json-experiment/json/jsontext"
)

// EncodedSend is a send as it goes to the API: its idempotency key and its bytes. The API
// wants a repeated key with the same bytes, so whoever sends later, or may have to send
// again, stores this and not the SendRequest: a newer version of this package might encode
// that one differently. EncodeSend makes it, and Messages.SendEncoded sends it.
//
// Its JSON is for storage and keeps the body as base64, because a database may rewrite
// JSON. It prints and logs the size only. Body holds the recipient and the texts in clear.
type EncodedSend struct {
	IdempotencyKey string `json:"idempotencyKey"`
	Body           []byte `json:"body"`
}

// EncodeSend checks a request as Messages.Send does, and returns what Messages.Send would
// send: the same request and key become the same bytes. Where the request has no
// idempotency key, it makes one. A request that cannot be sent is a *ValidationError.
func EncodeSend(r SendRequest) (EncodedSend, error) {
	key := r.IdempotencyKey
	if key == "" {
		key = rand.Text()
	} else if err := validateIdempotencyKey(key); err != nil {
		return EncodedSend{}, err
	}
	body, err := r.encode()
	if err != nil {
		return EncodedSend{}, err
	}
	return EncodedSend{IdempotencyKey: key, Body: body}, nil
}

// SendEncoded sends what EncodeSend returned, byte for byte, and is like Send in all else:
// calling it again with the same EncodedSend, for the same number and within 24 hours, does
// not send twice. An EncodedSend without a valid key, and a Body that is not one JSON
// object, are a *ValidationError; what the object says is for the API to judge.
func (s MessagesService) SendEncoded(ctx context.Context, e EncodedSend) (*Accepted, error) {
	if e.IdempotencyKey == "" {
		return nil, invalid("IdempotencyKey", "it is empty; EncodeSend makes one, and without it a repetition would send twice")
	}
	// Duplicate names are left to the API, like everything in the object.
	body := jsontext.Value(bytes.Clone(e.Body))
	if body.Kind() != '{' || !body.IsValid(jsontext.AllowDuplicateNames(true)) {
		return nil, invalid("Body", "it is not one JSON object; use what EncodeSend returned")
	}
	e.Body = body
	return s.send(ctx, e)
}

// UnmarshalJSON reads what json.Marshal wrote. A member that this version does not know is
// an error: a newer version wrote it.
func (e *EncodedSend) UnmarshalJSON(data []byte) error {
	type plain EncodedSend // without this method
	var stored plain
	if err := readStored(data, &stored); err != nil {
		return err
	}
	*e = EncodedSend(stored)
	return nil
}

// String says how large the body is.
func (e EncodedSend) String() string {
	return fmt.Sprintf("pilotstatus.EncodedSend(%d bytes)", len(e.Body))
}

// Format writes String, whatever the verb.
func (e EncodedSend) Format(f fmt.State, _ rune) { printText(f, e.String()) }

// GoString returns String.
func (e EncodedSend) GoString() string { return e.String() }

// LogValue returns the size of the body.
func (e EncodedSend) LogValue() slog.Value { return slog.GroupValue(slog.Int("bytes", len(e.Body))) }
