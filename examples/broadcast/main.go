// Broadcast sends a template to every row of a CSV, once, however often it is started
// and whenever it dies: the idempotency key of a row comes from the campaign and its
// row_id, and a journal on the disk tells what became of each row. It sends at a limited
// rate and shows how far it has come.
//
// It runs on the in-process fake, with a CSV of its own or with yours, and needs no
// account. A file with a fault is refused there as it is on the real API:
//
//	go run -C examples/broadcast .
//	go run -C examples/broadcast . -csv ~/customers.csv
//
// With -send it works on the real API, with PILOT_STATUS_API_KEY (a number key). THAT
// SENDS MESSAGES TO PEOPLE. Without -send, and with the same key and flags, it says what
// it would send:
//
//	go run . -csv customers.csv -campaign spring-2027 -template visit_reminder -send
//
// The CSV has the columns row_id, to (a phone number such as +5511999999999) and name,
// which is the variable of the template. Start it again with the same flags, the same
// journal and the same API key to go on.
//
// What ends without an answer is sent again by the next run, with the same key, within
// 23 hours; later it is reported and never sent again. Look at the conversation, and
// give the row another row_id to send it nevertheless. A row that was refused is sent
// again with -retry-failed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// demoCSV has a row that the fake refuses.
const demoCSV = `row_id,to,name
c-1,+5511999990001,Ana
c-2,+5511999990002,Bruno
c-3,+5511999990003,
c-4,+5511999990004,Davi
`

// The slowest rate leaves a send time for its retries, see sendWithin. The fake needs no
// patience.
const minRate, maxRate, fakeRate = 0.005, 1000, 100

const demoTemplate = "onboarding-test"

// errNotAll ends a run that reached the last row.
var errNotAll = errors.New("not every row was sent")

// setup is what the flags say.
type setup struct {
	csv, campaign, template, journal string
	rate                             float64
	retryFailed, send                bool
}

// complete reports whether the flags name a campaign.
func (s setup) complete() bool { return s.csv != "" && s.campaign != "" && s.template != "" }

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err) //nolint:gocritic // nothing is left to be stopped
	}
}

func run(ctx context.Context) error {
	var s setup
	flag.StringVar(&s.csv, "csv", "", "the file with the columns row_id, to and name")
	flag.StringVar(&s.campaign, "campaign", "", "names the campaign; a row is sent once in each")
	flag.StringVar(&s.template, "template", "", "the template to send")
	flag.StringVar(&s.journal, "journal", "broadcast.jsonl", "the file that remembers what was sent")
	flag.Float64Var(&s.rate, "rate", 1, "requests per second")
	flag.BoolVar(&s.retryFailed, "retry-failed", false, "send refused rows again")
	flag.BoolVar(&s.send, "send", false, "use the real API, with PILOT_STATUS_API_KEY; this sends messages to people")
	flag.Parse()
	if flag.NArg() > 0 {
		return errors.New("there are no arguments; -h shows the flags")
	}
	if !(s.rate >= minRate && s.rate <= maxRate) {
		return fmt.Errorf("-rate is from %v to %v", minRate, maxRate)
	}
	apiKey := os.Getenv("PILOT_STATUS_API_KEY")
	switch {
	case s.send && apiKey == "":
		return errors.New("-send needs PILOT_STATUS_API_KEY")
	case s.send && !s.complete():
		return errors.New("-send needs -csv, -campaign and -template")
	case !s.send && (apiKey == "" || !s.complete()):
		return onFake(ctx, s)
	}
	number, err := pilotstatus.NumberClientFromEnv(pilotstatus.WithLimiter(s.limiter()))
	if err != nil {
		return err
	}
	return broadcast(ctx, s, number, apiKey)
}

// limiter counts retries too.
func (s setup) limiter() *rate.Limiter { return rate.NewLimiter(rate.Limit(s.rate), 1) }

// broadcast reads the rows and sends them; without -send it only says what it would do.
func broadcast(ctx context.Context, s setup, number *pilotstatus.NumberClient, apiKey string) (err error) {
	rows, err := openRows(s.csv)
	if err != nil {
		return err
	}
	journal, err := openJournal(s.journal)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, journal.close()) }()
	c := &campaign{
		name: s.campaign, template: s.template, number: number, apiKey: apiKey,
		journal: journal, retryFailed: s.retryFailed, now: time.Now,
	}
	if !s.send {
		c.plan(rows).print()
		fmt.Println("Nothing was sent; add -send to send what is left.")
		return nil
	}
	bar := newProgress(os.Stderr, len(rows))
	result, err := c.run(ctx, rows, bar.step)
	bar.end()
	result.print()
	if err == nil && result.failed+result.reported+result.unknown > 0 {
		err = errNotAll
	}
	return err
}

func openRows(path string) ([]row, error) {
	file, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	rows, err := readRows(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rows, nil
}

func (s summary) print() {
	for _, note := range s.notes {
		fmt.Println(note)
	}
	fmt.Printf("sent %d, already done %d, failed %d, reported %d, unknown %d, left %d\n",
		s.sent, s.already, s.failed, s.reported, s.unknown, s.left)
}

// onFake sends the rows to the fake, and then again, when they are done already.
func onFake(ctx context.Context, s setup) (err error) {
	asked := s.rate
	s.rate = fakeRate
	var refused []string
	flag.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "rate":
			s.rate = asked
		case "journal", "retry-failed":
			refused = append(refused, "-"+f.Name)
		}
	})
	if refused != nil { // a journal must not take what the fake accepts for sent
		return fmt.Errorf("%s: for the real API only, with PILOT_STATUS_API_KEY, -csv, -campaign and -template",
			strings.Join(refused, ", "))
	}
	fmt.Println("Without -send this runs on the in-process fake, nothing is sent to anybody.")
	fake := pilotstatustest.Start()
	defer fake.Close()
	dir, err := os.MkdirTemp("", "broadcast-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if s.csv == "" {
		fmt.Println("The rows are built in; -csv takes yours. A row without a name is refused.")
		s.csv = filepath.Join(dir, "demo.csv")
		if err := os.WriteFile(s.csv, []byte(demoCSV), 0o600); err != nil {
			return err
		}
	}
	s.journal, s.campaign, s.template, s.send = filepath.Join(dir, "demo.jsonl"), "demo", demoTemplate, true
	number := fake.NumberClient("num_1", pilotstatus.WithLimiter(s.limiter()))
	for _, title := range []string{"The first run:", "The same once more:"} {
		fmt.Println(title)
		err := broadcast(ctx, s, number, fake.NumberKey("num_1"))
		if err != nil && !errors.Is(err, errNotAll) {
			return err
		}
	}
	return nil
}
