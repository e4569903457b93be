package emulator

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// guard refuses what a foreign page in the browser of the user could ask for: a name that
// an attacker lets point to this machine, or a request of another origin.
type guard struct {
	hosts   []string // beside those that need no permission
	origins []string
}

// admitsHost says whether a request may have this Host. Only a public name can be made to
// point here, and a public name has a dot.
func (g *guard) admitsHost(host string) bool {
	name := hostName(host)
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	name = strings.ToLower(name)
	if name == "" {
		return false
	}
	if !strings.Contains(name, ".") || name == "host.docker.internal" {
		return true
	}
	return slices.ContainsFunc(g.hosts, func(allowed string) bool {
		allowed = strings.ToLower(allowed)
		return name == allowed || strings.HasPrefix(allowed, ".") && strings.HasSuffix(name, allowed)
	})
}

// hostName is a Host without its port and the brackets of an IPv6 address.
func hostName(host string) string {
	if name, port, err := net.SplitHostPort(host); err == nil && strings.Trim(port, "0123456789") == "" {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

// refuseHost answers a request to a name that is not allowed.
func (g *guard) refuseHost(w http.ResponseWriter, r *http.Request) {
	failf(http.StatusForbidden, "HOST_NOT_ALLOWED",
		"the emulator does not answer to the name %q; start it with -host %s if that is its name", r.Host, hostName(r.Host)).write(w)
}
