package pilotstatus

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	frameData         = 0
	frameHeaders      = 1
	frameReset        = 3
	frameSettings     = 4
	framePing         = 6
	frameGoAway       = 7
	frameWindowUpdate = 8

	flagAck        = 1 // of SETTINGS and PING
	flagEndStream  = 1
	flagEndHeaders = 4

	noError       = 0
	protocolError = 1
	internalError = 2
	refusedStream = 7
	canceled      = 8
	enhanceYour   = 11
)

// frameServer speaks just enough HTTP/2 to misbehave by the frame. handle decides about
// each request that has come whole.
type frameServer struct {
	url       string
	transport *http.Transport
	handle    func(*frameRequest)
	requests  atomic.Int64 // that have come whole
	conns     atomic.Int64
}

// frameRequest is a request and the way to answer it.
type frameRequest struct {
	header string // as HPACK
	body   string
	stream uint32
	nth    int   // on its connection, from 1
	conn   int64 // number of the connection, from 1
	c      *frameConn
}

// frameConn is one connection to a frameServer.
type frameConn struct {
	net.Conn

	highest uint32 // stream that was processed; for the handler alone
	gone    bool   // after GOAWAY; for the handler alone

	mu     sync.Mutex // guards writing and silent
	silent bool       // nothing is written any more, not even the answer to a PING
}

func newFrameServer(t *testing.T, handle func(*frameRequest)) *frameServer {
	t.Helper()
	trusted := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	t.Cleanup(trusted.Close)
	shared, ok := trusted.Client().Transport.(*http.Transport)
	require.True(t, ok)
	transport := shared.Clone()
	transport.ForceAttemptHTTP2 = true
	t.Cleanup(transport.CloseIdleConnections)

	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: trusted.TLS.Certificates, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12,
	})
	require.NoError(t, err)
	s := &frameServer{url: "https://" + listener.Addr().String(), transport: transport, handle: handle}
	var serving sync.WaitGroup
	open := map[net.Conn]bool{}
	var mu sync.Mutex
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[conn] = true
			mu.Unlock()
			number := s.conns.Add(1)
			serving.Go(func() {
				s.serve(&frameConn{Conn: conn}, number)
				mu.Lock()
				delete(open, conn)
				mu.Unlock()
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for conn := range open {
			_ = conn.Close()
		}
		mu.Unlock()
		serving.Wait()
	})
	return s
}

// number returns a client of the server.
func (s *frameServer) number(t *testing.T, opts ...Option) *NumberClient {
	t.Helper()
	return wireNumber(t, s.url, s.transport, opts...)
}

// serve reads the requests of a connection, until either side closes it.
func (s *frameServer) serve(conn *frameConn, number int64) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	if _, err := io.ReadFull(in, preface); err != nil {
		return
	}
	conn.frame(frameSettings, 0, 0, []byte{0, 1, 0, 0, 0, 0}) // HPACK remembers nothing
	header := make([]byte, 9)
	headers, bodies := map[uint32]string{}, map[uint32]string{}
	nth := 0
	for {
		if _, err := io.ReadFull(in, header); err != nil {
			return
		}
		payload := make([]byte, binary.BigEndian.Uint32(append([]byte{0}, header[:3]...)))
		if _, err := io.ReadFull(in, payload); err != nil {
			return
		}
		kind, flags, stream := header[3], header[4], binary.BigEndian.Uint32(header[5:])
		switch {
		case kind == frameSettings && flags&flagAck == 0:
			conn.frame(frameSettings, flagAck, 0, nil)
		case kind == framePing && flags&flagAck == 0:
			conn.frame(framePing, flagAck, 0, payload)
		case kind == frameHeaders:
			headers[stream] = string(payload)
		case kind == frameData:
			bodies[stream] += string(payload)
			if len(payload) > 0 {
				conn.frame(frameWindowUpdate, 0, 0, binary.BigEndian.AppendUint32(nil, uint32(len(payload))))
			}
		}
		if kind <= frameHeaders && flags&flagEndStream != 0 { // the end of a request
			nth++
			s.requests.Add(1)
			s.handle(&frameRequest{
				header: headers[stream], body: bodies[stream], stream: stream, nth: nth, conn: number, c: conn,
			})
			delete(headers, stream)
			delete(bodies, stream)
		}
	}
}

