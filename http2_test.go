package pilotstatus

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A server that resets every stream after it has read the request whole sees as many
// requests as the class allows attempts: net/http by itself would repeat most of
// them without end.
func TestHTTP2StreamsThatAreReset(t *testing.T) {
	t.Parallel()
	for class, attempts := range map[RetryClass]int64{RetryOnce: 1, RetryUnsent: 1, RetrySafe: 4, RetryKeyed: 4} {
		t.Run(class.String(), func(t *testing.T) {
			t.Parallel()
			server := newResettingServer(t)
			number, err := NewNumberClient(APIKey(testNumberKey), WithBaseURL(server.url),
				WithHTTPClient(&http.Client{Transport: server.transport}), fastRetries())
			require.NoError(t, err)
			err = classes[class].call(t.Context(), number)
			assert.True(t, isA[*TransportError](err), "%v", err)
			assert.Equal(t, class.changes(), isA[*OutcomeUnknownError](err))
			assert.Equal(t, attempts, server.requests.Load())
		})
	}
}

// resettingServer speaks just enough HTTP/2 to reset every request.
type resettingServer struct {
	url       string
	transport *http.Transport
	requests  atomic.Int64
}

func newResettingServer(t *testing.T) *resettingServer {
	t.Helper()
	trusted := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	t.Cleanup(trusted.Close)
	transport := trusted.Client().Transport.(*http.Transport).Clone()
	transport.ForceAttemptHTTP2 = true
	t.Cleanup(transport.CloseIdleConnections)

	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: trusted.TLS.Certificates, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	s := &resettingServer{url: "https://" + listener.Addr().String(), transport: transport}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

const (
	frameHeaders   = 1
	frameReset     = 3
	frameSettings  = 4
	flagEndStream  = 1
	flagSettingAck = 1
	protocolError  = 1
)

// serve resets each stream of a connection once its request is complete, until the
// client closes the connection.
func (s *resettingServer) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	if _, err := io.ReadFull(conn, preface); err != nil {
		return
	}
	_, _ = conn.Write(frame(frameSettings, 0, 0, nil))
	header := make([]byte, 9)
	for {
		if _, err := io.ReadFull(conn, header); err != nil {
			return
		}
		length := int64(binary.BigEndian.Uint32(append([]byte{0}, header[:3]...)))
		if _, err := io.CopyN(io.Discard, conn, length); err != nil {
			return
		}
		kind, flags, stream := header[3], header[4], binary.BigEndian.Uint32(header[5:])
		switch {
		case kind == frameSettings && flags&flagSettingAck == 0:
			_, _ = conn.Write(frame(frameSettings, flagSettingAck, 0, nil))
		case kind <= frameHeaders && flags&flagEndStream != 0: // the end of a request
			s.requests.Add(1)
			_, _ = conn.Write(frame(frameReset, 0, stream, binary.BigEndian.AppendUint32(nil, protocolError)))
		}
	}
}

func frame(kind, flags byte, stream uint32, payload []byte) []byte {
	out := []byte{0, 0, byte(len(payload)), kind, flags}
	return append(binary.BigEndian.AppendUint32(out, stream), payload...)
}

// tokenTransport makes a request of its own to another host before each of ours.
type tokenTransport struct {
	tokens string
	next   http.RoundTripper
}

func (t tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	own, err := http.NewRequestWithContext(req.Context(), http.MethodGet, t.tokens, nil)
	if err != nil {
		return nil, err
	}
	resp, err := t.next.RoundTrip(own)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	return t.next.RoundTrip(req)
}

// A transport that asks another HTTP/2 host first is not taken for one that repeats.
func TestHTTP2TransportWithARequestOfItsOwn(t *testing.T) {
	t.Parallel()
	start := func() *httptest.Server {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, 2, r.ProtoMajor)
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, testAccepted)
		}))
		server.EnableHTTP2 = true
		server.StartTLS()
		t.Cleanup(server.Close)
		return server
	}
	api, tokens := start(), start()
	number, err := NewNumberClient(APIKey(testNumberKey), WithBaseURL(api.URL), WithRetry(RetryPolicy{}),
		WithHTTPClient(&http.Client{Transport: tokenTransport{tokens.URL, api.Client().Transport}}))
	require.NoError(t, err)
	_, err = number.Messages.Send(t.Context(), testSend())
	require.NoError(t, err)
	_, err = number.Messages.Get(t.Context(), "msg_1")
	require.NoError(t, err)
}
