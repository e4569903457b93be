package pilotstatuspg

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dropper makes connections whose bytes can be dropped, as by a firewall that forgot them.
type dropper struct {
	net.Dialer

	mu    sync.Mutex
	conns []*droppedConn
}

// DialContext connects.
func (d *dropper) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.Dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	dropped := &droppedConn{Conn: conn}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.conns = append(d.conns, dropped)
	return dropped, nil
}

// dropListening lets nothing through any more on the connections that listen.
func (d *dropper) dropListening() (dropped int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, conn := range d.conns {
		conn.mu.Lock()
		if conn.listens {
			dropped++
		}
		conn.dropped = conn.listens
		conn.mu.Unlock()
	}
	return dropped
}

type droppedConn struct {
	net.Conn

	mu               sync.Mutex
	listens, dropped bool
}

func (c *droppedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.listens = c.listens || bytes.Contains(p, []byte("LISTEN"))
	dropped := c.dropped
	c.mu.Unlock()
	if dropped {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func (c *droppedConn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		c.mu.Lock()
		dropped := c.dropped
		c.mu.Unlock()
		if err != nil || !dropped {
			return n, err
		}
	}
}

// TestListenLeavesADeadConnection has the connection of LISTEN lose all its bytes, without
// an error: another one takes its place.
func TestListenLeavesADeadConnection(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.outbox.listenCheck = 200 * time.Millisecond
	var dropper dropper
	config := s.pool.Config()
	config.ConnConfig.DialFunc = dropper.DialContext
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	tests := s.pool
	s.pool = pool
	s.run()
	s.pool = tests
	listening := func() bool {
		return value[int](t, tests, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' || $1 || '%' OR query LIKE '%pg_listening_channels%' AND pid <> pg_backend_pid()", s.outbox.channel) > 0
	}
	require.Eventually(t, listening, 10*time.Second, time.Millisecond)
	require.Equal(t, 1, dropper.dropListening())
	require.Eventually(t, func() bool { return dropper.listening() == 2 }, 10*time.Second, time.Millisecond)
	s.enqueue("num_1", "key", ana)
	s.eventually(1, "state = 'accepted'")
}

func (d *dropper) listening() (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, conn := range d.conns {
		conn.mu.Lock()
		if conn.listens {
			n++
		}
		conn.mu.Unlock()
	}
	return n
}

// pgBouncer starts a PgBouncer in transaction mode before the shared server, which ends
// with the test, and returns its DSN.
func pgBouncer(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program = "/usr/sbin/pgbouncer"
	}
	_, err = os.Stat(program)
	require.NoError(t, err, `the test needs PgBouncer, as with "apt-get install pgbouncer"`)
	socket, err := os.MkdirTemp("", "pgb") //nolint:usetesting // that folder is closed to other users, and its name long
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(socket)) })
	require.NoError(t, os.Chmod(socket, 0o777)) // PgBouncer runs as another user
	settings := fmt.Sprintf(`[databases]
* = host=%s port=5432 user=postgres
[pgbouncer]
unix_socket_dir = %s
listen_port = 6432
auth_type = any
pool_mode = transaction
default_pool_size = 2
max_client_conn = 100
`, database(t).Dir, socket)
	file := filepath.Join(socket, "pgbouncer.ini")
	require.NoError(t, os.WriteFile(file, []byte(settings), 0o644))
	args := []string{file}
	if os.Geteuid() == 0 { // it refuses to be root
		args = append([]string{"-u", ownerOf(t, database(t).Dir)}, args...)
	}
	cmd := exec.Command(program, args...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		if t.Failed() {
			t.Log(output.String())
		}
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("unix", filepath.Join(socket, ".s.PGSQL.6432"))
		return err == nil && conn.Close() == nil
	}, 10*time.Second, 10*time.Millisecond)
	return "postgres:///postgres?host=" + socket + "&port=6432&user=postgres&sslmode=disable&default_query_exec_mode=exec"
}

