package pilotstatustest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestRowOfAMessageWithoutARequest(t *testing.T) {
	t.Parallel()
	s := newState(clock{})
	m := &message{number: s.number("num_2")}
	m.DestinationNumber = "+14155550100"
	s.accept(m)
	rows := s.mailbox(m.number).rows
	assert.Len(t, rows, 1)
	assert.Empty(t, rows[0].text)
	assert.Equal(t, "+14155550100", rows[0].phone)
}

func TestInboundReferrals(t *testing.T) {
	t.Parallel()
	s := newState(clock{start: time.Date(2026, 11, 3, 14, 0, 0, 0, time.UTC), frozen: true})
	n, now := s.number("num_2"), s.clock.now()
	ad := &InboundReferral{SourceID: "1", SourceType: "ad"}
	older := s.receive(n, &Inbound{UserID: "BR.1", Referral: ad, At: now.Add(-time.Hour)}, now)
	newer := s.receive(n, &Inbound{UserID: "BR.2", Referral: ad}, now)
	oldest := s.receive(n, &Inbound{UserID: "BR.3", Referral: ad, At: now.Add(-2 * time.Hour)}, now)
	s.receive(n, &Inbound{UserID: "BR.1"}, now)
	s.receive(n, &Inbound{UserID: "BR.4", Referral: ad, Origin: "APP"}, now)
	s.receive(s.number("num_1"), &Inbound{UserID: "BR.1", Referral: ad}, now)

	var ids []string
	for _, r := range s.inboundReferrals(n) {
		ids = append(ids, r.id)
	}
	assert.Equal(t, []string{newer, older, oldest}, ids)
	ad.SourceID = "2"
	assert.Equal(t, "1", s.inboundReferrals(n)[0].referral.SourceID, "the row has its own copy")
}
