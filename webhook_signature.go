package pilotstatus

import (
	"bytes"
	"crypto/fips140"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
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
// decoded and encoded again has another signature, and so has a body without its byte
// order mark. One matching secret is enough, so that a secret can be changed without a
// gap. The hex may be in upper case, stand behind "sha256=", and be one of several
// between commas.
//
// The error is ErrInvalidSignature, or a *ValidationError where no secret was given, or
// one that cannot be a secret: empty, with blanks, control characters or others than
// ASCII in it, a redacted form, or with Go's FIPS 140-only mode one of fewer than 14
// bytes. Nothing is ever verified then. A signature proves where a delivery comes from,
// not that it is new: see Event.DedupeKey.
func VerifySignature(payload []byte, signature string, secrets ...string) error {
	if err := validateSecrets(secrets); err != nil {
		return err
	}
	if match, err := isSigned(bytes.NewReader(payload), signatures(signature), secrets); err != nil || !match {
		return ErrInvalidSignature
	}
	return nil
}

// isSigned reports whether one of the signatures is that of the body with one of the
// secrets. The error is that of body.
func isSigned(body io.Reader, given [][]byte, secrets []string) (bool, error) {
	macs := make([]hash.Hash, len(secrets))
	all := make([]io.Writer, len(secrets))
	for i, secret := range secrets {
		macs[i] = hmac.New(sha256.New, []byte(secret))
		all[i] = macs[i]
	}
	if _, err := io.Copy(io.MultiWriter(all...), body); err != nil {
		return false, err
	}
	for _, mac := range macs {
		want := mac.Sum(nil)
		for _, got := range given {
			if hmac.Equal(want, got) {
				return true, nil
			}
		}
	}
	return false, nil
}

// minFIPSSecret is the shortest HMAC key in FIPS 140-only mode, in bytes. With a shorter
// one crypto/hmac panics.
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

// proofProblem says why a text cannot be a secret or a token, "" where it can. It never
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
