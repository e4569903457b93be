package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every type of README's table of errors has its lesson, and every lesson its row.
func TestLessonsAreTheTable(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(readme), "\n| type | when | what to do |\n")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n\n")
	var rows, names []string
	for line := range strings.Lines(table) {
		first, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		for _, name := range regexp.MustCompile("`\\*(\\w+)`").FindAllStringSubmatch(first, -1) {
			rows = append(rows, name[1])
		}
	}
	require.NotEmpty(t, rows)
	for _, l := range lessons() {
		names = append(names, l.name)
	}
	assert.ElementsMatch(t, rows, names)
}

// Each lesson meets the error that it is about.
func TestRun(t *testing.T) {
	t.Parallel()
	require.NoError(t, run(t.Context()))
}
