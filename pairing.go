package pilotstatus

import (
	"context"
	"encoding/json"
)

// PairingInfo describes a pairing link.
type PairingInfo struct {
	Valid         bool            `json:"valid"` // false: the link is of no use, see Reason
	Reason        string          `json:"reason"`
	Name          string          `json:"name"`
	MaskedNumber  string          `json:"maskedNumber"`
	Number        string          `json:"number"` // in place of MaskedNumber, in some answers
	State         ConnectionState `json:"state"`
	PrimaryLink   *LinkInfo       `json:"primaryLink"`
	SecondaryLink *LinkInfo       `json:"secondaryLink"` // nil on a number with one link
}

// UnmarshalJSON reads the answer and refuses one that does not say whether the link
// is valid: it would look dead.
func (p *PairingInfo) UnmarshalJSON(data []byte) error {
	type plain PairingInfo // without this method
	answer := struct {
		*plain
		Valid *bool `json:"valid"`
	}{plain: (*plain)(p)}
	if err := json.Unmarshal(data, &answer); err != nil {
		return err
	}
	if answer.Valid == nil {
		return errHasNoValid
	}
	p.Valid = *answer.Valid
	return nil
}

// PairingService is the pages on which a person pairs a phone. Its calls carry the
// token of the pairing link and no key, whichever client they are made on.
type PairingService struct{ client *Client }

// Info returns what a pairing link is for. A token that is used up, expired or
// unknown is a *NotFoundError or an answer with Valid false.
func (s PairingService) Info(ctx context.Context, token string) (*PairingInfo, error) {
	return invoke[PairingInfo](ctx, s.client, opPairingInfo, input{path: params{token}})
}
