package pilotstatustest_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// After an Advance every time that comes is of the moved clock: in answers, webhooks, lists
// and changes, on the real clock too.
func TestOneClock(t *testing.T) {
	t.Parallel()
	fake := pilotstatustest.NewServer(t)
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	tenant := newCaller(t, fake.URL, fake.TenantKey())
	r := newReceiver(t, nil)
	first := number.with("Idempotency-Key", "old")
	old := first.send(t, text)
	fake.Advance(48 * time.Hour)
	seq, from := fake.Seq(), time.Now().Add(47*time.Hour)

	hook := fake.Tenant().AddWebhook("num_1", "", r.URL)
	id := number.send(t, buttons)
	fake.Advance(time.Second)
	ada := fake.Number("num_1").As("+5511999999999")
	_, err := ada.Press(id, "0")
	require.NoError(t, err)
	_, err = ada.Call()
	require.NoError(t, err)
	made := tenant.do(t, "POST", "/v1/numbers", `{"name":"New","number":"+551199990001"}`)
	require.Equal(t, 201, made.status)
	number.do(t, "GET", "/nowhere", "")
	flush(t, fake)
	assert.NotEqual(t, old, first.send(t, text), "the key has expired")

	for c, err := range fake.WatchFrom(t.Context(), seq) {
		require.NoError(t, err)
		assert.True(t, c.At.After(from), c)
		if c.Seq == fake.Seq() {
			break
		}
	}
	message, err := fake.Message(id)
	require.NoError(t, err)
	page := fake.FindDeliveries(pilotstatustest.DeliveryQuery{})
	require.NotZero(t, page.Total)
	var texts []string
	for _, one := range r.got() {
		text, err := json.Marshal(one.event(t))
		require.NoError(t, err)
		texts = append(texts, string(text))
	}
	for _, path := range []string{"/v1/messages/" + id, webhooksPath + "/" + hook, webhooksPath + "/" + hook + "/logs", "/v1/calls"} {
		got := number.do(t, "GET", path, "")
		require.Equal(t, 200, got.status, path)
		texts = append(texts, string(got.body))
	}
	stamps := 0
	for _, text := range append(texts, string(made.body)) {
		for _, stamp := range regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`).FindAllString(text, -1) {
			at, err := time.Parse(time.RFC3339, stamp)
			require.NoError(t, err)
			assert.True(t, at.After(from), text)
			stamps++
		}
	}
	assert.Greater(t, stamps, 20)
	walkTimes(t, from, message, page.Deliveries, fake.Unknown(), fake.FindRequests(pilotstatustest.RequestQuery{Limit: 3}).Requests)
}

// walkTimes looks at every time in values, whatever they are made of. A zero one is none.
func walkTimes(t *testing.T, from time.Time, values ...any) {
	t.Helper()
	seen := 0
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		if at, ok := reflect.TypeAssert[time.Time](v); ok {
			assert.True(t, at.IsZero() || at.After(from), "%s %v", path, at)
			seen++
			return
		}
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			if !v.IsNil() {
				walk(path, v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(fmt.Sprint(path, i), v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() {
					walk(path+"."+f.Name, v.Field(i))
				}
			}
		}
	}
	for _, value := range values {
		walk(fmt.Sprintf("%T", value), reflect.ValueOf(value))
	}
	assert.Greater(t, seen, 20)
}

// Servers of one process share nothing, also while some of them are reset.
func TestManyServers(t *testing.T) {
	t.Parallel()
	for i := range 20 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			fake := pilotstatustest.NewServer(t)
			for round := range 3 {
				fake.Inject(pilotstatustest.Fault{Op: "Messages.Send", Status: 500 + i})
				number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
				assert.Equal(t, 500+i, number.do(t, "POST", sendPath, text).status)
				for range i {
					number.send(t, text)
				}
				assert.Equal(t, i, fake.FindMessages(pilotstatustest.MessageQuery{}).Total, round)
				fake.Reset()
			}
		})
	}
}

// Whatever the clock is moved by, it does not go back.
func TestAdvanceIsBounded(t *testing.T) {
	t.Parallel()
	fake, _ := frozen(t)
	for range 40 {
		before := fake.Now()
		fake.Advance(math.MaxInt64 / 2)
		fake.Advance(10 * 365 * 24 * time.Hour)
		assert.False(t, fake.Now().Before(before))
	}
	assert.Equal(t, epoch().Add(pilotstatustest.MaxSkipped), fake.Now())
	assert.Equal(t, pilotstatustest.MaxSkipped, fake.Skipped())
	fake.Advance(time.Second)
	assert.Equal(t, epoch().Add(pilotstatustest.MaxSkipped), fake.Now())
}
