package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/pilotstatus/pilotstatus-go"
)

// send makes the one call of a client and returns the id that the API gave it.
type send func(ctx context.Context) (id string, err error)

// peer is a client and its one call: a small POST that the API answers with a small JSON.
type peer struct {
	name   string
	module string // empty where the standard library is all that it needs
	answer answer
	id     string // the id in the answer
	// open makes the client with its own defaults, but for the transport.
	open func(http.RoundTripper) (send, error)
}

// peers are all that is measured, in the order of the table.
func peers() []peer {
	return append([]peer{
		hand(),
		{name: "bare RoundTrip", answer: accepted(), id: acceptedID, open: openBare},
		{name: ownName, module: "github.com/pilotstatus/pilotstatus-go", answer: accepted(), id: acceptedID, open: openOwn},
		{
			name:   "go-retryablehttp",
			module: "github.com/hashicorp/go-retryablehttp",
			answer: accepted(),
			id:     acceptedID,
			open:   openRetryable,
		},
	}, otherAPIs()...)
}

// hand is the call that all others are compared with.
func hand() peer {
	return peer{name: "net/http by hand", answer: accepted(), id: acceptedID, open: openHand}
}

const ownName = "pilotstatus"

const (
	sendURL        = "https://pilotstatus.example/v1/messages/send"
	apiKey         = "ps_benchmark"
	idempotencyKey = "order-42-confirmed"
	recipient      = "+5511999999999"
	acceptedID     = "msg_4tq81"
)

// accepted is how Pilot Status answers a send.
func accepted() answer {
	return answer{http.StatusAccepted, `{"id":"` + acceptedID + `","correlationId":"corr_4tq81","status":"QUEUED",` +
		`"createdAt":"2026-11-04T12:30:00.215Z","origin":"Reception","sourceNumber":"5511900009876"}`}
}

type handBody struct {
	DestinationNumber string            `json:"destinationNumber"`
	TemplateID        string            `json:"templateId"`
	Variables         map[string]string `json:"variables"`
}

type handAnswer struct {
	ID            string    `json:"id"`
	CorrelationID string    `json:"correlationId"`
	Status        string    `json:"status"`
	CreatedAt     time.Time `json:"createdAt"`
	Origin        string    `json:"origin"`
	SourceNumber  string    `json:"sourceNumber"`
}

func encodeByHand() ([]byte, error) {
	return json.Marshal(handBody{
		DestinationNumber: recipient,
		TemplateID:        "onboarding-test",
		Variables:         map[string]string{"name": "John"},
	})
}

func setHeaders(header http.Header) {
	header.Set("Accept", "application/json")
	header.Set("Content-Type", "application/json")
	header.Set("Idempotency-Key", idempotencyKey)
	header.Set("X-Api-Key", apiKey)
}

func decodeByHand(resp *http.Response) (id string, err error) {
	if resp.StatusCode != http.StatusAccepted {
		return "", fmt.Errorf("status %d", resp.StatusCode)
	}
	out := new(handAnswer)
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return "", err
	}
	return out.ID, nil
}

// openHand is the call that a user of net/http would write, with a timeout.
func openHand(transport http.RoundTripper) (send, error) {
	client := &http.Client{Transport: transport}
	return func(ctx context.Context) (string, error) {
		body, err := encodeByHand()
		if err != nil {
			return "", err
		}
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, sendURL, bytes.NewReader(body))
		if err != nil {
			return "", err
		}
		setHeaders(req.Header)
		resp, err := client.Do(req)
		if err != nil {
			return "", err
		}
		defer func() { _ = resp.Body.Close() }()
		return decodeByHand(resp)
	}, nil
}

// openBare has no http.Client, no timeout and no parsing of the URL: the least that a
// call with encoding/json costs.
func openBare(transport http.RoundTripper) (send, error) {
	target, err := url.Parse(sendURL)
	return func(ctx context.Context) (string, error) {
		body, err := encodeByHand()
		if err != nil {
			return "", err
		}
		req := (&http.Request{
			Method:        http.MethodPost,
			URL:           target,
			Header:        http.Header{},
			Body:          io.NopCloser(bytes.NewReader(body)),
			ContentLength: int64(len(body)),
		}).WithContext(ctx)
		setHeaders(req.Header)
		resp, err := transport.RoundTrip(req)
		if err != nil {
			return "", err
		}
		defer func() { _ = resp.Body.Close() }()
		return decodeByHand(resp)
	}, err
}

// openOwn is this package: a template with an idempotency key.
func openOwn(transport http.RoundTripper) (send, error) {
	httpClient := pilotstatus.WithHTTPClient(&http.Client{Transport: transport})
	client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(apiKey), httpClient)
	return func(ctx context.Context) (string, error) {
		out, err := client.Messages.Send(ctx, pilotstatus.SendRequest{
			To:             pilotstatus.Phone(recipient),
			Content:        pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "John"}},
			IdempotencyKey: idempotencyKey,
		})
		if err != nil {
			return "", err
		}
		return out.ID, nil
	}, err
}

// openRetryable is the hand-written call through go-retryablehttp, without the line that
// it logs for each request.
func openRetryable(transport http.RoundTripper) (send, error) {
	client := retryablehttp.NewClient()
	client.Logger = nil
	client.HTTPClient.Transport = transport
	return func(ctx context.Context) (string, error) {
		body, err := encodeByHand()
		if err != nil {
			return "", err
		}
		req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, sendURL, body)
		if err != nil {
			return "", err
		}
		setHeaders(req.Header)
		resp, err := client.Do(req)
		if err != nil {
			return "", err
		}
		defer func() { _ = resp.Body.Close() }()
		return decodeByHand(resp)
	}, nil
}
