package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
)

// report is what was found. Nothing in it is private: words of the API that look private
// are masked before they come here, and things of the account have numbers for names.
type report struct {
	host       string
	keys       []string // one line for each key
	findings   []finding
	sections   []section
	operations []operation
}

// section is a part of the report with a title.
type section struct {
	title string
	lines []string
}

// operation counts the calls of one operation with one key.
type operation struct {
	key, name       string
	calls, attempts int
	status          int    // of the last answer
	rows            string // of the last list, "-" where there is none
	slowest         time.Duration
}

// add adds a finding once: the same difference shows in many answers.
func (r *report) add(s severity, where, text string) {
	f := finding{s, where, text}
	if !slices.Contains(r.findings, f) {
		r.findings = append(r.findings, f)
	}
}

// say adds a line to a section.
func (r *report) say(title, format string, args ...any) {
	at := slices.IndexFunc(r.sections, func(s section) bool { return s.title == title })
	if at < 0 {
		at = len(r.sections)
		r.sections = append(r.sections, section{title: title})
	}
	r.sections[at].lines = append(r.sections[at].lines, fmt.Sprintf(format, args...))
}

// measure adds a call to the table of operations.
func (r *report) measure(key, name string, answer pilotstatus.Response, took time.Duration) {
	at := slices.IndexFunc(r.operations, func(o operation) bool { return o.key == key && o.name == name })
	if at < 0 {
		at = len(r.operations)
		r.operations = append(r.operations, operation{key: key, name: name, rows: "-"})
	}
	o := &r.operations[at]
	o.calls++
	o.attempts += answer.Attempts
	o.status = answer.StatusCode
	o.slowest = max(o.slowest, took)
}

// countRows adds the rows of the list that the last call of an operation returned.
func (r *report) countRows(key, name string, rows int) {
	for i, o := range r.operations {
		if o.key == key && o.name == name {
			r.operations[i].rows = strconv.Itoa(rows)
		}
	}
}

// String returns the report, the summary first and the worst finding first.
func (r *report) String() string {
	var w strings.Builder
	w.WriteString("Report of examples/doctor. It has no keys, ids, names, phone numbers and texts.\n")
	lines := append(slices.Clone(r.keys), r.count(), fmt.Sprintf("API at %s; pilotstatus %s, %s, %s/%s",
		cmp.Or(r.host, "(no request was made)"), pilotstatus.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH))
	for _, s := range slices.Concat(
		[]section{{"Summary", lines}, {"Findings", r.findingLines()}},
		r.sections,
		[]section{{"Operations", r.operationLines()}, {"Not examined", leftOutLines()}},
	) {
		w.WriteString("\n" + s.title + "\n" + aligned(s.lines))
	}
	return w.String()
}

// aligned indents lines and aligns what tabs divide.
func aligned(lines []string) string {
	var w strings.Builder
	table := tabwriter.NewWriter(&w, 0, 0, 2, ' ', 0)
	for _, line := range lines {
		_, _ = io.WriteString(table, "  "+line+"\n") // a Builder returns no error
	}
	_ = table.Flush()
	return w.String()
}

// count says how many findings of each severity there are.
func (r *report) count() string {
	counts := map[severity]int{}
	for _, f := range r.findings {
		counts[f.severity]++
	}
	return fmt.Sprintf("%d problems with keys, %d unanswered, %d differences, %d for attention, %d notes",
		counts[badKey], counts[unanswered], counts[differs], counts[attention], counts[note])
}

func (r *report) findingLines() []string {
	if len(r.findings) == 0 {
		return []string{"none"}
	}
	worstFirst := slices.SortedStableFunc(slices.Values(r.findings), func(a, b finding) int {
		return cmp.Compare(b.severity, a.severity)
	})
	var lines []string
	for _, f := range worstFirst {
		lines = append(lines, fmt.Sprintf("%s\t%s\t%s", f.severity, f.where, f.text))
	}
	return lines
}

func (r *report) operationLines() []string {
	lines := []string{"key\toperation\tcalls\tattempts\tstatus\trows\tslowest"}
	for _, o := range r.operations {
		lines = append(lines, fmt.Sprintf("%s\t%s\t%d\t%d\t%d\t%s\t%s",
			o.key, o.name, o.calls, o.attempts, o.status, o.rows, o.slowest.Round(time.Millisecond/10)))
	}
	return lines
}

func leftOutLines() []string {
	var lines []string
	for _, left := range leftOut() {
		lines = append(lines, left.operation+"\t"+left.reason)
	}
	return lines
}
