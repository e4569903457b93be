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
