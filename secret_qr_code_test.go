package pilotstatus

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func testPicture(t *testing.T) []byte {
	t.Helper()
	var picture bytes.Buffer
	require.NoError(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 21, 21))))
	return picture.Bytes()
}

func TestQRCodeIsAPicture(t *testing.T) {
	t.Parallel()
	picture := testPicture(t)
	data := base64.StdEncoding.EncodeToString(picture)
	const head = "data:image/png;base64,"
	for _, text := range []string{
		head + data,
		data,
		strings.TrimRight(data, "="),
		"DATA:image/PNG;Base64," + data,
		" \n" + head + "\r\n " + data[:20] + "\r\n" + data[20:40] + " \t" + data[40:] + "\n",
	} {
		got, err := QRCode{NewSecret(text)}.PNG()
		require.NoError(t, err, text)
		assert.Equal(t, picture, got)
	}
	var answer PairingCodes
	encoded, err := json.Marshal(map[string]string{"qrcodeBase64": head + data})
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(encoded, &answer))
	assert.Equal(t, head+data, answer.QRCode.Reveal())
	got, err := answer.QRCode.PNG()
	require.NoError(t, err)
	_, err = png.Decode(bytes.NewReader(got))
	require.NoError(t, err)
}

// What is no picture is an error that says what to do and shows nothing of it.
func TestQRCodeThatIsNone(t *testing.T) {
	t.Parallel()
	jpeg := base64.StdEncoding.EncodeToString([]byte("\xff\xd8\xff\xe0 a JPEG file"))
	for text, want := range map[string]error{
		"":                              errNoQRCode,
		"\n":                            errNoQRCode,
		"data:image/png;base64,":        errNotPNG,
		"data:image/png;base64,!!!":     errNotPNG,
		"data:image/png;base64," + jpeg: errNotPNG,
		"data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(testPicture(t)): errNotPNG,
		"data:image/png,iVBORw0KGgo=": errNotPNG,
		jpeg:                          errNotPNG,
		"iVBORw0K":                    errNotPNG, // the signature is cut
		"2@AbCdEf,GhIjKl,MnOpQr==":    errNotPNG, // what a QR code says, not its picture
		"data:image/png;base64":       errNotPNG,
	} {
		picture, err := QRCode{NewSecret(text)}.PNG()
		require.ErrorIs(t, err, want, text)
		assert.Nil(t, picture)
		assert.Contains(t, err.Error(), "connecting again makes a new QR code")
		if value := strings.TrimSpace(text); value != "" {
			assert.NotContains(t, err.Error(), value)
		}
	}
	assert.True(t, QRCode{}.IsZero())
	var null PairingCodes
	require.NoError(t, json.Unmarshal([]byte(`{"qrcodeBase64":null,"pairingCode":null}`), &null))
	assert.True(t, null.QRCode.IsZero())
	assert.True(t, null.isEmpty())
}

func TestQRCodeIsNotPrinted(t *testing.T) {
	t.Parallel()
	const data = "iVBORw0KGgoAAAANSUhEUg"
	code := QRCode{NewSecret("data:image/png;base64," + data)}
	bundle := PairingCodes{QRCode: code, PairingCode: NewSecret("KQ7M-2XWD")}
	created := CreatedNumber{PairingCodes: bundle, PrimaryDevice: &bundle, SecondaryDevice: &bundle}
	for _, value := range []any{
		code, &code, bundle, &bundle, created, &created, []PairingCodes{bundle}, map[string]QRCode{"code": code},
		PairingDevices{PairingCodes: bundle, SecondaryDevice: &bundle}, WaitConnectedOptions{Code: bundle}.Code,
	} {
		for _, form := range formsOfAnswer(t, value) {
			assert.NotContains(t, form, data)
			assert.NotContains(t, form, "base64,")
			assert.NotContains(t, form, "KQ7M")
		}
	}
	encoded, err := json.Marshal(code)
	require.NoError(t, err)
	assert.Equal(t, `"[redacted]"`, string(encoded))
	assert.Equal(t, redacted, code.String())
	// A stored print is no code.
	require.Error(t, json.Unmarshal(encoded, new(QRCode)))
}
