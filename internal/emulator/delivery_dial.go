package emulator

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// LookupTimeout is how long the names of webhooks may take to be resolved.
const LookupTimeout = 2 * time.Second

// admitsDelivery returns a function that says whether deliveries may go to an address: to
// this machine, and to the hosts that were allowed, as they are resolved now.
func admitsDelivery(hosts []string) func(to netip.AddrPort) error {
	return func(to netip.AddrPort) error {
		addr := to.Addr().Unmap()
		if addr.IsLoopback() {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), LookupTimeout)
		defer cancel()
		for _, host := range hosts {
			if slices.Contains(addressesOf(ctx, host), addr) {
				return nil
			}
		}
		return fmt.Errorf("%s is not this machine; start the emulator with -deliver-to and the host of the webhook to allow it", addr)
	}
}

// Undeliverable says why deliveries to a URL are refused as things are, "" where they are
// not. The name is looked up until ctx ends.
func (e *Emulator) Undeliverable(ctx context.Context, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	name := u.Hostname()
	if slices.ContainsFunc(e.config.DeliverTo, func(host string) bool { return strings.EqualFold(host, name) }) {
		return ""
	}
	found := addressesOf(ctx, name)
	if len(found) == 0 {
		if ctx.Err() != nil {
			return "" // nobody knows
		}
		return name + " cannot be resolved"
	}
	admits := admitsDelivery(e.config.DeliverTo)
	for _, addr := range found {
		if admits(netip.AddrPortFrom(addr, 0)) == nil {
			return ""
		}
	}
	return fmt.Sprintf("%s is not this machine; start the emulator with -deliver-to %s, else its deliveries are refused", name, name)
}

// addressesOf resolves a host; it is empty where that fails.
func addressesOf(ctx context.Context, host string) []netip.Addr {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr.Unmap()}
	}
	found, _ := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	for i := range found {
		found[i] = found[i].Unmap()
	}
	return found
}
