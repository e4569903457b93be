package pilotstatustest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// A program in a container reaches the server by another name than the person before the
// screen; the link that it gets has to lead somewhere from there.
func TestFileLinkHasTheHostOfTheProgram(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.New()
	defer fake.Close()
	fake.URL = "http://127.0.0.1:4010"
	ask := func(host, key string) {
		r := httptest.NewRequest(http.MethodGet, "/v1/messages/x", http.NoBody)
		r.Host = host
		r.Header.Set("X-Api-Key", key)
		fake.ServeHTTP(httptest.NewRecorder(), r)
	}
	link := func() string {
		id, err := fake.Number("num_1").As("+5511999999999").SendFile(pilotstatustest.File{Kind: "image"}, "")
		require.NoError(t, err)
		m, err := fake.Message(id)
		require.NoError(t, err)
		return m.Content.Media.URL
	}
	assert.True(t, strings.HasPrefix(link(), "http://127.0.0.1:4010/files/"))
	ask("emulator:4010", fake.NumberKey("num_1"))
	ask("elsewhere:4010", "ps_a_key_that_is_not_there")
	assert.True(t, strings.HasPrefix(link(), "http://emulator:4010/files/"))
	fake.URL = "https://127.0.0.1:4010/below"
	assert.True(t, strings.HasPrefix(link(), "https://emulator:4010/below/files/"))
	fake.URL = ""
	assert.True(t, strings.HasPrefix(link(), "/files/"))
}

// A page at the same address can be made to load what a person sent as its script or style.
func TestFileIsNeverAScript(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	for kind, want := range map[string]string{
		"text/javascript": "application/octet-stream", "Application/X-ECMAScript": "application/octet-stream",
		"text/css; charset=utf-8": "application/octet-stream", "image/png": "image/png", "text/html": "text/html",
	} {
		id, err := fake.Number("num_1").As("+5511999999999").SendFile(pilotstatustest.File{Kind: "document", MimeType: kind}, "")
		require.NoError(t, err)
		m, err := fake.Message(id)
		require.NoError(t, err)
		resp := newCaller(t, m.Content.Media.URL, "").do(t, http.MethodGet, "", "")
		assert.Equal(t, want, resp.header.Get("Content-Type"))
		assert.Equal(t, "nosniff", resp.header.Get("X-Content-Type-Options"))
	}
}
