package emulator_test

import (
	"context"
	"encoding/binary"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
)

// A name that was this machine when it was looked at, and is another one when it is
// connected to, is refused: the address counts, and not the name.
//
//nolint:paralleltest // the resolver is that of the process; tests in parallel begin later
func TestDeliveryToANameThatChanges(t *testing.T) {
	address := namesAreAll(t)
	receiver, asked := counter(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close") // so that each delivery connects
	})
	s := open(t, emulator.Config{})
	s.Default().Engine.Tenant().DeliveryRetries(0, 0)
	hook := strings.Replace(receiver, "127.0.0.1", "shop.example", 1)
	made := s.post(t, "/webhooks", object{"numberId": "num_1", "url": hook, "events": []any{"message.received"}})
	assert.Empty(t, made["warning"])
	deliver := func() object {
		s.post(t, "/numbers/num_1/contacts/+5511999990001/say", object{"text": "Hello"})
		require.NoError(t, s.Default().Engine.Flush(t.Context()))
		return first(first(s.get(t, "/deliveries")["deliveries"])["attempts"])
	}
	assert.EqualValues(t, http.StatusOK, deliver()["status"])

	s.Default().Engine.Tenant().DeliveryTimeout(assertWithin)
	for _, elsewhere := range []string{"169.254.169.254", "10.0.0.1", "192.0.2.1"} {
		address.Store(netip.MustParseAddr(elsewhere))
		attempt := deliver()
		assert.EqualValues(t, 0, attempt["status"], attempt)
		assert.Contains(t, attempt["error"], elsewhere+" is not this machine", attempt)
	}
	assert.EqualValues(t, 1, asked.Load())
}

// namesAreAll lets all names be resolved to one address, which the caller can change.
func namesAreAll(t *testing.T) *atomic.Value {
	t.Helper()
	var address atomic.Value
	address.Store(netip.MustParseAddr("127.0.0.1"))
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	go func() { // ends with the connection
		query := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(query)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(resolved(query[:n], address.Load().(netip.Addr)), from)
		}
	}()
	before := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = before })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	return &address
}

// resolved answers a query of DNS, for an IPv4 address with a record that lives 0 seconds
// and for anything else with none.
func resolved(query []byte, address netip.Addr) []byte {
	const header, typeA, classIN = 12, 1, 1
	end := header
	for query[end] != 0 {
		end += 1 + int(query[end])
	}
	question := query[header : end+5]
	isA := binary.BigEndian.Uint16(question[len(question)-4:]) == typeA
	answer := append([]byte{}, query[:2]...)
	answer = append(answer, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0)
	answer = append(answer, question...)
	if isA {
		answer[7] = 1
		answer = append(answer, 0xc0, header, 0, typeA, 0, classIN, 0, 0, 0, 0, 0, 4)
		answer = append(answer, address.AsSlice()...)
	}
	return answer
}
