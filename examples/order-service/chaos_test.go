package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg/pilotstatuspgtest/pgserver"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

var chaosOrders = flag.Int("orders", 120, "how many orders TestChaos makes")

const (
	chaosTimeout = 500 * time.Millisecond // of an attempt
	chaosEvery   = 1500 * time.Millisecond
	customers    = 8 // who order at the same time
)

// chaos is two processes of the service whose database, API and lives break.
type chaos struct {
	*testing.T

	postgres  *pgserver.Server
	fake      *pilotstatustest.Server
	rnd       *rand.Rand
	addrs     [2]string
	processes [2]*process
	env       []string

	kills    int
	failures atomic.Int64 // requests of customers that got no good answer
}

func newChaos(t *testing.T) *chaos {
	t.Helper()
	server, err := pgserver.Start(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	c := &chaos{T: t, postgres: server, fake: pilotstatustest.NewServer(t), rnd: rand.New(rand.NewPCG(seed, 0))}
	addTemplates(c.fake)
	c.fake.Inject(chaosFaults(c.rnd, 2*(*chaosOrders))...)
	c.fake.Tenant().DuplicateDeliveries(2)
	c.fake.Tenant().ShuffleDeliveries(true)
	c.fake.Tenant().DeliveryRetries(12, 20*time.Millisecond)
	c.env = append(environment(c.fake, numberID, server.DSN), asProgram+"=1")
	for i := range c.processes {
		c.addrs[i], err = freeAddr(t.Context())
		require.NoError(t, err)
		c.start(i)
		t.Cleanup(func() {
			if p := c.processes[i]; p != nil {
				_ = p.kill() // it may have ended
			}
		})
		_, err = c.fake.NumberClient(numberID).Webhooks.Create(t.Context(), webhook(c.processes[i].url))
		require.NoError(t, err)
	}
	return c
}

// chaosFaults breaks three of ten exchanges, each in another way.
func chaosFaults(rnd *rand.Rand, n int) []pilotstatustest.Fault {
	broken := []pilotstatustest.Fault{
		{Reset: true},
		{Reset: true, Processed: true},
		{Status: http.StatusServiceUnavailable, Processed: true},
		{Status: http.StatusInternalServerError},
		{Status: http.StatusBadGateway, Body: "<html>\x00\xff</html>"},
		{Status: http.StatusTooManyRequests},
		{Delay: 2 * chaosTimeout, Reset: true, Processed: true},
		{TruncateAt: 20},
	}
	faults := make([]pilotstatustest.Fault, n)
	for i := range faults {
		if rnd.IntN(10) < 3 {
			faults[i] = broken[rnd.IntN(len(broken))]
		}
		faults[i].Op = "Messages.Send"
	}
	return faults
}

// start starts a process, again where a connection of somebody has taken its port.
func (c *chaos) start(i int) {
	c.Helper()
	var err error
	for range 5 {
		c.processes[i], err = startProcess(c.Context(), c.addrs[i], c.env, "-attempt-timeout", chaosTimeout.String())
		if err == nil {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	require.NoError(c, err)
}

// kill kills a process and starts it again.
func (c *chaos) kill() {
	c.Helper()
	i := c.rnd.IntN(len(c.processes))
	require.NoError(c, c.processes[i].kill())
	c.start(i)
	c.kills++
}

// phoneOf returns the phone of the only customer of an order.
func phoneOf(i int) string { return fmt.Sprintf("+5511%09d", 977000000+i) }

// buy orders, as a customer does who wants an answer: again and again under the same key,
// at either process. Then the customer writes.
func (c *chaos) buy(i int) {
	name := fmt.Sprintf("customer %d", i)
	body := newOrder{Phone: phoneOf(i), Name: name, Item: "a lamp"}
	var first order
	for try, answers := i, 0; answers < 1+i%2; try++ { // every second one asks again after the answer
		var o order
		url := "http://" + c.addrs[try%len(c.addrs)] + "/orders"
		ctx, cancel := context.WithTimeout(c.Context(), 5*time.Second)
		_, err := call(ctx, http.MethodPost, url, fmt.Sprintf("cart-%d", i), body, &o)
		cancel()
		switch {
		case c.Context().Err() != nil:
			return
		case err != nil:
			c.failures.Add(1)
			time.Sleep(20 * time.Millisecond)
			continue
		case answers == 0:
			first = o
		}
		answers++
		assert.Equal(c, first.ID, o.ID)
	}
	c.fake.Number(numberID).Receive(pilotstatustest.Inbound{From: phoneOf(i), FromName: name, Text: "written by " + name})
}

// TestChaos has two processes that are killed every 1.5 seconds, a database that restarts,
// an API that breaks three of ten sends, and deliveries to both processes, each twice and
// in disorder. Run more of it with
// go test -run TestChaos -orders 5000 -timeout 1h .
func TestChaos(t *testing.T) {
	t.Parallel()
	c := newChaos(t)
	const rounds = 4
	for round := range rounds {
		var buying sync.WaitGroup
		for customer := range customers {
			from, to := *chaosOrders*round/rounds, *chaosOrders*(round+1)/rounds
			buying.Go(func() {
				for i := from + customer; i < to; i += customers {
					c.buy(i)
				}
			})
		}
		if round == rounds/2 {
			require.NoError(t, c.postgres.Restart(t.Context()))
		}
		bought := make(chan struct{})
		go func() { defer close(bought); buying.Wait() }()
		for killing := true; killing; {
			c.kill()
			select {
			case <-bought:
				killing = false
			case <-time.After(chaosEvery):
			}
		}
	}
	c.settle()
	c.check()
	for _, p := range c.processes {
		require.NoError(t, p.end())
	}
}

// settle waits until every order shows all that will become of it. It goes on killing.
func (c *chaos) settle() {
	c.Helper()
	open := 1
	for began, killed := time.Now(), time.Now(); open > 0; time.Sleep(100 * time.Millisecond) {
		require.Less(c, time.Since(began), 20*time.Minute, "%d orders are open", open)
		if time.Since(killed) > chaosEvery && open > *chaosOrders/20 {
			c.kill()
			killed = time.Now()
		}
		open = *chaosOrders
		for _, o := range c.orders() {
			if o.Confirmation.Status == pilotstatus.MessageStatusRead && len(o.Replies) > 0 {
				open--
			}
		}
	}
	require.NoError(c, c.fake.Flush(c.Context())) // what is delivered again changes nothing
}

// orders reads all orders, over HTTP.
func (c *chaos) orders() (all []order) {
	c.Helper()
	for query := ""; ; query = fmt.Sprintf("?before=%d", all[len(all)-1].ID) {
		var page struct{ Orders []order }
		_, err := call(c.Context(), http.MethodGet, c.processes[0].url+"/orders"+query, "", nil, &page)
		require.NoError(c, err)
		all = append(all, page.Orders...)
		if len(page.Orders) < pageSize {
			return all
		}
	}
}

// check compares the orders with what the API has.
func (c *chaos) check() {
	c.Helper()
	keys, bodies := map[string]int{}, map[string]int{}
	for _, m := range c.fake.Messages() {
		keys[m.IdempotencyKey]++
		bodies[string(bytes.TrimSpace(m.Body))]++
	}
	all := c.orders()
	require.Len(c, all, *chaosOrders)
	assert.Len(c, keys, *chaosOrders, "lost")
	assert.Len(c, bodies, *chaosOrders, "lost")
	assert.Equal(c, 1, slices.Max(slices.Collect(maps.Values(keys))), "doubled")
	assert.Equal(c, 1, slices.Max(slices.Collect(maps.Values(bodies))), "doubled")
	wrong := 0
	for _, o := range all {
		state := o.Confirmation == delivery{State: pilotstatuspg.StateAccepted, Status: pilotstatus.MessageStatusRead}
		replied := len(o.Replies) == 1 && o.Replies[0].Text == "written by "+o.Name
		if !state || !replied || keys[fmt.Sprintf("order-%d-confirmed", o.ID)] != 1 {
			wrong++
		}
	}
	assert.Zero(c, wrong, "orders whose confirmation or reply is not right")
	sends := 0
	for _, r := range c.fake.Requests() {
		if r.Op == "Messages.Send" {
			sends++
		}
	}
	c.Logf("%d orders, %d sends for %d messages, %d kills, %d requests of customers without an answer",
		len(all), sends, len(c.fake.Messages()), c.kills, c.failures.Load())
}
