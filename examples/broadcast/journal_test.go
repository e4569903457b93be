package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newJournal(t *testing.T, path string) *journal {
	t.Helper()
	j, err := openJournal(path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = j.close() })
	return j
}

func write(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	require.NoError(t, err)
	_, err = file.WriteString(text)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

func TestJournalRemembers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	at := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	j := newJournal(t, path)
	for _, e := range []entry{
		{Event: eventSending, Key: "k1", Hash: "h1", Time: at},
		{Event: eventDone, Key: "k1", ID: "m1"},
		{Event: eventSending, Key: "k2", Hash: "h2", Time: at},
	} {
		require.NoError(t, j.append(e))
	}
	require.NoError(t, j.close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())

	j = newJournal(t, path)
	assert.True(t, j.state("k1").done)
	assert.Equal(t, state{since: at, hash: "h2", sends: 1}, j.state("k2"))
	assert.Equal(t, state{}, j.state("k3"))
}

// A line that was not written to its end is ignored, and the next one is not joined to it.
func TestJournalTornLine(t *testing.T) {
	t.Parallel()
	const whole = `{"event":"done","key":"k1"}`
	for _, torn := range []string{`{`, `{"event":"done","key":"k2`, `{"event":"done","key":"k2"}`, "\x00\x00\x00"} {
		path := filepath.Join(t.TempDir(), "journal")
		write(t, path, whole+"\n"+torn)
		j := newJournal(t, path)
		assert.True(t, j.state("k1").done)
		assert.False(t, j.state("k2").done, torn)
		require.NoError(t, j.append(entry{Event: eventDone, Key: "k3"}))
		require.NoError(t, j.close())

		data, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, []string{whole, `{"event":"done","key":"k3"}`, ""}, strings.Split(string(data), "\n"))
	}
}

func TestJournalDamaged(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		`{"event":"done","k`, `{"event":"what","key":"k1"}`, `{"event":"done"}`,
		`{"event":"sending","key":"k1","hash":"h"}`, `{"event":"sending","key":"k1","time":"2027-03-01T12:00:00Z"}`,
	} {
		path := filepath.Join(t.TempDir(), "journal")
		write(t, path, "\n"+line+"\n")
		_, err := openJournal(path)
		require.ErrorContains(t, err, "line 2 is damaged", line)
	}
}

func TestJournalIsLocked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	j := newJournal(t, path)
	_, err := openJournal(path)
	require.ErrorContains(t, err, "another run uses it")
	require.NoError(t, j.close())
	newJournal(t, path)
}

func TestStateAfterRefusals(t *testing.T) {
	t.Parallel()
	first := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	sending := entry{Event: eventSending, Hash: "h", Time: first}
	again := entry{Event: eventSending, Hash: "h", Time: first.Add(time.Hour)}
	failed := entry{Event: eventFailed, Code: "NO"}
	unsent := entry{Event: eventUnsent}
	for name, test := range map[string]struct {
		entries []entry
		want    state
	}{
		"refused":               {[]entry{sending, failed}, state{failed: "NO"}},
		"unsent":                {[]entry{sending, unsent}, state{}},
		"refused, then unsent":  {[]entry{sending, failed, again, unsent}, state{failed: "NO", earlier: "NO"}},
		"the first one counts":  {[]entry{sending, again}, state{since: first, hash: "h", sends: 2}},
		"unknown, then refused": {[]entry{sending, again, failed}, state{failed: "NO", since: first, hash: "h", sends: 2}},
		"unknown, then unsent":  {[]entry{sending, again, unsent}, state{since: first, hash: "h", sends: 2}},
		"refused, then unknown": {[]entry{sending, failed, again}, state{earlier: "NO", since: again.Time, hash: "h", sends: 1}},
	} {
		var s state
		for _, e := range test.entries {
			s.add(e)
		}
		assert.Equal(t, test.want, s, name)
	}
}
