package pilotstatus

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

const (
	defaultHost    = "pilotstatus.com.br"
	defaultBaseURL = "https://" + defaultHost
)

// parseBaseURL reads a base URL and returns it without the final /v1 that every
// route begins with. Its errors never repeat the URL: it may hold a password.
func parseBaseURL(text string) (*url.URL, error) {
	const field = "base URL"
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.Hostname() == "" {
		return nil, invalid(field, "this is no URL; it looks like "+defaultBaseURL)
	}
	switch {
	case u.User != nil:
		return nil, invalid(field, "it has a user name or password; the key is the only credential")
	case u.RawQuery != "" || u.ForceQuery:
		return nil, invalid(field, "it has a query")
	case strings.Contains(text, "#"):
		return nil, invalid(field, "it has a fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		return nil, invalid(field, "it must begin with https://, because the key would travel in clear (http:// works for a loopback host)")
	}
	prefix := strings.TrimRight(u.EscapedPath(), "/")
	prefix = strings.TrimRight(strings.TrimSuffix(prefix, "/v1"), "/")
	if strings.EqualFold(u.Hostname(), defaultHost) && prefix != "" {
		return nil, invalid(field, "on this host the API has no path but /v1; use "+defaultBaseURL)
	}
	plain, err := url.PathUnescape(prefix)
	if err != nil || hasDotSegment(plain) {
		return nil, invalid(field, "its path has dot segments")
	}
	base := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: plain}
	if plain != prefix {
		base.RawPath = prefix
	}
	return base, nil
}

func isLoopback(host string) bool {
	// Only in this spelling: net/http sends LOCALHOST, with the key, to a proxy.
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func hasDotSegment(path string) bool {
	return slices.ContainsFunc(strings.Split(path, "/"), func(segment string) bool {
		return segment == "." || segment == ".."
	})
}
