package pilotstatus

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A file is the same however its answer is cut, also inside of escapes, and another long
// text beside it changes nothing.
func TestLongTextsInPieces(t *testing.T) {
	t.Parallel()
	file := testFile(2*maxInlineText + 1)
	plain := base64.StdEncoding.EncodeToString(file)
	note := strings.Repeat(`a \" \\ b#0`, maxInlineText/8)
	for name, text := range map[string]string{
		"plain":       plain,
		"slashes":     strings.ReplaceAll(plain, "/", `\/`),
		"all escaped": strings.NewReplacer("+", `\u002B`, "=", `\u003d`, "A", `\u0041`, "/", `\u002f`).Replace(plain),
		"lines":       strings.Join(chunks(plain, 76), `\r\n`),
		"data URI":    "data:image\\/png;base64," + plain,
	} {
		answer := `{"note":"` + note + `","base64":"` + text + `","mimeType":"image/png","fileName":"a\"b","more":"` + note + `"}`
		for _, reader := range []io.Reader{strings.NewReader(answer), iotest.OneByteReader(strings.NewReader(answer)), iotest.HalfReader(strings.NewReader(answer))} {
			var got mediaAnswer
			var rest bytes.Buffer
			_, err := io.Copy(got.cutTexts(&rest), reader)
			require.NoError(t, err)
			require.NoError(t, got.readAnswer(rest.Bytes()), name)
			var written bytes.Buffer
			require.NoError(t, got.file.writeTo(&written))
			require.True(t, bytes.Equal(file, written.Bytes()), name)
			assert.Equal(t, `a"b`, got.FileName)
			assert.Less(t, rest.Len(), 4*maxInlineText)
		}
	}
}

// The head of a data URI may have the character that marks a text that was cut out, and a
// short text is never taken for such a mark.
func TestTextsLikeAMark(t *testing.T) {
	t.Parallel()
	file := testFile(maxInlineText)
	plain := base64.StdEncoding.EncodeToString(file)
	got, err := readMedia(t, `{"base64":"data:image/png;name=#7;base64,`+plain+`"}`)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(file, got))
	_, err = readMedia(t, `{"note":"`+plain+`","base64":"#0"}`)
	require.ErrorIs(t, err, errNotBase64)
}

// A text is never cut inside of an escape, whatever stands before it.
func TestTextsCutBetweenEscapes(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		for _, escape := range []string{`\\`, `\"`, `\u00e9`, `\\\u00e9`} {
			note := strings.Repeat("x", maxInlineText-8+n) + strings.Repeat(escape, 9)
			got, err := readMedia(t, `{"note":"`+note+`","base64":"QUJD"}`)
			require.NoError(t, err, "%d %s", n, escape)
			assert.Equal(t, "ABC", string(got))
		}
	}
}

func readMedia(t *testing.T, answer string) ([]byte, error) {
	t.Helper()
	var got mediaAnswer
	var rest, file bytes.Buffer
	_, err := got.cutTexts(&rest).Write([]byte(answer))
	require.NoError(t, err)
	if err := got.readAnswer(rest.Bytes()); err != nil {
		return nil, err
	}
	require.NoError(t, got.file.writeTo(&file))
	return file.Bytes(), nil
}
