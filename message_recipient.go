package pilotstatus

import (
	"fmt"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// Recipient is where a message goes: a phone number, a contact, a group or a channel. Make
// it with Phone, [UserID], [GroupID] or [NewsletterID]. It goes to the API byte for byte;
// in particular no ninth digit is added or removed. A send refuses an id with blanks at its
// ends or invisible characters in it. It prints and logs its kind only. Its JSON shows
// everything and is for storage.
type Recipient struct {
	kind  RecipientKind
	value string
}

// RecipientKind is what a Recipient names. The zero value is no recipient.
type RecipientKind string

// The kinds of recipients.
const (
	RecipientKindPhone      RecipientKind = "phone"
	RecipientKindUser       RecipientKind = "user"
	RecipientKindGroup      RecipientKind = "group"
	RecipientKindNewsletter RecipientKind = "newsletter"
)

// isKnown reports whether this version has the kind.
func (k RecipientKind) isKnown() bool {
	switch k {
	case RecipientKindPhone, RecipientKindUser, RecipientKindGroup, RecipientKindNewsletter:
		return true
	}
	return false
}

// Phone returns the recipient with that phone number, in E.164 form with the
// leading "+". Use the form that the API returned, where it returned one. A send refuses
// a number with anything but a + in front, digits, inner blanks and - ( ) . in it, and
// one that has fewer than 8 or more than 15 digits.
func Phone(number string) Recipient { return Recipient{RecipientKindPhone, number} }

// UserID returns the contact with that durable id, for contacts whose phone number is
// hidden: a BSUID, as in "BR.900100200300", or a LID, as in "900100200300@lid".
func UserID(id string) Recipient { return Recipient{RecipientKindUser, id} }

// GroupID returns the group with that id, which ends in "@g.us". An official
// number needs a business account that is approved for groups
// ([CodeMetaGroupsNotEligible]).
func GroupID(id string) Recipient { return Recipient{RecipientKindGroup, id} }

// NewsletterID returns the channel with that id, which ends in "@newsletter".
// Official numbers cannot send to channels ([CodeNotSupportedForMeta]).
func NewsletterID(id string) Recipient { return Recipient{RecipientKindNewsletter, id} }

// Kind returns what the recipient is, "" for the zero Recipient.
func (r Recipient) Kind() RecipientKind { return r.kind }

// Value returns the phone number or the id, as it was given.
func (r Recipient) Value() string { return r.value }

// validate refuses a recipient that is none. It never shows the value.
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

// checkID refuses an id with characters that a document or a form puts around one, and that
// nobody sees. What else an id may be, the API decides.
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

// String says what kind of recipient it is, without the number or id.
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

// storedRecipient is a Recipient in storage.
type storedRecipient struct {
	Kind  RecipientKind `json:"kind"`
	Value string        `json:"value"`
}

// MarshalJSON writes the kind and the value, null for the zero Recipient. It shows the
// number: it is for storage.
func (r Recipient) MarshalJSON() ([]byte, error) {
	if r == (Recipient{}) {
		return []byte("null"), nil
	}
	return json.Marshal(storedRecipient{r.kind, r.value})
}
