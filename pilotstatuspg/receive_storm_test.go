package pilotstatuspg

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest/pgserver"
)

var stormEvents = flag.Int("events", 300, "how many events TestReceiveStorm delivers, each twice or more")

const (
	// receiverEnv has the job of a test binary that is run as a receiver.
	receiverEnv = "PILOTSTATUSPG_RECEIVER"

	stormTimeout  = 200 * time.Millisecond
	stormSenders  = 4
	stormContacts = 30
	stormKills    = 16
)

// receiverJob is what a receiver process is told.
type receiverJob struct {
	DSN, Schema, Socket string

	Stuck   string // the file of a handler that gets stuck; "" for one that stumbles
	Timeout time.Duration
}

// TestReceiverProcess is no test: it is the main function of a receiver process.
func TestReceiverProcess(t *testing.T) { //nolint:paralleltest // it is alone
	text := os.Getenv(receiverEnv)
	if text == "" {
		t.Skip("the process is a test")
	}
	var j receiverJob
	require.NoError(t, json.Unmarshal([]byte(text), &j))
	outbox, err := New(Options{Schema: j.Schema})
	require.NoError(t, err)
	in := &inbox{T: t, outbox: outbox, pool: newPool(t, j.DSN)}
	handle := in.stumble
	if j.Stuck != "" {
		handle = in.stuckAfter(j.Stuck)
	}
	handler, err := outbox.Receive(in.pool, handle, ReceiveOptions{Timeout: j.Timeout},
		pilotstatus.WithWebhookSecret(webhookSecret), pilotstatus.WithWebhookLogger(slog.New(slog.NewTextHandler(os.Stderr, nil))))
	require.NoError(t, err)
	_ = os.Remove(j.Socket) // of one that was killed
	listener, err := net.Listen("unix", j.Socket)
	require.NoError(t, err)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	require.NoError(t, server.Serve(listener)) // until it is killed
}

// stumble writes what an event asks for, and fails now and then: before, in the middle, and
// after all is written.
func (in *inbox) stumble(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
	fate := rand.IntN(200)
	switch fate {
	case 0, 1, 2:
		return errors.New("nothing was done")
	case 3: // it hangs, and ignores its context
		time.Sleep(3 * stormTimeout)
	case 4:
		_, _ = tx.Exec(context.Background(), "SELECT pg_sleep(60)")
	}
	if err := in.converse(ctx, tx, event); err != nil {
		return err
	}
	if fate == 5 {
		panic("in the middle")
	}
	if fate == 6 {
		_, _ = tx.Exec(ctx, "SELECT 1/0")
	}
	_, err := tx.Exec(ctx, in.outbox.in("INSERT INTO pilotstatus.effect (message, event) VALUES ($1, $2)"), stormID(event), event.EventName())
	if fate >= 7 && fate < 10 {
		return errors.New("all was done")
	}
	return err
}

// stormID returns the id of the message of an event.
func stormID(event pilotstatus.Event) string {
	switch e := event.(type) {
	case *pilotstatus.MessageStatusEvent:
		return e.ID
	case *pilotstatus.MessageFailedEvent:
		return e.ID
	case pilotstatus.InboundEvent:
		return e.Message().ID
	}
	return ""
}

// storm is what is delivered, and what has to come of it.
type storm struct {
	deliveries []string
	events     int
	statuses   map[string]pilotstatus.MessageStatus // the last one of each message, by id
	contacts   map[string]bool
	inbound    int
}

// newStorm returns so many events, each at least twice, in random order.
func newStorm(rnd *rand.Rand, events int) *storm {
	s := &storm{statuses: map[string]pilotstatus.MessageStatus{}, contacts: map[string]bool{}}
	fates := [][]string{
		{pilotstatus.EventMessageSent},
		{pilotstatus.EventMessageSent, pilotstatus.EventMessageDelivered},
		{pilotstatus.EventMessageSent, pilotstatus.EventMessageDelivered, pilotstatus.EventMessageRead},
		{pilotstatus.EventMessageSent, pilotstatus.EventMessageFailed},
		{pilotstatus.EventMessageReceived},
		{pilotstatus.EventMessageReceived},
	}
	forms := []string{"%d", "+%d", "%d@c.us"}
	for message := 0; s.events < events; message++ {
		id, contact := fmt.Sprintf("msg_%d", message), 5511900000000+rnd.Int64N(stormContacts)
		s.contacts[fmt.Sprint(contact)] = true
		for _, name := range fates[rnd.IntN(len(fates))] {
			person := fmt.Sprintf(forms[rnd.IntN(len(forms))], contact)
			fields := map[string]any{"to": person, "from": "5521900000002", "error": "no"}
			if name == pilotstatus.EventMessageReceived {
				fields = map[string]any{"from": person}
				s.inbound++
			}
			body := delivered(name, id, fields)
			s.note(body)
			for range 2 + rnd.IntN(2) {
				s.deliveries = append(s.deliveries, body)
			}
		}
	}
	rnd.Shuffle(len(s.deliveries), func(i, j int) { s.deliveries[i], s.deliveries[j] = s.deliveries[j], s.deliveries[i] })
	return s
}

// note computes what the event leads to where all come in order.
func (s *storm) note(body string) {
	s.events++
	event, _ := pilotstatus.ParseEvent([]byte(body))
	if r := receiptOf(event); r.usable() && r.status.Supersedes(s.statuses[r.id]) {
		s.statuses[r.id] = r.status
	}
}

