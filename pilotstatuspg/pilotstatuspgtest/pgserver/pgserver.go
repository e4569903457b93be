// Package pgserver runs the installed PostgreSQL for tests and demonstrations: a server in
// a temporary folder that listens on a socket in it and nowhere else. Nothing of it is left
// when it ends. A test binary starts one for all its tests:
//
//	func TestMain(m *testing.M) {
//		server, err := pgserver.Start(context.Background())
//		if err != nil {
//			log.Fatal(err)
//		}
//		status := m.Run() // each test has a database of its own, by server.NewDatabase
//		if err := server.Stop(); err != nil {
//			log.Fatal(err)
//		}
//		os.Exit(status)
//	}
//
// It is in no hurry to write to the disk, needs a POSIX shell, and runs as root too.
package pgserver

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// startTimeout bounds a start on a slow machine.
const startTimeout = 2 * time.Minute

// longestSocket is how long the path of a socket may be, in bytes, on the system that allows
// the least.
const longestSocket = 103

// Server is a running PostgreSQL. It ends with the process that started it, also when
// that is killed.
type Server struct {
	// DSN is of a superuser, in the database "postgres".
	DSN string
	// Programs is the folder of pg_dump, psql and the others.
	Programs string
	// Dir is the folder that holds the data and the socket.
	Dir string

	mutex    sync.Mutex // one command at a time
	commands *os.File   // read by the script; the server ends when it is closed
	answers  *bufio.Reader
	ended    chan struct{}
	err      error // how the script ended; read it after ended
	output   output
}

// output collects what the programs wrote.
type output struct {
	mutex sync.Mutex
	text  []byte
}

func (o *output) Write(p []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.text = append(o.text, p...)
	return len(p), nil
}

func (o *output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return string(o.text)
}

// script runs a server in the folder $2, from the programs in $1, until file 3 ends, and
// removes the folder. File 3 is a pipe that the kernel closes however its other end dies.
// Each line in it is a command and gets an answer. The last two signals end a server
// that has just begun to start, and one that waits for its clients to leave.
const script = `
trap "" PIPE
up() { "$1/postgres" -D "$2/data" -k "$2" -h "" -p 5432 -F -c max_connections=300 -c max_prepared_transactions=10 1>&2 3<&- & server=$!; }
"$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --no-locale --no-sync 1>&2 || { rm -rf "$2"; exit 1; }
up "$1" "$2"
while read -r command <&3; do
	case $command in
	up) up "$1" "$2" ;;
	down) kill -INT "$server"; wait "$server" ;;
	kill) kill -QUIT "$server"; wait "$server" ;;
	esac
	echo "$command"
done
{ kill -TERM "$server"; kill -INT "$server"; } 2>/dev/null
wait "$server"
rm -rf "$2"
exit 0`

// Start starts a server and returns when it takes connections, after a second or two.
// Stop it. Without an installed PostgreSQL the error is [ErrMissing].
func Start(ctx context.Context) (*Server, error) {
	programs, err := find()
	if err != nil {
		return nil, err
	}
	s, err := launch(ctx, programs)
	if err != nil {
		return nil, fmt.Errorf("starting PostgreSQL: %w", err)
	}
	if err := s.ready(ctx); err != nil {
		_ = s.Stop() // what is wrong is known
		return nil, fmt.Errorf("starting PostgreSQL: %w", err)
	}
	return s, nil
}

// launch runs the script in a new folder.
func launch(ctx context.Context, programs string) (*Server, error) {
	dir, err := os.MkdirTemp("", "pilotstatus-pg-")
	if err != nil {
		return nil, err
	}
	if len(dir+"/.s.PGSQL.5432") > longestSocket {
		_ = os.Remove(dir) // nothing is in it
		return nil, errors.New("the path of the temporary folder is too long for a socket: set TMPDIR to a shorter one")
	}
	s := &Server{DSN: dsn(dir, "postgres"), Programs: programs, Dir: dir, ended: make(chan struct{})}
	if err := s.start(ctx); err != nil {
		_ = os.RemoveAll(dir) // nothing runs in it
		return nil, err
	}
	return s, nil
}

// dsn names a database of the server in a folder.
func dsn(dir, database string) string {
	query := url.Values{"host": {dir}, "port": {"5432"}, "user": {"postgres"}, "sslmode": {"disable"}}
	return "postgres:///" + database + "?" + query.Encode()
}

func (s *Server) start(ctx context.Context) error {
	// Stop ends the server, not the context: others may still have work in it.
	//nolint:gosec // the folders are no input of anybody
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "/bin/sh", "-c", script, "sh", s.Programs, s.Dir)
	cmd.Dir = s.Dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	cmd.Stderr = &s.output
	answers, answering, err := os.Pipe()
	if err != nil {
		return err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.ExtraFiles = answering, []*os.File{read}
	if err := detach(cmd, s.Dir); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	for _, end := range []io.Closer{answering, read} {
		if err := end.Close(); err != nil {
			return err
		}
	}
	s.commands, s.answers = write, bufio.NewReader(answers)
	go func() {
		s.err = cmd.Wait()
		close(s.ended)
	}()
	return nil
}

// ready waits until the server takes connections.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.DSN)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.ended:
			return fmt.Errorf("it ended (%w):\n%s", s.err, s.output.String())
		case <-ctx.Done():
			return fmt.Errorf("%w before it took connections: %w\n%s", ctx.Err(), err, s.output.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// NewDatabase makes an empty database and returns its DSN. It ends with the server.
func (s *Server) NewDatabase(ctx context.Context) (string, error) {
	conn, err := pgx.Connect(ctx, s.DSN)
	if err != nil {
		return "", fmt.Errorf("making a database: %w", err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name)
	if closeErr := conn.Close(ctx); err == nil {
		err = closeErr
	}
	if err != nil {
		return "", fmt.Errorf("making a database: %w", err)
	}
	return dsn(s.Dir, name), nil
}

// command waits until the script has run a command.
func (s *Server) command(name string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if _, err := io.WriteString(s.commands, name+"\n"); err != nil {
		return err
	}
	answer, err := s.answers.ReadString('\n')
	if err == nil && answer != name+"\n" {
		err = fmt.Errorf("PostgreSQL's script answered %q", answer)
	}
	return err
}

// Down ends the server, as an administrator does who does not wait for its clients. Up
// starts it again.
func (s *Server) Down() error { return s.command("down") }

// Kill ends the server as a crash does: it recovers when it starts again.
func (s *Server) Kill() error { return s.command("kill") }

// Up starts a server that is down, and returns when it takes connections.
func (s *Server) Up(ctx context.Context) error {
	if err := s.command("up"); err != nil {
		return err
	}
	return s.ready(ctx)
}

// Restart is Down and Up.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.Down(); err != nil {
		return err
	}
	return s.Up(ctx)
}

// Stop ends the server, cuts off who is still connected, and returns when nothing of it
// is left.
func (s *Server) Stop() error {
	if err := s.commands.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	<-s.ended
	return s.err
}
