package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
)

// result is what was measured, and on what.
type result struct {
	began   time.Time
	rounds  int
	each    time.Duration
	machine string
	rows    []row
}

// machine tells what ratios depend on: Go, the processors and how busy they are.
func machine() string {
	text := fmt.Sprintf("%s %s/%s, %d CPUs", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if average, err := os.ReadFile("/proc/loadavg"); err == nil { // on Linux
		if fields := bytes.Fields(average); len(fields) > 2 {
			text += fmt.Sprintf(", load average %s", bytes.Join(fields[:3], []byte(" ")))
		}
	}
	return text
}

// version is the one that the program was built with.
func (p peer) version() string {
	switch {
	case p.module == "":
		return runtime.Version()
	case p.name == ownName:
		return pilotstatus.Version // the code beside this program
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == p.module {
				return strings.TrimPrefix(dep.Version, "v")
			}
		}
	}
	return "unknown"
}

// when is the line above the table and below the chart.
func (r *result) when() string {
	return fmt.Sprintf("%s, %s, %d rounds of %s", r.began.UTC().Format("January 2, 2006"), r.machine, r.rounds, r.each)
}

// table prints the result as Markdown.
func (r *result) table() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s.\nTime by hand is 1.00: the median of the rounds, the least and the greatest.\n\n", r.when())
	out.WriteString("| client           | version  | time on the stub    | allocations | time over loopback  |\n" +
		"|------------------|----------|---------------------|------------:|---------------------|\n")
	for _, row := range r.rows {
		fmt.Fprintf(&out, "| %-16s | %-8s | %-19s | %11d | %-19s |\n",
			row.name, row.version(), row.stub, row.allocations, row.loopback)
	}
	return out.String()
}

// String prints the median with the least and the greatest.
func (l *lane) String() string {
	median, least, greatest := l.spread()
	return fmt.Sprintf("%.2f (%.2f–%.2f)", median, least, greatest)
}

// withTable returns the document with another table between its two marks.
func withTable(document, table string) (string, error) {
	const begin, end = "<!-- table -->\n", "<!-- end of the table -->"
	before, rest, found := strings.Cut(document, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return "", errors.New("the marks of the table are missing")
	}
	return before + begin + "\n" + table + "\n" + end + after, nil
}
