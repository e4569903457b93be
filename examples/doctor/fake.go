package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// startFake starts the fake with something of everything that is examined.
func startFake(ctx context.Context) (*pilotstatustest.Server, error) {
	fake := pilotstatustest.Start()
	if err := fill(ctx, fake); err != nil {
		fake.Close()
		return nil, err
	}
	return fake, nil
}

// ofFake plans a visit with each key of the fake.
func ofFake(fake *pilotstatustest.Server) plan {
	return withKeys(fake.URL, fake.NumberKey("num_2"), fake.TenantKey())
}

// fill lets things happen on the second number, which is an official one.
func fill(ctx context.Context, fake *pilotstatustest.Server) error {
	const page, person = "100200300400", "+5511988887777"
	official, tenant := fake.Number("num_2"), fake.Tenant()
	official.AllowGroups(true)
	official.AddGroup("120363000000000777@g.us", "Team of Rita", person)
	official.AddNewsletter("120363000000000888@newsletter", "Rita's offers")
	official.Receive(pilotstatustest.Inbound{From: person, FromName: "Rita Prado", Text: "Is it still there?"})
	official.Receive(pilotstatustest.Inbound{From: person, GroupID: "120363000000000777@g.us", Text: "Hello all"})
	official.AddReferral(pilotstatustest.Referral{SourceID: "238500001", SourceType: "ad", Headline: "Half the price", From: person})
	official.Ring(person)
	tenant.SharePage(page, "Rita's store", pilotstatustest.LeadForm{ID: "900800700", Name: "Spring offer"})
	tenant.ShareAdAccount("act_5550001", "Rita's ads", true)

	number := fake.NumberClient("num_2")
	if _, err := number.LeadPages.Link(ctx, pilotstatus.LinkLeadPageRequest{PageID: page}); err != nil {
		return err
	}
	tenant.SubmitLead(pilotstatustest.Lead{PageID: page, FullName: "Rita Prado", Email: "rita@example.test", Phone: person})
	hook, err := number.Webhooks.Create(ctx, pilotstatus.CreateWebhookRequest{
		Name: "shop", URL: "https://hooks.example.test/?token=whtoken-1234",
		Events: []pilotstatus.EventName{pilotstatus.EventCallPermissionUpdated}, // nothing here causes it
	})
	if err != nil {
		return err
	}
	tenant.LogDelivery(hook.ID, string(pilotstatus.EventCallPermissionUpdated), http.StatusOK)
	_, err = number.Messages.Send(ctx, pilotstatus.SendRequest{
		To: pilotstatus.Phone(person), Content: pilotstatus.TextContent{Body: "It is, until Friday."},
	})
	if err != nil {
		return fmt.Errorf("fill the fake: %w", err)
	}
	fake.Advance(time.Second) // the message is delivered
	return nil
}
