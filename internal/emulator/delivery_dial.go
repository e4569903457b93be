package emulator

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
)

const lookupTimeout = 2 * time.Second

// admitsDelivery returns a function that says whether deliveries may go to an address: to
// this machine, and to the hosts that were allowed, as they are resolved now.
func admitsDelivery(hosts []string) func(to netip.AddrPort) error {
	return func(to netip.AddrPort) error {
		addr := to.Addr().Unmap()
		if addr.IsLoopback() {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
		defer cancel()
		for _, host := range hosts {
			if slices.Contains(addressesOf(ctx, host), addr) {
				return nil
			}
		}
		return fmt.Errorf("%s is not this machine; start the emulator with -deliver-to and the host of the webhook to allow it", addr)
	}
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
