package pilotstatustest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Unknown members beside a file are all noted, and what is looked at for that has no file.
func TestUnknownBesideAFile(t *testing.T) {
	t.Parallel()
	fake := NewServer(t)
	media := strings.Repeat("A", 1<<20)
	note := func(body string) []string {
		fake.mu.Lock()
		defer fake.mu.Unlock()
		c := &call{state: fake.state, route: &fake.routes[0], body: []byte(body)}
		var in sendRequest
		require.NoError(t, c.decode(&in))
		assert.Equal(t, media, *in.Media)
		return c.unknown
	}
	start := `{"destinationNumber":"+5511999999999","media":"` + media + `"`
	assert.Equal(t, []string{"p", "q", "r"}, note(start+`,"p":1,"q":{"media":"`+media+`"},"r":["`+media+`"]}`))
	assert.Equal(t, []string{"p"}, note(start+`,"p":[1`+strings.Repeat(",1", maxLook)+`],"q":1,"r":2}`), "not again and again through a large one")

	var tree any
	require.NoError(t, json.Unmarshal([]byte(`{"a":["`+media+`"],"b":{"c":"`+media+`"}}`), &tree))
	assert.Less(t, len(encode(shorten(tree))), 300)
}

// The files that persons sent are as many as messages.
func TestFilesAreCounted(t *testing.T) {
	t.Parallel()
	fake := NewServer(t, WithKeep(3))
	for range 10 {
		_, err := fake.Number("num_1").As("+5511999999999").SendFile(File{Kind: "image"}, "")
		require.NoError(t, err)
	}
	assert.Len(t, fake.state.media.files, 3)
	assert.Equal(t, 7, fake.Lost().Files)
}
