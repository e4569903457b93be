package pilotstatuspg

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// stuckAfter is a handler that writes, makes a file and waits for it to be gone.
func (in *inbox) stuckAfter(path string) handleFunc {
	return func(ctx context.Context, tx pgx.Tx, event pilotstatus.Event) error {
		if err := in.keep(ctx, tx, event); err != nil {
			return err
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			return err
		}
		for {
			if _, err := os.Stat(path); err != nil {
				return nil //nolint:nilerr // the test removed it
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// A receiver that is killed in the middle of an event, or frozen there, leaves nothing: another
// one handles the event at once, or when the server has given up the frozen one.
func TestReceiverDies(t *testing.T) {
	t.Parallel()
	for name, sign := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "frozen": syscall.SIGSTOP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newInbox(t)
			dir, body := t.TempDir(), delivered(pilotstatus.EventMessageReceived, "msg_1")
			j := receiverJob{
				DSN: database(t).DSN, Schema: in.outbox.Schema(), Socket: filepath.Join(dir, "s"), Stuck: filepath.Join(dir, "stuck"),
				Timeout: 2 * time.Second,
			}
			victim := startRole(t, "TestReceiverProcess", receiverEnv, j)
			client := socketClient(t, j.Socket)
			eventually := func(condition func() bool) {
				t.Helper()
				require.Eventually(t, condition, time.Minute, time.Millisecond)
			}
			eventually(func() bool {
				response, err := client.Get("http://receiver/") // a refusal says that it listens
				return err == nil && assert.NoError(t, response.Body.Close())
			})
			var delivering sync.WaitGroup
			delivering.Go(func() { assert.False(t, confirmed(t, client, body)) })
			eventually(func() bool {
				_, err := os.Stat(j.Stuck)
				return err == nil
			})
			survivor := in.receive(in.keep, ReceiveOptions{})
			assert.Equal(t, http.StatusServiceUnavailable, post(survivor, body), "it is at work")
			victim.signal(t, sign)
			redeliver(t, survivor, body)
			assert.Equal(t, 1, in.count("seen"))

			require.NoError(t, os.Remove(j.Stuck))
			if sign == syscall.SIGSTOP {
				victim.signal(t, syscall.SIGCONT)
				eventually(func() bool { return confirmed(t, client, body) }) // as a duplicate
				assert.Equal(t, 1, in.count("seen"))
			}
			delivering.Wait()
			victim.kill(t)
		})
	}
}
