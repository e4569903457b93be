package emulator

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// A body that does not come is given up; the time does not go on behind its end.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	const patience = 20 * time.Millisecond
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limitBody(w, r, patience)
		_, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestTimeout)
			return
		}
		select {
		case <-r.Context().Done():
		case <-time.After(3 * patience):
			_, _ = io.WriteString(w, "still here")
		}
	}))
	defer server.Close()
	ask := func(body string) string {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(server.URL, "http://"))
		require.NoError(t, err)
		defer conn.Close()
		_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n"+body)
		require.NoError(t, err)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return string(text)
	}
	assert.Contains(t, ask("ab"), "timeout")
	assert.Equal(t, "still here", ask("abcd"))
}

// A stream on which nothing happens is not silent: proxies would cut it.
func TestCommentsOnASilentStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := httptest.NewRecorder()
		s := &stream{w: w, control: http.NewResponseController(w)}
		ctx, cancel := context.WithTimeout(t.Context(), 61*time.Second)
		defer cancel()
		require.ErrorIs(t, s.copy(ctx, make(chan pilotstatustest.Change)), context.DeadlineExceeded)
		assert.Equal(t, 4, strings.Count(w.Body.String(), ": still here\n\n"))
	})
}

// The address that a name leads to decides, and not the name.
func TestAdmitsDelivery(t *testing.T) {
	t.Parallel()
	admits := admitsDelivery([]string{"192.0.2.7", "localhost", "no-such-host.invalid"})
	tests := map[string]bool{
		"127.0.0.1:80": true, "127.9.9.9:80": true, "[::1]:80": true, "[::ffff:127.0.0.1]:80": true, "192.0.2.7:443": true,
		"192.0.2.8:80": false, "0.0.0.0:80": false, "[::]:80": false, "169.254.169.254:80": false, "10.0.0.1:80": false,
		"[fe80::1]:80": false, "[::ffff:10.0.0.1]:80": false, "[fd00::1]:80": false,
	}
	for addr, want := range tests {
		err := admits(netip.MustParseAddrPort(addr))
		assert.Equal(t, want, err == nil, addr)
	}
}

func TestMemberNames(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]string{
		"ID": "id", "NumberID": "numberId", "QRCode": "qrCode", "URL": "url", "BaseURL": "baseUrl", "JID": "jid", "PIIMode": "piiMode",
		"MimeType": "mimeType", "CTWAClid": "ctwaClid", "Op": "op", "OfHundred": "ofHundred", "A": "a",
	} {
		assert.Equal(t, want, memberName(field))
	}
}
