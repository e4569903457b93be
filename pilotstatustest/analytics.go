package pilotstatustest

import (
	"cmp"
	"math"
	"strings"
	"time"
)

func analyticsRoutes() []route {
	return []route{
		on("Analytics.Dashboard", "GET /v1/analytics/dashboard", scopeNumber, dashboard),
	}
}

// dashboardAnswer is the answer of Analytics.Dashboard.
type dashboardAnswer struct {
	TotalSent           int                `json:"totalSent"`
	TotalFailed         int                `json:"totalFailed"`
	SentPercentChange   float64            `json:"sentPercentChange"`
	FailedPercentChange float64            `json:"failedPercentChange"`
	FailureRate         float64            `json:"failureRate"`
	DailyMessages       []dailyMessages    `json:"dailyMessages"`
	StatusDistribution  map[string]float64 `json:"statusDistribution"`
}

type dailyMessages struct {
	Date  string `json:"date"`
	Count int    `json:"count"`
}

// tally counts messages by their status.
type tally map[string]int

// sent counts the messages that got out.
func (t tally) sent() int { return t[sent] + t[delivered] + t[read] }

func dashboard(c *call) (any, *failure) {
	days, refused := c.period()
	if refused != nil {
		return nil, refused
	}
	zone, refused := c.zone()
	if refused != nil {
		return nil, refused
	}
	out := dashboardAnswer{DailyMessages: make([]dailyMessages, days)}
	year, month, day := c.state.clock.now().In(zone).Date()
	place := make(map[string]int, days) // of a date within the period
	for i := range out.DailyMessages {
		date := time.Date(year, month, day-(days-1)+i, 12, 0, 0, 0, time.UTC).Format(time.DateOnly)
		out.DailyMessages[i].Date, place[date] = date, i
	}
	first := out.DailyMessages[0].Date
	before := time.Date(year, month, day-(2*days-1), 12, 0, 0, 0, time.UTC).Format(time.DateOnly)
	now, past := tally{}, tally{}
	for _, m := range c.state.messages {
		if m.number != c.number {
			continue
		}
		date := m.CreatedAt.In(zone).Format(time.DateOnly)
		if i, ok := place[date]; ok {
			now[m.Status]++
			out.DailyMessages[i].Count++
		} else if date >= before && date < first {
			past[m.Status]++
		}
	}
	out.TotalSent, out.TotalFailed = now.sent(), now[failed]
	out.SentPercentChange = percentChange(past.sent(), now.sent())
	out.FailedPercentChange = percentChange(past[failed], now[failed])
	out.FailureRate = percent(now[failed], now.sent()+now[failed])
	out.StatusDistribution = now.distribution(c.state.analytics.noDelivered)
	return out, nil
}

// period is the number of days that the query asks for, up to today.
func (c *call) period() (int, *failure) {
	text := cmp.Or(c.query.Get("period"), "30d")
	days, ok := map[string]int{"7d": 7, "30d": 30, "90d": 90}[text]
	if !ok {
		return 0, invalid("period is %q", text)
	}
	return days, nil
}

// zone is the time zone in which days begin.
func (c *call) zone() (*time.Location, *failure) {
	name := cmp.Or(c.query.Get("tz"), c.query.Get("timezone"), "UTC")
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, invalid("no time zone %q", name)
	}
	return zone, nil
}

// distribution says which share of the messages is in which state.
func (t tally) distribution(noDelivered bool) map[string]float64 {
	var total int
	for _, count := range t {
		total += count
	}
	out := make(map[string]float64)
	for _, status := range []string{queued, sent, delivered, failed, read} {
		out[strings.ToLower(status)] = 0
	}
	for status, count := range t {
		out[strings.ToLower(status)] = percent(count, total)
	}
	if noDelivered {
		out["sent"] = percent(t[sent]+t[delivered], total)
		delete(out, "delivered")
	}
	return out
}

// percent is 0 of nothing. Two digits are kept.
func percent(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return math.Round(float64(part)/float64(whole)*10_000) / 100
}

// percentChange is 100 from nothing to something.
func percentChange(past, now int) float64 {
	if past == 0 && now > 0 {
		return 100
	}
	return percent(now-past, past)
}
