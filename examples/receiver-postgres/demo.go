package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// demo shows the receiver on a throw-away server.
func demo(ctx context.Context) error {
	fmt.Println("No PILOT_STATUS_PG_DSN is set: this starts a throw-away PostgreSQL, nothing is sent to anybody.")
	server, err := startPostgres(ctx)
	if err != nil {
		return err
	}
	pool, err := openPool(ctx, server.dsn)
	if err == nil {
		err = show(ctx, pool)
		pool.Close()
	}
	return errors.Join(err, server.stop())
}

// show starts a receiver and a fake of the API, and plays the API's deliveries.
func show(ctx context.Context, pool *pgxpool.Pool) error {
	if err := createSchema(ctx, pool); err != nil {
		return err
	}
	s, secret := newStore(pool, 50*time.Millisecond), rand.Text()
	handler, err := s.newHandler(secret, webhookLease, slog.New(slog.NewTextHandler(os.Stderr, nil)), s.handle)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- serve(serving, listener, handler) }()

	err = play(ctx, s, "http://"+listener.Addr().String()+webhookPath, secret)
	stop()
	return errors.Join(err, <-served)
}

func play(ctx context.Context, s *store, url, secret string) error {
	fake := pilotstatustest.Start()
	defer fake.Close()
	number := fake.NumberClient("num_1")
	accepted, err := number.Messages.Send(ctx, pilotstatus.SendRequest{
		To:      pilotstatus.Phone("+5511999999999"),
		Content: pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "John"}},
	})
	if err != nil {
		return err
	}
	if err := s.sent(ctx, "num_1", accepted); err != nil {
		return err
	}
	bodies, err := wild(accepted.ID)
	if err != nil {
		return err
	}
	if err := deliverAll(ctx, url, secret, bodies); err != nil {
		return err
	}
	fmt.Print("\nEach event is handled once, and any order ends in the same status:\n\n")
	if err := s.print(ctx); err != nil {
		return err
	}
	fmt.Printf("\nOf %s no more was delivered than that it was sent. Messages.Get knows the rest:\n\n", accepted.ID)
	if err := s.awaitFinished(ctx, accepted.ID, number.Messages); err != nil {
		return err
	}
	return s.print(ctx)
}

// wild returns deliveries in random order, each event one to four times. Of the message
// with the id lost only the first event is among them.
func wild(lost string) (bodies []string, err error) {
	var (
		in      = map[string]any{"fromMe": false, "from": "+5521900000002", "to": "+5511900000001"}
		failure = map[string]any{"error": "No receipt came in time.", "errorCode": pilotstatus.FailureDeliveredNotConfirmed}
	)
	for _, event := range []struct {
		name, id string
		more     map[string]any
	}{
		{pilotstatus.EventMessageSent, "msg_read", nil},
		{pilotstatus.EventMessageDelivered, "msg_read", nil},
		{pilotstatus.EventMessageRead, "msg_read", nil},
		{pilotstatus.EventMessageSent, "msg_failed", nil},
		{pilotstatus.EventMessageFailed, "msg_failed", failure},
		{pilotstatus.EventMessageSent, "msg_failed_yet_delivered", nil},
		{pilotstatus.EventMessageFailed, "msg_failed_yet_delivered", failure},
		{pilotstatus.EventMessageDelivered, "msg_failed_yet_delivered", nil},
		{pilotstatus.EventMessageSent, lost, nil},
		{pilotstatus.EventMessageReceived, "msg_in", in},
		{pilotstatus.EventMessageReply, "msg_in", in},
	} {
		body, err := sample(event.name, event.id, event.more)
		if err != nil {
			return nil, err
		}
		for range 1 + mathrand.IntN(4) { //nolint:gosec // any order does
			bodies = append(bodies, body)
		}
	}
	//nolint:gosec // any order does
	mathrand.Shuffle(len(bodies), func(i, j int) { bodies[i], bodies[j] = bodies[j], bodies[i] })
	return bodies, nil
}

// deliverAll delivers over four connections, and again what was not answered with 200.
func deliverAll(ctx context.Context, url, secret string, bodies []string) error {
	client := &http.Client{Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	var (
		senders sync.WaitGroup
		mu      sync.Mutex
		again   int
		failed  error
	)
	queue := make(chan string, len(bodies))
	for _, body := range bodies {
		queue <- body
	}
	close(queue)
	for range 4 {
		senders.Go(func() {
			for body := range queue {
				repeated, err := deliverUntilOK(ctx, client, url, secret, body)
				mu.Lock()
				again, failed = again+repeated, errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	senders.Wait()
	fmt.Printf("Delivered %d times in random order, and %d times again because another delivery was at work.\n",
		len(bodies), again)
	return failed
}

// deliverUntilOK delivers as the API does: an answer other than 200 brings it again.
func deliverUntilOK(ctx context.Context, client *http.Client, url, secret, body string) (again int, err error) {
	for {
		status, err := deliver(ctx, client, url, secret, body)
		switch {
		case err != nil:
			return again, err
		case status == http.StatusOK:
			return again, nil
		case status != http.StatusServiceUnavailable:
			return again, fmt.Errorf("the receiver answered %d", status)
		}
		again++
		select {
		case <-ctx.Done():
			return again, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// awaitFinished reads back until nothing more is expected of the message.
func (s *store) awaitFinished(ctx context.Context, id string, messages messageReader) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if _, err := s.reconcile(ctx, "num_1", messages); err != nil {
			return err
		}
		var finished bool
		err := s.pool.QueryRow(ctx, "SELECT check_at IS NULL FROM messages WHERE id = $1", id).Scan(&finished)
		if err != nil || finished {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// print shows the tables, without what people wrote and their numbers.
func (s *store) print(ctx context.Context) error {
	rows, err := s.pool.Query(ctx, "SELECT id, status, error_code, events FROM messages ORDER BY id")
	if err != nil {
		return err
	}
	defer rows.Close()
	const line = "  %-24s  %-9s  %6v  %s\n"
	fmt.Printf(line, "MESSAGE", "STATUS", "EVENTS", "ERROR")
	for rows.Next() {
		var id, status, code string
		var events int
		if err := rows.Scan(&id, &status, &code, &events); err != nil {
			return err
		}
		fmt.Printf(line, id, status, events, code)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	var inbound int
	if err := s.pool.QueryRow(ctx, "SELECT count(*) FROM inbound_messages").Scan(&inbound); err != nil {
		return err
	}
	fmt.Printf("  and %d inbound message\n", inbound)
	return nil
}
