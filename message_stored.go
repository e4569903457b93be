package pilotstatus

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// UnmarshalJSON decodes the output of MarshalJSON. A kind or a member that this version
// does not know is an error, because a newer version wrote it.
func (r *Recipient) UnmarshalJSON(data []byte) error {
	var stored storedRecipient
	if err := readStored(data, &stored); err != nil {
		return err
	}
	if stored != (storedRecipient{}) && !stored.Kind.isKnown() {
		return errNewerKind("recipient", string(stored.Kind))
	}
	*r = Recipient{stored.Kind, stored.Value}
	return nil
}

// EncodedSend is an encoded send: its idempotency key and the bytes of its body. The API
// requires the same bytes for a repeated key. Store an EncodedSend, not a [SendRequest], to
// send later or to send again: a newer version of this package might encode the request
// differently. [EncodeSend] makes it, and [MessagesService.SendEncoded] sends it.
//
// Its JSON is for storage and keeps the body as base64, because a database may rewrite
// JSON. It prints and logs its size only. Body holds the recipient and the texts in clear.
type EncodedSend struct {
	IdempotencyKey string `json:"idempotencyKey"`
	Body           []byte `json:"body"`
}

// EncodeSend checks a request as [MessagesService.Send] does, and returns the key and the
// body that [MessagesService.Send] would send. The same request and key always give the
// same bytes. If the request has no idempotency key, EncodeSend makes one. An invalid
// request is a [*ValidationError].
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

// UnmarshalJSON decodes the output of json.Marshal. A member that this version does not
// know is an error, because a newer version wrote it.
func (e *EncodedSend) UnmarshalJSON(data []byte) error {
	type plain EncodedSend // without this method
	var stored plain
	if err := readStored(data, &stored); err != nil {
		return err
	}
	*e = EncodedSend(stored)
	return nil
}

// String returns the size of the body.
func (e EncodedSend) String() string {
	return fmt.Sprintf("pilotstatus.EncodedSend(%d bytes)", len(e.Body))
}

// Format writes String, whatever the verb.
func (e EncodedSend) Format(f fmt.State, _ rune) { printText(f, e.String()) }

// GoString returns String.
func (e EncodedSend) GoString() string { return e.String() }

// LogValue returns the size of the body.
func (e EncodedSend) LogValue() slog.Value { return slog.GroupValue(slog.Int("bytes", len(e.Body))) }

// storedSend is the stored form of a SendRequest.
type storedSend struct {
	To             Recipient       `json:"to,omitzero"`
	Content        json.RawMessage `json:"content,omitzero"`
	IdempotencyKey string          `json:"idempotencyKey,omitempty"`
	DeliverAt      time.Time       `json:"deliverAt,omitzero"`
	DeliverUntil   time.Time       `json:"deliverUntil,omitzero"`
	Labels         []string        `json:"labels,omitempty"`
	MarkRead       *bool           `json:"markRead,omitzero"`
	Extra          json.RawMessage `json:"extra,omitzero"`
}

// MarshalJSON encodes the request for storage, everything in clear: times in UTC with all
// their digits, and the content with its kind. It makes only few of the checks of a send.
func (r SendRequest) MarshalJSON() ([]byte, error) {
	stored := storedSend{
		To: r.To, IdempotencyKey: r.IdempotencyKey, Labels: r.Labels, MarkRead: r.MarkRead,
		DeliverAt: r.DeliverAt.UTC(), DeliverUntil: r.DeliverUntil.UTC(),
	}
	if err := checkTime("DeliverAt", r.DeliverAt); err != nil {
		return nil, err
	}
	if err := checkTime("DeliverUntil", r.DeliverUntil); err != nil {
		return nil, err
	}
	var err error
	if r.Content != nil {
		if stored.Content, err = marshalStored(r.Content); err != nil {
			return nil, err
		}
	}
	if len(r.Extra) > 0 {
		if stored.Extra, err = marshalStandard("Extra", r.Extra); err != nil {
			return nil, err
		}
	}
	return marshalBody(stored)
}

