package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// startTimeout bounds the start of a throw-away server on a slow machine.
const startTimeout = 2 * time.Minute

var errNoPostgres = errors.New("PostgreSQL is not installed (no initdb in PATH or in one of the usual folders): " +
	"install it, as with \"apt-get install postgresql\" or \"brew install postgresql\", " +
	"or name a server in PILOT_STATUS_PG_DSN")

// throwaway is a PostgreSQL server of this process, in a folder of its own. It listens
// on a socket in that folder and nowhere else.
type throwaway struct {
	dsn string
	dir string

	leash  *os.File      // the server ends when this end of the pipe is closed
	ended  chan struct{} // closed when nothing of it runs any more
	err    error         // how it ended; read it after ended
	output bytes.Buffer  // what it wrote; read it after ended
}

// throwawayScript runs a server in the folder $2, from the programs in $1, until file 3
// ends, and removes the folder. File 3 is a pipe that the kernel closes however
// its other end dies, also by SIGKILL: nothing of the server is left behind.
//
// SIGTERM ends a server that has just begun to start, SIGINT one that waits for its
// clients to leave. Nobody reads what the shell writes then: it must not die of that.
const throwawayScript = `
trap "" PIPE
"$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --no-locale --no-sync >/dev/null || {
	rm -rf "$2"
	exit 1
}
"$1/postgres" -D "$2/data" -k "$2" -h "" -p 5432 -F -c max_connections=200 &
server=$!
{
	read -r _ <&3
	kill -TERM "$server"
	kill -INT "$server"
} 2>/dev/null &
watcher=$!
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
wait "$watcher"
rm -rf "$2"
exit "$status"`

// startPostgres starts a throw-away server from the installed PostgreSQL. Stop it.
func startPostgres(ctx context.Context) (*throwaway, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	programs, err := findPostgres()
	if err != nil {
		return nil, err
	}
	server, err := launch(ctx, programs)
	if err != nil {
		return nil, fmt.Errorf("starting PostgreSQL: %w", err)
	}
	if err := server.ready(ctx); err != nil {
		_ = server.stop() // what is wrong is known
		return nil, fmt.Errorf("starting PostgreSQL: %w", err)
	}
	return server, nil
}

// findPostgres returns the folder of PostgreSQL's programs. Debian has them outside of
// PATH, because several versions may be installed.
func findPostgres() (dir string, err error) {
	var dirs []string
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(path))
		}
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		slices.SortFunc(found, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
		dirs = append(dirs, found...)
	}
	for _, dir := range dirs {
		if isFile(filepath.Join(dir, "initdb")) && isFile(filepath.Join(dir, "postgres")) {
			return dir, nil
		}
	}
	return "", errNoPostgres
}

// version reads 15 in /usr/lib/postgresql/15/bin or /usr/pgsql-15/bin.
func version(dir string) float64 {
	name := filepath.Base(filepath.Dir(dir))
	for len(name) > 0 && (name[0] < '0' || name[0] > '9') {
		name = name[1:]
	}
	number, err := strconv.ParseFloat(name, 64)
	if err != nil {
		return 0
	}
	return number
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// launch runs the script in a new folder.
func launch(ctx context.Context, programs string) (server *throwaway, err error) {
	dir, err := os.MkdirTemp("", "pilotstatus-pg-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	query := url.Values{"host": {dir}, "port": {"5432"}, "user": {"postgres"}, "sslmode": {"disable"}}
	server = &throwaway{dsn: "postgres:///postgres?" + query.Encode(), dir: dir, ended: make(chan struct{})}

	// stop ends the server, not the context: others may still have work in it.
	//nolint:gosec // the folders are no input of anybody
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "/bin/sh", "-c", throwawayScript, "sh", programs, dir)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	cmd.Stdout, cmd.Stderr = &server.output, &server.output
	if err := detach(cmd, dir); err != nil {
		return nil, err
	}
	watched, leash, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.ExtraFiles = []*os.File{watched}
	if err := errors.Join(cmd.Start(), watched.Close()); err != nil {
		return nil, errors.Join(err, leash.Close())
	}
	server.leash = leash
	go server.wait(cmd)
	return server, nil
}

func (t *throwaway) wait(cmd *exec.Cmd) {
	t.err = cmd.Wait()
	close(t.ended)
}

// ready waits until the server takes connections.
func (t *throwaway) ready(ctx context.Context) error {
	for {
		conn, err := pgx.Connect(ctx, t.dsn)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-t.ended:
			return fmt.Errorf("it ended (%w):\n%s", t.err, t.output.String())
		case <-ctx.Done():
			return fmt.Errorf("%w before it took connections: %w", context.Cause(ctx), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop ends the server, cuts off who is still connected, and returns when nothing of it
// is left.
func (t *throwaway) stop() error {
	err := t.leash.Close()
	<-t.ended
	if t.err != nil {
		err = errors.Join(err, fmt.Errorf("PostgreSQL ended badly (%w):\n%s", t.err, t.output.String()))
	}
	return err
}
