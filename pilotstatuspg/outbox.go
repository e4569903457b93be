package pilotstatuspg

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/pilotstatus/pilotstatus-go"
)

// DefaultSchema is the schema of an Options without one.
const DefaultSchema = "pilotstatus"

// maxSchemaBytes is what PostgreSQL keeps of a name.
const maxSchemaBytes = 63

// Options are the settings of an [Outbox].
type Options struct {
	// Schema is where the tables are, [DefaultSchema] if empty. Any name of at most 63
	// bytes: it is quoted.
	Schema string

	// Deployment names who sends from these tables, as in "production". The first
	// [Outbox.Run] writes it into them, and a Run with another name refuses before any
	// request: a copy of the production database must not send to people. Run requires it.
	Deployment string

	// NoNotify leaves out the NOTIFY that wakes workers before their next poll. With
	// PREPARE TRANSACTION, which PostgreSQL refuses after a NOTIFY, it is needed.
	NoNotify bool

	// KeepBodies is how long after its end a message keeps its body, 7 days if zero.
	KeepBodies time.Duration

	// KeepMessages is how long after its end a message is kept, 90 days if zero and at
	// least 30 days. An idempotency key is unique for as long as its message is kept. It is
	// to be the same in all processes: one that only receives deletes receipts by it.
	KeepMessages time.Duration

	// KeepEvents is how long an event that was handled is remembered, 7 days if zero. A
	// delivery of it that comes later is handled again.
	KeepEvents time.Duration
}

const (
	day                 = 24 * time.Hour
	defaultKeepBodies   = 7 * day
	defaultKeepMessages = 90 * day
	defaultKeepEvents   = 7 * day
	minKeepMessages     = 30 * day
)

// Outbox is the tables of one schema. It is safe for concurrent use. Make it with [New].
type Outbox struct {
	options  Options
	channel  string       // of LISTEN and NOTIFY
	notified atomic.Int64 // when it last notified, in Unix nanoseconds

	retainEvery time.Duration // how long retention rests where there is nothing to do
	listenCheck time.Duration // how long LISTEN is silent before it is asked whether it lives
}

// New returns the outbox in a schema. It opens no connection. Options that cannot be used
// are a [*pilotstatus.ValidationError].
func New(o Options) (*Outbox, error) {
	schema, err := checkSchema(o.Schema)
	if err != nil {
		return nil, err
	}
	o.Schema = schema
	if err := checkText("Deployment", o.Deployment); err != nil {
		return nil, err
	}
	if o.KeepBodies == 0 {
		o.KeepBodies = defaultKeepBodies
	}
	if o.KeepMessages == 0 {
		o.KeepMessages = max(defaultKeepMessages, o.KeepBodies)
	}
	if o.KeepEvents == 0 {
		o.KeepEvents = defaultKeepEvents
	}
	switch {
	case o.KeepBodies < 0:
		return nil, invalid("KeepBodies", "it is negative")
	case o.KeepEvents < 0:
		return nil, invalid("KeepEvents", "it is negative")
	case o.KeepMessages < minKeepMessages:
		return nil, invalid("KeepMessages", "it is under 30 days, and a key would be free again that its sender may repeat")
	case o.KeepMessages < o.KeepBodies:
		return nil, invalid("KeepMessages", "it is shorter than KeepBodies")
	}
	return &Outbox{options: o, channel: channelOf(schema), retainEvery: retainEvery, listenCheck: listenCheck}, nil
}

// Schema returns the schema of the tables.
func (o *Outbox) Schema() string { return o.options.Schema }

// channelOf returns the channel of a schema's notifications, which is short enough for
// PostgreSQL however long the schema's name is.
func channelOf(schema string) string {
	hash := sha256.Sum256([]byte(schema))
	return fmt.Sprintf("pilotstatus_%x", hash[:8])
}

// checkSchema returns the schema's name, the default for none.
func checkSchema(schema string) (string, error) {
	if schema == "" {
		return DefaultSchema, nil
	}
	if len(schema) > maxSchemaBytes {
		return "", invalid("Schema", "PostgreSQL cuts names of more than 63 bytes")
	}
	return schema, checkText("Schema", schema)
}

// inSchema returns a statement that was written for the default schema, for another one.
func inSchema(statement, schema string) string {
	return strings.ReplaceAll(statement, DefaultSchema+".", pgx.Identifier{schema}.Sanitize()+".")
}

// in returns a statement that was written for the default schema, for this outbox.
func (o *Outbox) in(statement string) string { return inSchema(statement, o.options.Schema) }

// checkText refuses what PostgreSQL cannot store in a text column.
func checkText(field, text string) error {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return invalid(field, "it is not valid UTF-8, or it has the character U+0000")
	}
	return nil
}

func checkTexts(field string, texts ...string) error {
	for _, text := range texts {
		if err := checkText(field, text); err != nil {
			return err
		}
	}
	return nil
}

// maxStored bounds foreign texts in the tables, in bytes.
const maxStored = 2000

// storable returns a foreign text as PostgreSQL can store it: valid UTF-8 without U+0000,
// at most maxStored bytes of it.
func storable(text string) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")
	if len(text) <= maxStored {
		return text
	}
	end := maxStored
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

func invalid(field, reason string) error {
	return &pilotstatus.ValidationError{Field: field, Reason: reason}
}
