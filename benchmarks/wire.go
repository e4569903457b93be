package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"time"
)

// answer is what an API answers to the one call of a client.
type answer struct {
	status int
	body   string
}

// stub answers every request at once, without a connection.
type stub answer

func (s stub) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	return &http.Response{
		StatusCode:    s.status,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader([]byte(s.body))),
		ContentLength: int64(len(s.body)),
		Request:       req,
	}, nil
}

// serve starts a server that gives the answer to every request over loopback. The
// transport brings a request for any host to it, without TLS, so that each client keeps
// the URL of its own API.
func serve(a answer) (transport http.RoundTripper, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
	})}
	go func() { _ = server.Serve(listener) }() // until stop closes it

	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, listener.Addr().String())
	}
	pool := &http.Transport{DialContext: dial, DialTLSContext: dial}
	return pool, func() {
		pool.CloseIdleConnections()
		_ = server.Close()
	}, nil
}
