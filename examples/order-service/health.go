package main

import (
	"net/http"
)

// numberHealth is how the number stands. docs/outbox.md says what to do about it.
type numberHealth struct {
	NumberID  string  `json:"numberId"`
	Queued    int     `json:"queued"`
	OldestDue float64 `json:"oldestDueSeconds"`
	Unknown   int     `json:"unknown"`
	Paused    string  `json:"paused,omitempty"`
	Held      int     `json:"held"`
	Parked    int     `json:"parked"`
}

// health answers GET /health: 200 with the outbox's numbers where the database answers.
func (s *service) health(r *http.Request) (status int, body any, err error) {
	stats, err := s.outbox.Stats(r.Context(), s.pool)
	if err != nil {
		return 0, nil, err
	}
	numbers := make([]numberHealth, len(stats))
	for i, n := range stats {
		numbers[i] = numberHealth{n.NumberID, n.Queued, n.OldestDue.Seconds(), n.Unknown, n.Paused, n.Held, n.Parked}
	}
	return http.StatusOK, map[string]any{"numbers": numbers}, nil
}
