package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// tape is the transport of the examined clients. It keeps the text of the last answer,
// because a decoded answer no longer shows what it lacks or has too much. Calls go through
// it one after another.
type tape struct {
	next  http.RoundTripper
	now   func() time.Time
	host  string       // of the last request
	body  bytes.Buffer // of the last answer, as far as it was read
	cut   bool         // it broke off
	clock clock
}

var errNotReadOnly = errors.New("this program only reads, and asks for no key, no file and no pairing code")

// RoundTrip refuses every request that could change something or show a key.
func (t *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	t.body.Reset()
	t.cut = false
	if !isReadOnly(r) {
		return nil, errNotReadOnly
	}
	t.host = r.URL.Host
	start := t.now()
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	t.clock.observe(start, t.now(), resp.Header)
	resp.Body = &recorded{ReadCloser: resp.Body, tape: t}
	return resp, nil
}

func isReadOnly(r *http.Request) bool {
	if r.Method != http.MethodGet {
		return false
	}
	for word := range strings.SplitSeq(r.URL.Path, "/") {
		switch word {
		case "api-keys", "connect", "media", "audio", "remote-pairing":
			return false
		}
	}
	return true
}

// recorded is a body that is copied while the client reads it.
type recorded struct {
	io.ReadCloser

	tape *tape
}

// Read implements io.Reader.
func (r *recorded) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.tape.body.Write(p[:n])
	if err != nil && !errors.Is(err, io.EOF) {
		r.tape.cut = true
	}
	return n, err
}
