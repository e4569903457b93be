package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
)

// minConnections is how many the pool has at least: deliveries take up to half of them, and
// the rest answers requests. Without it a pool may have four. Run and Reconcile take six out
// of it, which no longer count: a process has at most 26.
const minConnections = 20

// checkTimeout bounds the question to the API whether the key works.
const checkTimeout = 5 * time.Second

// service is one process of the shop.
type service struct {
	config

	pool    *pgxpool.Pool
	outbox  *pilotstatuspg.Outbox
	clients pilotstatuspg.Clients // a service with many numbers has a pilotstatus.NumberPool here
	webhook http.Handler
	logger  *slog.Logger
}

// newService connects to the database, brings its tables up to date and checks the key.
func newService(ctx context.Context, c config, logger *slog.Logger) (*service, error) {
	outbox, err := pilotstatuspg.New(pilotstatuspg.Options{Deployment: c.deployment})
	if err != nil {
		return nil, err
	}
	pool, err := openPool(ctx, c.dsn)
	if err != nil {
		return nil, err
	}
	s := &service{config: c, pool: pool, outbox: outbox, clients: pilotstatuspg.OneNumber(c.numberID, c.number), logger: logger}
	if err := s.prepare(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

func (s *service) prepare(ctx context.Context) (err error) {
	if err := migrate(ctx, s.pool); err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	if err := s.outbox.SetPace(ctx, s.pool, s.numberID, pilotstatuspg.Pace{Every: s.every}); err != nil {
		return err
	}
	if err := s.checkKey(ctx); err != nil {
		return fmt.Errorf("PILOT_STATUS_API_KEY: %w", err)
	}
	s.webhook, err = s.outbox.Receive(s.pool, s.receive, pilotstatuspg.ReceiveOptions{Logger: s.logger},
		pilotstatus.WithWebhookSecret(s.secret), pilotstatus.WithWebhookLogger(s.logger))
	return err
}

// checkKey refuses a key that can send nothing. Where the API does not answer, the service
// starts all the same: it takes orders, and confirms them later.
func (s *service) checkKey(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	err := s.number.CheckKey(ctx)
	var unknown *pilotstatus.UnauthorizedError
	var ofTenant *pilotstatus.TenantScopeError
	if errors.As(err, &unknown) || errors.As(err, &ofTenant) {
		return err
	}
	if err != nil {
		s.logger.WarnContext(ctx, "the key was not checked", slog.Any("error", err))
	}
	return nil
}

func openPool(ctx context.Context, dsn string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	config.MaxConns = max(config.MaxConns, minConnections)
	// A process whose machine died keeps its rows locked until the server hangs up. PgBouncer
	// does not take this: there, set it for the role.
	config.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "60s"
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	return pool, nil
}
