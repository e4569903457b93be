package main

import (
	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatuspg"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// addTemplates adds the templates of messages.go to a fake of the API.
func addTemplates(fake *pilotstatustest.Server) {
	for _, t := range []pilotstatustest.Template{
		{Name: templateConfirmed, Text: "Hello {{name}}, your order {{order}} is confirmed."},
		{Name: templateCode, Category: "OTP", Text: "{{code}} is your access code."},
		{Name: templateCampaign, Category: "MARKETING", Text: "Hello {{name}}, our new lamps are here."},
	} {
		fake.Tenant().AddTemplate(t)
	}
}

// webhook is the webhook that a service at a URL needs.
func webhook(url string) pilotstatus.CreateWebhookRequest {
	return pilotstatus.CreateWebhookRequest{Name: "orders", URL: url + webhookPath, Events: pilotstatuspg.WebhookEvents()}
}

// environment is the environment of a service that works with a fake.
func environment(fake *pilotstatustest.Server, numberID, dsn string) []string {
	return []string{
		"DATABASE_URL=" + dsn,
		"DEPLOYMENT=demo",
		"PILOT_STATUS_API_KEY=" + fake.NumberKey(numberID),
		"PILOT_STATUS_API_KEY_ID=",
		"PILOT_STATUS_BASE_URL=" + fake.URL,
		"PILOT_STATUS_NUMBER_ID=" + numberID,
		"PILOT_STATUS_WEBHOOK_SECRET=" + fake.WebhookSecret(),
	}
}
