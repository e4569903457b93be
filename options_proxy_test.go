package pilotstatus

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const proxyPassword = "s3cret-of-the-proxy"

// proxyURL is the address of a proxy that answers every request in the same way.
func refusingProxy(t *testing.T, answer string) *url.URL {
	t.Helper()
	address, _ := rawServer(t, func(conn net.Conn) {
		req, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		assert.Equal(t, http.MethodConnect, req.Method)
		assert.NotEmpty(t, req.Header.Get("Proxy-Authorization"))
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", answer)
	})
	return &url.URL{Scheme: "http", Host: address, User: url.UserPassword("proxyuser", proxyPassword)}
}

// A proxy that opens no connection: nothing was sent, the error says who refused, and
// only what may pass is tried again.
func TestProxyThatRefuses(t *testing.T) {
	t.Parallel()
	for answer, test := range map[string]struct {
		own    bool // found out on our own transport only
		status int
		passes bool
	}{
		"407 Proxy Authentication Required":   {status: 407},
		"407 Proxy Authorization Needed":      {status: 407},
		"407 Go away":                         {status: 407, own: true},
		"407":                                 {status: 407, own: true},
		"403 Forbidden":                       {status: 403},
		"404 not found":                       {status: 404},
		"302 Found":                           {status: 302},
		"429 Too Many Requests":               {status: 429, passes: true},
		"502 Bad Gateway":                     {status: 502, passes: true},
		"503 Service Unavailable":             {status: 503, passes: true},
		"504 Gateway Timeout":                 {status: 504, passes: true},
		"511 Network Authentication Required": {status: 511},
	} {
		for _, own := range []bool{true, false} {
			if test.own && !own {
				continue
			}
			for class, call := range wireCalls {
				t.Run(fmt.Sprintf("%s, %s, ours %t", answer, class, own), func(t *testing.T) {
					t.Parallel()
					transport := wireTransport(t)
					if own {
						shared, ok := defaultTransport(0).(*http.Transport)
						require.True(t, ok)
						transport = shared
					}
					transport.Proxy = http.ProxyURL(refusingProxy(t, answer))
					err := call(t.Context(), wireNumber(t, "https://api.example", transport))
					requireSettled(t, err)
					require.ErrorContains(t, err, fmt.Sprintf("the proxy refused to connect to the API: %d", test.status))
					var failed *TransportError
					require.ErrorAs(t, err, &failed)
					want := 1
					if test.passes && class != RetryNever {
						want = 4
					}
					assert.Equal(t, want, failed.Attempts)
					assertNoProxySecret(t, err)
				})
			}
		}
	}
}

// assertNoProxySecret looks for the proxy's user and password in all that an error prints.
func assertNoProxySecret(t *testing.T, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
			assert.NotContains(t, text, proxyPassword)
			assert.NotContains(t, text, "proxyuser")
			assert.NotContains(t, text, "cHJveHl1c2Vy", "in base64")
		}
	}
}

// An address of a proxy that cannot be read does not print its password either.
func TestProxyAddressThatIsInvalid(t *testing.T) {
	t.Parallel()
	userinfo := url.UserPassword("proxyuser", proxyPassword).String()
	_, parseErr := url.Parse("http://" + userinfo + "%zz@proxy.example")
	_, portErr := url.Parse("http://" + userinfo + "/@proxy.example")
	require.Error(t, parseErr)
	require.Error(t, portErr)
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"as of the environment": {
			fmt.Errorf("invalid proxy address %q: %w", "http://proxyuser:"+proxyPassword+"%zz@proxy.example", parseErr),
			"address of the proxy is invalid",
		},
		"as text":      {fmt.Errorf("invalid proxy address %q: %s", "http://proxyuser:"+proxyPassword+" x@proxy.example", parseErr.Error()), "address of the proxy is invalid"},
		"escape":       {parseErr, "check the proxy's"},
		"port":         {portErr, "check the proxy's"},
		"in a text":    {errors.New("no route to http://proxyuser:" + proxyPassword + "@proxy.example:3128 today"), "no route to http://[redacted]@proxy.example:3128 today"},
		"at the end":   {errors.New("no route to socks5://proxyuser:" + proxyPassword + "@proxy"), "no route to socks5://[redacted]@proxy"},
		"without more": {errors.New("no route to http://proxy.example"), "no route to http://proxy.example"},
	} {
		transport := wireTransport(t)
		transport.Proxy = func(*http.Request) (*url.URL, error) { return nil, test.err }
		for class, call := range wireCalls {
			err := call(t.Context(), wireNumber(t, "https://api.example", transport))
			require.ErrorContains(t, err, test.want, name)
			assertNoProxySecret(t, err)
			if test.want == "address of the proxy is invalid" {
				requireSettled(t, err)
				var failed *TransportError
				require.ErrorAs(t, err, &failed)
				assert.Equal(t, 1, failed.Attempts, class)
			}
		}
	}
}
