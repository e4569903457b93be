package main

import (
	"bytes"
	"io"
	"sync/atomic"
	"time"
)

const (
	maxUnread = 256                    // writes
	patience  = 500 * time.Millisecond // with whoever reads
)

// terminal writes to where perhaps nobody reads, such as a full pipe: that holds up neither
// the emulator nor its end. What is too much by then is dropped.
type terminal struct {
	unread chan piece
	stuck  atomic.Bool   // a write takes longer than patience
	ended  chan struct{} // is closed when all is written
}

type piece struct {
	text    []byte
	written chan struct{}
}

func newTerminal(to io.Writer) *terminal {
	t := &terminal{unread: make(chan piece, maxUnread), ended: make(chan struct{})}
	go func() { // ends with close, or with the program where nobody reads
		defer close(t.ended)
		for p := range t.unread {
			_, _ = to.Write(p.text)
			close(p.written)
			t.stuck.Store(false)
		}
	}()
	return t
}

// Write returns when p is written, or where nobody reads.
func (t *terminal) Write(p []byte) (int, error) {
	one := piece{bytes.Clone(p), make(chan struct{})}
	select {
	case t.unread <- one:
	default:
		return len(p), nil
	}
	if t.stuck.Load() {
		return len(p), nil
	}
	select {
	case <-one.written:
	case <-time.After(patience):
		t.stuck.Store(true)
	}
	return len(p), nil
}

// close writes what is left, if somebody reads. Nothing may be written from then on.
func (t *terminal) close() {
	close(t.unread)
	select {
	case <-t.ended:
	case <-time.After(patience):
	}
}
