package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// What an entry of the journal says.
const (
	eventSending = "sending" // the send may begin; on the disk before it does
	eventDone    = "done"    // the API has accepted it
	eventFailed  = "failed"  // the API refuses this row
	eventUnsent  = "unsent"  // nothing was sent, for a reason that is not the row's
)

// entry is a line of the journal. It holds no phone number, name or API key.
type entry struct {
	Event string    `json:"event"`
	Key   string    `json:"key"`            // the idempotency key
	Hash  string    `json:"hash,omitempty"` // of what is sent
	Time  time.Time `json:"time,omitzero"`
	ID    string    `json:"id,omitempty"`   // the message
	Code  string    `json:"code,omitempty"` // of the refusal
}

func (e entry) valid() bool {
	switch e.Event {
	case eventSending:
		return e.Key != "" && e.Hash != "" && !e.Time.IsZero()
	case eventDone, eventFailed, eventUnsent:
		return e.Key != ""
	}
	return false
}

// state is where a row stands.
type state struct {
	done    bool
	failed  string // the code of the refusal that it ended with, "" where it did not
	earlier string // what failed was before the last send

	// since is the FIRST send whose outcome is unknown, zero where there is none: the
	// idempotency key lives from then on, however often the send was repeated.
	since time.Time
	hash  string // of what was sent then
	sends int    // since then
}

// add moves the state on.
func (s *state) add(e entry) {
	switch e.Event {
	case eventSending:
		if s.since.IsZero() {
			s.since, s.hash = e.Time, e.Hash
		}
		s.earlier, s.failed = s.failed, ""
		s.sends++
	case eventDone:
		s.done = true
	case eventFailed:
		s.failed = e.Code
		s.settle()
	case eventUnsent:
		s.failed = s.earlier
		s.settle()
	}
}

// settle forgets a send that did not happen. After several it is only the last one of
// which that is known; an earlier one may have got through.
func (s *state) settle() {
	if s.sends == 1 {
		s.since, s.hash, s.sends = time.Time{}, "", 0
	}
}

// journal remembers on the disk what became of each row.
type journal struct {
	file   *os.File
	states map[string]*state // by idempotency key
}

// openJournal opens or makes a journal, which no other process then can.
func openJournal(path string) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600) //nolint:gosec // the user names it
	if err != nil {
		return nil, err
	}
	j := &journal{file: file, states: make(map[string]*state)}
	if err := j.load(); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	return j, nil
}

func (j *journal) load() error {
	if err := lock(j.file); err != nil {
		return err
	}
	// A journal whose name is lost in a crash is lost.
	if err := syncDir(filepath.Dir(j.file.Name())); err != nil {
		return err
	}
	data, err := io.ReadAll(j.file)
	if err != nil {
		return err
	}
	whole := bytes.LastIndexByte(data, '\n') + 1
	if whole < len(data) {
		// The process died while it wrote the last line, so before the send that the
		// line was to announce. The next line must not be joined to it.
		if err := j.file.Truncate(int64(whole)); err != nil {
			return err
		}
	}
	for i, line := range bytes.Split(data[:whole], []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		var e entry
		if json.Unmarshal(line, &e) != nil || !e.valid() {
			return fmt.Errorf("line %d is damaged; repair it by hand, it may tell of a sent message", i+1)
		}
		j.add(e)
	}
	return nil
}

func syncDir(path string) error {
	dir, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func (j *journal) add(e entry) {
	if j.states[e.Key] == nil {
		j.states[e.Key] = new(state)
	}
	j.states[e.Key].add(e)
}

// state returns where the row with a key stands.
func (j *journal) state(key string) state {
	if s := j.states[key]; s != nil {
		return *s
	}
	return state{}
}

// append writes an entry. A "sending" is on the disk when it returns. The others go there
// with the next one: a "done" that is lost costs a repetition, not a second message.
func (j *journal) append(e entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return err
	}
	if e.Event == eventSending {
		if err := j.file.Sync(); err != nil {
			return err
		}
	}
	j.add(e)
	return nil
}

// close brings everything to the disk and lets the next process in.
func (j *journal) close() error { return errors.Join(j.file.Sync(), unlock(j.file), j.file.Close()) }
