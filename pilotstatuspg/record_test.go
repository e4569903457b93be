package pilotstatuspg

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// statusEvent is an event of a message that the API has under that id.
func statusEvent(name, id string) pilotstatus.Event {
	message := pilotstatus.EventMessage{NumberID: testNumber, ID: id}
	if name == pilotstatus.EventMessageFailed {
		return &pilotstatus.MessageFailedEvent{Event: name, EventMessage: message, ErrorCode: "CODE"}
	}
	return &pilotstatus.MessageStatusEvent{Event: name, EventMessage: message}
}

func TestForEvent(t *testing.T) {
	t.Parallel()
	o, pool := newOutbox(t)
	enqueueOne(t, o, pool, request("k"))
	enqueueOne(t, o, pool, request("other"))
	set(t, o, pool, "other", "state = 'accepted', accepted_id = 'msg_2'")
	event := statusEvent(pilotstatus.EventMessageDelivered, "msg_1")

	require.NoError(t, o.Record(t.Context(), pool, statusEvent(pilotstatus.EventMessageRead, "msg_1")))
	_, err := o.ForEvent(t.Context(), pool, event)
	var missing *NotFoundError
	require.ErrorAs(t, err, &missing, "its send is not recorded yet")
	assert.Equal(t, NotFoundError{NumberID: testNumber}, *missing)
	assert.NotContains(t, missing.Error(), "key")

	set(t, o, pool, "k", "state = 'accepted', accepted_id = 'msg_1'")
	for _, db := range []DB{pool, sqlOf(t, pool)} {
		m, err := o.ForEvent(t.Context(), db, event)
		require.NoError(t, err)
		assert.Equal(t, get(t, o, pool, "k"), *m)
		assert.Equal(t, pilotstatus.MessageStatusRead, m.Status, "the strongest, not the event's")
	}
	m, err := o.ForEvent(t.Context(), pool, statusEvent(pilotstatus.EventMessageFailed, "msg_2"))
	require.NoError(t, err)
	assert.Equal(t, "other", m.Key)
	for _, event := range []pilotstatus.Event{
		nil, &pilotstatus.MessageReceivedEvent{}, statusEvent(pilotstatus.EventMessageRead, ""),
		statusEvent("another", "msg_1"), statusEvent(pilotstatus.EventMessageRead, "msg_1\x00"),
	} {
		_, err := o.ForEvent(t.Context(), pool, event)
		require.ErrorAs(t, err, &missing)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = o.ForEvent(canceled, pool, event)
	require.Error(t, err)
	assert.NotErrorAs(t, err, &missing)
}
