package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest/pgserver"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// postgres is the server of all tests. Each test has a database of its own in it.
var postgres *pgserver.Server

// asProgram makes the test binary the program itself: tests that kill it start it so.
const asProgram = "ORDER_SERVICE_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main() // it takes its flags from os.Args
		return
	}
	var err error
	if postgres, err = pgserver.Start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	if err := postgres.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

const numberID = "num_1"

// shop is a service with a database of the test's own, on a fake of the API.
type shop struct {
	*service

	fake *pilotstatustest.Server
	url  string
}

// newShop returns a shop whose worker runs only in drain. Its fake stands still until
// fake.Advance, and delivers each event twice and in disorder.
func newShop(t *testing.T) *shop {
	t.Helper()
	fake := pilotstatustest.NewServer(t, pilotstatustest.WithClock(time.Now()))
	addTemplates(fake)
	dsn, err := postgres.NewDatabase(t.Context())
	require.NoError(t, err)
	s, err := newService(t.Context(), config{
		dsn: dsn, deployment: "test", numberID: numberID, secret: fake.WebhookSecret(),
		number: fake.NumberClient(numberID), attemptTimeout: time.Second,
	}, slog.New(slog.NewTextHandler(t.Output(), nil)))
	require.NoError(t, err)
	t.Cleanup(s.pool.Close)
	web := httptest.NewServer(s.routes())
	t.Cleanup(web.Close)
	fake.Tenant().DuplicateDeliveries(2)
	fake.Tenant().ShuffleDeliveries(true)
	fake.Tenant().DeliveryRetries(10, 5*time.Millisecond)
	_, err = fake.NumberClient(numberID).Webhooks.Create(t.Context(), webhook(web.URL))
	require.NoError(t, err)
	return &shop{s, fake, web.URL}
}

// drain sends what is due, and moves it on until it is read.
func (s *shop) drain(t *testing.T) {
	t.Helper()
	require.NoError(t, pilotstatuspgtest.Drain(t.Context(), s.outbox, s.pool, s.fake))
	s.fake.Advance(time.Second)
	require.NoError(t, s.fake.Flush(t.Context()))
}

// call makes a request and returns the status of the answer and its JSON.
func (s *shop) call(t *testing.T, method, path, key, body string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Idempotency-Key", key)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

// post makes a request that must succeed.
func (s *shop) post(t *testing.T, path, key, body string) {
	t.Helper()
	status, answer := s.call(t, http.MethodPost, path, key, body)
	require.Equal(t, http.StatusCreated, status, answer)
}

// sent returns the keys of the messages at the API, in their order.
func (s *shop) sent() (keys []string) {
	for _, m := range s.fake.Messages() {
		keys = append(keys, m.IdempotencyKey)
	}
	return keys
}

const lia = `{"phone": "+55 11 98888-0000", "name": "Lia", "item": "a lamp"}`

// order reads an order.
func (s *shop) order(t *testing.T, id int64) (o order) {
	t.Helper()
	status, answer := s.call(t, http.MethodGet, fmt.Sprintf("/orders/%d", id), "", "")
	require.Equal(t, http.StatusOK, status, answer)
	require.NoError(t, json.Unmarshal([]byte(answer), &o))
	return o
}

// orders reads a page of orders.
func (s *shop) orders(t *testing.T, query string) []order {
	t.Helper()
	status, answer := s.call(t, http.MethodGet, "/orders"+query, "", "")
	require.Equal(t, http.StatusOK, status, answer)
	var listed struct{ Orders []order }
	require.NoError(t, json.Unmarshal([]byte(answer), &listed))
	return listed.Orders
}
