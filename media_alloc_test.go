//go:build !race

// The race detector keeps the compiler from growing slices in one step, and takes its
// time over large texts.

package pilotstatus

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// allocated returns how many bytes f allocates. No other test may run meanwhile.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A download holds the file once, whether or not the length of its answer is known, and
// also with escapes in the text.
func TestDownloadHoldsTheFileOnce(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	file := testFile(64 << 20)
	plain := base64.StdEncoding.EncodeToString(file)
	for name, text := range map[string]string{
		"plain":   plain,
		"escaped": strings.NewReplacer("/", `\/`, "+", `\u002b`).Replace(plain),
	} {
		answer := `{"base64":"data:image/png;base64,` + text + `","mimeType":"image/png","fileName":null,"mediaId":"880011"}`
		for _, length := range []int64{int64(len(answer)), -1} {
			client := benchClient(t, testBase, mediaTransport{strings.NewReader(answer), length})
			hash := sha256.New()
			bytes := allocated(func() {
				info, err := client.Media.Download(t.Context(), testDownload(), hash)
				require.NoError(t, err)
				require.Equal(t, int64(len(file)), info.Size)
			})
			assert.Less(t, bytes, uint64(90<<20), "%s, length %d", name, length) // 67 MiB
			sum := sha256.Sum256(file)
			assert.Equal(t, sum[:], hash.Sum(nil))
		}
	}
}

// A data URI is made in one piece where the reader tells its size, and after one copy of
// the file elsewhere.
func TestDataURIHoldsTheTextOnce(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	file := testFile(64 << 20)
	stored, err := os.Create(filepath.Join(t.TempDir(), "file"))
	require.NoError(t, err)
	defer func() { _ = stored.Close() }()
	_, err = stored.Write(append([]byte("before"), file...))
	require.NoError(t, err)
	_, err = stored.Seek(int64(len("before")), io.SeekStart)
	require.NoError(t, err)
	text := base64.StdEncoding.EncodeToString(file)
	for name, test := range map[string]struct {
		reader io.Reader
		most   float64
	}{
		"Len":     {bytes.NewReader(file), 1.1},
		"Seek":    {stored, 1.1},
		"neither": {io.MultiReader(bytes.NewReader(file)), 2.2},
	} {
		var uri string
		bytes := allocated(func() { uri, err = DataURI(test.reader, "image/png") })
		require.NoError(t, err, name)
		require.True(t, uri == "data:image/png;base64,"+text, name) //nolint:testifylint // the text must not be printed
		assert.Less(t, float64(bytes), test.most*float64(len(text)), name)
	}
}

// The text of a file is copied once into the body of a message.
func TestSendHoldsTheTextOnce(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	source, err := DataURI(bytes.NewReader(testFile(16<<20)), "image/png")
	require.NoError(t, err)
	client := benchClient(t, testBase, stubTransport{})
	for name, content := range map[string]Content{
		"media":    MediaContent{Source: source, Type: MediaTypeImage},
		"template": TemplateContent{ID: "x", Media: &MessageMedia{Source: source, Type: MediaTypeImage}},
		"header":   TextContent{Body: "x", Header: &TextHeader{Type: TextHeaderTypeImage, Content: source}},
	} {
		bytes := allocated(func() {
			_, err = client.Messages.Send(t.Context(), SendRequest{To: Phone("+5511999990000"), Content: content})
		})
		require.NoError(t, err)
		assert.Less(t, float64(bytes), 1.4*float64(len(source)), name) // JSON v2 wants a quarter of room
	}
}

// A file that is larger than other answers may be is downloaded.
func TestDownloadAboveTheCommonLimit(t *testing.T) { //nolint:paralleltest // it takes memory
	answer := `{"base64":"` + strings.Repeat("QUJD", maxAnswer/4+1) + `"}`
	client := benchClient(t, testBase, mediaTransport{strings.NewReader(answer), -1})
	info, err := client.Media.Download(t.Context(), testDownload(), io.Discard)
	require.NoError(t, err)
	assert.Equal(t, int64(maxAnswer/4+1)*3, info.Size)
}
