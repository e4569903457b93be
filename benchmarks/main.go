// Benchmarks compares a send of this package with the same call written by hand on
// net/http, and puts the clients of other APIs beside it. It needs no account and no
// network:
//
//	go run -C benchmarks .
//
// It prints a table, and with -svg it draws a chart. README.md says what is measured.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"time"
)

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 10, "how many times each client is measured, in turns with the others")
	each := flag.Duration("time", 200*time.Millisecond, "how long a client and the hand-written call take turns in one round")
	svg := flag.String("svg", "", "also draw the chart into this `file`")
	readme := flag.String("readme", "", "also renew the table in this `file`")
	flag.Parse()
	if flag.NArg() > 0 || *rounds < 1 || *each <= 0 {
		log.Fatal("there are no arguments, and -rounds and -time are positive; -h shows the flags")
	}
	if err := run(context.Background(), *rounds, *each, *svg, *readme); err != nil {
		log.Fatal(err)
	}
}

// run measures all clients, prints the table and writes the files that have a name.
func run(ctx context.Context, rounds int, each time.Duration, svg, readme string) error {
	result, err := measure(ctx, peers(), rounds, each)
	if err != nil {
		return err
	}
	fmt.Print(result.table())
	return result.write(svg, readme)
}

// write writes the files that have a name.
func (r *result) write(svg, readme string) error {
	if svg != "" {
		if err := os.WriteFile(svg, []byte(r.chart()), 0o644); err != nil {
			return err
		}
	}
	if readme == "" {
		return nil
	}
	old, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	renewed, err := withTable(string(old), r.table())
	if err != nil {
		return fmt.Errorf("%s: %w", readme, err)
	}
	return os.WriteFile(readme, []byte(renewed), 0o644)
}
