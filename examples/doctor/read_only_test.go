package main

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every read of the API is made, or left out with a reason; nothing else is.
func TestOnlyReads(t *testing.T) {
	t.Parallel()
	fake := newFake(t)
	before := len(fake.Requests())
	r := examine(t.Context(), ofFake(fake), time.Now)
	asked := map[string]bool{}
	for _, request := range fake.Requests()[before:] {
		assert.Equal(t, http.MethodGet, request.Method)
		assert.Empty(t, request.Body)
	}
	for _, o := range r.operations {
		asked[o.name] = true
	}
	for _, o := range leftOut() {
		assert.False(t, asked[o.operation], o.operation)
		asked[o.operation] = true
	}
	table, err := os.ReadFile("../../testdata/operations.csv")
	require.NoError(t, err)
	reads := 0
	for line := range strings.Lines(string(table)) {
		if fields := strings.Split(line, ","); len(fields) > 1 && fields[1] == http.MethodGet {
			reads++
			assert.True(t, asked[fields[0]], "%s is neither examined nor left out", fields[0])
		}
	}
	assert.Len(t, asked, reads+1, "CheckKey and the reads of the table")
}

// The transport refuses what could change something or show a key, whoever asks.
func TestTapeOnlyReads(t *testing.T) {
	t.Parallel()
	fake := newFake(t)
	before := len(fake.Requests())
	client := &http.Client{Transport: &tape{next: http.DefaultTransport, now: time.Now}}
	for _, test := range []struct{ method, path string }{
		{http.MethodPost, "/v1/messages/send"},
		{http.MethodDelete, "/v1/numbers/num_1"},
		{http.MethodPatch, "/v1/numbers/num_1"},
		{http.MethodGet, "/v1/api-keys"},
		{http.MethodGet, "/v1/numbers/num_1/connect"},
		{http.MethodGet, "/v1/media/1"},
		{http.MethodGet, "/v1/phone-lines/activations/1/audio"},
		{http.MethodGet, "/v1/remote-pairing/token/status"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), test.method, fake.URL+test.path, nil)
		require.NoError(t, err)
		resp, err := client.Do(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		require.ErrorIs(t, err, errNotReadOnly, test.path)
	}
	assert.Len(t, fake.Requests(), before)
}
