//go:build unix

package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// crowd are connections to the program that a test holds open.
type crowd struct {
	t     *testing.T
	addr  string
	conns []net.Conn
}

// join opens a connection and writes what it asks, which may be nothing or a part.
func (c *crowd) join(asks string) net.Conn {
	c.t.Helper()
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(c.t.Context(), "tcp", c.addr)
	require.NoError(c.t, err)
	c.conns = append(c.conns, conn)
	_, _ = io.WriteString(conn, asks) // one that is refused may be closed already
	return conn
}

func (c *crowd) leave() {
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

// sendOnce sends a message to the program over a connection of its own.
func sendOnce(t *testing.T, r readyFile) error {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(r.APIKey), pilotstatus.WithBaseURL(r.URL),
		pilotstatus.WithHTTPClient(&http.Client{Transport: transport, Timeout: 5 * time.Second}),
		pilotstatus.WithRetry(pilotstatus.RetryPolicy{}))
	require.NoError(t, err)
	_, err = client.Messages.Send(t.Context(), pilotstatus.SendRequest{
		To:      pilotstatus.Phone("+5511999999999"),
		Content: pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "Ana"}},
	})
	return err
}

// More connections than the system lets the program have are refused where they hold a
// place, whatever they ask, and it answers others again when they have gone.
func TestMoreConnectionsThanDescriptors(t *testing.T) {
	t.Parallel()
	cmd, r, out := startProcess(t, "128")
	c := &crowd{t: t, addr: strings.TrimPrefix(r.URL, "http://")}
	defer c.leave()
	const head = " HTTP/1.1\r\nHost: localhost\r\n"
	for name, asks := range map[string]string{
		"silent":         "",
		"half a head":    "POST /v1/messages/send" + head,
		"half a body":    "POST /v1/messages/send" + head + "Content-Length: 9\r\n\r\n{",
		"without an end": "POST /emulator/v1/faults" + head + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
	} {
		for range 199 {
			c.join(asks)
		}
		last := c.join(asks)
		require.NoError(t, last.SetReadDeadline(time.Now().Add(5*time.Second)))
		text, err := io.ReadAll(last)
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "%s: it is not refused", name)
		if err == nil {
			assert.Contains(t, string(text), "TOO_MANY_CONNECTIONS", name)
		}
		c.leave()
		require.Eventually(t, func() bool { return sendOnce(t, r) == nil }, 10*time.Second, 5*time.Millisecond, name)
	}
	// Streams and waits are bounded below that: others are answered beside them.
	for _, asks := range []string{"events", "wait?wait=60s"} {
		for range 200 {
			c.join("GET /emulator/v1/" + asks + head + "\r\n")
		}
		require.Eventually(t, func() bool { return sendOnce(t, r) == nil }, 10*time.Second, 5*time.Millisecond, asks)
	}
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.NoError(t, cmd.Wait(), out)
	assert.NotContains(t, out.String(), "too many open files")
}

// Connections on which nothing is asked give way to one that asks, those that wait do not.
func TestIdleConnectionsGiveWay(t *testing.T) {
	t.Parallel()
	_, r, _ := startProcess(t, "128")
	c := &crowd{t: t, addr: strings.TrimPrefix(r.URL, "http://")}
	defer c.leave()
	wait := bufio.NewReader(c.join("GET /emulator/v1/wait?wait=60s HTTP/1.1\r\nHost: localhost\r\n\r\n"))
	for range 200 {
		conn := c.join("GET /emulator/v1/ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, resp.StatusCode)
		resp.Body.Close()
	}
	require.NoError(t, sendOnce(t, r))
	resp, err := http.ReadResponse(wait, nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"messages":[{`)
}
