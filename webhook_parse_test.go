package pilotstatus

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
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

// Every sample is read as its row of the list says.
func TestParseEventSamples(t *testing.T) {
	t.Parallel()
	for _, s := range webhookSamples(t) {
		event, err := ParseEvent(s.payload)
		require.NotNil(t, event, s.file)
		assert.Equal(t, string(s.payload), string(event.Raw()), s.file)
		assert.NotEmpty(t, event.DedupeKey(), s.file)
		if s.advice != "malformed" {
			require.NoError(t, err, s.file)
			assert.Equal(t, s.event, event.EventName(), s.file)
		}
		switch s.advice {
		case "malformed":
			assert.IsType(t, &MalformedEvent{}, event, s.file)
			var malformed *MalformedEventError
			require.ErrorAs(t, err, &malformed, s.file)
			for _, path := range s.paths {
				if path == "$.data.error" && strings.Contains(string(s.payload), `"errorMessage"`) {
					continue // the older name stands in for it
				}
				assert.Contains(t, strings.Join(malformed.Defects, ","), path+" ", "%s: %v", s.file, err)
			}
		case "phone_line":
			assert.IsType(t, &PhoneLineEvent{}, event, s.file)
		case "raw":
			assert.True(t, isRawEvent(event), "%s: %T", s.file, event)
		default:
			_, phoneLine := event.(*PhoneLineEvent)
			assert.False(t, phoneLine || isRawEvent(event), "%s: %T", s.file, event)
		}
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
