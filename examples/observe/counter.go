package main

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/pilotstatus/pilotstatus-go"
)

// counter counts attempts by operation and status. Its labels are few: an operation's
// name and a status, never an id.
type counter struct {
	mu      sync.Mutex
	counts  map[label]int
	retries int
	spent   int // attempts that no other followed because the retry budget was spent
}

type label struct {
	op     string
	status int // 0 where no answer came
}

func newCounter() *counter { return &counter{counts: make(map[label]int)} }

// observe notes an attempt, and adds it to the span of the caller. It runs in the
// goroutine of the call, so that it must be short.
func (c *counter) observe(ctx context.Context, a pilotstatus.Attempt) {
	trace.SpanFromContext(ctx).AddEvent("attempt", trace.WithAttributes(
		attribute.String("op", a.Op),
		attribute.String("route", a.Route),
		attribute.Int("number", a.Index),
		attribute.Int("status", a.StatusCode),
		attribute.Bool("retry", a.Retry),
		attribute.Bool("budget_spent", a.BudgetSpent),
	))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[label{a.Op, a.StatusCode}]++
	if a.Retry {
		c.retries++
	}
	if a.BudgetSpent {
		c.spent++
	}
}

// log writes the counts, as a metrics endpoint would show them.
func (c *counter) log(ctx context.Context, logger *slog.Logger) {
	c.mu.Lock()
	defer c.mu.Unlock()
	labels := slices.SortedFunc(maps.Keys(c.counts), func(a, b label) int { return a.status - b.status })
	for _, l := range labels {
		logger.InfoContext(ctx, "attempts", slog.String("op", l.op), slog.Int("status", l.status), slog.Int("count", c.counts[l]))
	}
	logger.InfoContext(ctx, "retries", slog.Int("count", c.retries), slog.Int("budget_spent", c.spent))
}
