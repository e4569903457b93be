package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/pilotstatus/pilotstatus-go"
)

// board knows where each message stands. Events come in any order and more than once;
// an event may even come before the send has returned.
type board struct {
	mu       sync.Mutex
	statuses map[string]pilotstatus.MessageStatus
	changed  chan struct{} // closed at the next change
}

func newBoard() *board {
	return &board{statuses: make(map[string]pilotstatus.MessageStatus), changed: make(chan struct{})}
}

// update notes a status, unless a later one is known.
func (b *board) update(id string, status pilotstatus.MessageStatus) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !status.Supersedes(b.statuses[id]) {
		return
	}
	b.statuses[id] = status
	fmt.Printf("  %s is %s\n", id, status)
	close(b.changed)
	b.changed = make(chan struct{})
}

// wait waits until n messages were read.
func (b *board) wait(ctx context.Context, n int) error {
	for {
		b.mu.Lock()
		read, changed := 0, b.changed
		for _, status := range b.statuses {
			if status == pilotstatus.MessageStatusRead {
				read++
			}
		}
		b.mu.Unlock()
		if read >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
