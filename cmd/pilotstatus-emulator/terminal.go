package main

import (
	"bytes"
	"io"
	"time"
)

const (
	maxUnread = 256                    // writes
	lastWords = 500 * time.Millisecond // to write them at the end
)

// terminal writes to where perhaps nobody reads, such as a full pipe: that holds up neither
// the emulator nor its end. What is too much by then is dropped.
type terminal struct {
	unread  chan []byte
	written chan struct{} // is closed when all is
}

func newTerminal(to io.Writer) *terminal {
	t := &terminal{unread: make(chan []byte, maxUnread), written: make(chan struct{})}
	go func() { // ends with close, or with the program where nobody reads
		defer close(t.written)
		for p := range t.unread {
			_, _ = to.Write(p)
		}
	}()
	return t
}

// Write writes p soon.
func (t *terminal) Write(p []byte) (int, error) {
	select {
	case t.unread <- bytes.Clone(p):
	default:
	}
	return len(p), nil
}

// close writes what is left, if somebody reads. Nothing may be written from then on.
func (t *terminal) close() {
	close(t.unread)
	select {
	case <-t.written:
	case <-time.After(lastWords):
	}
}
