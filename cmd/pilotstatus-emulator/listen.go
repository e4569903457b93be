package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"
)

const portTries = 8 // of port 0, where the port of one address is taken on the other

// listen opens the listeners of -addr. localhost is both loopback addresses, or the one
// that there is.
func listen(ctx context.Context, s *settings) ([]net.Listener, error) {
	host, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		return nil, fmt.Errorf("-addr is %q and must be host:port, such as %s", s.addr, defaultAddr)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return nil, fmt.Errorf("-addr is %q and must have a port from 0 to 65535", s.addr)
	} else if host != "localhost" {
		return listenAt(ctx, s, host, port)
	} else if n != 0 {
		return listenTwice(ctx, port)
	}
	for range portTries - 1 {
		if both, err := listenTwice(ctx, port); err == nil {
			return both, nil
		}
	}
	return listenTwice(ctx, port)
}

// listenAt opens the listener of one address.
func listenAt(ctx context.Context, s *settings, host, port string) ([]net.Listener, error) {
	ip, err := netip.ParseAddr(host)
	switch {
	case host != "" && err != nil:
		return nil, fmt.Errorf("-addr is %q and its host must be localhost or an IP address", s.addr)
	case !s.allowRemote && (host == "" || !ip.IsLoopback()):
		return nil, fmt.Errorf("-addr is %q, which other machines reach; with -allow-remote it may be", s.addr)
	}
	one, err := listenOn(ctx, net.JoinHostPort(host, port))
	if err != nil {
		return nil, err
	}
	return []net.Listener{one}, nil
}

// listenTwice opens the listeners of localhost, with the same port.
func listenTwice(ctx context.Context, port string) ([]net.Listener, error) {
	four, err := listenOn(ctx, net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return nil, err
	}
	_, port, _ = net.SplitHostPort(four.Addr().String())
	six, err := listenOn(ctx, net.JoinHostPort("::1", port))
	switch {
	case err == nil:
		return []net.Listener{four, six}, nil
	case isTaken(ctx, net.JoinHostPort("::1", port)):
		_ = four.Close()
		return nil, err
	}
	return []net.Listener{four}, nil // this machine has no IPv6
}

// listenOn opens a listener. Where the port is taken the error says by what.
func listenOn(ctx context.Context, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err == nil {
		return l, nil
	}
	if !isTaken(ctx, addr) {
		return nil, fmt.Errorf("nothing can listen at %s: %w", addr, err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if _, notReady := ask(ctx, "http://"+addr); notReady == nil {
		return nil, fmt.Errorf("an emulator answers at http://%s already; use that one, or start this one with -addr localhost:0", addr)
	}
	return nil, fmt.Errorf("another program listens at %s; start with -addr localhost:0 or another port", addr)
}

// isTaken says whether something listens at an address.
func isTaken(ctx context.Context, addr string) bool {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}
