package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

const liasPhone = "+55 11 98888-0000"

// orders makes an order, twice under the same key, and follows its confirmation.
func (d *demonstration) orders(ctx context.Context) error {
	d.print("\nLia orders a lamp. Her browser gets no answer and asks again, at the other process:\n")
	for i, p := range d.processes {
		var o order
		body := newOrder{Phone: liasPhone, Name: "Lia", Item: "a lamp"}
		status, err := call(ctx, http.MethodPost, p.url+"/orders", "cart-7", body, &o)
		if err != nil {
			return err
		}
		d.print("  POST /orders at process %d: %d, order %d, its confirmation is %s", i+1, status, o.ID, o.Confirmation.State)
	}
	d.print("")
	if err := d.await(ctx, func(c delivery) bool { return c.State == pilotstatuspg.StateAccepted }); err != nil {
		return err
	}
	for _, status := range []pilotstatus.MessageStatus{
		pilotstatus.MessageStatusSent, pilotstatus.MessageStatusDelivered, pilotstatus.MessageStatusRead,
	} {
		d.fake.Advance(20 * time.Millisecond) // each message moves on
		if err := d.await(ctx, func(c delivery) bool { return c.Status == status }); err != nil {
			return err
		}
	}
	return nil
}

// await waits for the confirmation of the first order, and prints it.
func (d *demonstration) await(ctx context.Context, reached func(delivery) bool) error {
	var o order
	err := poll(ctx, func() (bool, error) {
		_, err := call(ctx, http.MethodGet, d.processes[1].url+"/orders/1", "", nil, &o)
		return reached(o.Confirmation), err
	})
	d.print("  GET /orders/1: confirmation %s", strings.TrimSpace(string(o.Confirmation.State)+" "+string(o.Confirmation.Status)))
	return err
}

// answer lets the customer write.
func (d *demonstration) answer(ctx context.Context) error {
	d.print("\nLia answers on her phone. The event is delivered twice to each process:\n")
	d.fake.Number(demoNumber).Receive(pilotstatustest.Inbound{From: "+5511988880000", FromName: "Lia", Text: "Can I pick it up?"})
	if err := d.fake.Flush(ctx); err != nil {
		return err
	}
	var o order
	if _, err := call(ctx, http.MethodGet, d.processes[0].url+"/orders/1", "", nil, &o); err != nil {
		return err
	}
	for _, r := range o.Replies {
		d.print("  GET /orders/1: Lia wrote %q", r.Text)
	}
	return nil
}

// campaign lets an access code overtake a campaign.
func (d *demonstration) campaign(ctx context.Context) error {
	c := newCampaign{Name: "lamps"}
	for i := range demoPeople {
		c.People = append(c.People, person{Phone: fmt.Sprintf("+55119777700%02d", i), Name: "friend"})
	}
	if _, err := call(ctx, http.MethodPost, d.processes[0].url+"/campaigns", "", c, nil); err != nil {
		return err
	}
	d.print("\nA campaign for %d people leaves. After the fifth, Lia logs in and needs an access code:\n", demoPeople)
	if err := d.sent(ctx, 1+5); err != nil {
		return err
	}
	began := time.Now()
	body := map[string]string{"phone": liasPhone}
	if _, err := call(ctx, http.MethodPost, d.processes[1].url+"/codes", "login-1", body, nil); err != nil {
		return err
	}
	place := -1
	err := poll(ctx, func() (bool, error) {
		place = slices.IndexFunc(d.fake.Messages(), func(m pilotstatustest.Message) bool { return m.IdempotencyKey == "code-1" })
		return place >= 0, nil
	})
	d.print("  POST /codes: it left as message %d of %d, after %s", place, 1+demoPeople, time.Since(began).Round(10*time.Millisecond))
	return err
}

// crash kills one of the two processes in the middle of the campaign.
func (d *demonstration) crash(ctx context.Context) error {
	before := len(d.fake.Messages())
	if err := d.processes[0].kill(); err != nil {
		return err
	}
	d.processes[0] = nil
	d.print("\nProcess 1 is killed, with kill -9, after %d messages. The other one goes on:\n", before)
	const all = 1 + demoPeople + 1 // the confirmation, the campaign, the code
	if err := d.sent(ctx, all); err != nil {
		return err
	}
	keys := map[string]bool{}
	for _, m := range d.fake.Messages() {
		keys[m.IdempotencyKey] = true
	}
	if len(keys) != all || len(d.fake.Messages()) != all {
		return fmt.Errorf("the API has %d messages with %d keys", len(d.fake.Messages()), len(keys))
	}
	d.print("  The API has all %d messages, each once.", all)
	return nil
}

// sent waits until the API has so many messages.
func (d *demonstration) sent(ctx context.Context, n int) error {
	return poll(ctx, func() (bool, error) { return len(d.fake.Messages()) >= n, nil })
}

// list shows what the service says at the end.
func (d *demonstration) list(ctx context.Context) error {
	var listed struct {
		Orders []order `json:"orders"`
	}
	if _, err := call(ctx, http.MethodGet, d.processes[1].url+"/orders", "", nil, &listed); err != nil {
		return err
	}
	d.print("\n  %-6s  %-8s  %-8s  %-12s  %s", "ORDER", "CUSTOMER", "ITEM", "CONFIRMATION", "REPLIES")
	for _, o := range listed.Orders {
		d.print("  %-6d  %-8s  %-8s  %-12s  %d", o.ID, o.Name, o.Item, o.Confirmation.Status, len(o.Replies))
	}
	d.print("\nProcess 2 and PostgreSQL end.")
	return nil
}

// call makes a request to the service, and reads its answer.
func call(ctx context.Context, method, url, key string, body, into any) (status int, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Idempotency-Key", key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusMultipleChoices {
		return response.StatusCode, fmt.Errorf("%s %s was answered with %s", method, url, response.Status)
	}
	if into == nil {
		return response.StatusCode, nil
	}
	return response.StatusCode, json.NewDecoder(response.Body).Decode(into)
}
