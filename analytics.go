package pilotstatus

import "context"

// Dashboard counts what the number sent in a period.
type Dashboard struct {
	TotalSent   int64 `json:"totalSent"`
	TotalFailed int64 `json:"totalFailed"`

	// SentPercentChange and FailedPercentChange compare with the period before.
	SentPercentChange   float64 `json:"sentPercentChange"`
	FailedPercentChange float64 `json:"failedPercentChange"`

	FailureRate   float64      `json:"failureRate"` // in percent
	DailyMessages []DailyCount `json:"dailyMessages" required:"statusDistribution"`

	// StatusDistribution is how the messages divide by status: "queued", "sent",
	// "delivered", "read", "failed" and what the API adds. The values are
	// percentages with fractions, or counts: the vendor's sources disagree.
	StatusDistribution map[string]float64 `json:"statusDistribution"`
}

// DailyCount is how many messages were sent on a day.
type DailyCount struct {
	Date  string `json:"date"` // as in "2026-11-04", in the time zone that was asked for
	Count int64  `json:"count"`
}

// AnalyticsPeriod is how far back a Dashboard reaches. The set is open.
type AnalyticsPeriod string

// The documented periods.
const (
	AnalyticsPeriod7Days  AnalyticsPeriod = "7d"
	AnalyticsPeriod30Days AnalyticsPeriod = "30d" // the default
	AnalyticsPeriod90Days AnalyticsPeriod = "90d"
)

// GetDashboardOptions are the options of [AnalyticsService.Dashboard].
type GetDashboardOptions struct {
	TimeZone string // an IANA name, as in "America/Sao_Paulo"; "": UTC
	Period   AnalyticsPeriod
}

func (o GetDashboardOptions) query() queryValues {
	q := queryValues{}
	q.text("tz", o.TimeZone)
	q.text("period", string(o.Period))
	return q
}

// AnalyticsService counts what was sent. It is part of a [NumberClient].
//
//   - [AnalyticsService.Dashboard] returns the counts of the number's messages
type AnalyticsService struct{ client *Client }

// Dashboard returns the counts of the number's messages. A key that is linked to no
// number gets a 409.
//
// Scope: number key. Retry: [RetrySafe]. Errors: those of every call.
func (s AnalyticsService) Dashboard(ctx context.Context, opts GetDashboardOptions) (*Dashboard, error) {
	return invoke[Dashboard](ctx, s.client, opAnalyticsDashboard, input{query: opts})
}
