package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/pilotstatus/pilotstatus-go"
)

// The templates, which must be approved, and their variables are what this service sends.
const (
	templateConfirmed = "order-confirmed" // name, order
	templateCode      = "access-code"     // code
	templateCampaign  = "campaign"        // name
)

// codeLifetime is how long an access code can be used. It is not sent after that.
const codeLifetime = 5 * time.Minute

// Keys come from the rows that the messages belong to, never from a phone number: they are
// kept when a person asks to be forgotten.

func confirmation(orderID int64, key string, o newOrder) pilotstatus.SendRequest {
	return pilotstatus.SendRequest{
		To: pilotstatus.Phone(o.Phone),
		Content: pilotstatus.TemplateContent{
			ID:        templateConfirmed,
			Variables: map[string]string{"name": o.Name, "order": strconv.FormatInt(orderID, 10)},
		},
		IdempotencyKey: key,
	}
}

func accessCode(id int64, phone, code string, expires time.Time) pilotstatus.SendRequest {
	return pilotstatus.SendRequest{
		To:             pilotstatus.Phone(phone),
		Content:        pilotstatus.TemplateContent{ID: templateCode, Variables: map[string]string{"code": code}},
		IdempotencyKey: fmt.Sprintf("code-%d", id),
		DeliverUntil:   expires,
	}
}

func campaignMessage(campaignID int64, index int, p person) pilotstatus.SendRequest {
	return pilotstatus.SendRequest{
		To:             pilotstatus.Phone(p.Phone),
		Content:        pilotstatus.TemplateContent{ID: templateCampaign, Variables: map[string]string{"name": p.Name}},
		IdempotencyKey: fmt.Sprintf("campaign-%d-%d", campaignID, index),
	}
}
