package pilotstatus

import (
	"context"
	"time"
)

// pause waits for d. A context that ends meanwhile ends the wait; the error is its
// own, with its cause.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return endOfContext(ctx)
	case <-ctx.Done():
		return endOfContext(ctx)
	}
}
