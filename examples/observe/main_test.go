package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"
)

// record is a log record or a span.
type record struct {
	Msg    string
	Status json.RawMessage // a number in a log record, an object in a span
	Count  int

	Name        string
	SpanContext struct{ TraceID, SpanID string }
	Parent      struct{ SpanID string }
	Events      []struct{ Name string }
}

func records(t *testing.T, printed io.Reader) []record {
	t.Helper()
	var all []record
	for decoder := json.NewDecoder(printed); ; {
		var next record
		err := decoder.Decode(&next)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, next)
	}
}

// A retry is seen in the log, in the counts and in the trace, and nothing private is.
func TestRun(t *testing.T) {
	t.Parallel()
	var printed bytes.Buffer
	if err := run(t.Context(), &printed, true); err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{"ps_", "5511999999999", "John"} {
		if bytes.Contains(printed.Bytes(), []byte(private)) {
			t.Errorf("%q was printed", private)
		}
	}
	attempts, counts := map[string]int{}, map[string]int{}
	var requests []record
	var order record
	for _, r := range records(t, &printed) {
		switch {
		case r.Msg == "pilotstatus attempt":
			attempts[string(r.Status)]++
		case r.Msg == "attempts":
			counts[string(r.Status)] = r.Count
		case r.Name == "confirm order":
			order = r
		case r.Name != "":
			requests = append(requests, r)
		}
	}
	for _, seen := range []map[string]int{attempts, counts} {
		if len(seen) != 2 || seen["503"] != 1 || seen["202"] != 1 {
			t.Errorf("attempts by status: %v", seen)
		}
	}
	if len(requests) != 2 || len(order.Events) != 2 {
		t.Errorf("%d requests and %d events were traced", len(requests), len(order.Events))
	}
	for _, r := range requests {
		if r.Parent.SpanID != order.SpanContext.SpanID {
			t.Errorf("the parent of %s is %q", r.Name, r.Parent.SpanID)
		}
	}
}

// What is printed for people says the same on a line each.
func TestRunForPeople(t *testing.T) {
	t.Parallel()
	var printed bytes.Buffer
	if err := run(t.Context(), &printed, false); err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{"ps_", "5511999999999", "John", "{"} {
		if bytes.Contains(printed.Bytes(), []byte(private)) {
			t.Errorf("%q was printed", private)
		}
	}
	for text, times := range map[string]int{
		`msg="pilotstatus attempt"`: 2, "level=WARN": 1, "status=503 count=1": 1, "status=202 count=1": 1, "msg=retries count=1": 1,
		`"confirm order"`: 1, "status 503": 1, "status 202": 1, " within ": 2,
	} {
		if n := bytes.Count(printed.Bytes(), []byte(text)); n != times {
			t.Errorf("%q was printed %d times:\n%s", text, n, &printed)
		}
	}
}

// The search finds what it looks for.
func TestSearchFor(t *testing.T) {
	t.Parallel()
	for _, printed := range []string{"x ps_1 y", `"to":"5511999999999"`} {
		if searchFor(printed, "ps_1", recipient) == nil {
			t.Errorf("nothing was found in %q", printed)
		}
	}
	if err := searchFor("ps_2", "ps_1", recipient); err != nil {
		t.Error(err)
	}
}
