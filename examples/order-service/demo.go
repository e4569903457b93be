package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest/pgserver"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const (
	demoNumber = "num_1"
	demoPeople = 30 // of the campaign
)

// demonstration is two processes of the service, and all that they need.
type demonstration struct {
	out       io.Writer
	fake      *pilotstatustest.Server
	postgres  *pgserver.Server
	processes [2]*process
}

// demo shows the service. What it starts is ended when it returns.
func demo(ctx context.Context, out io.Writer) (err error) {
	d := &demonstration{out: out}
	d.print("Without -send this starts a throw-away PostgreSQL and a fake of the API. Nobody is written to.")
	defer func() { err = errors.Join(err, d.stop()) }()
	if err := d.start(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{d.orders, d.answer, d.campaign, d.crash, d.list} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *demonstration) print(format string, args ...any) {
	_, _ = fmt.Fprintf(d.out, format+"\n", args...) // a closed pipe loses lines, not the demonstration
}

// start starts the database, the API, and two processes that share the work: each event is
// delivered twice to both of them.
func (d *demonstration) start(ctx context.Context) (err error) {
	if d.postgres, err = pgserver.Start(ctx); err != nil {
		return err
	}
	d.fake = pilotstatustest.Start(pilotstatustest.WithClock(time.Now())) // advance moves its messages on
	addTemplates(d.fake)
	d.fake.Tenant().DuplicateDeliveries(2)
	env := environment(d.fake, demoNumber, d.postgres.DSN)
	for i := range d.processes {
		addr, err := freeAddr(ctx)
		if err != nil {
			return err
		}
		// Of a killed process, the messages wait for three attempts.
		if d.processes[i], err = startProcess(ctx, addr, env, "-attempt-timeout", "1s", "-every", "100ms"); err != nil {
			return err
		}
		if _, err := d.fake.NumberClient(demoNumber).Webhooks.Create(ctx, webhook(d.processes[i].url)); err != nil {
			return err
		}
	}
	d.print("Two processes of the service are up. They send one message each 100 ms, both together.")
	return nil
}

// stop ends all that was started: the processes first, which still write results.
func (d *demonstration) stop() (err error) {
	for _, p := range d.processes {
		if p != nil {
			err = errors.Join(err, p.end())
		}
	}
	if d.fake != nil {
		d.fake.Close()
	}
	if d.postgres != nil {
		err = errors.Join(err, d.postgres.Stop())
	}
	return err
}