// TestReceiveStorm has two receivers that are killed, a database that restarts once, and
// handlers that fail, hang and panic, under shuffled and repeated deliveries of four senders.
// Run more of it with go test -run TestReceiveStorm -events 20000 -timeout 1h .
func TestReceiveStorm(t *testing.T) {
	t.Parallel()
	server, err := pgserver.Start(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	in := &inbox{T: t, pool: newPool(t, server.DSN)}
	in.outbox, err = New(Options{})
	require.NoError(t, err)
	require.NoError(t, Migrate(t.Context(), in.pool, ""))
	in.withConversations()
	in.exec("CREATE TABLE pilotstatus.effect (message text, event text)")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	s := newStorm(rand.New(rand.NewPCG(seed, 0)), *stormEvents)

	began := time.Now()
	sockets := []string{filepath.Join(server.Dir, "a"), filepath.Join(server.Dir, "b")}
	var left atomic.Int64
	left.Store(int64(len(s.deliveries)))
	ctx, stop := context.WithCancel(t.Context())
	var disturbing sync.WaitGroup
	disturbing.Go(func() { disturb(ctx, t, server, sockets, &left) })
	requests := s.deliver(t, sockets, &left)
	stop()
	disturbing.Wait()
	in.pool.Reset()
	in.check(s)
	t.Logf("%d events, %d deliveries, %d requests, %s", s.events, len(s.deliveries), requests, time.Since(began))
}

// disturb keeps two receivers running, and kills one whenever another part of the deliveries
// is confirmed. In the middle it restarts the database.
func disturb(ctx context.Context, t *testing.T, server *pgserver.Server, sockets []string, left *atomic.Int64) {
	t.Helper()
	start := func(i int) *process {
		return startRole(t, "TestReceiverProcess", receiverEnv, receiverJob{DSN: server.DSN, Socket: sockets[i], Timeout: stormTimeout})
	}
	processes := []*process{start(0), start(1)}
	all := left.Load()
	for kill := int64(1); kill <= stormKills; kill++ {
		for left.Load() > all-all*kill/(stormKills+1) {
			if sleep(ctx, time.Millisecond) != nil {
				break
			}
		}
		victim := rand.IntN(len(processes))
		processes[victim].kill(t)
		if kill == stormKills/2 {
			if err := server.Restart(context.WithoutCancel(ctx)); err != nil {
				t.Error(err)
			}
		}
		processes[victim] = start(victim)
	}
	<-ctx.Done()
	for _, p := range processes {
		p.kill(t)
	}
}

// deliver delivers until all is confirmed, and returns how many requests that took.
func (s *storm) deliver(t *testing.T, sockets []string, left *atomic.Int64) (requests int64) {
	t.Helper()
	var clients []*http.Client
	for _, socket := range sockets {
		clients = append(clients, socketClient(t, socket))
	}
	queue := make(chan string, len(s.deliveries)) // what failed goes to its end
	for _, body := range s.deliveries {
		queue <- body
	}
	var made atomic.Int64
	var senders sync.WaitGroup
	for sender := range stormSenders {
		senders.Go(func() {
			for n := sender; left.Load() > 0; n++ {
				select {
				case body := <-queue:
					made.Add(1)
					if confirmed(t, clients[n%len(clients)], body) {
						left.Add(-1)
						continue
					}
					queue <- body
				default: // the rest is being delivered
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	senders.Wait()
	return made.Load()
}

// socketClient returns a client of a receiver process.
func socketClient(t *testing.T, socket string) *http.Client {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

// confirmed makes a delivery, and reports whether it need not come again.
func confirmed(t *testing.T, client *http.Client, body string) bool {
	t.Helper()
	r := signed(t.Context(), body)
	r.URL.Scheme, r.URL.Host, r.RequestURI = "http", "receiver", ""
	response, err := client.Do(r)
	if err != nil {
		return false
	}
	_ = response.Body.Close() // it was read to its end, or will not be
	switch response.StatusCode {
	case http.StatusInternalServerError, http.StatusServiceUnavailable:
		return false
	}
	assert.Equal(t, http.StatusOK, response.StatusCode)
	return true
}

// check compares the tables with what the events say.
func (in *inbox) check(s *storm) {
	in.Helper()
	assert.Equal(in, s.events, in.count("event WHERE lease_until IS NULL"), "events")
	assert.Equal(in, s.events, in.count("effect"), "effects")
	assert.Equal(in, s.events, value[int](in, in.pool, in.outbox.in("SELECT count(DISTINCT (message, event)) FROM pilotstatus.effect")), "lost")
	assert.Equal(in, s.inbound, in.count("line"))
	assert.Equal(in, len(s.contacts), in.count("conversation"))
	rows, err := in.pool.Query(in.Context(), in.outbox.in("SELECT accepted_id, status FROM pilotstatus.receipt"))
	require.NoError(in, err)
	statuses := map[string]pilotstatus.MessageStatus{}
	var id string
	var status pilotstatus.MessageStatus
	_, err = pgx.ForEachRow(rows, []any{&id, &status}, func() error {
		statuses[id] = status
		return nil
	})
	require.NoError(in, err)
	assert.Equal(in, s.statuses, statuses)
}
