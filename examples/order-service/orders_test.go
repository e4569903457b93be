package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest"
)

// The confirmation leaves after the order is there, and the order shows what became of it.
func TestOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.post(t, "/orders", "cart-7", lia)
	o := s.order(t, 1)
	assert.Equal(t, delivery{State: pilotstatuspg.StatePending}, o.Confirmation)
	assert.Equal(t, "+5511988880000", o.Phone)
	assert.Equal(t, "Lia, a lamp", o.Name+", "+o.Item)
	assert.Empty(t, s.sent())

	s.drain(t)
	assert.Equal(t, delivery{State: pilotstatuspg.StateAccepted, Status: pilotstatus.MessageStatusRead}, s.order(t, 1).Confirmation)
	assert.Equal(t, []string{"order-1-confirmed"}, s.sent())
	sent := s.fake.Messages()[0]
	assert.Equal(t, "+5511988880000", sent.DestinationNumber)
	assert.Contains(t, string(sent.Body), `"variables":{"name":"Lia","order":"1"}`)
}

// Where no event came, the API is asked.
func TestLostEvents(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	hooks, err := s.number.Webhooks.List(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.number.Webhooks.Delete(t.Context(), hooks[0].ID))
	s.post(t, "/orders", "cart-7", lia)
	s.drain(t)
	assert.Equal(t, delivery{State: pilotstatuspg.StateAccepted}, s.order(t, 1).Confirmation)

	require.NoError(t, pilotstatuspgtest.Advance(t.Context(), s.outbox, s.pool, time.Hour))
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.work(ctx) }()
	require.NoError(t, poll(t.Context(), func() (bool, error) {
		return s.order(t, 1).Confirmation.Status == pilotstatus.MessageStatusRead, nil
	}))
	end()
	require.NoError(t, <-ended)
}

// The outbox forgets, and the order stays.
func TestOrderAfterItsMessage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.post(t, "/orders", "cart-7", lia)
	_, err := s.pool.Exec(t.Context(), "DELETE FROM pilotstatus.message")
	require.NoError(t, err)
	assert.Equal(t, delivery{}, s.order(t, 1).Confirmation)
}

func TestOrderFails(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.fake.Number(numberID).FailNext("INVALID_DESTINATION", "no such phone")
	s.post(t, "/orders", "cart-7", lia)
	s.drain(t)
	assert.Equal(t, delivery{
		State: pilotstatuspg.StateAccepted, Status: pilotstatus.MessageStatusFailed, Failure: "INVALID_DESTINATION",
	}, s.order(t, 1).Confirmation)
}

// A client repeats its request until it gets an answer, perhaps before the first one was
// answered. That is one order and one message.
func TestOrderOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var clients sync.WaitGroup
	var created atomic.Int64
	for range 10 {
		clients.Go(func() {
			status, answer := s.call(t, http.MethodPost, "/orders", "cart-7", lia)
			assert.Contains(t, []int{http.StatusCreated, http.StatusOK}, status, answer)
			assert.Contains(t, answer, `"id":`)
			if status == http.StatusCreated {
				created.Add(1)
			}
		})
	}
	clients.Wait()
	assert.EqualValues(t, 1, created.Load())
	status, answer := s.call(t, http.MethodPost, "/orders", "cart-7", strings.Replace(lia, "a lamp", "two lamps", 1))
	assert.Equal(t, http.StatusConflict, status, answer)
	s.drain(t)
	assert.Len(t, s.sent(), 1)
	assert.Len(t, s.orders(t, ""), 1)
}

// What is refused leaves neither an order nor a message, also where the outbox refuses it
// after the order was written.
func TestOrderRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	with := func(this, that string) string { return strings.Replace(lia, this, that, 1) }
	for name, row := range map[string]struct {
		key, body string
		status    int
		says      string
	}{
		"no key":        {"", lia, http.StatusBadRequest, "Idempotency-Key"},
		"long key":      {strings.Repeat("k", 201), lia, http.StatusBadRequest, "Idempotency-Key"},
		"no JSON":       {"k", "lamp", http.StatusBadRequest, "JSON"},
		"two":           {"k", lia + lia, http.StatusBadRequest, "more than one"},
		"unknown field": {"k", with("item", "items"), http.StatusBadRequest, "items"},
		"no name":       {"k", with("Lia", " "), http.StatusBadRequest, "name"},
		"NUL":           {"k", with("Lia", `L\u0000a`), http.StatusBadRequest, "name"},
		"long item":     {"k", with("a lamp", strings.Repeat("é", 201)), http.StatusBadRequest, "item"},
		"brace":         {"k", lia + "}", http.StatusBadRequest, "more than one"},
		"NUL in phone":  {"k", with("+55 11", `+55\u000011`), http.StatusBadRequest, "phone"},
		"long phone":    {"k", with("+55 11", strings.Repeat("5", 3000)), http.StatusBadRequest, "phone"},
		"no phone":      {"k", with("+55 11 98888-0000", "call me"), http.StatusBadRequest, "To"},
		"large":         {"k", with("Lia", strings.Repeat("a", maxRequest)), http.StatusRequestEntityTooLarge, "bytes"},
	} {
		status, answer := s.call(t, http.MethodPost, "/orders", row.key, row.body)
		assert.Equal(t, row.status, status, "%s: %s", name, answer)
		assert.Contains(t, answer, row.says, name)
	}
	assert.Empty(t, s.orders(t, ""))
	s.drain(t)
	assert.Empty(t, s.sent())
}

func TestReadOrders(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for i := range pageSize + 2 {
		s.post(t, "/orders", fmt.Sprintf("cart-%d", i), lia)
	}
	first := s.orders(t, "")
	require.Len(t, first, pageSize)
	assert.EqualValues(t, pageSize+2, first[0].ID)
	rest := s.orders(t, fmt.Sprintf("?before=%d", first[pageSize-1].ID))
	require.Len(t, rest, 2)
	assert.EqualValues(t, 1, rest[1].ID)

	for _, id := range []string{"999", "lamp", "-1"} {
		status, _ := s.call(t, http.MethodGet, "/orders/"+id, "", "")
		assert.Equal(t, http.StatusNotFound, status, id)
	}
	status, _ := s.call(t, http.MethodGet, "/orders?before=lamp", "", "")
	assert.Equal(t, http.StatusBadRequest, status)
}
