// Doctor examines an account and the API with read-only calls and prints a report. The
// report says which kind of key there is and whether it works, in which state numbers,
// templates and webhooks are, how far the clocks differ, how long each operation takes, and
// where an answer differs from what this version of the package knows. It has no keys, ids,
// names, phone numbers and texts, and can be attached to a bug report.
//
// It runs on the in-process fake and needs no account:
//
//	go run ./examples/doctor
//
// With -real it examines the real API. The keys come from the environment:
// PILOT_STATUS_API_KEY, PILOT_STATUS_TENANT_API_KEY or both, or their ids in
// PILOT_STATUS_API_KEY_ID and PILOT_STATUS_TENANT_API_KEY_ID. PILOT_STATUS_BASE_URL is read
// too. It makes GET requests only, none that shows a key, and changes nothing:
//
//	go run ./examples/doctor -real
//	go run github.com/pilotstatus/pilotstatus-go/examples/doctor@latest -real
//
// The exit code says what was found, the first of these that applies:
//
//	3  a key does not work, or is of the other kind
//	1  something was not answered, or the program could not run
//	4  the API differs from this version of the package
//	5  the account needs attention
//	0  none of these
//
// An unknown flag is 2, as in every Go program. go run prints the code and exits with 1; a
// program made by go build exits with the code.
package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"log"
	"os"
	"os/signal"
	"time"
)

const exitCodes = `
The exit code says what was found, the first of these that applies:
  3  a key does not work, or is of the other kind
  1  something was not answered, or the program could not run
  4  the API differs from this version of the package
  5  the account needs attention
  0  none of these
An unknown flag is 2.
`

func main() {
	log.SetFlags(0)
	onRealAPI := flag.Bool("real", false, "examine the real API, with the keys in PILOT_STATUS_API_KEY and\n"+
		"PILOT_STATUS_TENANT_API_KEY; this reads and changes nothing")
	usage := flag.Usage
	flag.Usage = func() {
		usage()
		_, _ = io.WriteString(flag.CommandLine.Output(), exitCodes)
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	exit, err := run(ctx, os.Stdout, *onRealAPI)
	stop()
	if err != nil {
		log.Fatal(err)
	}
	os.Exit(exit)
}

// run writes the report and returns the exit code.
func run(ctx context.Context, out io.Writer, onRealAPI bool) (exit int, err error) {
	if flag.NArg() > 0 {
		return 0, errors.New("there are no arguments; -h shows the flags")
	}
	p := fromEnvironment()
	switch {
	case onRealAPI && len(p.visits) == 0:
		return 0, errors.New("there is no key in PILOT_STATUS_API_KEY or PILOT_STATUS_TENANT_API_KEY")
	case !onRealAPI:
		_, _ = io.WriteString(out, "Without -real this runs on the in-process fake; no account is examined.\n")
		if len(p.visits) > 0 {
			_, _ = io.WriteString(out, "There is a key in the environment; -real examines its account.\n")
		}
		_, _ = io.WriteString(out, "\n")
		fake, err := startFake(ctx)
		if err != nil {
			return 0, err
		}
		defer fake.Close()
		p = ofFake(fake)
	}
	return write(ctx, out, p)
}

// write examines and writes what was found.
func write(ctx context.Context, out io.Writer, p plan) (exit int, err error) {
	found := examine(ctx, p, time.Now)
	if ctx.Err() != nil {
		return 0, errors.New("interrupted")
	}
	_, err = io.WriteString(out, found.String())
	return found.exitCode(), err
}
