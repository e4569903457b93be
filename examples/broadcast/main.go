// Broadcast sends a template to every row of a CSV, once, however often it is started
// and whenever it dies: the idempotency key of a row comes from the campaign and its
// row_id, and a journal on the disk tells what became of each row. It sends at a limited
// rate and shows how far it has come.
//
// Without a key in the environment it runs on the in-process fake, with a CSV of its
// own, and needs no account:
//
//	go run -C examples/broadcast .
//
// With PILOT_STATUS_API_KEY (a number key) it works on the real API. It sends with -yes
// only, and says what it would send without:
//
//	go run . -csv customers.csv -campaign spring-2027 -template visit_reminder -yes
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

// The slowest rate leaves a send time for its retries, see sendWithin.
const minRate, maxRate = 0.005, 1000

// errNotAll ends a run that reached the last row.
var errNotAll = errors.New("not every row was sent")

// setup is what the flags say.
type setup struct {
	csv, campaign, template, journal string
	rate                             float64
	retryFailed, yes                 bool
}

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
	flag.BoolVar(&s.yes, "yes", false, "really send")
	flag.Parse()
	if flag.NArg() > 0 {
		return errors.New("every argument belongs to a flag")
	}
	if !(s.rate >= minRate && s.rate <= maxRate) {
		return fmt.Errorf("-rate is from %v to %v", minRate, maxRate)
	}
	apiKey := os.Getenv("PILOT_STATUS_API_KEY")
	if apiKey == "" {
		return demo(ctx, s)
	}
	if s.csv == "" || s.campaign == "" || s.template == "" {
		return errors.New("set -csv, -campaign and -template")
	}
	number, err := pilotstatus.NumberClientFromEnv(pilotstatus.WithLimiter(s.limiter()))
	if err != nil {
		return err
	}
	return broadcast(ctx, s, number, apiKey)
}

// limiter counts retries too.
func (s setup) limiter() *rate.Limiter { return rate.NewLimiter(rate.Limit(s.rate), 1) }

// broadcast reads the rows and sends them; without -yes it only says what it would do.
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
	if !s.yes {
		c.plan(rows).print()
		fmt.Println("Nothing was sent; add -yes to send what is left.")
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

// demo sends the built-in rows to the fake, and then again, when they are done already.
func demo(ctx context.Context, s setup) (err error) {
	var refused []string
	flag.Visit(func(f *flag.Flag) {
		if f.Name != "rate" {
			refused = append(refused, "-"+f.Name)
		}
	})
	if refused != nil { // a journal must not take what the fake accepts for sent
		return fmt.Errorf("set PILOT_STATUS_API_KEY to use %s", strings.Join(refused, ", "))
	}
	fmt.Println("No PILOT_STATUS_API_KEY is set: this runs on the in-process fake, nothing is sent to anybody.")
	fake := pilotstatustest.Start()
	defer fake.Close()
	dir, err := os.MkdirTemp("", "broadcast-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s.csv, s.journal = filepath.Join(dir, "demo.csv"), filepath.Join(dir, "demo.jsonl")
	s.campaign, s.template, s.yes = "demo", "onboarding-test", true
	if err := os.WriteFile(s.csv, []byte(demoCSV), 0o600); err != nil {
		return err
	}
	number := fake.NumberClient("num_1", pilotstatus.WithLimiter(s.limiter()))
	for _, title := range []string{"The first run; a row without a name is refused:", "The same once more:"} {
		fmt.Println(title)
		err := broadcast(ctx, s, number, fake.NumberKey("num_1"))
		if err != nil && !errors.Is(err, errNotAll) {
			return err
		}
	}
	return nil
}
