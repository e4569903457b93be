package emulator_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go/internal/emulator"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// A snapshot is a seed: what begins with it has the same numbers, keys, contacts and
// messages.
func TestSnapshotIsASeed(t *testing.T) {
	t.Parallel()
	a := open(t, emulator.Config{ManualTicks: true, Webhooks: []string{"http://127.0.0.1:1/hook"}})
	id := a.send(t, "+5511999990001")
	a.post(t, "/numbers/num_2/contacts/+5511999990002/say", object{"text": "Hello"})
	_, snapshot := a.raw(t, http.MethodGet, "/snapshot", nil)

	b := open(t, emulator.Config{ManualTicks: true, Seed: []byte(snapshot)})
	_, again := b.raw(t, http.MethodGet, "/snapshot", nil)
	assert.Equal(t, snapshot, again)
	assert.Equal(t, a.get(t, "/messages/"+id)["content"], b.get(t, "/messages/"+id)["content"])
	assert.Equal(t, a.get(t, "/tenants/default")["tenantKey"], b.get(t, "/tenants/default")["tenantKey"])
	assert.Len(t, b.get(t, "/webhooks")["list"], 2)
	_, err := send(t, b.URL, a.Default().Engine.NumberKey("num_1"), "+5511999990001", "")
	require.NoError(t, err)

	// A tenant takes one as well.
	c := a.post(t, "/tenants", object{"snapshot": object{"numbers": []any{object{"id": "num_7", "phone": "+551130004009"}}}})
	assert.Equal(t, "num_7", first(c["numbers"])["id"])
	status, out := a.call(t, http.MethodPost, "/tenants", object{"snapshot": object{"numbers": 7}})
	assert.Equal(t, http.StatusBadRequest, status)
	assert.NotEmpty(t, out["error"])
}

func TestBadSeed(t *testing.T) {
	t.Parallel()
	_, err := emulator.New(emulator.Config{Seed: []byte("{\n\"numbers\": [\n{\"id\": 7}]}")})
	var wrong *pilotstatustest.SnapshotError
	require.ErrorAs(t, err, &wrong)
	assert.Equal(t, 3, wrong.Line)
}

// With a seed the same calls bring the same ids, also of tenants, keys and QR codes.
func TestIDsBySeed(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) []object {
		s := open(t, emulator.Config{IDs: &seed, ManualTicks: true})
		tenant := s.post(t, "/tenants", nil)
		accepted, err := send(t, s.URL, tenant["numbers"].([]any)[0].(object)["key"].(string), "+5511999990001", "k")
		require.NoError(t, err)
		s.post(t, tenant["api"].(string)+"/numbers/num_1/disconnect", nil)
		number := s.get(t, tenant["api"].(string)+"/numbers/num_1")
		message := s.get(t, tenant["api"].(string)+"/messages/"+accepted.ID)
		for _, name := range []string{"at", "createdAt", "sent", "page"} {
			delete(message, name)
		}
		return []object{message, {"id": tenant["id"], "key": number["key"], "devices": number["devices"], "secret": tenant["webhookSecret"]}}
	}
	first, second := run(7), run(7)
	assert.Equal(t, first, second)
	assert.NotEqual(t, first, run(8))

	// Two emulators with neighboring seeds have no tenant in common.
	seven, eight := uint64(7), uint64(8)
	a, b := open(t, emulator.Config{IDs: &seven}), open(t, emulator.Config{IDs: &eight})
	assert.NotEqual(t, a.post(t, "/tenants", nil)["tenantKey"], b.get(t, "/tenants/default")["tenantKey"])
}

// The keys of the default tenant can stand in a .env file, also where a seed brings others.
func TestFixedSecrets(t *testing.T) {
	t.Parallel()
	a := open(t, emulator.Config{Fixed: true})
	tenant := a.get(t, "/tenants/default")
	assert.Equal(t, "ps_emulator_tenant_key", tenant["tenantKey"])
	assert.Equal(t, "whsec_emulator_secret", tenant["webhookSecret"])
	assert.Equal(t, "ps_emulator_key_of_num_1", first(tenant["numbers"])["key"])
	a.send(t, "+5511999990001")
	assert.NotEqual(t, "ps_emulator_tenant_key", a.post(t, "/tenants", nil)["tenantKey"])

	b := open(t, emulator.Config{Fixed: true, Seed: []byte(`{"numbers":[{"id":"n1","phone":"+551130004009"},{"id":"n2","phone":"+551130004008","key":"ps_of_my_own_0123"}]}`)})
	keys := b.get(t, "/numbers")["list"].([]any)
	assert.Equal(t, "ps_emulator_key_of_n1", keys[0].(object)["key"])
	assert.Equal(t, "ps_of_my_own_0123", keys[1].(object)["key"])
}
