package emulator_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
)

// sse is an open event stream.
type sse struct {
	lines *bufio.Scanner
	close context.CancelFunc
	resp  *http.Response
}

func (s *site) stream(t *testing.T, query, lastID string) *sse {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/emulator/v1/events"+query, http.NoBody)
	require.NoError(t, err)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	t.Cleanup(func() { resp.Body.Close() })
	return &sse{bufio.NewScanner(resp.Body), cancel, resp}
}

// next reads an event.
func (s *sse) next(t *testing.T) (kind, id string, data object) {
	t.Helper()
	for s.lines.Scan() {
		name, value, _ := strings.Cut(s.lines.Text(), ": ")
		switch name {
		case "event":
			kind = value
		case "id":
			id = value
		case "data":
			require.NoError(t, json.Unmarshal([]byte(value), &data))
		case "":
			if kind != "" {
				return kind, id, data
			}
		}
	}
	return "", "", nil
}

func TestStream(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{ManualTicks: true})
	live := s.stream(t, "", "")
	assert.Equal(t, "text/event-stream", live.resp.Header.Get("Content-Type"))
	assert.Equal(t, "no", live.resp.Header.Get("X-Accel-Buffering"))
	assert.Equal(t, "no-store, no-transform", live.resp.Header.Get("Cache-Control"))
	kind, _, hello := live.next(t)
	assert.Equal(t, "hello", kind)
	assert.EqualValues(t, 0, hello["seq"])

	id := s.send(t, "+5511999990001")
	kind, _, change := live.next(t)
	assert.Equal(t, "change", kind)
	assert.Equal(t, "message", change["kind"])
	assert.Equal(t, id, change["id"])
	_, last, change := live.next(t)
	assert.Equal(t, "request", change["kind"])

	// After a break it goes on behind the last event.
	live.close()
	second := s.send(t, "+5511999990001")
	for _, again := range []*sse{s.stream(t, "", last), s.stream(t, "?after="+last, "")} {
		kind, _, _ = again.next(t)
		assert.Equal(t, "hello", kind)
		_, _, change = again.next(t)
		assert.Equal(t, second, change["id"])
	}
}

// A stream that cannot go on says so, and goes on from now.
func TestStreamGap(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{ManualTicks: true})
	for _, last := range []string{"another0-17", "nonsense", s.Default().Cursor(99)} {
		again := s.stream(t, "", last)
		kind, _, _ := again.next(t)
		assert.Equal(t, "hello", kind)
		kind, _, gap := again.next(t)
		assert.Equal(t, "gap", kind, last)
		assert.Contains(t, gap["reason"], "started again")
		id := s.send(t, "+5511999990001")
		_, _, change := again.next(t)
		assert.Equal(t, id, change["id"])
		again.close()
	}
	// More changes than the engine remembers.
	begin := s.Default().Cursor(1)
	for range 9_000 {
		s.Default().Engine.Advance(1)
	}
	slow := s.stream(t, "", begin)
	slow.next(t)
	kind, _, gap := slow.next(t)
	assert.Equal(t, "gap", kind)
	assert.Contains(t, gap["reason"], "too slow")
}

// Open streams are bounded, and the rest works on.
func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{Streams: 3})
	var open []*sse
	for range 3 {
		one := s.stream(t, "", "")
		kind, _, _ := one.next(t)
		assert.Equal(t, "hello", kind)
		open = append(open, one)
	}
	for range 20 {
		refused := s.stream(t, "", "")
		assert.Equal(t, http.StatusServiceUnavailable, refused.resp.StatusCode)
		assert.Equal(t, "5", refused.resp.Header.Get("Retry-After"))
		assert.Contains(t, textOf(t, refused.resp), "TOO_MANY_STREAMS")
	}
	s.send(t, "+5511999990001")
	open[0].close()
	assert.Eventually(t, func() bool {
		again := s.stream(t, "", "")
		defer again.close()
		return again.resp.StatusCode == http.StatusOK
	}, assertWithin, assertEvery)
}

// A stream ends with the emulator.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	live := s.stream(t, "", "")
	live.next(t)
	s.Close()
	kind, _, _ := live.next(t)
	assert.Empty(t, kind)
}
