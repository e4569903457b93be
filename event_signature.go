package pilotstatus

import (
	"crypto/fips140"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// SignatureHeader is the header that carries the signature of a delivery: the hex
// HMAC-SHA256 of the raw body, with the webhook's secret as the key.
const SignatureHeader = "X-Pilot-Status-Signature"

// ErrInvalidSignature means that a delivery was not signed with any of the secrets. It is
// not from the API, or its body was changed on the way.
var ErrInvalidSignature = errors.New("pilotstatus: the signature does not match the body and the secrets")

const (
	signaturePrefix = "sha256="

	// maxSignatures is the number of signatures of one header that are checked.
	maxSignatures = 8
)

// VerifySignature compares the signature of a delivery, the value of [SignatureHeader],
// with its body. payload must be the received bytes: JSON that was decoded and encoded
// again has another signature, and so has a body without its byte order mark. One matching
// secret is enough, so that you can change a secret without a gap. The hex may be in upper
// case, follow "sha256=", and be one of several, separated by commas.
//
// The error is [ErrInvalidSignature], or a [*ValidationError] if there is no secret or an
// invalid one. A secret is invalid if it is empty, has blanks, control characters or
// characters beyond ASCII, is a redacted form, or, in Go's FIPS 140-only mode, has fewer
// than 14 bytes. Then nothing is verified. A signature proves the origin of a delivery, not
// that it is new: see [Event.DedupeKey].
func VerifySignature(payload []byte, signature string, secrets ...string) error {
	if err := validateSecrets(secrets); err != nil {
		return err
	}
	given := readSignatures(signature)
	s := newSigner(secrets)
	_, _ = s.Write(payload)
	if !s.matches(&given) {
		return ErrInvalidSignature
	}
	return nil
}

// signer signs one body with each secret. The handler keeps signers, because to set a key
// costs more than to sign a delivery.
type signer struct {
	macs []hash.Hash
	sum  [sha256.Size]byte // room for one signature
}

func newSigner(secrets []string) *signer {
	s := new(signer)
	for _, secret := range secrets {
		s.macs = append(s.macs, hmac.New(sha256.New, []byte(secret)))
	}
	return s
}

// Write appends a part of the body. It returns no error.
func (s *signer) Write(part []byte) (int, error) {
	for _, mac := range s.macs {
		_, _ = mac.Write(part)
	}
	return len(part), nil
}

// matches reports whether one of the signatures matches the body and one of the secrets.
func (s *signer) matches(given *signatures) bool {
	for _, mac := range s.macs {
		want := mac.Sum(s.sum[:0])
		for i := range given.count {
			if hmac.Equal(want, given.all[i][:]) {
				return true
			}
		}
	}
	return false
}

// reset makes the signer ready for another body.
func (s *signer) reset() {
	for _, mac := range s.macs {
		mac.Reset()
	}
}

// minFIPSSecret is the shortest HMAC key in FIPS 140-only mode, in bytes. crypto/hmac
// panics with a shorter one.
const minFIPSSecret = 112 / 8

func validateSecrets(secrets []string) error {
	if len(secrets) == 0 {
		return invalid("secrets", "a secret is required; without one every delivery would be let in")
	}
	for _, secret := range secrets {
		if problem := proofProblem(secret); problem != "" {
			return invalid("secrets", "a secret "+problem)
		}
		if len(secret) < minFIPSSecret && fips140.Enforced() {
			return invalid("secrets", fmt.Sprintf("a secret is too short for FIPS 140-only mode: it takes %d bytes or more", minFIPSSecret))
		}
	}
	return nil
}

// proofProblem returns the reason why a text cannot be a secret or a token, or "". It never
// shows the text.
func proofProblem(text string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return "is empty; with it anybody could send"
	case isRedacted(text):
		return "is in its printed form; use the value itself"
	case strings.TrimSpace(text) != text:
		return "begins or ends with a blank or a line break, which many secret stores add; trim it"
	case strings.ContainsFunc(text, notHeaderText):
		return "has blanks, line breaks or characters that are not ASCII; copy it again"
	}
	return ""
}

// signatures are the signatures of a header, without an allocation.
type signatures struct {
	all   [maxSignatures][sha256.Size]byte
	count int
}

// readSignatures reads the signatures of a header and skips invalid ones.
func readSignatures(header string) (read signatures) {
	for text := range strings.SplitSeq(header, ",") {
		if read.count == maxSignatures {
			break
		}
		text = strings.TrimSpace(text)
		if len(text) > len(signaturePrefix) && strings.EqualFold(text[:len(signaturePrefix)], signaturePrefix) {
			text = text[len(signaturePrefix):]
		}
		var digits [2 * sha256.Size]byte
		if len(text) != copy(digits[:], text) || len(text) != len(digits) {
			continue
		}
		if _, err := hex.Decode(read.all[read.count][:], digits[:]); err == nil {
			read.count++
		}
	}
	return read
}
