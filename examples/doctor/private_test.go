package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// collector keeps every text and number of every answer.
type collector struct {
	mu     sync.Mutex
	values map[string]bool
}

// RoundTrip implements http.RoundTripper.
func (c *collector) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var answer any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	_ = dec.Decode(&answer) // a page has no values
	c.mu.Lock()
	defer c.mu.Unlock()
	c.collect(answer)
	for segment := range strings.SplitSeq(r.URL.Path, "/") {
		c.values[segment] = true
	}
	return resp, nil
}

func (c *collector) collect(value any) {
	switch value := value.(type) {
	case map[string]any:
		for _, member := range value {
			c.collect(member)
		}
	case []any:
		for _, element := range value {
			c.collect(element)
		}
	case string:
		c.values[value] = true
	case json.Number:
		c.values[value.String()] = true
	}
}

// isPublic reports whether a value is a word of the API, or too short to mean anything.
func isPublic(value string) bool {
	for _, words := range knownWords() {
		if slices.Contains(words, value) {
			return true
		}
	}
	return len(value) < 4
}

// Nothing of the answers is in the report: no id, name, phone number, text, URL or key.
func TestReportHasNothingPrivate(t *testing.T) {
	t.Parallel()
	fake := newFake(t)
	fake.Number("num_1").Disconnect()
	logFailure(t, fake)
	values := &collector{values: map[string]bool{}}
	p := ofFake(fake)
	p.base = values
	text := examine(t.Context(), p, time.Now).String()
	searched := 0
	for value := range values.values {
		if isPublic(value) || isWordOfTheReport(value) {
			continue
		}
		searched++
		assert.NotContains(t, text, value)
	}
	assert.Greater(t, searched, 80)
	for _, secret := range []string{fake.NumberKey("num_1"), fake.NumberKey("num_2"), fake.TenantKey(), "whtoken", "11988887777", "Prado"} {
		assert.NotContains(t, text, secret)
	}
}

// isWordOfTheReport reports whether a segment of a path is a word of the report too.
func isWordOfTheReport(value string) bool {
	return slices.Contains([]string{"calls", "status", "numbers", "messages", "webhooks", "settings", "leads", "read", "name"}, value)
}

// An answer that arrives compressed is not compared, and that is said.
func TestCompressedAnswer(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := io.WriteString(w, `[{"id":"t1","sendable":true}]`)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	fake := newFake(t)
	fake.Inject(pilotstatustest.Fault{Op: "Templates.List", Body: packed.String(), Header: http.Header{"Content-Encoding": {"gzip"}}})
	p := ofFake(fake)
	base := &http.Transport{DisableCompression: true}
	t.Cleanup(base.CloseIdleConnections)
	p.base = base
	text := examine(t.Context(), p, time.Now).String()
	assert.Contains(t, text, "something left the answer compressed")
	assert.Contains(t, text, "1, 1 of them can be sent")
	assert.Contains(t, text, "0 differences")
}

// What a changed API puts where names and words belong is masked, and so is what it says
// in errors.
func TestMasks(t *testing.T) {
	t.Parallel()
	const phone, person = "+5511988887777", "Rita Prado"
	fake := newFake(t)
	fake.Inject(
		pilotstatustest.Fault{Op: "Templates.List", Body: `[{"id":"t1","category":"Rita Prado","sendable":true,"5511988887777":1,"Rita Prado":{"a":1}}]`},
		pilotstatustest.Fault{Op: "Inbox.History", Body: `{"messages":[{"id":"1","status":"` + phone + `","direction":"Rita"}]}`},
		pilotstatustest.Fault{Op: "Analytics.Dashboard", Body: `{"dailyMessages":[],"statusDistribution":{"Rita":"x"}}`},
		pilotstatustest.Fault{Op: "Groups.List", Status: http.StatusForbidden, Body: `{"error":"Rita Prado +5511988887777","code":"Rita Prado"}`},
		pilotstatustest.Fault{Op: "Calls.List", Status: http.StatusBadRequest, Body: `{"error":"Rita Prado +5511988887777"}`},
		pilotstatustest.Fault{Op: "Leads.List", Header: http.Header{"Content-Type": {"text/rita-prado-5511988887777"}}},
		pilotstatustest.Fault{Op: "Projects.List", Status: http.StatusConflict, Body: `{"error":"no","code":"RITA_5511988887777"}`},
		pilotstatustest.Fault{Op: "Newsletters.List", Reset: true, Times: -1},
	)
	r := examine(t.Context(), ofFake(fake), time.Now)
	text := r.String()
	for _, says := range []string{
		"$[].category: unknown TemplateCategory " + masked,
		"$[]." + masked + ": unknown member (a number)",
		"$.messages[].status: unknown MessageStatus " + masked,
		"$.messages[].direction: unknown MessageDirection " + masked,
		"$.statusDistribution{}: a text in place of a number",
		"unknown error code: 403 " + masked,
		"a content type " + masked,
		"unknown error code: 409 " + masked,
	} {
		assert.Contains(t, text, says)
	}
	for _, private := range []string{phone[1:], person, "rita"} {
		assert.NotContains(t, strings.ToLower(text), strings.ToLower(private))
	}
	require.Equal(t, 1, r.exitCode(), text)
}
