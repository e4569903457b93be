package main

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The program without anything in its environment ends well, and shows no phone number
// and no text.
func TestProgramWithoutADatabase(t *testing.T) {
	t.Parallel()
	needsInstalled(t)
	out, err := startProcess(t, roleMain, []string{"PILOT_STATUS_PG_DSN="}).wait()
	require.NoError(t, err, out)
	for _, row := range []string{
		`msg_failed +FAILED +2 +DELIVERED_NOT_CONFIRMED\n`,
		`msg_failed_yet_delivered +DELIVERED +3 *\n`,
		`msg_read +READ +3 *\n`,
		`msg_\d+ +SENT +1 *\n(?s:.*)msg_\d+ +(DELIVERED|READ) +1 *\n`,
		`and 1 inbound message\n`,
	} {
		assert.Regexp(t, row, out)
	}
	assert.NotContains(t, out, "+55")
}

// dsnIn returns the DSN of the tests' server with a schema for what it creates.
func dsnIn(t *testing.T, schema string) string {
	t.Helper()
	dsn := database(t)
	if !strings.Contains(dsn, "://") {
		return dsn + " search_path=" + schema
	}
	parsed, err := url.Parse(dsn)
	require.NoError(t, err)
	query := parsed.Query()
	query.Set("search_path", schema)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

// The program with a database receives until it is interrupted, and ends well.
func TestProgramWithADatabase(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	s := newTestStore(t, schema)
	execute(t, s, "DROP TABLE webhook_claims, messages, inbound_messages, other_events")
	env := []string{"PILOT_STATUS_PG_DSN=" + dsnIn(t, schema), "PILOT_STATUS_WEBHOOK_SECRET=" + testSecret}
	program := startProcess(t, roleMain, env, "-addr", "127.0.0.1:0")
	line := program.line(t)
	_, addr, found := strings.Cut(line, "addr=")
	require.True(t, found, line)
	addr, _, _ = strings.Cut(addr, " ")

	client := newHTTPClient(t)
	for range 2 {
		status, err := deliver(t.Context(), client, "http://"+addr+webhookPath, testSecret, body(t, pilotstatus.EventMessageSent, "msg_1", nil))
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, status)
	}
	assert.Equal(t, row{pilotstatus.MessageStatusSent, "", 1}, message(t, s, "msg_1"))

	require.NoError(t, program.cmd.Process.Signal(syscall.SIGTERM))
	out, err := program.wait()
	require.NoError(t, err, out)
}

// What the program cannot start with, it names.
func TestProgramRefuses(t *testing.T) {
	t.Parallel()
	dsn := "PILOT_STATUS_PG_DSN=" + database(t)
	const secret = "PILOT_STATUS_WEBHOOK_SECRET=" + testSecret
	for name, row := range map[string]struct {
		env  []string
		args []string
		want string
	}{
		"no secret": {[]string{dsn, "PILOT_STATUS_WEBHOOK_SECRET="}, nil, "PILOT_STATUS_WEBHOOK_SECRET"},
		"no server": {[]string{"PILOT_STATUS_PG_DSN=host=/nowhere password=hush", secret}, nil, "connecting to PostgreSQL"},
		"no DSN":    {[]string{"PILOT_STATUS_PG_DSN=postgres://user:hush@host:port", secret}, nil, "reading the DSN"},
		"no key":    {[]string{dsn, secret, "PILOT_STATUS_API_KEY="}, []string{"-number", "num_1"}, "PILOT_STATUS_API_KEY"},
	} {
		out, err := startProcess(t, roleMain, row.env, row.args...).wait()
		require.Error(t, err, name)
		assert.Contains(t, out, row.want, name)
		assert.NotContains(t, out, "hush", name)
	}
}

// What cannot be tidied is logged; the rest is done all the same.
func TestTidy(t *testing.T) {
	t.Parallel()
	s := newTestStore(t, newSchema(t))
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	reader := readerFunc(func(id string) (*pilotstatus.Message, error) {
		return &pilotstatus.Message{ID: id, Status: pilotstatus.MessageStatusRead}, nil
	})
	require.Equal(t, pilotstatus.ClaimFresh, claim(t, s.claims, "key"))
	require.NoError(t, s.claims.Done(t.Context(), "key"))
	execute(t, s, "UPDATE webhook_claims SET done_at = done_at - interval '31 days'")
	waiting(t, s, "msg_1")
	tidy(t.Context(), s, logger, "", nil)
	assert.Zero(t, count(t, s, "webhook_claims"))
	assert.Empty(t, log.String())
	assert.Equal(t, pilotstatus.MessageStatusQueued, message(t, s, "msg_1").status)

	execute(t, s, "DROP TABLE webhook_claims")
	tidy(t.Context(), s, logger, "num_1", reader)
	assert.Contains(t, log.String(), "pruning failed")
	assert.Contains(t, log.String(), "asked=1 changed=1 unknown=0")
	assert.Equal(t, pilotstatus.MessageStatusRead, message(t, s, "msg_1").status)

	waiting(t, s, "msg_2")
	tidy(t.Context(), s, logger, "num_1", readerFunc(func(string) (*pilotstatus.Message, error) {
		return nil, errors.New("the API is down")
	}))
	assert.Contains(t, log.String(), "the API is down")
}
