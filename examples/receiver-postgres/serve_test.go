package main

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A receiver that is told to end finishes the delivery that it works on, and takes no
// other.
func TestServeEndsGracefully(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	working, finish := make(chan struct{}), make(chan struct{})
	served := make(chan error, 1)
	go func() {
		served <- serve(ctx, listener, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			close(working)
			<-finish
		}))
	}()
	client := newHTTPClient(t)
	url := "http://" + listener.Addr().String() + webhookPath
	answered := make(chan int, 1)
	go func() {
		status, err := deliver(t.Context(), client, url, testSecret, "{}")
		assert.NoError(t, err)
		answered <- status
	}()
	<-working
	stop()
	eventually(t, func() bool {
		conn, err := net.DialTimeout("tcp", listener.Addr().String(), time.Second)
		if err == nil {
			conn.Close()
		}
		return err != nil
	}, "the listener closes")
	close(finish)
	assert.Equal(t, http.StatusOK, <-answered)
	assert.NoError(t, <-served)
}
