// Command pilotstatus-emulator is the Pilot Status WhatsApp API for development: programs
// in any language send to it, and its page shows what was sent. Nothing reaches anybody.
//
//	go run github.com/pilotstatus/pilotstatus-go/cmd/pilotstatus-emulator
//
// It prints the lines that point a program at it. docs/emulator.md has the flags and the
// JSON API for tests.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	code := run(ctx, program{args: os.Args[1:], environ: os.Environ(), out: os.Stdout, errors: os.Stderr})
	stop()
	os.Exit(code)
}

// run does what the flags say and returns the exit code.
func run(ctx context.Context, p program) int {
	s, err := parse(p)
	switch {
	case err == nil:
	case isHelp(err):
		return exitOK
	default:
		return p.fail(err)
	}
	for _, name := range unknownVariables(p.environ) {
		_, _ = fmt.Fprintf(p.errors, "pilotstatus-emulator: there is no flag for the variable %s; -h shows the flags\n", name)
	}
	if s.check {
		return check(ctx, p, s)
	}
	out, errors := newTerminal(p.out), newTerminal(p.errors)
	defer out.close()
	defer errors.close()
	p.out, p.errors = out, errors
	if err := serve(ctx, p, s); err != nil {
		return p.fail(err)
	}
	return exitOK
}
