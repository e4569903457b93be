package pilotstatus

import (
	"context"
	"time"
)

// pause waits for d. A context that ends meanwhile ends the wait, and is the error.
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
