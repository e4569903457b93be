package pilotstatus

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// proxyRefusal is the answer of a proxy that refuses a connection to the API. Nothing was
// sent.
type proxyRefusal struct{ status int }

func (e *proxyRefusal) Error() string { return e.says("the API") }

// says returns the text of the error for a connection to another host.
func (e *proxyRefusal) says(host string) string {
	text := "the proxy refused to connect to " + host + ": " + strconv.Itoa(e.status) + " " + http.StatusText(e.status)
	if e.status == http.StatusProxyAuthRequired {
		text += "; check the user and the password in the proxy's URL"
	}
	return text
}

// isTemporary reports whether the proxy may connect later.
func (e *proxyRefusal) isTemporary() bool {
	switch e.status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return isTransientStatus(e.status)
}

// errProxyAddress replaces an error that shows the address of the proxy with its password.
var errProxyAddress = errors.New("the address of the proxy is invalid; check HTTPS_PROXY, or Proxy of the transport")

// proxyFailure returns the failure of the proxy that ended an attempt without a connection,
// nil if the proxy did not fail. net/http reports a refusal only by its status text. That
// text proves a refusal only if a trace saw that a connection was requested and not
// obtained, because a transport without a trace may return the same text for an answer.
func proxyFailure(err error, asked bool) error {
	if refused, ok := errors.AsType[*proxyRefusal](err); ok {
		return refused
	}
	if strings.Contains(err.Error(), "invalid proxy address") {
		return errProxyAddress
	}
	if !asked {
		return nil
	}
	text := leafText(err)
	if strings.HasPrefix(strings.ToLower(text), "proxy auth") {
		return &proxyRefusal{status: http.StatusProxyAuthRequired}
	}
	for status := http.StatusMultipleChoices; status < 600; status++ {
		if known := http.StatusText(status); known != "" && strings.EqualFold(text, known) {
			return &proxyRefusal{status: status}
		}
	}
	return nil
}

// tellRefusals makes a transport of this package report the status with which a proxy
// refused.
func tellRefusals(transport *http.Transport) {
	before := transport.OnProxyConnectResponse
	transport.OnProxyConnectResponse = func(ctx context.Context, proxy *url.URL, req *http.Request, resp *http.Response) error {
		if before != nil {
			if err := before(ctx, proxy, req, resp); err != nil {
				return err
			}
		}
		if resp.StatusCode != http.StatusOK {
			return &proxyRefusal{status: resp.StatusCode}
		}
		return nil
	}
}

// withoutUserinfo returns err, or an error without the user and password of a URL in its
// text.
func withoutUserinfo(err error) error {
	text := err.Error()
	if clean := cutUserinfo(text); clean != text {
		return &foreignError{text: clean, cause: func() error { return err }}
	}
	return err
}

func cutUserinfo(text string) string {
	var clean strings.Builder
	for {
		before, rest, found := strings.Cut(text, "://")
		clean.WriteString(before)
		if !found {
			return clean.String()
		}
		clean.WriteString("://")
		word := rest
		if end := strings.IndexAny(rest, " \t\r\n\""); end >= 0 {
			word = rest[:end]
		}
		if at := strings.LastIndexByte(word, '@'); at >= 0 {
			clean.WriteString(redacted)
			rest = rest[at:]
		}
		text = rest
	}
}
