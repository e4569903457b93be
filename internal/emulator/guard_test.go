package emulator_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
)

// ask does a request with headers; Host is one of them.
func (s *site) ask(t *testing.T, method, path string, header map[string]string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(""))
	require.NoError(t, err)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	req.Host = header["Host"]
	req.Header.Del("Host")
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func textOf(t *testing.T, resp *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(text)
}

// A public name that an attacker lets point to this machine is refused on every path, also
// with a right key; names that cannot be public need no flag.
func TestHost(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{Hosts: []string{"dev.example", ".tunnel.example"}})
	paths := []string{"/", "/v1/messages/history", "/emulator/v1/messages", "/emulator/v1/events", "/files/x", "/assets/x"}
	tests := map[string]bool{
		"": true, "127.0.0.1": true, "[::1]:4010": true, "192.168.1.5:4010": true, "localhost:4010": true, "LOCALHOST": true,
		"emulator:4010": true, "host.docker.internal:4010": true, "dev.example": true, "Dev.Example:80": true, "a.tunnel.example": true,
		"evil.example": false, "evil.example:4010": false, "127.0.0.1.nip.example": false, "localhost.evil.example": false,
		"tunnel.example": false, "xtunnel.example": false, "dev.example.evil.example": false, "127.0.0.1:4010.evil.example": false,
		"[::1].evil.example": false, "evil.example.": false,
	}
	for host, admitted := range tests {
		for _, path := range paths {
			if admitted && path == "/emulator/v1/events" {
				continue // it would not end
			}
			resp := s.ask(t, http.MethodGet, path, map[string]string{"Host": host, "X-Api-Key": s.Default().Engine.NumberKey("num_1")})
			if admitted {
				assert.NotEqual(t, http.StatusForbidden, resp.StatusCode, "%s %s", host, path)
				continue
			}
			if assert.Equal(t, http.StatusForbidden, resp.StatusCode, "%s %s", host, path) {
				assert.Contains(t, textOf(t, resp), "-host ", host)
			}
		}
	}
}

// A page of another origin changes nothing and reads no stream.
func TestOrigin(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	foreign := map[string]map[string]string{
		"other site":      {"Origin": "http://evil.example"},
		"other port":      {"Origin": "http://127.0.0.1:1"},
		"sandboxed":       {"Origin": "null"},
		"with site":       {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"},
		"without origin":  {"Sec-Fetch-Site": "cross-site"},
		"of a subdomain":  {"Sec-Fetch-Site": "same-site"},
		"nearly the host": {"Origin": s.URL + ".evil.example"},
	}
	for name, header := range foreign {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/emulator/v1/clock/advance", "/emulator/v1/tenants", "/v1/messages/send", "/act"} {
				resp := s.ask(t, http.MethodPost, path, header)
				assert.Equal(t, http.StatusForbidden, resp.StatusCode, path)
				assert.Contains(t, textOf(t, resp), "-cors-origin")
			}
			resp := s.ask(t, http.MethodGet, "/emulator/v1/events", header)
			assert.Equal(t, http.StatusForbidden, resp.StatusCode)
			for _, path := range []string{"/v1/messages/x", "/files/x", "/emulator/v1/snapshot", "/conversations", "/media"} {
				resp = s.ask(t, http.MethodGet, path, header)
				assert.Equal(t, http.StatusForbidden, resp.StatusCode, path)
				assert.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"))
				assert.Equal(t, "same-origin", resp.Header.Get("Cross-Origin-Resource-Policy"))
			}
		})
	}
	// The link of a file leads to it from a page of the service, too.
	sent := s.post(t, "/numbers/num_1/contacts/+5511999990001/file", object{"kind": "image", "mimeType": "image/png", "data": []byte("PNG")})
	file := strings.TrimPrefix(sent["message"].(object)["content"].(object)["media"].(object)["url"].(string), s.URL)
	for _, site := range []string{"same-site", "cross-site"} {
		resp := s.ask(t, http.MethodGet, file, map[string]string{"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"})
		assert.Equal(t, http.StatusOK, resp.StatusCode)
		assert.Equal(t, "cross-origin", resp.Header.Get("Cross-Origin-Resource-Policy"))
		resp = s.ask(t, http.MethodPost, file, map[string]string{"Sec-Fetch-Site": site})
		assert.Equal(t, http.StatusForbidden, resp.StatusCode)
	}
	// A link leads to the page from anywhere, and uses up nothing.
	s.post(t, "/faults", object{"status": 503})
	link := map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
	assert.Equal(t, http.StatusOK, s.ask(t, http.MethodGet, "/conversations", link).StatusCode)
	assert.Equal(t, http.StatusForbidden, s.ask(t, http.MethodGet, "/v1/messages/x", link).StatusCode)
	assert.InDelta(t, 0, s.Default().Engine.Faults()[0].Hits, 0)
	own := map[string]map[string]string{
		"no browser":     {},
		"the page":       {"Origin": s.URL, "Sec-Fetch-Site": "same-origin"},
		"an old browser": {"Origin": s.URL},
		"behind a proxy": {"Origin": "http://proxy.example", "X-Forwarded-Host": "proxy.example"},
		"typed address":  {"Sec-Fetch-Site": "none"},
	}
	for name, header := range own {
		resp := s.ask(t, http.MethodPost, "/emulator/v1/tenants", header)
		assert.Equal(t, http.StatusCreated, resp.StatusCode, name)
	}
}