func (c *frameConn) frame(kind, flags byte, stream uint32, payload []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.silent {
		return
	}
	out := []byte{0, byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	out = append(binary.BigEndian.AppendUint32(out, stream), payload...)
	_, _ = c.Write(out)
}

// answer answers with a JSON body.
func (r *frameRequest) answer(status int, body string) {
	// Literals without indexing: the name :status is entry 8 of the static table,
	// content-type is 31.
	const contentType = "application/json"
	header := append([]byte{0x08, 3}, strconv.Itoa(status)...)
	header = append(append(header, 0x0f, 31-15, byte(len(contentType))), contentType...)
	r.c.frame(frameHeaders, flagEndHeaders, r.stream, header)
	r.c.frame(frameData, flagEndStream, r.stream, []byte(body))
}

// reset ends the stream.
func (r *frameRequest) reset(code uint32) {
	r.c.frame(frameReset, 0, r.stream, binary.BigEndian.AppendUint32(nil, code))
}

// goAway says that no stream after last was processed or will be.
func (r *frameRequest) goAway(last, code uint32) {
	r.c.frame(frameGoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), code))
}

// closeAll ends the connection.
func (r *frameRequest) closeAll() { _ = r.c.Close() }

// silence leaves the connection open and never writes to it again.
func (r *frameRequest) silence() {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	r.c.silent = true
}

// answerOf is what a call of each class wants to read.
const answerOf = `{"id":"msg_1","key":"ps_rotated_0123456789","cancelled":1,"correlationId":"corr_1","status":"QUEUED"}`

// http2Calls are calls of every class and form over HTTP/2.
var http2Calls = map[string]struct {
	class RetryClass
	do    Request
}{
	"unsent POST":            {RetryUnsent, Request{Method: http.MethodPost, Body: "x"}},
	"unsent POST, no body":   {RetryUnsent, Request{Method: http.MethodPost}},
	"unsent DELETE, no body": {RetryUnsent, Request{Method: http.MethodDelete}},
	"unsent GET":             {RetryUnsent, Request{Method: http.MethodGet}},
	"once POST":              {RetryNever, Request{Method: http.MethodPost, Body: "x"}},
	"once POST, no body":     {RetryNever, Request{Method: http.MethodPost}},
	"once GET with a body":   {RetryNever, Request{Method: http.MethodGet, Body: "x"}},
	"keyed POST":             {RetryKeyed, Request{Method: http.MethodPost, Body: "x"}},
	"keyed POST, no body":    {RetryKeyed, Request{Method: http.MethodPost}},
	"safe PUT":               {RetrySafe, Request{Method: http.MethodPut, Body: "x"}},
	"safe PUT, no body":      {RetrySafe, Request{Method: http.MethodPut}},
	"safe GET":               {RetrySafe, Request{Method: http.MethodGet}},
}

// eachHTTP2Call runs a test for every call of http2Calls.
func eachHTTP2Call(t *testing.T, test func(t *testing.T, class RetryClass, do Request)) {
	t.Helper()
	for name, c := range http2Calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.do.Path, c.do.Retry = "/v1/things", c.class
			test(t, c.class, c.do)
		})
	}
}

// What the protocol proves to be unprocessed goes out again, whatever its class and
// without any retry of ours: no call is lost and none is doubled.
func TestHTTP2RefusedStream(t *testing.T) {
	t.Parallel()
	eachHTTP2Call(t, func(t *testing.T, _ RetryClass, do Request) {
		processed := 0
		server := newFrameServer(t, func(r *frameRequest) {
			if r.nth%2 == 1 {
				r.reset(refusedStream)
				return
			}
			processed++
			r.answer(http.StatusOK, answerOf)
		})
		client := server.number(t, WithRetry(RetryPolicy{}))
		for n := range 20 {
			require.NoError(t, client.Do(t.Context(), do, nil))
			require.Equal(t, n+1, processed)
		}
		assert.EqualValues(t, 1, server.conns.Load())
	})
}

