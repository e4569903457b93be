package pilotstatus

import (
	"context"
	"time"
)

// pause waits for d, or until ctx ends, and returns why it ended.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