// What -cors-origin allows, it allows for JSON, for the question before and for the stream.
func TestCORS(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{CORSOrigins: []string{"http://localhost:5173"}})
	header := map[string]string{"Origin": "http://localhost:5173", "Sec-Fetch-Site": "cross-site"}
	for _, path := range []string{"/emulator/v1/messages", "/emulator/v1/events", "/v1/messages/history"} {
		resp := s.ask(t, http.MethodGet, path, header)
		assert.Equal(t, "http://localhost:5173", resp.Header.Get("Access-Control-Allow-Origin"), path)
		assert.Equal(t, "Origin", resp.Header.Get("Vary"))
	}
	assert.Equal(t, http.StatusCreated, s.ask(t, http.MethodPost, "/emulator/v1/tenants", header).StatusCode)

	question := map[string]string{
		"Origin": "http://localhost:5173", "Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "x-api-key",
	}
	resp := s.ask(t, http.MethodOptions, "/emulator/v1/faults", question)
	assert.Equal(t, http.StatusNoContent, resp.StatusCode)
	assert.Contains(t, resp.Header.Get("Access-Control-Allow-Methods"), "DELETE")
	assert.Equal(t, "x-api-key", resp.Header.Get("Access-Control-Allow-Headers"))

	question["Origin"] = "http://evil.example"
	resp = s.ask(t, http.MethodOptions, "/emulator/v1/faults", question)
	assert.Equal(t, http.StatusForbidden, resp.StatusCode)
	assert.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"))
}

// Nothing that was sent runs in a browser that opens it.
func TestContentIsData(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	tests := map[string]string{ // media type and how it is served
		"image/png": "image/png", "image/svg+xml": "application/octet-stream", "text/html": "application/octet-stream",
		"application/xhtml+xml": "application/octet-stream", "": "application/octet-stream", "image/png; a=\"b": "application/octet-stream",
	}
	for kind, served := range tests {
		sent := s.post(t, "/numbers/num_1/contacts/+5511999990001/file", object{
			"kind": "document", "mimeType": kind, "fileName": "\"><script>alert(1)</script>.svg", "data": "PHNjcmlwdD4=",
		})
		part := sent["message"].(object)["content"].(object)["media"].(object)["part"].(string)
		resp := s.ask(t, http.MethodGet, "/emulator/v1/messages/"+sent["id"].(string)+"/files/"+part, nil)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		assert.Equal(t, served, resp.Header.Get("Content-Type"), kind)
		assert.Equal(t, served != "image/png", strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment"), kind)
		assert.Contains(t, resp.Header.Get("Content-Security-Policy"), "sandbox")
		assert.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
	}
	for _, path := range []string{"/", "/v1/x", "/emulator/v1/messages", "/emulator/v1/nothing", "/%2e%2e/%2e%2e/etc/passwd", "/assets/../../go.mod"} {
		resp := s.ask(t, http.MethodGet, path, nil)
		policy := resp.Header.Get("Content-Security-Policy")
		assert.Contains(t, policy, "default-src 'none'", path)
		assert.NotContains(t, policy, "unsafe", path)
		assert.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"), path)
	}
}

// Bodies are bounded: in bytes, said or not, and in time.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	key := s.Default().Engine.NumberKey("num_1")
	for _, path := range []string{"/emulator/v1/faults", "/v1/messages/send"} {
		for _, length := range []int64{1 << 30, -1} { // -1 is in chunks
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, io.LimitReader(zeros{}, 1<<30))
			require.NoError(t, err)
			req.ContentLength = length
			req.Header.Set("X-Api-Key", key)
			req.Header.Set("Content-Type", "application/json")
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				continue // the server hung up while the client was still writing
			}
			assert.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode, path)
			resp.Body.Close()
		}
	}
	assert.EqualValues(t, 0, s.get(t, "/messages")["total"])
	assert.Empty(t, s.get(t, "/faults")["list"])
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// No path leads out of the emulator or around its checks.
func TestPathTricks(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	address := strings.TrimPrefix(s.URL, "http://")
	for _, target := range []string{
		"//emulator/v1/messages", "/emulator/v1/../v1/messages", "/emulator/v1//tenants", "/emulator/v1/tenants/%2e%2e/messages",
		"/emulator/v1/tenants/default%2fmessages", "/emulator/v1/messages/%00", "/emulator/v1/messages/a%2f..%2fb/files/..",
		"/..%2f..%2f..%2fetc/passwd", "http://evil.example/emulator/v1/messages", "*", "/emulator/v1/messages?a;b", "/emulator/v1/messages?%zz",
	} {
		conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(t.Context(), "tcp", address)
		require.NoError(t, err)
		_, err = io.WriteString(conn, "GET "+target+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		require.NoError(t, err)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err, target)
		text := textOf(t, resp)
		assert.NotContains(t, text, "root:", target)
		assert.Less(t, resp.StatusCode, 500, target)
		if strings.Contains(target, "evil") {
			assert.Equal(t, http.StatusForbidden, resp.StatusCode)
		}
		conn.Close()
	}
	s.get(t, "/ready")
}