// ownerOf returns the name of a folder's owner.
func ownerOf(t *testing.T, dir string) string {
	t.Helper()
	info, err := os.Stat(dir)
	require.NoError(t, err)
	stat, ok := info.Sys().(*syscall.Stat_t)
	require.True(t, ok)
	owner, err := user.LookupId(strconv.FormatUint(uint64(stat.Uid), 10))
	require.NoError(t, err)
	return owner.Username
}

// TestPgBouncer enqueues and runs behind a PgBouncer in transaction mode. A worker whose
// pool is direct listens for what is enqueued there.
func TestPgBouncer(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.pool.Close()
	direct := newPool(t, database(t).DSN)
	s.pool = newPool(t, pgBouncer(t))
	for i := range 10 {
		s.enqueue("num_1", fmt.Sprint("key ", i), fmt.Sprintf("+551199999%04d", i%3))
	}
	var lines lineCounter
	s.options.Logger = slog.New(slog.NewTextHandler(&lines, nil))
	stop := s.run()
	s.eventually(10, "state = 'accepted'")
	stop()
	s.nothingLeased()
	assert.Equal(t, 1, lines.count("pooler"))
	assert.Equal(t, 1, lines.count(""), "it does not listen: %s", lines.text.String())

	pooled := s.pool
	s.pool = direct
	conn, err := direct.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	_, err = conn.Exec(t.Context(), `LISTEN "`+s.outbox.channel+`"`)
	require.NoError(t, err)
	s.run()
	s.pool = pooled
	time.Sleep(notifyEvery)
	s.enqueue("num_1", "notifies", ana)
	_, err = conn.Conn().WaitForNotification(t.Context())
	require.NoError(t, err)
	s.eventually(11, "state = 'accepted'")
	assert.Len(t, s.fake.Messages(), 11)
}

// TestSettingsBehindPgBouncer has the settings of Run hold for its own statements, and for
// those of no other client, whatever mode the pool was told.
func TestSettingsBehindPgBouncer(t *testing.T) {
	t.Parallel()
	const ask = `SELECT concat_ws(' ', current_setting('enable_seqscan'), current_setting('plan_cache_mode'),
		current_setting('lock_timeout'), current_setting('statement_timeout'), current_setting('transaction_isolation'))`
	s := newStory(t)
	serializable := "default_transaction_isolation=serializable"
	direct, bouncer := newPool(t, database(t).DSN, serializable), pgBouncer(t)
	for name, test := range map[string]struct {
		pool   *pgxpool.Pool
		pooled bool
	}{
		"direct":           {direct, false},
		"PgBouncer":        {newPool(t, bouncer), true},
		"PgBouncer untold": {newPool(t, strings.ReplaceAll(bouncer, "mode=exec", "mode=cache_describe")), true},
		"direct, told so":  {newPool(t, database(t).DSN+"&default_query_exec_mode=simple_protocol", serializable), true},
	} {
		s.pool = test.pool
		r := s.runner()
		assert.Equal(t, test.pooled, r.db.pooled.Load(), name)
		for range 2 * workConnections {
			var got string
			require.NoError(t, r.db.withSettings(t.Context(), t.Context(), func(ctx context.Context, conn *pgx.Conn) error {
				return conn.QueryRow(ctx, ask).Scan(&got)
			}))
			assert.Equal(t, "off force_generic_plan 200ms 10s read committed", got, name)
			assert.True(t, strings.HasPrefix(value[string](t, test.pool, ask), "on auto 0 0 "), name)
		}
		failed := r.db.withSettings(t.Context(), t.Context(), func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, s.outbox.in("INSERT INTO pilotstatus.number (number_id) VALUES ($1)"), name)
			require.NoError(t, err)
			_, err = conn.Exec(ctx, "SELECT 1 / 0")
			return err
		})
		assert.True(t, hasCode(failed, "22012"), name)
		require.Eventually(t, func() bool { return len(r.db.free) == workConnections }, 10*time.Second, time.Millisecond, "no connection is lost")
	}
}
