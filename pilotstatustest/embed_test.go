package pilotstatustest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestEmbedSessions(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	const origin = `"allowedOrigins":["https://app.example.test"]`
	out := tenant.object(t, 201, "POST", embedPath, `{"surface":"chat","whatsappNumberIds":["num_2","num_1"],`+origin+`}`)
	assert.Regexp(t, `^[\w-]+\.[\w-]+\.[\w-]+$`, out["token"])
	assert.Equal(t, map[string]any{
		"token": out["token"], "surface": "chat", "whatsappNumberIds": []any{"num_2", "num_1"},
		"allowedOrigins": []any{"https://app.example.test"}, "expiresAt": "2026-11-03T14:20:09.120Z",
	}, out)

	for _, row := range []struct {
		caller  *caller
		body    string
		ids     []any
		expires time.Duration
	}{
		{number, `{"surface":"chat",` + origin + `}`, []any{"num_1"}, 15 * time.Minute},
		{number, `{"surface":"chat","whatsappNumberIds":["num_2","num_9"],` + origin + `}`, []any{"num_1"}, 15 * time.Minute},
		{tenant, `{"surface":"connect",` + origin + `}`, []any{}, 30 * time.Minute},
		{tenant, `{"surface":"connect","whatsappNumberIds":["num_1"],"ttlSeconds":3600,` + origin + `}`, []any{"num_1"}, time.Hour},
		{tenant, `{"surface":"connect","ttlSeconds":1,"brandingOverride":{"companyName":"Acme"},` + origin + `}`, []any{}, time.Second},
		{tenant, `{"surface":"connect","allowedOrigins":["http://localhost:3000","https://[::1]:8080"` + strings.Repeat(`,"https://x.test"`, 18) + `]}`,
			[]any{}, 30 * time.Minute},
	} {
		out := row.caller.object(t, 201, "POST", embedPath, row.body)
		assert.Equal(t, row.ids, out["whatsappNumberIds"], row.body)
		assert.Equal(t, epoch().Add(row.expires).Format("2006-01-02T15:04:05.000Z"), out["expiresAt"], row.body)
	}

	for _, body := range []string{
		`{` + origin + `}`, `{"surface":"mail",` + origin + `}`, `{"surface":"chat",` + origin + `}`,
		`{"surface":"chat","whatsappNumberIds":[],` + origin + `}`, `{"surface":"connect"}`, `{"surface":"connect","allowedOrigins":[]}`,
		`{"surface":"connect","allowedOrigins":["https://x.test"` + strings.Repeat(`,"https://x.test"`, 20) + `]}`,
		`{"surface":"connect","allowedOrigins":["https://x.test/"]}`, `{"surface":"connect","allowedOrigins":["x.test"]}`,
		`{"surface":"connect","allowedOrigins":["https://u@x.test"]}`, `{"surface":"connect","allowedOrigins":["*"]}`,
		`{"surface":"connect","allowedOrigins":["https://x.test?y"]}`, `{"surface":"connect","allowedOrigins":"https://x.test"}`,
		`{"surface":"connect","ttlSeconds":3601,` + origin + `}`, `{"surface":"connect","ttlSeconds":0,` + origin + `}`,
		`{"surface":"connect","ttlSeconds":"900",` + origin + `}`, `{"surface":"connect","brandingOverride":{"primaryColor":"red"},` + origin + `}`,
	} {
		tenant.refused(t, 400, "", "POST", embedPath, body)
	}
	tenant.refused(t, 404, "NUMBER_NOT_FOUND", "POST", embedPath, `{"surface":"chat","whatsappNumberIds":["num_9"],`+origin+`}`)
}
