package emulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
)

// A tenant has keys, numbers, a secret, faults and a clock of its own.
func TestTenants(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	a, b := s.post(t, "/tenants", nil), s.post(t, "/tenants", nil)
	assert.NotEqual(t, a["webhookSecret"], b["webhookSecret"])
	assert.NotEqual(t, a["tenantKey"], b["tenantKey"])
	assert.Equal(t, s.URL, a["baseUrl"])

	s.post(t, a["api"].(string)+"/faults", object{"op": "Messages.Send", "times": -1, "status": 400, "code": "X"})
	s.post(t, a["api"].(string)+"/clock/advance", object{"by": "48h"})
	_, err := send(t, s.URL, first(a["numbers"])["key"].(string), "+5511999990001", "")
	require.Error(t, err)
	accepted, err := send(t, s.URL, first(b["numbers"])["key"].(string), "+5511999990001", "")
	require.NoError(t, err)

	assert.Equal(t, accepted.ID, first(s.get(t, b["api"].(string)+"/messages")["messages"])["id"])
	assert.EqualValues(t, 0, s.get(t, a["api"].(string)+"/messages")["total"])
	assert.EqualValues(t, 0, s.get(t, "/messages")["total"])
	assert.Equal(t, "0s", s.get(t, b["api"].(string)+"/clock")["skipped"])
	assert.Len(t, s.get(t, "/tenants")["list"], 3)

	status, _ := s.call(t, http.MethodDelete, "/tenants/"+b["id"].(string), nil)
	assert.Equal(t, http.StatusOK, status)
	status, out := s.call(t, http.MethodGet, b["api"].(string)+"/messages", nil)
	assert.Equal(t, http.StatusNotFound, status)
	assert.Equal(t, "NO_SUCH_TENANT", out["code"])
	_, err = send(t, s.URL, first(b["numbers"])["key"].(string), "+5511999990001", "")
	require.Error(t, err)
	assert.Equal(t, 1, s.Messages(), "what a deleted tenant saw counts")
}

// Tenants of one snapshot are apart: each has keys and a secret of its own, and everything
// else of the snapshot.
func TestTenantsOfOneSnapshot(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	s.send(t, "+5511999990001")
	s.post(t, "/webhooks", object{"numberId": "num_2", "url": "http://127.0.0.1:1/hook"})
	snapshot := s.get(t, "/snapshot")
	a, b := s.post(t, "/tenants", object{"snapshot": snapshot}), s.post(t, "/tenants", object{"snapshot": snapshot})
	again := s.post(t, "/tenants", object{"snapshot": s.get(t, a["api"].(string)+"/snapshot")})

	secrets := map[any]bool{}
	for _, tenant := range []object{s.get(t, "/tenants/default"), a, b, again} {
		secrets[tenant["webhookSecret"]], secrets[tenant["tenantKey"]] = true, true
		for _, n := range tenant["numbers"].([]any) {
			secrets[n.(object)["key"]] = true
		}
	}
	assert.Len(t, secrets, 4*4)
	_, err := send(t, s.URL, first(b["numbers"])["key"].(string), "+5511999990001", "")
	require.NoError(t, err)
	for want, tenant := range map[int]object{2: b, 1: a} {
		assert.EqualValues(t, want, s.get(t, tenant["api"].(string)+"/messages?to=5511999990001")["total"])
		assert.Len(t, s.get(t, tenant["api"].(string)+"/webhooks")["list"], 1)
	}
	assert.EqualValues(t, 1, s.get(t, "/messages")["total"])
}

// Tests side by side, each with a tenant that it resets, see nothing of each other.
func TestTwentyTenantsWithResets(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{})
	var tests sync.WaitGroup
	for n := range 20 {
		tests.Go(func() {
			tenant := s.post(t, "/tenants", nil)
			api, phone := tenant["api"].(string), fmt.Sprintf("+55119999900%02d", n)
			for range 3 {
				key := first(s.get(t, api+"/numbers")["list"])["key"].(string)
				for range 2 {
					_, err := send(t, s.URL, key, phone, "")
					require.NoError(t, err)
				}
				found := s.get(t, api+"/messages")
				assert.EqualValues(t, 2, found["total"])
				assert.Equal(t, phone, first(found["messages"])["sent"].(object)["destinationNumber"])
				s.post(t, api+"/reset", nil)
				assert.EqualValues(t, 0, s.get(t, api+"/messages")["total"])
			}
			status, _ := s.call(t, http.MethodDelete, "/tenants/"+tenant["id"].(string), nil)
			assert.Equal(t, http.StatusOK, status)
		})
	}
	tests.Wait()
	assert.Len(t, s.get(t, "/tenants")["list"], 1)
	assert.Equal(t, 120, s.Messages())
}

func TestTenantsAreBounded(t *testing.T) {
	t.Parallel()
	s := open(t, emulator.Config{Tenants: 2})
	s.post(t, "/tenants", nil)
	s.post(t, "/tenants", nil)
	status, out := s.call(t, http.MethodPost, "/tenants", nil)
	assert.Equal(t, http.StatusTooManyRequests, status)
	assert.Contains(t, out["error"], "delete those that are done")
}

// A tenant that is made while the emulator ends does not keep it.
func TestTenantsAtTheEnd(t *testing.T) {
	t.Parallel()
	e, err := emulator.New(emulator.Config{Notice: func(string) {}})
	require.NoError(t, err)
	post := func() int {
		r := httptest.NewRequest(http.MethodPost, "/emulator/v1/tenants", http.NoBody)
		r.Host = "localhost"
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		return w.Code
	}
	var makers sync.WaitGroup
	for range 4 {
		makers.Go(func() {
			for made := true; made; {
				made = post() == http.StatusCreated
			}
		})
	}
	e.Close()
	makers.Wait()
	assert.Equal(t, http.StatusServiceUnavailable, post())
	e.Close()
}
