package pilotstatustest_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// full is the snapshot of a server that has something of everything.
func full(t *testing.T) []byte {
	t.Helper()
	fake, number := frozen(t)
	n := fake.Number("num_1")
	id := number.send(t, flow)
	number.send(t, template)
	fake.Advance(time.Second)
	ada := n.As("+5511999999999")
	_, err := ada.Submit(id, map[string]any{"size": "L"})
	require.NoError(t, err)
	_, err = ada.SendFile(pilotstatustest.File{Kind: "image", Data: []byte("png")}, "")
	require.NoError(t, err)
	n.AddContact(pilotstatustest.Contact{Name: "Bo", UserID: "BR.900100200300"})
	n.Ring("+5511999999999")
	n.AddLead(pilotstatustest.Lead{FullName: "Ada"})
	fake.Tenant().AddTemplate(pilotstatustest.Template{Name: "second", Text: "Hi {{who}}"})
	fake.Tenant().AddWebhook("num_2", "hook", "http://127.0.0.1:1/x", "message.sent")
	return fake.Snapshot()
}

// ownIDs calls use with each object whose id is one that the server counts up from.
func ownIDs(path string, tree any, use func(path string, object map[string]any)) {
	switch tree := tree.(type) {
	case []any:
		for _, one := range tree {
			ownIDs(path, one, use)
		}
	case map[string]any:
		if _, ok := tree["id"].(string); ok && !slices.Contains([]string{"numbers", "files"}, path) { // of another form
			use(path, tree)
		}
		for name, one := range tree {
			if name != "body" && name != "layout" {
				ownIDs(strings.TrimPrefix(path+"."+name, "."), one, use)
			}
		}
	}
}

// Whatever the ids of a snapshot are, those that come after them are new and are found.
func TestIDsOfASnapshotAreBounded(t *testing.T) {
	t.Parallel()
	data := full(t)
	seen := map[string]int{}
	for _, serial := range []string{"9007199254740993", "9223372036854775807", "99999999999999999999999"} {
		var tree map[string]any
		require.NoError(t, json.Unmarshal(data, &tree))
		ownIDs("", tree, func(path string, object map[string]any) {
			seen[path]++
			old := object["id"]
			object["id"] = "x_" + serial
			text, err := json.Marshal(tree)
			require.NoError(t, err)
			_, err = pilotstatustest.ReadSnapshot(text)
			assert.ErrorContains(t, err, "is above", path)
			object["id"] = old
		})
	}
	for _, path := range []string{"calls", "leads", "messages", "numbers.contacts", "templates", "webhooks"} {
		assert.NotZero(t, seen[path], path)
	}
	assert.Len(t, seen, 6)

	largest := strconv.Itoa(min(1<<53, math.MaxInt/2))
	fake := began(t, []byte(`{"messages": [{"id": "msg_`+largest+`", "numberId": "num_1", "body": `+text+`}]}`))
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	for range 3 {
		id := number.send(t, text)
		assert.Equal(t, http.StatusOK, number.do(t, "GET", "/v1/messages/"+id, "").status, id)
	}
}

// A snapshot of as many as there may be of each is read; one more is refused in its line.
func TestCountsOfASnapshot(t *testing.T) {
	t.Parallel()
	for list, one := range map[string]string{
		"numbers": `{"id": "n%d", "phone": "+551130%06[1]d"}`, "templates": `{"name": "t%d", "text": "x"}`,
		"webhooks": `{"numberId": "num_1", "url": "http://127.0.0.1:%d/"}`,
	} {
		rows := make([]string, 1001)
		for i := range rows {
			rows[i] = fmt.Sprintf(one, i)
		}
		_, err := pilotstatustest.ReadSnapshot([]byte(`{"` + list + `": [` + strings.Join(rows[:1000], ",\n") + `]}`))
		require.NoError(t, err)
		_, err = pilotstatustest.ReadSnapshot([]byte(`{"` + list + `": [` + strings.Join(rows, ",\n") + `]}`))
		assert.ErrorContains(t, err, "line 1001: more than 1000 "+list)
	}
}
