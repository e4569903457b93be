package pilotstatus

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const samples = "testdata/webhook_samples"

// sample is a row of the samples' list: a delivery and what our parser makes of it.
type sample struct {
	file, event, advice string
	paths               []string // that the API's official parser objects to
	payload             []byte
}

func webhookSamples(tb testing.TB) []sample {
	tb.Helper()
	file, err := os.Open(filepath.Join(samples, "manifest.csv"))
	require.NoError(tb, err)
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(tb, err)
	var all []sample
	for _, row := range rows[1:] {
		payload, err := os.ReadFile(filepath.Join(samples, row[0]))
		require.NoError(tb, err)
		all = append(all, sample{file: row[0], event: row[2], advice: row[5], paths: strings.Fields(row[4]), payload: payload})
	}
	require.Len(tb, all, 299)
	return all
}

// isRequired reports whether an event without that member is malformed.
func isRequired(event, path string) bool {
	member := strings.TrimPrefix(strings.TrimPrefix(path, "$.data."), "$.")
	switch {
	case path == "$" || path == "$.event" || path == "$.data":
		return true
	case strings.HasPrefix(event, "call."):
		return member == "status" || member == "timestamp"
	case strings.HasPrefix(event, "number."):
		return slices.Contains([]string{"numberId", "phone", "displayName", "createdAt"}, member)
	case event == EventLeadReceived:
		return slices.Contains(strings.Fields("leadId leadgenId whatsappNumberId pageId formId createdAt fields "+
			"fields[0] fields[0].key fields[0].values"), member)
	case event == EventMessageFailed && member == "error":
		return true
	case slices.Contains([]string{EventMessageReceived, EventMessageReply, EventMessageGroup, EventMessageNewsletter}, event) && member == "from":
		return true
	}
	return slices.Contains([]string{"numberId", "id", "fromMe", "createdAt", "to"}, member)
}

// adviceOf returns what our parser makes of a sample. The list calls a wrong type
// anywhere malformed; that is so for what is required only, and a time may be a number
// that a Timestamp reads.
func adviceOf(t *testing.T, s sample) string {
	t.Helper()
	required := func(path string) bool { return isRequired(s.event, path) }
	switch {
	case s.advice != "malformed":
		return s.advice
	case strings.HasSuffix(s.file, "createdAt_number.json") || strings.HasSuffix(s.file, "timestamp_number.json"):
		var time Timestamp
		require.NoError(t, time.UnmarshalJSON([]byte("1793718667")))
		if !time.IsZero() {
			return "typed"
		}
	case !slices.ContainsFunc(s.paths, required):
		return "odd"
	}
	return "malformed"
}

// Every sample is read as its row of the list says.
func TestParseEventSamples(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, s := range webhookSamples(t) {
		event, err := ParseEvent(s.payload)
		require.NotNil(t, event, s.file)
		assert.Equal(t, string(s.payload), string(event.Raw()), s.file)
		assert.NotEmpty(t, event.DedupeKey(), s.file)
		advice := adviceOf(t, s)
		seen[advice]++
		if advice == "malformed" {
			requireMalformed(t, s, event, err)
			continue
		}
		require.NoError(t, err, s.file)
		assert.Equal(t, s.event, event.EventName(), s.file)
		_, phoneLine := event.(*PhoneLineEvent)
		assert.Equal(t, advice == "phone_line", phoneLine, "%s: %T", s.file, event)
		assert.Equal(t, advice == "raw", isRawEvent(event), "%s: %T", s.file, event)
		if advice != "odd" {
			assert.Empty(t, event.Defects(), s.file)
			continue
		}
		require.Len(t, event.Defects(), 1, s.file)
		assert.Equal(t, s.paths, strings.Fields(event.Defects()[0])[:1], s.file)
	}
	assert.Equal(t, 44, seen["odd"])
}

func requireMalformed(t *testing.T, s sample, event Event, err error) {
	t.Helper()
	assert.IsType(t, &MalformedEvent{}, event, s.file)
	var malformed *MalformedEventError
	require.ErrorAs(t, err, &malformed, s.file)
	assert.Equal(t, malformed.Defects, event.Defects(), s.file)
	for _, path := range s.paths {
		if path == "$.data.error" && strings.Contains(string(s.payload), `"errorMessage"`) {
			continue // the older name stands in for it
		}
		assert.Contains(t, strings.Join(malformed.Defects, ","), path+" ", "%s: %v", s.file, err)
	}
}

func isRawEvent(event Event) bool {
	switch event.(type) {
	case *UnknownEvent, *FlowResponseEvent, *RawCallsEvent, *MetaEnvelope, *EvolutionCallEvent:
		return true
	}
	return false
}

// Every member of every typed sample arrives in the event.
func TestParseEventMembersArrive(t *testing.T) {
	t.Parallel()
	seen := make(fields)
	for _, s := range webhookSamples(t) {
		if s.advice != "typed" && s.advice != "phone_line" || strings.Contains(s.file, "extra_fields") {
			continue
		}
		for _, text := range []any{
			requireJSON(t, s.file, string(s.payload)),
			withUnknownMembers(requireJSON(t, s.file, string(s.payload))),
		} {
			payload, err := json.Marshal(text)
			require.NoError(t, err)
			event, err := ParseEvent(payload)
			require.NoError(t, err, s.file)
			want, ok := text.(map[string]any)
			require.True(t, ok)
			delete(want, "event")
			data, wrapped := want["data"].(map[string]any)
			compare := comparison{seen: seen}
			if line, ok := event.(*PhoneLineEvent); ok {
				assert.Equal(t, want["id"], line.ID, s.file)
				assert.Equal(t, want["createdAt"], line.CreatedAt.Text(), s.file)
			}
			if wrapped {
				want = data
			}
			if failed, ok := event.(*MessageFailedEvent); ok && want["error"] == nil {
				assert.Equal(t, want["errorMessage"], failed.Error)
				delete(want, "errorMessage")
			}
			compare.value("", want, reflect.ValueOf(event))
			assert.Empty(t, compare.missing, s.file)
		}
	}
	seen.requireFilled(t)
}
