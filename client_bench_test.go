package pilotstatus

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

const benchKey = "order-42-confirmed"

const benchAnswer = `{"id":"msg_4tq81","correlationId":"corr_4tq81","status":"QUEUED",` +
	`"createdAt":"2026-11-04T12:30:00.215Z","origin":"Reception","sourceNumber":"5511900009876"}`

// stubTransport answers every request at once, without a connection.
type stubTransport struct{}

func (stubTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	return &http.Response{
		StatusCode:    http.StatusAccepted,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader([]byte(benchAnswer))),
		ContentLength: int64(len(benchAnswer)),
		Request:       req,
	}, nil
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

// sendByHand is the call that a user of net/http would write.
func sendByHand(ctx context.Context, client *http.Client, base, key, idempotencyKey string) (*handAnswer, error) {
	body, err := json.Marshal(handBody{
		DestinationNumber: "+5511999999999",
		TemplateID:        "onboarding-test",
		Variables:         map[string]string{"name": "John"},
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/v1/messages/send", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", idempotencyKey)
	req.Header.Set("X-Api-Key", key)
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusAccepted {
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	answer := new(handAnswer)
	return answer, json.NewDecoder(resp.Body).Decode(answer)
}

// benchRequest is the message that sendByHand sends, with the same key.
func benchRequest() SendRequest {
	return SendRequest{
		To:             Phone("+5511999999999"),
		Content:        TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "John"}},
		IdempotencyKey: benchKey,
	}
}

func benchClient(tb testing.TB, base string, transport http.RoundTripper) *NumberClient {
	tb.Helper()
	client, err := NewNumberClient(APIKey("ps_benchmark"), WithBaseURL(base), WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		tb.Fatal(err)
	}
	return client
}

// BenchmarkSend puts Messages.Send beside the same call written by hand, in turns
// within one run, on a stub and over loopback. It prints the allocations of both
// and the ratio of their times.
func BenchmarkSend(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, benchAnswer)
	}))
	defer server.Close()
	loopback := http.DefaultTransport.(*http.Transport).Clone()
	defer loopback.CloseIdleConnections()

	for _, at := range []struct {
		name, base string
		transport  http.RoundTripper
	}{
		{"stub", "https://pilotstatus.example", stubTransport{}},
		{"loopback", server.URL, loopback},
	} {
		hand := func() error {
			_, err := sendByHand(context.Background(), &http.Client{Transport: at.transport}, at.base, "ps_benchmark", benchKey)
			return err
		}
		client := benchClient(b, at.base, at.transport)
		sdk := func() error {
			_, err := client.Messages.Send(context.Background(), benchRequest())
			return err
		}
		b.Run(at.name, func(b *testing.B) { compare(b, hand, sdk) })
	}
}

// compare runs both calls in alternating blocks, so that whatever else the machine
// does falls on both. It divides the run into ten rounds, of which each has the median
// ratio of its blocks, and reports the median of the rounds, the least and the greatest.
func compare(b *testing.B, hand, sdk func() error) {
	b.Helper()
	const block, rounds = 64, 10
	var blocks, ratios []float64
	for b.Loop() {
		before := timed(b, block/2, hand)
		tested := timed(b, block, sdk)
		after := timed(b, block/2, hand)
		blocks = append(blocks, float64(tested)/float64(before+after))
	}
	for round := range slices.Chunk(blocks, (len(blocks)+rounds-1)/rounds) {
		ratios = append(ratios, median(round))
	}
	b.ReportMetric(median(ratios), "sdk/hand-time")
	b.ReportMetric(slices.Min(ratios), "least")
	b.ReportMetric(slices.Max(ratios), "greatest")
	b.ReportMetric(testing.AllocsPerRun(200, func() { mustRun(b, hand) }), "hand-allocs/op")
	b.ReportMetric(testing.AllocsPerRun(200, func() { mustRun(b, sdk) }), "sdk-allocs/op")
	b.ReportMetric(0, "ns/op") // of a block, which means nothing
}

// median sorts the values.
func median(values []float64) float64 {
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

func timed(b *testing.B, n int, call func() error) time.Duration {
	b.Helper()
	start := time.Now()
	for range n {
		mustRun(b, call)
	}
	return time.Since(start)
}

func mustRun(tb testing.TB, call func() error) {
	tb.Helper()
	if err := call(); err != nil {
		tb.Fatal(err)
	}
}
