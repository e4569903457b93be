package pilotstatustest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const manyRows = 3000

// searched are the places at which a binary search may look that seeks one of the first
// or the last elements of a list, also where up to so many elements came or went.
func searched(count, slack int) map[int]bool {
	places := map[int]bool{}
	for gone := range slack {
		for added := range slack {
			length := count - gone + added
			for _, target := range []int{slack, length - 2*slack} {
				for low, high := 0, length; low < high; {
					middle := (low + high) / 2
					places[gone+middle] = true
					if middle < target {
						low = middle + 1
					} else {
						high = middle
					}
				}
			}
		}
	}
	return places
}

// hollow takes out of a list all but its ends and what a search looks at: what walks it
// panics.
func hollow[T any](list []*T) {
	const slack = 40
	keep := searched(len(list), slack)
	for i := 3 * slack; i < len(list)-3*slack; i++ {
		if !keep[i] {
			list[i] = nil
		}
	}
}

// hollowServer is a server on which walking messages, rows, conversations, requests,
// deliveries, calls or leads panics. The last send is returned, and the last received message.
func hollowServer(t *testing.T, keep int) (s *Server, lastSent, lastReceived string) {
	t.Helper()
	s = New(WithClock(time.Date(2026, 11, 3, 14, 0, 0, 0, time.UTC)), WithKeep(keep))
	t.Cleanup(s.Close)
	n := s.Number("num_1")
	s.Tenant().AddWebhook("num_1", "", "http://127.0.0.1:1", "message.received")
	s.mu.Lock()
	s.state.deliveries.carry = func(*webhook) {} // nothing goes out
	s.mu.Unlock()
	for i := range manyRows {
		lastReceived = n.Receive(Inbound{From: personOf(i), Text: "hi"})
		lastSent = sendOne(t, s, personOf(i))
		n.AddLead(Lead{})
		n.HangUp(n.Ring(personOf(i)))
	}
	s.Advance(time.Second)
	s.Numbers()
	s.mu.Lock()
	defer s.mu.Unlock()
	box := &s.state.number("num_1").box
	require.Greater(t, len(box.rows), manyRows/2)
	hollow(box.rows)
	hollow(box.conversations)
	hollow(s.state.messages)
	hollow(s.requests)
	hollow(s.state.webhooks.all[0].sends)
	hollow(s.state.calls.all)
	hollow(s.state.growth.leads)
	return s, lastSent, lastReceived
}

func personOf(i int) string { return "+5511" + strconv.Itoa(900_000_000+i) }

func sendOne(t *testing.T, s *Server, to string) string {
	t.Helper()
	return ask(t, s, http.MethodPost, "/v1/messages/send", `{"destinationNumber":"`+to+`","text":"hello"}`)
}

// ask makes a request and returns the id of its answer.
func ask(t *testing.T, s *Server, method, path, body string) string {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("X-Api-Key", s.NumberKey("num_1"))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	require.Less(t, w.Code, 300, "%s %s: %s", method, path, w.Body)
	var answer struct {
		ID string `json:"id"`
	}
	_ = decode(w.Body.Bytes(), &answer)
	return answer.ID
}

// deed is something that a test does to one thing on a server.
type deed struct {
	name string
	do   func()
}

// What is done to one message, call, lead, delivery or request takes as long beside many as
// beside few: it does not walk them.
func TestNothingWalksAllRows(t *testing.T) {
	t.Parallel()
	for _, keep := range []int{0, manyRows} {
		s, lastSent, lastReceived := hollowServer(t, keep)
		for _, one := range slices.Concat(deedsOfPeople(t, s, lastSent, lastReceived), deedsOfPrograms(t, s, lastSent)) {
			assert.NotPanics(t, one.do, "%s, keep %d", one.name, keep)
		}
	}
}

func deedsOfPeople(t *testing.T, s *Server, lastSent, lastReceived string) []deed {
	t.Helper()
	n, last := s.Number("num_1"), personOf(manyRows-1)
	said := func(_ string, err error) { require.NoError(t, err) }
	return []deed{
		{"receive", func() { n.Receive(Inbound{From: last, Text: "hi"}) }},
		{"receive from a new person", func() { n.Receive(Inbound{From: "+14155550100"}) }},
		{"say", func() { said(n.As(last).Say("hi", "")) }},
		{"say by a phone without plus", func() { said(n.As(last[1:]).Say("hi", "")) }},
		{"quote a send", func() { said(n.As(last).Say("hi", lastSent)) }},
		{"quote what was received", func() { said(n.As(last).Say("hi", lastReceived)) }},
		{"quote what is unknown", func() { _, err := n.As(last).Say("hi", "msg_1"); require.Error(t, err) }},
		{"send a file", func() { said(n.As(last).SendFile(File{Kind: "image"}, "")) }},
		{"read", func() { require.NoError(t, n.As(last).Read(lastSent)) }},
		{"call", func() { id, err := n.As(last).Call(); n.HangUp(id); said("", err) }},
		{"add a contact", func() { n.AddContact(Contact{Phone: "+14155550101"}) }},
		{"add a referral", func() { n.AddReferral(Referral{From: last, SourceID: "1"}) }},
		{"add a lead", func() { n.AddLead(Lead{}) }},
		{"answer a flow", func() { n.AnswerFlow("flow_000001") }},
		{"set the unread count", func() { n.SetUnread("conv_1", 1) }},
	}
}

func deedsOfPrograms(t *testing.T, s *Server, lastSent string) []deed {
	t.Helper()
	request := s.requests[len(s.requests)-1].ID
	sends := s.state.webhooks.all[0].sends
	lead, call, delivery := s.state.growth.leads[manyRows-1].id, s.state.calls.all[manyRows-1], sends[len(sends)-1].id
	found := func(_ any, err error) { require.NoError(t, err) }
	get := func(path string) func() { return func() { ask(t, s, http.MethodGet, path, "") } }
	return []deed{
		{"send", func() { sendOne(t, s, personOf(manyRows-1)) }},
		{"send to a new person", func() { sendOne(t, s, "+14155550102") }},
		{"get a message", get("/v1/messages/" + lastSent)},
		{"get a call", get("/v1/calls/" + call.ID)},
		{"get a call by its other id", get("/v1/calls/" + call.ExternalID)},
		{"get a lead", get("/v1/leads/" + lead)},
		{"cancel", func() { ask(t, s, http.MethodDelete, "/v1/messages/cancel", `{"messageIds":["`+lastSent+`"]}`) }},
		{"set the status", func() { s.Tenant().SetMessageStatus(lastSent, "READ", "") }},
		{"look at a message", func() { found(s.Message(lastSent)) }},
		{"look at a request", func() { found(s.Request(request)) }},
		{"look at a delivery", func() { found(s.Delivery(delivery)) }},
		{"hurry a delivery", func() { assert.Equal(t, 1, s.DeliverNow(delivery)) }},
		{"time goes on", func() { s.Advance(time.Second) }},
		{"a message is waited for", func() {
			_, err := s.WaitMessages(t.Context(), MessageQuery{After: s.Seq() - 20, Reached: "READ"}, 1)
			require.NoError(t, err)
		}},
	}
}
