package main

import (
	"os"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far a run has come, to a person only.
type progress struct{ bar *progressbar.ProgressBar }

func newProgress(out *os.File, rows int) progress {
	return progress{progressbar.NewOptions(rows,
		progressbar.OptionSetWriter(out),
		progressbar.OptionSetVisibility(isTerminal(out)),
		progressbar.OptionSetDescription("rows"),
		progressbar.OptionShowCount(),
		progressbar.OptionClearOnFinish(),
	)}
}

// step is called after every row.
func (p progress) step() { _ = p.bar.Add(1) } // a bar that cannot be drawn stops nobody

// end removes the bar, wherever it stands.
func (p progress) end() { _ = p.bar.Finish() }

// isTerminal takes every character device for one: /dev/null shows no bar either.
func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
