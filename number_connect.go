package pilotstatus

import (
	"errors"
	"strings"
)

var errHasNoState = errors.New("the answer has no state")

// isOpen reports whether the state is OPEN, in capitals or not.
func (s ConnectionState) isOpen() bool {
	return strings.EqualFold(string(s), string(ConnectionStateOpen))
}

// LinkBundle is what a person needs to pair one device link: a QR code to scan or a
// code to type on the phone. Whoever has it can pair a device, so it prints as
// redacted. Both may be missing.
type LinkBundle struct {
	QRCode      QRCode `json:"qrcodeBase64"`
	PairingCode Secret `json:"pairingCode"` // as in "ABCD-1234"
}

func (b LinkBundle) isEmpty() bool { return b.QRCode.IsZero() && b.PairingCode.IsZero() }

// isSame reports whether a person who sees b needs not see other.
func (b LinkBundle) isSame(other LinkBundle) bool {
	return b.QRCode.Equal(other.QRCode.Secret) && b.PairingCode.Equal(other.PairingCode)
}

// DualUpgrade is the second link of a number that got one.
type DualUpgrade struct {
	SecondaryLink LinkBundle `json:"secondaryLink"`
}

// NumberStatus is whether a number is connected.
type NumberStatus struct {
	ID    string          `json:"id"` // "" in some answers
	State ConnectionState `json:"state"`

	// Stale means that the provider did not answer and State is the last one that was
	// known, as it was at LastKnownAt. Older servers do not say.
	Stale       bool      `json:"stale"`
	CheckedAt   Timestamp `json:"checkedAt"`   // when a web number was asked; zero where Stale is true
	LastKnownAt Timestamp `json:"lastKnownAt"` // zero unless Stale is true

	// Experimental: IsFullyConnected says whether all links of the number are connected; nil where
	// the API does not say.
	IsFullyConnected *bool `json:"isFullyConnected"`
}

// Connected reports whether the number is ready: the state is OPEN, it is not an old
// one, and no other link of the number is still open to be paired.
func (s NumberStatus) Connected() bool {
	return s.State.isOpen() && !s.Stale && (s.IsFullyConnected == nil || *s.IsFullyConnected)
}

// check refuses an answer without a state: the number would look disconnected.
func (s *NumberStatus) check() error {
	if s.State == "" {
		return errHasNoState
	}
	return nil
}

// NumberLinkOptions are the options of Numbers.Connect and Numbers.Status.
type NumberLinkOptions struct {
	Secondary bool // the second link of a number that has two (Numbers.UpgradeToDual)
}

func (o NumberLinkOptions) query() queryValues {
	q := queryValues{}
	if o.Secondary {
		q.text("link", "secondary")
	}
	return q
}
