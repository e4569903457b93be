package emulator

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	commentEvery = 15 * time.Second // proxies cut what is silent for longer
	slowReader   = 30 * time.Second // to take what was written
	pendingLines = 256              // changes on their way to one stream
)

func eventRoutes() []route {
	return []route{{
		id: "streamEvents", method: http.MethodGet, path: "/events",
		summary: "Server-sent events: hello (schema Hello), then each change (Change)," +
			" and gap (Gap) where changes were lost: load everything again.",
		stream: []any{helloView{}, pilotstatustest.Change{}, gapView{}},
		query:  []param{{"after", "what came after this next of an answer; the header Last-Event-ID wins", takes{}}},
		handle: streamEvents,
	}}
}

// helloView begins a stream.
type helloView struct {
	Run  string // another one: the emulator or the tenant was started again
	Seq  int64
	Next string
}

// gapView tells that changes are lost.
type gapView struct {
	Reason string
	Next   string
}

func streamEvents(q *request) (any, error) {
	if !q.emulator.guard.admitsOrigin(q.Request) {
		q.emulator.guard.refuseOrigin(q.w, q.Request)
		return streamed{}, nil
	}
	leave, err := q.emulator.streams.enter(q.w, "TOO_MANY_STREAMS", "event streams")
	if err != nil {
		return nil, err
	}
	defer leave()
	h := q.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")
	ctx, cancel := context.WithCancel(q.Context())
	defer cancel()
	defer context.AfterFunc(q.emulator.life, cancel)()
	s := &stream{tenant: q.tenant, w: q.w, control: http.NewResponseController(q.w)}
	s.run(ctx, cmp.Or(q.Header.Get("Last-Event-ID"), q.text("after")))
	return streamed{}, nil
}

// stream is an open event stream.
type stream struct {
	tenant  *Tenant
	w       http.ResponseWriter
	control *http.ResponseController
	out     bytes.Buffer // not yet written
}

// run writes until ctx ends or the client does not read.
func (s *stream) run(ctx context.Context, cursor string) {
	from := s.hello(cursor)
	for ctx.Err() == nil {
		ctx, cancel := context.WithCancel(ctx)
		lines := make(chan pilotstatustest.Change, pendingLines)
		gap := make(chan error, 1)
		go func() { gap <- follow(ctx, s.tenant.Engine, from, lines) }()
		err := s.copy(ctx, lines)
		cancel()
		missed, isGap := errors.AsType[*pilotstatustest.WatchGapError](<-gap)
		if err != nil || !isGap {
			return
		}
		from = missed.Newest
		s.event("gap", "", gapView{"the reader was too slow", s.tenant.Cursor(from)})
	}
}

// hello begins the stream and returns the change after which it goes on.
func (s *stream) hello(cursor string) int64 {
	now := s.tenant.Engine.Seq()
	s.event("hello", "", helloView{s.tenant.run, now, s.tenant.Cursor(now)})
	if cursor == "" {
		return now
	}
	seq, ok, err := s.tenant.Position(cursor)
	if err != nil || !ok || seq > now {
		s.event("gap", "", gapView{"the emulator or the tenant was started again", s.tenant.Cursor(now)})
		return now
	}
	return seq
}

// follow passes on the changes after one, until ctx ends or some are lost. It closes lines.
func follow(ctx context.Context, engine *pilotstatustest.Server, after int64, lines chan<- pilotstatustest.Change) error {
	defer close(lines)
	for c, err := range engine.WatchFrom(ctx, after) {
		if err != nil {
			return err
		}
		select {
		case lines <- c:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// copy writes changes until there are no more, and a comment where nothing happens.
func (s *stream) copy(ctx context.Context, lines <-chan pilotstatustest.Change) error {
	ticker := time.NewTicker(commentEvery)
	defer ticker.Stop()
	for {
		if err := s.flush(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
			s.out.WriteString(": still here\n\n")
		case c, ok := <-lines:
			if !ok {
				return nil
			}
			s.change(c)
			for range len(lines) { // what waits goes out in one piece
				if c, ok = <-lines; ok {
					s.change(c)
				}
			}
		}
	}
}

func (s *stream) change(c pilotstatustest.Change) { s.event("change", s.tenant.Cursor(c.Seq), c) }

// event writes an event into the buffer.
func (s *stream) event(kind, id string, v any) {
	data, err := encode(v)
	if err != nil {
		data = []byte(strconv.Quote(err.Error()))
	}
	if id != "" {
		s.out.WriteString("id: " + id + "\n")
	}
	s.out.WriteString("event: " + kind + "\ndata: ")
	s.out.Write(bytes.TrimSpace(data))
	s.out.WriteString("\n\n")
}

// flush writes the buffer to the client.
func (s *stream) flush() error {
	_ = s.control.SetWriteDeadline(time.Now().Add(slowReader)) // a recorder of a test has none
	if _, err := s.w.Write(s.out.Bytes()); err != nil {
		return err
	}
	s.out.Reset()
	return s.control.Flush()
}
