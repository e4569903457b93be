package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// texts returns what is on an order.
func texts(o order) (texts []string) {
	for _, r := range o.Replies {
		texts = append(texts, r.Kind+": "+r.Text)
	}
	return texts
}

// What a customer writes is on the latest order of the phone, once, though each event is
// delivered twice.
func TestReply(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.post(t, "/orders", "cart-7", lia)
	s.post(t, "/orders", "cart-8", lia)
	s.post(t, "/orders", "cart-9", `{"phone": "+5511977770000", "name": "Rui", "item": "a chair"}`)
	receive := func(m pilotstatustest.Inbound) {
		s.fake.Number(numberID).Receive(m)
		require.NoError(t, s.fake.Flush(t.Context()))
	}
	const phone, known = "+5511988880000", "+551188880000" // WhatsApp knows some without their 9
	receive(pilotstatustest.Inbound{From: known, Text: "Can I pick it up?"})
	receive(pilotstatustest.Inbound{From: phone, Text: "today", ReplyTo: "wamid.1"})
	receive(pilotstatustest.Inbound{From: phone, Type: "image", MediaURL: "https://example.com/1", Text: "broken"})
	receive(pilotstatustest.Inbound{From: phone, Text: "end\x00ed"})
	receive(pilotstatustest.Inbound{From: phone, Text: "typed in the shop", Origin: "APP"})
	receive(pilotstatustest.Inbound{From: phone, Text: "in a group", GroupID: "1@g.us"})
	receive(pilotstatustest.Inbound{From: "+5511966660000", Text: "from somebody without an order"})
	receive(pilotstatustest.Inbound{UserID: "BR.900100200300", Text: "from somebody whose number is hidden"})

	assert.Equal(t, []string{"text: Can I pick it up?", "text: today", "image: broken", "text: end\uFFFDed"}, texts(s.order(t, 2)))
	assert.Empty(t, s.order(t, 1).Replies)
	assert.Empty(t, s.order(t, 3).Replies)
}

// The same message may come as two events, and counts once.
func TestReplyAsTwoEvents(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.post(t, "/orders", "cart-7", lia)
	message := pilotstatus.EventMessage{ID: "in_1", NumberID: numberID, Type: "text", Content: "once"}
	sender := pilotstatus.InboundMessage{From: "+5511988880000"}
	for _, event := range []pilotstatus.Event{
		&pilotstatus.MessageReceivedEvent{Event: pilotstatus.EventMessageReceived, EventMessage: message, InboundMessage: sender},
		&pilotstatus.MessageReplyEvent{Event: pilotstatus.EventMessageReply, EventMessage: message, InboundMessage: sender},
	} {
		require.NoError(t, s.fake.Deliver(t.Context(), s.url+webhookPath, event))
	}
	assert.Equal(t, []string{"text: once"}, texts(s.order(t, 1)))
}

func TestDeliveryWithoutProof(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	status, _ := s.call(t, http.MethodPost, webhookPath, "", `{"event": "message.received"}`)
	assert.Equal(t, http.StatusUnauthorized, status)
}

func TestContactOf(t *testing.T) {
	t.Parallel()
	for phone, want := range map[string]string{
		"+55 (11) 98888-0000": "+551188880000",
		"+551188880000":       "+551188880000",
		"551188880000":        "+551188880000",
		"+551130000000":       "+551130000000", // a landline
		"+351912345678":       "+351912345678",
		"":                    "+",
	} {
		assert.Equal(t, want, contactOf(phone), phone)
	}
}
