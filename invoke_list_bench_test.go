package pilotstatus

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// textTransport answers every request with one text.
type textTransport string

func (text textTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(strings.NewReader(string(text))),
		ContentLength: int64(len(text)),
		Request:       req,
	}, nil
}

// historyRow is a row as the API documents it.
const historyRow = `{"id":"cm_55e0","conversationId":"conv_b71","direction":"INBOUND","providerKind":"META",` +
	`"externalMessageId":"wamid.HBgXYZ77","status":"DELIVERED","messageType":"image","origin":null,"text":"Here it is",` +
	`"participantName":"Lia","participantPhone":"+5511900001234","participantUserId":"BR.900100200300","repliedToExternalId":null,` +
	`"media":{"provider":"META","id":"880011","url":null,"mimeType":"image/jpeg","fileName":null},` +
	`"sentAt":null,"deliveredAt":"2026-11-04T12:41:08.000Z","readAt":null,"providerTimestamp":"2026-11-04T12:41:07.300Z",` +
	`"createdAt":"2026-11-04T12:41:07.912Z","referral":null}`

// historyRows returns an array of n rows with ids and texts of their own.
func historyRows(first, n int) string {
	rows := make([]string, n)
	for i := range rows {
		number := strconv.Itoa(1_000_000 + first + i)
		rows[i] = strings.NewReplacer("cm_55e0", "cm_"+number, "XYZ77", number, "Here it is", "Here is order "+number).Replace(historyRow)
	}
	return "[" + strings.Join(rows, ",") + "]"
}

// historyPage returns an answer with the rows.
func historyPage(rows string) string {
	return `{"messages":` + rows + `,"total":100,"page":1,"pageSize":100,"totalPages":1}`
}

// BenchmarkList puts one call for a page of 100 messages beside json.Unmarshal of JSON v2
// into the same slice, without a call.
func BenchmarkList(b *testing.B) {
	rows := historyRows(0, 100)
	inbox := benchClient(b, testBase, textTransport(historyPage(rows))).Inbox
	unmarshal := func() error {
		var messages []HistoryMessage
		return json.Unmarshal([]byte(rows), &messages)
	}
	sdk := func() error {
		_, err := inbox.History(context.Background(), ListInboxOptions{PageSize: 100})
		return err
	}
	compare(b, unmarshal, sdk)
}

// pageTransport answers with two pages in turns, so that a walk over them does not end.
type pageTransport struct {
	pages [2]string
	n     int
}

func (t *pageTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	t.n++
	return textTransport(t.pages[t.n%2]).RoundTrip(req)
}

func newPageTransport() *pageTransport {
	return &pageTransport{pages: [2]string{historyPage(historyRows(0, 100)), historyPage(historyRows(100, 100))}}
}

// BenchmarkWalk walks over a million messages. It prints the allocations of a row, and the
// largest heap meanwhile.
func BenchmarkWalk(b *testing.B) {
	const rows = 1_000_000
	inbox := benchClient(b, testBase, newPageTransport()).Inbox
	b.ReportAllocs()
	var before, after runtime.MemStats
	var heap uint64
	runtime.ReadMemStats(&before)
	for b.Loop() {
		n := 0
		for _, err := range inbox.AllHistory(context.Background(), ListInboxOptions{PageSize: 100}) {
			if err != nil {
				b.Fatal(err)
			}
			if n++; n%1000 == 0 {
				heap = max(heap, heapInUse())
			}
			if n == rows {
				break
			}
		}
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(b.N)/rows, "allocs/row")
	b.ReportMetric(float64(heap)/(1<<20), "peak-MiB")
}

// heapInUse returns the bytes of the heap that objects take, also those that are garbage.
func heapInUse() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
