package pilotstatus

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const testWebhookSecret = "example-numbers-secret"

// The signatures were computed with
//
//	printf '%s' "$body" | openssl dgst -sha256 -hmac "$secret"
//
// and the first four stand in the reference of the API too.
func signatureVectors() []struct{ secret, body, signature string } {
	return []struct{ secret, body, signature string }{
		{testWebhookSecret, `{"event":"ping.example"}`, "96b21c8b9c28e63c6944aa009819a7ddaae59239dcb902e8bea13f18f86d4a2e"},
		{testWebhookSecret, `{"event": "ping.example"}`, "4b64c50268ceed39ad47955a3a7f1f436235cef40a1e3d73818ff776fa2b541f"},
		{
			testWebhookSecret, `{"event":"message.received","data":{"content":"Olá / <b>&"}}`,
			"4c7d8eebf3fedd26d7d8fc62f1999a5ca8fb8fc72a0731d9c3ac3745f468a00b",
		},
		{
			"plwh_example0001", `{"id":"evt_ex09","event":"phone_line.canceled"}`,
			"98e2ede42e72ec32fc8595d59b6840c0026e811ba9104d8a706f317a33aedb30",
		},
		{
			testWebhookSecret, `{"event":"message.received","data":{"content":"Olá @Lívia / <b>&</b> 😀"}}`,
			"30be717ece3a049810278071d61242d579e201a735869d751beb2aebc2f9af12",
		},
		{
			testWebhookSecret, `{"event":"message.received","data":{"content":"Ol\u00e1 \/ \u003cb\u003e \ud83d\ude00"}}`,
			"9e5773761c85c022a63528c9e4f6d28c2302e4c383f93d723d0e43cc65be0e92",
		},
	}
}

func TestVerifySignature(t *testing.T) {
	t.Parallel()
	for _, v := range signatureVectors() {
		body := []byte(v.body)
		for _, header := range []string{
			v.signature, strings.ToUpper(v.signature), "sha256=" + v.signature, "SHA256=" + v.signature, "  " + v.signature + "\t",
			strings.Repeat("0", 64) + ", sha256=" + v.signature,
		} {
			require.NoError(t, VerifySignature(body, header, v.secret), header)
			require.NoError(t, VerifySignature(body, header, "an-older-secret", v.secret), header)
			require.ErrorIs(t, VerifySignature(body, header, "another-secret"), ErrInvalidSignature)
		}
		for i := range body {
			changed := append([]byte(nil), body...)
			changed[i] ^= 1
			require.ErrorIs(t, VerifySignature(changed, v.signature, v.secret), ErrInvalidSignature)
		}
		require.ErrorIs(t, VerifySignature(append(body, '\n'), v.signature, v.secret), ErrInvalidSignature)
	}
}

func TestVerifySignatureRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	v := signatureVectors()[0]
	for _, header := range []string{
		"", " ", ",", "é", v.signature[:62], v.signature + "00", "1" + v.signature[1:], "sha1=" + v.signature,
		"sha256=", "sha256=sha256=" + v.signature, strings.Repeat("z", 64),
		strings.Repeat(strings.Repeat("0", 64)+",", maxSignatures) + v.signature,
	} {
		require.ErrorIs(t, VerifySignature([]byte(v.body), header, v.secret), ErrInvalidSignature, header)
	}
}

// Without a secret nothing is ever verified, whatever was sent.
func TestVerifySignatureNeedsASecret(t *testing.T) {
	t.Parallel()
	// The signature of the body with an empty key.
	const empty = "sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
	requireValidation(t, VerifySignature(nil, empty), "secrets")
	requireValidation(t, VerifySignature(nil, empty, ""), "secrets")
	requireValidation(t, VerifySignature(nil, empty, " ", "real"), "secrets")
	requireValidation(t, VerifySignature(nil, empty, "real", ""), "secrets")
	assert.NotErrorIs(t, VerifySignature(nil, empty, ""), ErrInvalidSignature)
}

func FuzzVerifySignature(f *testing.F) {
	for _, v := range signatureVectors() {
		f.Add([]byte(v.body), v.signature)
		f.Add([]byte(v.body), "sha256="+v.signature)
	}
	f.Fuzz(func(t *testing.T, payload []byte, header string) {
		const secret = "a-secret-that-the-fuzzer-does-not-know"
		if err := VerifySignature(payload, header, secret); err == nil {
			t.Fatalf("%q was taken for a signature", header)
		}
	})
}

// unfitProofs are what secret stores, terminals and documents make of a secret or token.
func unfitProofs() map[string]string {
	return map[string]string{
		"empty": "", "blank": " \t", "line break at the end": "whsec-0123456789\n", "carriage return": "whsec-0123456789\r\n",
		"blank in front": " whsec-0123456789", "blank inside": "whsec 0123456789", "NUL": "whsec-\x000123456789",
		"DEL": "whsec-0123456789\x7f", "byte order mark": "\ufeffwhsec-0123456789", "zero-width space": "whsec-0123456789\u200b",
		"no-break space": "whsec-0123456789\u00a0", "redacted": redacted, "printed": "ps_…wxyz", "not UTF-8": "whsec-\xff0123456789",
	}
}

// What no sender can prove itself with is refused where it is configured, instead of
// every delivery later.
func TestWebhookProofsAreChecked(t *testing.T) {
	t.Parallel()
	handle := func(context.Context, Event) error { return nil }
	for name, unfit := range unfitProofs() {
		for _, opt := range []WebhookOption{
			WithWebhookSecret(unfit), WithWebhookSecret("whsec-0123456789", unfit), WithWebhookToken(unfit),
		} {
			_, err := NewWebhookHandler(handle, opt)
			var invalid *ValidationError
			require.ErrorAs(t, err, &invalid, name)
			assert.NotContains(t, err.Error(), "0123456789", name)
		}
		if !isRedacted(unfit) {
			_, err := NewWebhookHandler(handle, WithUnverifiedWebhooks(), WithWebhookConsumer(unfit))
			requireValidation(t, err, "name")
		}
		requireValidation(t, VerifySignature(nil, "", unfit), "secrets")
	}
}

// Without an own process the mode of FIPS 140 cannot be set.
func TestWebhookSecretInFIPSMode(t *testing.T) {
	t.Parallel()
	const inside = "PILOT_STATUS_TEST_FIPS"
	if os.Getenv(inside) == "" {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$")
		command.Env = append(os.Environ(), inside+"=1", "GODEBUG=fips140=only")
		output, err := command.CombinedOutput()
		require.NoError(t, err, "%s", output)
		return
	}
	const short, long = "thirteen-byte", "fourteen-bytes"
	handle := func(context.Context, Event) error { return nil }
	_, err := NewWebhookHandler(handle, WithWebhookSecret(short))
	requireValidation(t, err, "secrets")
	require.ErrorContains(t, err, "14 bytes")
	requireValidation(t, VerifySignature(nil, strings.Repeat("0", 64), long, short), "secrets")
	h, err := NewWebhookHandler(handle, WithWebhookSecret(long))
	require.NoError(t, err)
	r := webhookRequest(t.Context(), testDelivery)
	r.Header.Set(SignatureHeader, signWebhook(testDelivery, long))
	assert.Equal(t, http.StatusOK, deliver(t, h, r))
}
