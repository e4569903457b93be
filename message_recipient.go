package pilotstatus

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// Recipient is the destination of a message: a phone number, a contact, a group or a
// channel. [Phone], [UserID], [GroupID] and [NewsletterID] make one. It is sent byte for
// byte; in particular, no ninth digit is added or removed. A send refuses an id with blanks
// at its ends or with invisible characters. A Recipient prints and logs its kind only. Its
// JSON shows everything and is for storage.
type Recipient struct {
	kind  RecipientKind
	value string
}

// RecipientKind is the kind of a [Recipient]. The zero Recipient has the kind "".
type RecipientKind string

// The kinds of recipients.
const (
	RecipientKindPhone      RecipientKind = "phone"
	RecipientKindUser       RecipientKind = "user"
	RecipientKindGroup      RecipientKind = "group"
	RecipientKindNewsletter RecipientKind = "newsletter"
)

// isKnown reports whether this version knows the kind.
func (k RecipientKind) isKnown() bool {
	return slices.Contains([]RecipientKind{
		RecipientKindPhone, RecipientKindUser, RecipientKindGroup, RecipientKindNewsletter,
	}, k)
}

// Phone returns a recipient with a phone number in E.164 form with the leading "+". If the
// API returned the number before, use that form. A send refuses a number that has anything
// but a leading +, digits, inner blanks and - ( ) . in it, or fewer than 8 or more than 15
// digits.
func Phone(number string) Recipient { return Recipient{RecipientKindPhone, number} }

// UserID returns a contact with a durable id, for contacts with a hidden phone number: a
// BSUID, as in "BR.900100200300", or a LID, as in "900100200300@lid".
func UserID(id string) Recipient { return Recipient{RecipientKindUser, id} }

// GroupID returns a group with an id that ends in "@g.us". An official number needs a
// business account that is approved for groups ([CodeMetaGroupsNotEligible]).
func GroupID(id string) Recipient { return Recipient{RecipientKindGroup, id} }

// NewsletterID returns a channel with an id that ends in "@newsletter". Official numbers
// cannot send to channels ([CodeNotSupportedForMeta]).
func NewsletterID(id string) Recipient { return Recipient{RecipientKindNewsletter, id} }

// Kind returns the kind of the recipient, "" for the zero [Recipient].
func (r Recipient) Kind() RecipientKind { return r.kind }

// Value returns the phone number or the id as it was given.
func (r Recipient) Value() string { return r.value }

// validate refuses an invalid recipient. The error never shows the value.
func (r Recipient) validate() error {
	const field = "To"
	switch {
	case r.kind == "" || strings.TrimSpace(r.value) == "":
		return invalid(field, "a recipient is required: Phone, UserID, GroupID or NewsletterID")
	case r.kind == RecipientKindPhone:
		return checkPhone(field, r.value)
	}
	return checkID(field, r.value)
}

// checkID refuses blanks at the ends of an id and invisible characters, which come from
// copied documents and forms. The API checks everything else.
func checkID(field, id string) error {
	if strings.ContainsFunc(id, unicode.IsControl) || !utf8.ValidString(id) {
		return invalid(field, "a recipient is valid UTF-8 without control characters")
	}
	if err := checkEnds(field, id); err != nil {
		return err
	}
	for _, r := range id {
		if r != ' ' && unicode.In(r, unicode.Cf, unicode.Z) {
			return invalid(field, fmt.Sprintf("it has the character %U, which cannot be seen in an id; cut it out", r))
		}
	}
	return nil
}

// String returns the kind of the recipient, without the number or id.
func (r Recipient) String() string {
	if !r.kind.isKnown() {
		return "no recipient"
	}
	return string(r.kind) + " " + redacted
}

// Format writes String, whatever the verb.
func (r Recipient) Format(f fmt.State, _ rune) { printText(f, r.String()) }

// GoString returns String.
func (r Recipient) GoString() string { return r.String() }

// LogValue returns String.
func (r Recipient) LogValue() slog.Value { return slog.StringValue(r.String()) }

// storedRecipient is the stored form of a Recipient.
type storedRecipient struct {
	Kind  RecipientKind `json:"kind"`
	Value string        `json:"value"`
}

// MarshalJSON encodes the kind and the value, and the zero [Recipient] as null. It shows
// the phone number: it is for storage.
func (r Recipient) MarshalJSON() ([]byte, error) {
	if r == (Recipient{}) {
		return []byte("null"), nil
	}
	return json.Marshal(storedRecipient{r.kind, r.value})
}
