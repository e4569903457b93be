package pilotstatus

import "context"

// Dashboard counts the messages of a number in a period.
type Dashboard struct {
	TotalSent   int64 `json:"totalSent"`
	TotalFailed int64 `json:"totalFailed"`

	// SentPercentChange and FailedPercentChange compare with the previous period.
	SentPercentChange   float64 `json:"sentPercentChange"`
	FailedPercentChange float64 `json:"failedPercentChange"`

	FailureRate   float64      `json:"failureRate"` // in percent
	DailyMessages []DailyCount `json:"dailyMessages" required:"statusDistribution"`

	// StatusDistribution divides the messages by status: "queued", "sent", "delivered",
	// "read", "failed" and others that the API adds. The values are percentages with
	// fractions, or counts: the vendor's sources disagree.
	StatusDistribution map[string]float64 `json:"statusDistribution"`
}

// DailyCount is the number of messages sent on one day.
type DailyCount struct {
	Date  string `json:"date"` // as in "2026-11-04", in the requested time zone
	Count int64  `json:"count"`
}

// AnalyticsPeriod is the length of the period of a [Dashboard]. The set is open.
type AnalyticsPeriod string

// The documented periods.
const (
	AnalyticsPeriod7Days  AnalyticsPeriod = "7d"
	AnalyticsPeriod30Days AnalyticsPeriod = "30d" // the default
	AnalyticsPeriod90Days AnalyticsPeriod = "90d"
)

// GetDashboardOptions are the options of [AnalyticsService.Dashboard].
type GetDashboardOptions struct {
	TimeZone string          `query:"tz"` // an IANA name, as in "America/Sao_Paulo"; "": UTC
	Period   AnalyticsPeriod `query:"period"`
}

// AnalyticsService counts the messages of a number. It is part of a [NumberClient].
//
//   - [AnalyticsService.Dashboard] returns counts of the number's messages
type AnalyticsService struct{ client *Client }

// Dashboard returns counts of the number's messages.
//
// Scope: number key. Retry: [RetrySafe]. Errors: an [*APIError] with status 409 and no
// documented code for a key without a number; and those of every call.
func (s AnalyticsService) Dashboard(ctx context.Context, opts GetDashboardOptions) (*Dashboard, error) {
	return invoke[Dashboard](ctx, s.client, opAnalyticsDashboard, input{query: opts})
}
