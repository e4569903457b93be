package pilotstatus

import (
	jsonv1 "encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An odd member that is not the code is stored as it came, with all that this version does
// not know.
func TestOddPhoneLineEventsAreStoredWhole(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{
		`{"id":12,"event":"phone_line.suspended","createdAt":"2026-11-03T10:07:00.000Z","data":{"lineId":"l","number":"+551130000001","name":"R","extra":"x"}}`,
		`{"id":"e","event":"phone_line.suspended","createdAt":"soon","data":{"lineId":"l","name":["R"],"extra":"x"}}`,
		`{"id":"e","id":"e","event":"phone_line.code_received","createdAt":"2026-11-03T10:07:00.000Z","data":{"lineId":"l","code":null}}`,
	} {
		event := mustParse(t, payload)
		require.NotEmpty(t, event.Defects())
		text, err := jsonv1.Marshal(event)
		require.NoError(t, err)
		assert.Equal(t, payload, string(text))
		var again PhoneLineEvent
		require.NoError(t, jsonv1.Unmarshal(text, &again))
		requireSameEvent(t, event, &again)
	}
}

// What could not be read is stored as it came, whatever is in it: nobody can tell its code
// from the rest.
func TestMalformedEventIsStoredInClear(t *testing.T) {
	t.Parallel()
	const payload = `{"id":"e","event":"phone_line.code_received","data":["CODEQWERTY"]}`
	event, err := ParseEvent([]byte(payload))
	require.Error(t, err)
	text, err := jsonv1.Marshal(event)
	require.NoError(t, err)
	assert.Equal(t, payload, string(text))
}
