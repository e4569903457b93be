package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"
)

// block is how many calls are timed together.
const block = 32

// lane is one client in one place, beside the hand-written call in the same place.
type lane struct {
	hand, client send
	ratios       []float64 // of the time of the client, one for each round
}

// row is a line of the result.
type row struct {
	peer
	stub, loopback *lane
	allocations    int // of one send on the stub
}

// measure opens every client in both places and measures all of them in turns: whatever
// else the machine does in a round falls on all clients.
func measure(ctx context.Context, clients []peer, rounds int, each time.Duration) (*result, error) {
	out := &result{began: time.Now(), rounds: rounds, each: each}
	for _, p := range clients {
		r, stop, err := openRow(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		defer stop()
		out.rows = append(out.rows, r)
	}
	for range rounds {
		for _, r := range out.rows {
			if err := errors.Join(r.stub.round(ctx, each), r.loopback.round(ctx, each)); err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
		}
	}
	for i, r := range out.rows {
		n, err := allocations(ctx, r.stub.client)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
		out.rows[i].allocations = n
	}
	out.machine = machine()
	return out, nil
}

// openRow opens a client and the hand-written call in both places, each with a server of
// its own, until stop.
func openRow(p peer) (r row, stop func(), err error) {
	r = row{peer: p}
	if r.stub, err = openLane(p, stub(p.answer), stub(hand().answer)); err != nil {
		return r, nil, err
	}
	client, stopClient, err := serve(p.answer)
	if err != nil {
		return r, nil, err
	}
	byHand, stopHand, err := serve(hand().answer)
	if err != nil {
		stopClient()
		return r, nil, err
	}
	stop = func() {
		stopClient()
		stopHand()
	}
	if r.loopback, err = openLane(p, client, byHand); err != nil {
		stop()
	}
	return r, stop, err
}

// openLane opens a client and the hand-written call, each on its transport.
func openLane(p peer, client, byHand http.RoundTripper) (*lane, error) {
	l := new(lane)
	var err error
	if l.client, err = p.open(client); err != nil {
		return nil, err
	}
	l.hand, err = hand().open(byHand)
	return l, err
}

// round lets both calls take turns for that long and keeps the ratio of their times.
// All their work counts, the garbage collector's too.
func (l *lane) round(ctx context.Context, each time.Duration) error {
	var byHand, client time.Duration
	// The first turns open connections and fill pools, and are not counted.
	for range 2 {
		if _, err := l.turns(ctx, &byHand, &client); err != nil {
			return err
		}
	}
	byHand, client = 0, 0
	for spent := time.Duration(0); spent < each; {
		took, err := l.turns(ctx, &byHand, &client)
		if err != nil {
			return err
		}
		spent += took
	}
	l.ratios = append(l.ratios, float64(client)/float64(byHand))
	return nil
}

// turns times half a block by hand, a block of the client, and the other half by hand.
func (l *lane) turns(ctx context.Context, byHand, client *time.Duration) (took time.Duration, err error) {
	start := time.Now()
	for _, turn := range []struct {
		call  send
		n     int
		total *time.Duration
	}{{l.hand, block / 2, byHand}, {l.client, block, client}, {l.hand, block / 2, byHand}} {
		began := time.Now()
		for range turn.n {
			if _, err := turn.call(ctx); err != nil {
				return 0, err
			}
		}
		*turn.total += time.Since(began)
	}
	return time.Since(start), nil
}

// allocations counts those of one call.
func allocations(ctx context.Context, call send) (int, error) {
	var failure error
	n := testing.AllocsPerRun(200, func() {
		if _, err := call(ctx); err != nil {
			failure = err
		}
	})
	return int(n), failure
}

// spread returns the median of the ratios, the least and the greatest.
func (l *lane) spread() (median, least, greatest float64) {
	sorted := slices.Sorted(slices.Values(l.ratios))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[0], sorted[n-1]
}
