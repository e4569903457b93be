package pilotstatustest_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// signals tells of the first byte that is asked for or written in a request.
type signals struct {
	http.ResponseWriter
	io.ReadCloser

	reads, writes chan struct{}
}

func (s *signals) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *signals) Read(p []byte) (int, error) {
	tell(s.reads)
	return s.ReadCloser.Read(p)
}

func (s *signals) Write(p []byte) (int, error) {
	tell(s.writes)
	return s.ResponseWriter.Write(p)
}

func tell(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// A client that sends only half of a body, and one that does not read the answer, do not
// keep Close waiting. The server behind which the fake is knows nothing of that.
func TestCloseBreaksOff(t *testing.T) {
	t.Parallel()
	for name, listen := range map[string]func(http.Handler) *httptest.Server{
		"plain": httptest.NewServer, "TLS": httptest.NewTLSServer,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := pilotstatustest.New()
			reads, writes := make(chan struct{}, 1), make(chan struct{}, 1)
			front := listen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := &signals{w, r.Body, reads, writes}
				r.Body = s
				fake.ServeHTTP(s, r)
			}))
			t.Cleanup(func() {
				front.CloseClientConnections()
				front.Close()
			})
			fake.URL = front.URL
			connect := func() net.Conn {
				conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", front.Listener.Addr().String())
				require.NoError(t, err)
				t.Cleanup(func() { _ = conn.Close() })
				if front.TLS == nil {
					return conn
				}
				return tlsClient(t, front, conn)
			}
			key := fake.NumberKey("num_1")
			_, err := fmt.Fprintf(connect(), "POST %s HTTP/1.1\r\nHost: x\r\nX-Api-Key: %s\r\nContent-Type: application/json\r\n"+
				"Content-Length: 100\r\n\r\n{", sendPath, key)
			require.NoError(t, err)
			<-reads

			n := fake.Number("num_1")
			id, err := n.As("+5511999999999").SendFile(pilotstatustest.File{Kind: "document", Data: make([]byte, 30<<20)}, "")
			require.NoError(t, err)
			message, err := fake.Message(id)
			require.NoError(t, err)
			conn := connect()
			_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", message.Content.Media.URL[len(fake.URL):])
			require.NoError(t, err)
			<-writes

			closed := make(chan struct{})
			go func() {
				defer close(closed)
				fake.Close()
			}()
			select {
			case <-closed:
			case <-time.After(20 * time.Second): // far less than what clients have
				t.Fatal("Close waits for a client")
			}
			got, _ := io.Copy(io.Discard, conn)
			assert.Less(t, got, int64(30<<20))
		})
	}
}

// A connection is as before for the request after an answer: what bounds an answer ends
// with it.
func TestDeadlineEndsWithTheAnswer(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.New()
	t.Cleanup(fake.Close)
	var set []time.Time
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fake.ServeHTTP(&deadlines{ResponseWriter: w, set: &set}, r)
	}))
	t.Cleanup(front.Close)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", front.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, "GET /v1/messages/x HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	_ = resp.Body.Close()
	_ = conn.Close()
	front.Close()
	require.Len(t, set, 2)
	assert.False(t, set[0].IsZero(), "the answer has an end")
	assert.True(t, set[1].IsZero())
}

// deadlines notes the deadlines of answers.
type deadlines struct {
	http.ResponseWriter

	set *[]time.Time
}

func (d *deadlines) Unwrap() http.ResponseWriter { return d.ResponseWriter }

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	*d.set = append(*d.set, t)
	return http.NewResponseController(d.ResponseWriter).SetWriteDeadline(t)
}

func tlsClient(t *testing.T, front *httptest.Server, conn net.Conn) net.Conn {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(front.Certificate())
	secure := tls.Client(conn, &tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: tls.VersionTLS12})
	require.NoError(t, secure.HandshakeContext(t.Context()))
	return secure
}
