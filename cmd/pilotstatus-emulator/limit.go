package main

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// maxConnections is how many connections may be open at once where the system lets the
// program have the descriptors.
const maxConnections = 4096

// connections are those of all listeners.
type connections struct {
	open  atomic.Int64
	limit int64
	shed  func() // closes those on which nothing is asked
}

// take counts one more and says whether there may be so many.
func (c *connections) take() bool {
	if c.open.Add(1) <= c.limit {
		return true
	}
	c.open.Add(-1)
	return false
}

// limited is a listener that refuses connections beyond a limit. One that is idle gives way
// to one that is new.
type limited struct {
	net.Listener
	all *connections
}

// Accept returns the next connection that may be.
func (l *limited) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		admitted := l.all.take()
		if !admitted {
			l.all.shed()
			admitted = l.all.take()
		}
		if admitted {
			return &counted{Conn: conn, leave: sync.OnceFunc(func() { l.all.open.Add(-1) })}, nil
		}
		refuse(conn)
	}
}

// refuse says why a connection is closed. A client that writes just then may not see it.
func refuse(conn net.Conn) {
	const text = `{"code":"TOO_MANY_CONNECTIONS","error":"as many connections are open as may be: close some"}` + "\n"
	_ = conn.SetDeadline(time.Now().Add(time.Second)) // an empty buffer takes it at once
	_, _ = conn.Write([]byte("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n" +
		"Connection: close\r\n\r\n" + text))
	_ = conn.Close()
}

// counted is a connection that gives its place back.
type counted struct {
	net.Conn
	leave func()
}

// NetConn returns the connection itself: a fault resets it.
func (c *counted) NetConn() net.Conn { return c.Conn }

// Close closes the connection.
func (c *counted) Close() error {
	err := c.Conn.Close()
	c.leave()
	return err
}