// UnmarshalJSON decodes the output of MarshalJSON. Numbers in Extra become a json.Number,
// which keeps all digits. A kind or a member that this version does not know is an error: a
// newer version wrote it, and without it a different message would be sent.
func (r *SendRequest) UnmarshalJSON(data []byte) error {
	var stored storedSend
	if err := readStored(data, &stored); err != nil {
		return err
	}
	read := SendRequest{
		To: stored.To, IdempotencyKey: stored.IdempotencyKey, Labels: stored.Labels, MarkRead: stored.MarkRead,
		DeliverAt: stored.DeliverAt, DeliverUntil: stored.DeliverUntil,
	}
	var err error
	if read.Content, err = unmarshalStored(stored.Content); err != nil {
		return err
	}
	if read.Extra, err = unmarshalExact(stored.Extra); err != nil {
		return err
	}
	*r = read
	return nil
}

// The kinds of contents in storage.
const (
	kindText     = "text"
	kindTemplate = "template"
	kindMedia    = "media"
	kindList     = "list"
	kindCarousel = "carousel"
	kindFlow     = "flow"
)

// stored is the stored form of a content: its kind and its fields.
type stored[T any] struct {
	Kind   string `json:"kind"`
	Fields T      `json:",embed"`
}

// The contents without their methods, for the JSON encoder.
type (
	plainText     TextContent
	plainTemplate TemplateContent
	plainMedia    MediaContent
	plainList     ListContent
	plainCarousel CarouselContent
	plainFlow     FlowContent
)

// storedFlow keeps Data in the encoding of encoding/json.
type storedFlow struct {
	Fields plainFlow       `json:",embed"`
	Data   json.RawMessage `json:"data,omitzero"`
}

// marshalStored encodes a content with its kind.
func marshalStored(content Content) ([]byte, error) {
	switch c := content.(type) {
	case TextContent:
		return marshalBody(stored[plainText]{kindText, plainText(c)})
	case TemplateContent:
		return marshalBody(stored[plainTemplate]{kindTemplate, plainTemplate(c)})
	case MediaContent:
		return marshalBody(stored[plainMedia]{kindMedia, plainMedia(c)})
	case ListContent:
		return marshalBody(stored[plainList]{kindList, plainList(c)})
	case CarouselContent:
		return marshalBody(stored[plainCarousel]{kindCarousel, plainCarousel(c)})
	case FlowContent:
		flow := storedFlow{Fields: plainFlow(c)}
		if len(c.Data) > 0 {
			data, err := marshalStandard("Content.Data", c.Data)
			if err != nil {
				return nil, err
			}
			flow.Data = data
		}
		return marshalBody(stored[storedFlow]{kindFlow, flow})
	}
	return nil, errContentPointer
}

// unmarshalStored decodes a content of any kind. It returns nil if there is no content.
func unmarshalStored(data []byte) (Content, error) {
	if len(data) == 0 || string(data) == "null" {
		return nil, nil //nolint:nilnil // a request without a content
	}
	var head struct {
		Kind string `json:"kind"`
	}
	if err := jsonv2.Unmarshal(data, &head); err != nil {
		return nil, errNotStored
	}
	switch head.Kind {
	case kindText:
		c, err := readContent[plainText](data)
		return TextContent(c), err
	case kindTemplate:
		c, err := readContent[plainTemplate](data)
		return TemplateContent(c), err
	case kindMedia:
		c, err := readContent[plainMedia](data)
		return MediaContent(c), err
	case kindList:
		c, err := readContent[plainList](data)
		return ListContent(c), err
	case kindCarousel:
		c, err := readContent[plainCarousel](data)
		return CarouselContent(c), err
	case kindFlow:
		flow, err := readContent[storedFlow](data)
		if err != nil {
			return nil, err
		}
		flow.Fields.Data, err = unmarshalExact(flow.Data)
		return FlowContent(flow.Fields), err
	}
	return nil, errNewerKind("content", head.Kind)
}

func readContent[T any](data []byte) (T, error) {
	var content stored[T]
	err := readStored(data, &content)
	return content.Fields, err
}

// readStoredContent decodes a content of one kind.
func readStoredContent[T Content](data []byte, out *T) error {
	content, err := unmarshalStored(data)
	if err != nil {
		return err
	}
	read, ok := content.(T)
	if !ok {
		return errOtherKind
	}
	*out = read
	return nil
}

// marshalStandard encodes values that the caller supplied, for storage.
func marshalStandard(field string, own map[string]any) ([]byte, error) {
	data, err := marshalOwn(field, own)
	if err != nil {
		return nil, err
	}
	return standardOwn(data)
}

