package pilotstatustest

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A server knows the token in the path of each operation that needs no key, and looks
// nowhere else for one.
func TestKnowsByPath(t *testing.T) {
	t.Parallel()
	fake := NewServer(t)
	st := fake.state
	token := fake.Tenant().PairingLink("num_1")
	onboarding := "onboarding-token"
	st.workspace.signups[onboarding] = new(signup)
	_, err := fake.Number("num_1").As("+5511999999999").SendFile(File{Kind: "image"}, "")
	require.NoError(t, err)
	file := st.media.sent[0].key.mediaID
	tokens := map[string]string{"files": file, "remote-pairing": token, "meta-embedded": onboarding}

	tried := 0
	for _, r := range routes() {
		if r.scope != scopePublic {
			continue
		}
		tried++
		for word, secret := range tokens {
			path := strings.Join(r.path, "/")
			if !strings.Contains(path, word) {
				continue
			}
			at := strings.Index(path, "{")
			end := strings.Index(path, "}")
			assert.True(t, fake.Knows(httptest.NewRequest(r.method, path[:at]+secret+path[end+1:], nil)), path)
			assert.False(t, fake.Knows(httptest.NewRequest(r.method, path[:at]+"x"+path[end+1:], nil)), path)
			assert.False(t, fake.Knows(httptest.NewRequest(r.method, "/v1/a/b/c/"+secret, nil)))
		}
	}
	assert.Equal(t, 5, tried)
}