// A GOAWAY that names a lower stream than the open one proves that this one was not
// processed, on a connection that served before and on a new one. The client closes the
// connection: a server that did so could lose the GOAWAY on the way.
//
// net/http repeats a GET of class safe by itself, which shows only as a second connection,
// so without retries of ours it goes out again once. Such a call must not meet the end of
// the connection before it and the GOAWAY of its own: its connections end only by the last.
func TestHTTP2GoAwayBeforeTheStream(t *testing.T) {
	t.Parallel()
	for _, served := range []int{0, 1, 3} {
		t.Run(strconv.Itoa(served)+" served", func(t *testing.T) {
			t.Parallel()
			eachHTTP2Call(t, func(t *testing.T, class RetryClass, do Request) {
				once := class == RetrySafe && do.Method == http.MethodGet
				var processed atomic.Int64
				server := newFrameServer(t, func(r *frameRequest) {
					if r.c.gone {
						return
					}
					if r.nth > served && r.conn%2 == 1 {
						r.c.gone = true
						r.goAway(max(r.stream, 2)-2, noError)
						return
					}
					processed.Add(1)
					r.answer(http.StatusOK, answerOf)
					if r.nth == 4 && !once {
						r.c.gone = true
						r.goAway(r.stream, noError)
					}
				})
				client := server.number(t, WithRetry(RetryPolicy{}))
				for n := range 20 {
					require.NoError(t, client.Do(t.Context(), do, nil))
					require.EqualValues(t, n+1, processed.Load())
				}
			})
		})
	}
}

// A GOAWAY with an error as the first word of a server does not invite another try at
// once, but it is proof.
func TestHTTP2GoAwayWithAnError(t *testing.T) {
	t.Parallel()
	eachHTTP2Call(t, func(t *testing.T, class RetryClass, do Request) {
		server := newFrameServer(t, func(r *frameRequest) {
			r.goAway(0, enhanceYour)
			r.closeAll()
		})
		err := server.number(t).Do(t.Context(), do, nil)
		requireSettled(t, err)
		// One more where the first request found its form wrong and left stream 1 unused:
		// on another stream the same GOAWAY is one that passes.
		want := map[RetryClass]int64{RetryNever: 1, RetryUnsent: 4, RetrySafe: 4, RetryKeyed: 4}[class]
		assert.GreaterOrEqual(t, server.requests.Load(), want)
		assert.LessOrEqual(t, server.requests.Load(), want+1)
	})
}

// A stream that a GOAWAY covers may have been processed, and so may one that was reset
// in any other way: never again but by the class.
func TestHTTP2StreamsThatMayHaveBeenProcessed(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*frameRequest){
		"GOAWAY that covers it": func(r *frameRequest) { r.goAway(r.stream, noError); r.closeAll() },
		"GOAWAY with an error":  func(r *frameRequest) { r.goAway(r.stream, internalError); r.closeAll() },
		"GOAWAY that promises":  func(r *frameRequest) { r.goAway(1<<31-1, noError); r.closeAll() },
		"close":                 (*frameRequest).closeAll,
		"NO_ERROR":              func(r *frameRequest) { r.reset(noError) },
		"PROTOCOL_ERROR":        func(r *frameRequest) { r.reset(protocolError) },
		"INTERNAL_ERROR":        func(r *frameRequest) { r.reset(internalError) },
		"CANCEL":                func(r *frameRequest) { r.reset(canceled) },
		"ENHANCE_YOUR_CALM":     func(r *frameRequest) { r.reset(enhanceYour) },
		"unknown code":          func(r *frameRequest) { r.reset(1 << 20) },
		"broken frame":          func(r *frameRequest) { r.c.frame(frameHeaders, flagEndHeaders, r.stream, []byte{0xff}) },
	} {
		for _, warm := range []bool{false, true} {
			t.Run(name+", warm "+strconv.FormatBool(warm), func(t *testing.T) {
				t.Parallel()
				eachHTTP2Call(t, func(t *testing.T, class RetryClass, do Request) {
					var lost atomic.Int64
					server := newFrameServer(t, func(r *frameRequest) {
						if warm && r.conn == 1 && r.nth == 1 {
							r.answer(http.StatusOK, answerOf)
							return
						}
						lost.Add(1)
						end(r)
					})
					client := server.number(t)
					if warm {
						require.NoError(t, client.Do(t.Context(), do, nil))
					}
					err := client.Do(t.Context(), do, nil)
					require.Error(t, err)
					want := map[RetryClass]int64{RetryNever: 1, RetryUnsent: 1, RetrySafe: 4, RetryKeyed: 4}[class]
					assert.Equal(t, want, lost.Load())
					assert.Equal(t, class.changes(), isA[*OutcomeUnknownError](err), "%v", err)
				})
			})
		}
	}
}

