package pilotstatustest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dashboard decodes the answer of Analytics.Dashboard.
func (c *caller) dashboard(t *testing.T, query string) dashboardBody {
	t.Helper()
	r := c.do(t, "GET", "/v1/analytics/dashboard"+query, "")
	require.Equal(t, http.StatusOK, r.status, "%s", r.body)
	var out dashboardBody
	require.NoError(t, json.Unmarshal(r.body, &out))
	return out
}

type dashboardBody struct {
	TotalSent, TotalFailed                              int
	SentPercentChange, FailedPercentChange, FailureRate float64
	DailyMessages                                       []struct {
		Date  string
		Count int
	}
	StatusDistribution map[string]float64
}

func (d dashboardBody) counts() string {
	var text string
	for _, day := range d.DailyMessages {
		if day.Count > 0 {
			text += fmt.Sprintf("%s:%d ", day.Date, day.Count)
		}
	}
	return text
}

func TestDashboard(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	empty := number.do(t, "GET", "/v1/analytics/dashboard?period=7d", "")
	assert.JSONEq(t, `{"totalSent":0,"totalFailed":0,"sentPercentChange":0,"failedPercentChange":0,"failureRate":0,"dailyMessages":[
		{"date":"2026-10-28","count":0},{"date":"2026-10-29","count":0},{"date":"2026-10-30","count":0},{"date":"2026-10-31","count":0},
		{"date":"2026-11-01","count":0},{"date":"2026-11-02","count":0},{"date":"2026-11-03","count":0}],
		"statusDistribution":{"queued":0,"sent":0,"delivered":0,"failed":0,"read":0}}`, string(empty.body))

	// Seven days before: two that were read, one that failed. They are not of the period.
	fake.Number("num_1").FailNext("INVALID_DESTINATION", "x")
	for range 3 {
		number.send(t, text)
	}
	fake.Advance(7 * 24 * time.Hour)
	newCaller(t, fake.URL, fake.NumberKey("num_2")).send(t, text)
	fake.Number("num_1").FailNext("INVALID_DESTINATION", "x")
	for range 4 {
		number.send(t, text)
	}
	fake.Advance(12 * time.Hour) // to the next day
	ids := []string{number.send(t, text), number.send(t, text), number.send(t, text)}
	fake.Tenant().SetMessageStatus(ids[0], "SENT", "")
	fake.Tenant().SetMessageStatus(ids[1], "DELIVERED", "")

	got := number.dashboard(t, "?period=7d")
	assert.Len(t, got.DailyMessages, 7)
	assert.Equal(t, "2026-11-10:4 2026-11-11:3 ", got.counts())
	assert.Equal(t, []int{5, 1}, []int{got.TotalSent, got.TotalFailed})
	assert.InDelta(t, 150, got.SentPercentChange, 0)
	assert.InDelta(t, 0, got.FailedPercentChange, 0)
	assert.InDelta(t, 16.67, got.FailureRate, 0)
	assert.Equal(t, map[string]float64{"queued": 14.29, "sent": 14.29, "delivered": 14.29, "failed": 14.29, "read": 42.86}, got.StatusDistribution)

	got = number.dashboard(t, "")
	assert.Len(t, got.DailyMessages, 30)
	assert.Equal(t, "2026-11-03:3 2026-11-10:4 2026-11-11:3 ", got.counts())
	assert.InDelta(t, 100, got.SentPercentChange, 0, "there was nothing before")
	assert.Equal(t, got, number.dashboard(t, "?period=30d&tz=UTC"))
	assert.Len(t, number.dashboard(t, "?period=90d").DailyMessages, 90)

	// What failed before and does not now.
	for _, id := range ids {
		fake.Tenant().SetMessageStatus(id, "CANCELED", "")
	}
	fake.Advance(6 * 24 * time.Hour)
	got = number.dashboard(t, "?period=7d")
	assert.Equal(t, "2026-11-11:3 ", got.counts())
	assert.InDelta(t, -100, got.SentPercentChange, 0)
	assert.InDelta(t, -100, got.FailedPercentChange, 0)
	assert.InDelta(t, 0, got.FailureRate, 0)
	assert.Equal(t, map[string]float64{"queued": 0, "sent": 0, "delivered": 0, "failed": 0, "read": 0, "canceled": 100}, got.StatusDistribution)
	fake.Tenant().SetMessageStatus(ids[0], "OF_TOMORROW", "")
	assert.InDelta(t, 33.33, number.dashboard(t, "?period=7d").StatusDistribution["of_tomorrow"], 0)
	fake.Tenant().SetMessageStatus(ids[0], "SENT", "")
	fake.Tenant().SetMessageStatus(ids[1], "DELIVERED", "")
	fake.Tenant().HideDelivered(true)
	assert.Equal(t, map[string]float64{"queued": 0, "sent": 66.67, "failed": 0, "read": 0, "canceled": 33.33},
		number.dashboard(t, "?period=7d").StatusDistribution)
}

func TestDashboardWindowBefore(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	number.send(t, text)
	for day, want := range []float64{100, 100, 100, 100, 100, 100, 100, -100, -100, -100, -100, -100, -100, -100, 0} {
		fake.Advance(time.Second) // the first one goes out in it
		assert.InDelta(t, want, number.dashboard(t, "?period=7d").SentPercentChange, 0, "after %d days", day)
		fake.Advance(24*time.Hour - time.Second)
	}
}

func TestDashboardTimeZones(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	number.send(t, text) // 14:05 UTC
	for query, want := range map[string]string{
		"?tz=UTC":                             "2026-11-03:1 ",
		"?tz=Pacific%2FKiritimati":            "2026-11-04:1 ",
		"?timezone=Pacific%2FKiritimati":      "2026-11-04:1 ",
		"?tz=UTC&timezone=Pacific/Kiritimati": "2026-11-03:1 ",
	} {
		got := number.dashboard(t, query)
		assert.Equal(t, want, got.counts(), query)
		assert.Equal(t, want[:10], got.DailyMessages[29].Date, "the last day is today, there")
	}
	// Clocks change on 1 November; no day is missing or there twice.
	seen := map[string]bool{}
	for _, day := range number.dashboard(t, "?tz=America%2FNew_York").DailyMessages {
		seen[day.Date] = true
	}
	assert.Len(t, seen, 30)
	for _, query := range []string{"?period=8d", "?period=7", "?tz=Mars", "?tz=Local", "?timezone=../etc"} {
		r := number.do(t, "GET", "/v1/analytics/dashboard"+query, "")
		assert.Equal(t, http.StatusBadRequest, r.status, query)
		assert.NotEmpty(t, lastRequest(fake).Refusal)
	}
}
