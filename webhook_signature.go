package pilotstatus

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
)

// SignatureHeader is the header that carries the signature of a delivery: the hex
// HMAC-SHA256 of the raw body, with the webhook's secret as the key.
const SignatureHeader = "X-Pilot-Status-Signature"

// ErrInvalidSignature says that a delivery was not signed with any of the secrets:
// it is not from the API, or its body was changed on the way.
var ErrInvalidSignature = errors.New("pilotstatus: the signature does not match the body and the secrets")

const (
	signaturePrefix = "sha256="

	// maxSignatures is how many signatures of one header are looked at.
	maxSignatures = 8
)

// VerifySignature compares the signature of a delivery, the value of SignatureHeader,
// with its body. payload must be the bytes as they were received: JSON that was
// decoded and encoded again has another signature. One matching secret is enough, so
// that a secret can be changed without a gap. The hex may be in upper case, stand
// behind "sha256=", and be one of several between commas.
//
// The error is ErrInvalidSignature, or a *ValidationError where no secret, or an empty
// one, was given: nothing is ever verified then. A signature proves where a delivery
// comes from, not that it is new: see Event.DedupeKey.
func VerifySignature(payload []byte, signature string, secrets ...string) error {
	if err := validateSecrets(secrets); err != nil {
		return err
	}
	given := signatures(signature)
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(payload)
		want := mac.Sum(nil)
		for _, got := range given {
			if hmac.Equal(want, got) {
				return nil
			}
		}
	}
	return ErrInvalidSignature
}

func validateSecrets(secrets []string) error {
	if len(secrets) == 0 {
		return invalid("secrets", "a secret is required; without one every delivery would be let in")
	}
	for _, secret := range secrets {
		if strings.TrimSpace(secret) == "" {
			return invalid("secrets", "a secret is empty; with it anybody could sign")
		}
	}
	return nil
}

// signatures reads the signatures of a header, without those that cannot be one.
func signatures(header string) [][]byte {
	var all [][]byte
	for text := range strings.SplitSeq(header, ",") {
		if len(all) == maxSignatures {
			break
		}
		text = strings.TrimSpace(text)
		if len(text) > len(signaturePrefix) && strings.EqualFold(text[:len(signaturePrefix)], signaturePrefix) {
			text = text[len(signaturePrefix):]
		}
		if len(text) != hex.EncodedLen(sha256.Size) {
			continue
		}
		if signature, err := hex.DecodeString(text); err == nil {
			all = append(all, signature)
		}
	}
	return all
}