// A server that refuses every stream ends the moves, and the call was not sent.
func TestHTTP2ServerThatRefusesForEver(t *testing.T) {
	t.Parallel()
	eachHTTP2Call(t, func(t *testing.T, class RetryClass, do Request) {
		server := newFrameServer(t, func(r *frameRequest) { r.reset(refusedStream) })
		err := server.number(t).Do(t.Context(), do, nil)
		requireSettled(t, err)
		assert.True(t, isA[*TransportError](err))
		assert.NotContains(t, err.Error(), "GetBody")
		attempts := map[RetryClass]int64{RetryNever: 1, RetryUnsent: 4, RetrySafe: 4, RetryKeyed: 4}[class]
		assert.LessOrEqual(t, server.requests.Load(), attempts+maxMoves)
	})
}

// A connection on which nothing comes any more: its PING is lost, and what it carried
// may have been processed.
func TestHTTP2PingTimeout(t *testing.T) {
	t.Parallel()
	eachHTTP2Call(t, func(t *testing.T, class RetryClass, do Request) {
		var lost atomic.Int64
		server := newFrameServer(t, func(r *frameRequest) {
			if r.conn == 1 && r.nth == 1 {
				r.answer(http.StatusOK, answerOf)
				return
			}
			lost.Add(1)
			r.silence()
		})
		server.transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: 50 * time.Millisecond, PingTimeout: 50 * time.Millisecond}
		client := server.number(t, WithAttemptTimeout(wireLimit), WithRetry(RetryPolicy{MaxRetries: 1, MinWait: 1, MaxWait: 1}))
		require.NoError(t, client.Do(t.Context(), do, nil))
		err := client.Do(t.Context(), do, nil)
		require.ErrorContains(t, err, "connection lost")
		want := map[RetryClass]int64{RetryNever: 1, RetryUnsent: 1, RetrySafe: 2, RetryKeyed: 2}[class]
		assert.Equal(t, want, lost.Load())
		assert.Equal(t, class.changes(), isA[*OutcomeUnknownError](err), "%v", err)
	})
}

// The server of net/http ends connections for idleness at the very moment that the next
// request goes out: of 400 posts none is lost, and each is processed once. On a busy
// machine a new connection may end before its first request came, several times in a row:
// hence the retries.
func TestHTTP2IdleConnectionsThatEnd(t *testing.T) {
	t.Parallel()
	for class, call := range wireCalls {
		t.Run(class.String(), func(t *testing.T) {
			t.Parallel()
			server := newWireServer(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				answerJSON(w, http.StatusOK, answerOf)
			}, func(s *httptest.Server) {
				s.Config.IdleTimeout = 10 * time.Millisecond
				s.EnableHTTP2 = true
				s.StartTLS()
			})
			client := wireNumber(t, server.URL, http2Transport(t, server),
				WithRetry(RetryPolicy{MaxRetries: 20, MinWait: 1, MaxWait: 1}))
			for n := range 400 {
				require.NoError(t, call(t.Context(), client))
				require.Len(t, server.Requests(), n+1)
				time.Sleep(time.Duration(9_500+3*n) * time.Microsecond)
			}
			assert.Greater(t, server.Accepted(), 100, "connections that ended")
		})
	}
}
