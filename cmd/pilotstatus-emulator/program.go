package main

import (
	"fmt"
	"io"
	"strings"
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
	environ     []string // name=value
	out, errors io.Writer
}

// lookup returns the value of a variable of the environment.
func (p program) lookup(name string) (value string, ok bool) {
	for _, v := range p.environ { // the last one counts
		if text, is := strings.CutPrefix(v, name+"="); is {
			value, ok = text, true
		}
	}
	return value, ok
}

// fail says in one sentence what is wrong.
func (p program) fail(err error) int {
	_, _ = fmt.Fprintln(p.errors, "pilotstatus-emulator: "+err.Error())
	return exitWrong
}
