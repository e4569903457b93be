package main

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// counting counts the requests that reach a transport, and their bytes.
type counting struct {
	to              http.RoundTripper
	requests, bytes atomic.Int64
	method          atomic.Value
}

func (c *counting) RoundTrip(req *http.Request) (*http.Response, error) {
	c.requests.Add(1)
	c.method.Store(req.Method)
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	c.bytes.Add(int64(len(body)))
	req.Body = io.NopCloser(strings.NewReader(string(body)))
	return c.to.RoundTrip(req)
}

// Each client sends one POST with a body and returns the id of the answer, in both places.
func TestEachClientSendsOnce(t *testing.T) {
	t.Parallel()
	for _, p := range peers() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			overLoopback, stop, err := serve(p.answer)
			require.NoError(t, err)
			defer stop()
			for _, to := range []http.RoundTripper{stub(p.answer), overLoopback} {
				seen := &counting{to: to}
				call, err := p.open(seen)
				require.NoError(t, err)
				for n := range int64(2) {
					id, err := call(t.Context())
					require.NoError(t, err)
					assert.Equal(t, p.id, id)
					assert.Equal(t, n+1, seen.requests.Load())
				}
				assert.Equal(t, http.MethodPost, seen.method.Load())
				t.Logf("request %d bytes, answer %d bytes", seen.bytes.Load()/2, len(p.answer.body))
				assert.InDelta(t, 120, seen.bytes.Load()/2, 80, "bytes of the body")
			}
		})
	}
}

// Each client sees an answer of failure: none of them makes up its id.
func TestEachClientReadsTheAnswer(t *testing.T) {
	t.Parallel()
	for _, p := range peers() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			call, err := p.open(stub{http.StatusBadRequest, `{"error":{"message":"refused"}}`})
			require.NoError(t, err)
			id, err := call(t.Context())
			require.Error(t, err)
			assert.Empty(t, id)
		})
	}
}

func TestTableAndChart(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	dir := t.TempDir()
	svg, readme := filepath.Join(dir, "send.svg"), filepath.Join(dir, "README.md")
	require.NoError(t, os.WriteFile(readme, []byte("before\n<!-- table -->\nold\n<!-- end of the table -->\nafter\n"), 0o600))
	result, err := measure(t.Context(), peers(), 1, time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, result.write(svg, readme))

	document, err := os.ReadFile(readme)
	require.NoError(t, err)
	assert.Regexp(t, `(?s)^before\n<!-- table -->\n.*\n<!-- end of the table -->\nafter\n$`, string(document))
	assert.NotContains(t, string(document), "old")
	assertTable(t, string(document))
	for _, r := range result.rows {
		assert.Positive(t, r.allocations, r.name)
		assert.NotEqual(t, "unknown", r.version(), r.name)
	}

	chart, err := os.ReadFile(svg)
	require.NoError(t, err)
	assertChart(t, string(chart))
}

// The table and the chart of the repository have every client that is measured.
func TestCheckedIn(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("README.md")
	require.NoError(t, err)
	assertTable(t, string(document))
	chart, err := os.ReadFile("send.svg")
	require.NoError(t, err)
	assertChart(t, string(chart))
}

func TestWithTableWantsBothMarks(t *testing.T) {
	t.Parallel()
	for _, document := range []string{"", "<!-- table -->\n", "<!-- end of the table -->"} {
		_, err := withTable(document, "table")
		assert.Error(t, err, document)
	}
}

// assertTable looks for one row of five cells for each client, in their order.
func assertTable(t *testing.T, document string) {
	t.Helper()
	_, document, found := strings.Cut(document, "<!-- table -->")
	require.True(t, found)
	document, _, found = strings.Cut(document, "<!-- end of the table -->")
	require.True(t, found)
	var names []string
	for line := range strings.Lines(document) {
		if cells := strings.Split(strings.TrimSpace(line), "|"); len(cells) > 1 {
			assert.Len(t, cells, 7, line)
			names = append(names, strings.TrimSpace(cells[1]))
		}
	}
	want := []string{"client", "------------------"}
	for _, p := range peers() {
		want = append(want, p.name)
	}
	assert.Equal(t, want, names)
}

// assertChart reads the XML to its end and looks for the name of each client and for its two bars.
func assertChart(t *testing.T, chart string) {
	t.Helper()
	bars := 0
	for decoder := xml.NewDecoder(strings.NewReader(chart)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "rect" {
			bars++
		}
	}
	assert.Equal(t, 1+2*len(peers()), bars, "the ground and two bars for each client")
	for _, p := range peers() {
		assert.Contains(t, chart, ">"+p.name+"<")
	}
	assert.NotContains(t, chart, "NaN")
	assert.NotContains(t, chart, "Inf")
}
