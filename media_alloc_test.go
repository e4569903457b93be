//go:build !race

// The race detector keeps the compiler from growing slices in one step, and takes its
// time over large texts.

package pilotstatus

import (
	"encoding/base64"
	"io"
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

// A download whose length is known holds its text once, also with escapes in it.
func TestDownloadHoldsTheTextOnce(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	file := testFile(8 << 20)
	plain := base64.StdEncoding.EncodeToString(file)
	for name, text := range map[string]string{
		"plain":   plain,
		"escaped": strings.NewReplacer("/", `\/`, "+", `\u002b`).Replace(plain),
	} {
		answer := `{"base64":"data:image/png;base64,` + text + `","mimeType":"image/png","fileName":null,"mediaId":"880011"}`
		client := benchClient(t, testBase, mediaTransport{strings.NewReader(answer), int64(len(answer))})
		bytes := allocated(func() {
			info, err := client.Media.Download(t.Context(), testDownload(), io.Discard)
			require.NoError(t, err)
			require.Equal(t, int64(len(file)), info.Size)
		})
		assert.Less(t, bytes, uint64(len(answer))*5/4, "%s: a text of %d bytes", name, len(answer))
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
