package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// check asks an emulator whether it is ready, for containers that have no curl.
func check(ctx context.Context, p program, s *settings) int {
	url := strings.TrimSuffix(s.checkURL, "/")
	switch {
	case url == "":
		url = "http://" + reachable(s.addr)
	case !strings.Contains(url, "://"):
		url = "http://" + reachable(url)
	}
	where, err := askUntil(ctx, url, time.Duration(s.wait))
	if err != nil {
		_, _ = fmt.Fprintf(p.errors, "pilotstatus-emulator: %s is not ready: %v\n", where, err)
		return exitNo
	}
	if !s.quiet {
		_, _ = fmt.Fprintf(p.out, "%s is ready\n", where)
	}
	return exitOK
}

// askUntil asks again and again, for some time, until the emulator is ready.
func askUntil(ctx context.Context, url string, wait time.Duration) (where string, err error) {
	over, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		one, cancel := context.WithTimeout(ctx, checkTimeout)
		where, err = ask(one, url)
		cancel()
		if err == nil {
			return where, nil
		}
		select {
		case <-over.Done():
			return where, err
		case <-time.After(checkEvery):
		}
	}
}

// reachable is the address at which what listens at addr is reached from this machine.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host == "" || host == "localhost" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// ask asks what is at a URL whether it is an emulator that is ready.
func ask(ctx context.Context, url string) (where string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/emulator/v1/ready", http.NoBody)
	if err != nil {
		return url, errors.New("it is no address of an emulator, such as http://localhost:4010")
	}
	client := &http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return url, errors.New("nothing answers there")
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if err != nil {
		return url, err
	}
	var said struct {
		Emulator string
		Ready    bool
		Error    string
	}
	if json.Unmarshal(body, &said) != nil || said.Emulator == "" && said.Error == "" {
		return url, errors.New("what answers there is no emulator")
	}
	if !said.Ready {
		return url, errors.New(said.Error)
	}
	return url, nil
}
