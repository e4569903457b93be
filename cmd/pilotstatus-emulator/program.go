package main

import (
	"fmt"
	"io"
)

// Exit codes.
const (
	exitOK    = 0
	exitNo    = 1 // -check: it is not ready
	exitWrong = 2 // a flag, the port or a file
)

// program is what the program is given by whoever starts it.
type program struct {
	args        []string
	lookup      func(name string) (string, bool)
	out, errors io.Writer
}

// fail says in one sentence what is wrong.
func (p program) fail(err error) int {
	_, _ = fmt.Fprintln(p.errors, "pilotstatus-emulator: "+err.Error())
	return exitWrong
}
