package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest"
)

// campaignOf returns a campaign for so many people.
func campaignOf(t *testing.T, people int) string {
	t.Helper()
	c := newCampaign{Name: "lamps"}
	for i := range people {
		c.People = append(c.People, person{Phone: fmt.Sprintf("+55119777%05d", i), Name: "friend"})
	}
	text, err := json.Marshal(c)
	require.NoError(t, err)
	return string(text)
}

// An access code overtakes all, an order the campaign, and the campaign leaves once.
func TestCodeOvertakesCampaign(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.post(t, "/campaigns", "", campaignOf(t, 40))
	s.post(t, "/orders", "cart-7", lia)
	s.post(t, "/codes", "login-1", `{"phone": "+55 11 98888-0000"}`)
	for path, body := range map[string]string{"/campaigns": campaignOf(t, 40), "/codes": `{"phone": "+5511988880000"}`} {
		status, answer := s.call(t, http.MethodPost, path, "login-1", body)
		assert.Equal(t, http.StatusOK, status, "again: %s", answer)
		assert.JSONEq(t, `{"id": 1}`, answer)
	}
	require.NoError(t, s.outbox.SetPace(t.Context(), s.pool, numberID, pilotstatuspg.Pace{Every: time.Millisecond, Parallel: 1}))
	s.drain(t)
	sent := s.sent()
	require.Len(t, sent, 42)
	assert.Equal(t, []string{"code-1", "order-1-confirmed", "campaign-1-0", "campaign-1-1"}, sent[:4])
	code := s.fake.Messages()[0]
	assert.Regexp(t, `"code":"\d{6}"`, string(code.Body))
	assert.WithinDuration(t, time.Now().Add(codeLifetime), code.DeliverUntil, time.Minute)
}

// A key stands for one phone: the code of another one would never leave.
func TestCodeForAnotherPhone(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.post(t, "/codes", "login-1", `{"phone": "+5511988880000"}`)
	status, answer := s.call(t, http.MethodPost, "/codes", "login-1", `{"phone": "+5511977770000"}`)
	assert.Equal(t, http.StatusConflict, status, answer)
}

// A code that nobody could use any more does not leave.
func TestCodeExpires(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.post(t, "/codes", "login-1", `{"phone": "+5511988880000"}`)
	require.NoError(t, pilotstatuspgtest.Advance(t.Context(), s.outbox, s.pool, codeLifetime+time.Second))
	s.drain(t)
	assert.Empty(t, s.sent())
}

func TestCampaignRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for name, row := range map[string]struct{ path, body, says string }{
		"nobody":    {"/campaigns", campaignOf(t, 0), "people"},
		"no name":   {"/campaigns", strings.Replace(campaignOf(t, 1), "lamps", "", 1), "name"},
		"no friend": {"/campaigns", strings.Replace(campaignOf(t, 1), "friend", "", 1), "name"},
		"twice":     {"/campaigns", strings.Replace(campaignOf(t, 2), "00001", "00000", 1), "twice"},
		"no phone":  {"/campaigns", strings.Replace(campaignOf(t, 2), "00001", "x", 1), "To"},
		"too many":  {"/campaigns", campaignOf(t, maxPeople+1), "10,000"},
		"one phone": {"/campaigns", strings.Replace(campaignOf(t, 2), "+5511977700001", "+551177700000", 1), "twice"},
		"NUL":       {"/campaigns", strings.Replace(campaignOf(t, 2), "00001", `\u0000`, 1), "phone"},
		"code":      {"/codes", `{"phone": "call me"}`, "To"},
		"no code":   {"/codes", `{"phone": "+55\u000011"}`, "phone"},
	} {
		status, answer := s.call(t, http.MethodPost, row.path, "k", row.body)
		assert.Equal(t, http.StatusBadRequest, status, "%s: %s", name, answer)
		assert.Contains(t, answer, row.says, name)
	}
	s.drain(t)
	assert.Empty(t, s.sent())
}