// unmarshalExact decodes the output of marshalStandard. Numbers keep all their digits.
func unmarshalExact(data []byte) (map[string]any, error) {
	if len(data) == 0 {
		return nil, nil //nolint:nilnil // nothing is no map
	}
	members, err := exactMembers(data)
	if err != nil {
		return nil, errNotStored
	}
	return members, nil
}

var (
	errNotStored      = errors.New("pilotstatus: this is not what MarshalJSON wrote")
	errOtherKind      = errors.New("pilotstatus: this is a content of another kind; a SendRequest reads every kind")
	errContentPointer = errors.New("pilotstatus: a content has JSON as a value only, as in TextContent{Body: …}")
)

// newerError means that a newer version wrote the data. It is found inside the errors of
// package json.
type newerError struct{ text string }

func (e *newerError) Error() string { return e.text }

func errNewerKind(of, kind string) error {
	return &newerError{"pilotstatus: this version knows no " + of + " of the kind " + quoted(kind) +
		"; a newer version wrote it, or it was changed"}
}

// readStored decodes the output of a MarshalJSON of this package, and nothing else. Its
// errors name a member or a kind, never a value.
func readStored(data []byte, out any) error {
	err := jsonv2.Unmarshal(data, out, jsonv2.RejectUnknownMembers(true))
	var failed *jsonv2.SemanticError
	var newer *newerError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &newer):
		return newer
	case !errors.As(err, &failed):
		return errNotStored // invalid JSON, or a duplicate name
	case errors.Is(err, jsonv2.ErrUnknownName):
		return &newerError{"pilotstatus: this version does not know the member " + memberOf(failed.JSONPointer) +
			"; a newer version wrote it, or it was changed"}
	}
	return errors.New(errNotStored.Error() + ", look at the member " + memberOf(failed.JSONPointer))
}

func memberOf(pointer jsontext.Pointer) string { return quoted(pointer.LastToken()) }

// quoted returns the first 40 bytes of an external name in quotes.
func quoted(name string) string { return strconv.QuoteToASCII(name[:min(len(name), 40)]) }

// MarshalJSON encodes the content with its kind, for storage.
func (c TextContent) MarshalJSON() ([]byte, error) { return marshalStored(c) }

// UnmarshalJSON decodes the output of MarshalJSON. A member that a newer version added is
// an error.
func (c *TextContent) UnmarshalJSON(data []byte) error { return readStoredContent(data, c) }

// MarshalJSON encodes the content with its kind, for storage.
func (c TemplateContent) MarshalJSON() ([]byte, error) { return marshalStored(c) }

// UnmarshalJSON decodes the output of MarshalJSON. A member that a newer version added is
// an error.
func (c *TemplateContent) UnmarshalJSON(data []byte) error { return readStoredContent(data, c) }

// MarshalJSON encodes the content with its kind, for storage.
func (c MediaContent) MarshalJSON() ([]byte, error) { return marshalStored(c) }

// UnmarshalJSON decodes the output of MarshalJSON. A member that a newer version added is
// an error.
func (c *MediaContent) UnmarshalJSON(data []byte) error { return readStoredContent(data, c) }

// MarshalJSON encodes the content with its kind, for storage.
func (c ListContent) MarshalJSON() ([]byte, error) { return marshalStored(c) }

// UnmarshalJSON decodes the output of MarshalJSON. A member that a newer version added is
// an error.
func (c *ListContent) UnmarshalJSON(data []byte) error { return readStoredContent(data, c) }

// MarshalJSON encodes the content with its kind, for storage.
func (c CarouselContent) MarshalJSON() ([]byte, error) { return marshalStored(c) }

// UnmarshalJSON decodes the output of MarshalJSON. A member that a newer version added is
// an error.
func (c *CarouselContent) UnmarshalJSON(data []byte) error { return readStoredContent(data, c) }

// MarshalJSON encodes the content with its kind, for storage.
func (c FlowContent) MarshalJSON() ([]byte, error) { return marshalStored(c) }

// UnmarshalJSON decodes the output of MarshalJSON. A member that a newer version added is
// an error. Numbers in Data become a json.Number, which keeps all digits.
func (c *FlowContent) UnmarshalJSON(data []byte) error { return readStoredContent(data, c) }
