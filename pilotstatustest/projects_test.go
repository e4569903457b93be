package pilotstatustest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestProjects(t *testing.T) {
	t.Parallel()
	fake, tenant := workspace(t)
	number := newCaller(t, fake.URL, fake.NumberKey("num_1"))
	assert.Empty(t, tenant.list(t, "/v1/projects"))
	out := number.object(t, 201, "POST", "/v1/projects", `{"name":"Front  Desk, 2nd floor!"}`)
	assert.Equal(t, map[string]any{
		"id": out["id"], "name": "Front  Desk, 2nd floor!", "slug": "front-desk-2nd-floor", "description": "",
		"createdAt": "2026-11-03T14:05:09.120Z",
	}, out)
	var slugs []any
	for _, name := range []string{"Clinic", "clinic", "Clinic", "日本"} {
		out := tenant.object(t, 201, "POST", "/v1/projects", fmt.Sprintf(`{"name":%q,"description":"d"}`, name))
		slugs = append(slugs, out["slug"])
		assert.Equal(t, "d", out["description"])
	}
	assert.Equal(t, []any{"clinic", "clinic-2", "clinic-3", "project"}, slugs)
	rows := tenant.list(t, "/v1/projects")
	assert.Len(t, rows, 5)
	assert.Equal(t, out, rows[0])
	assert.Equal(t, rows, number.list(t, "/v1/projects"))
	for _, body := range []string{`{}`, `{"name":" "}`, `{"name":1}`, `{"name":"x","description":1}`} {
		tenant.refused(t, 400, "", "POST", "/v1/projects", body)
	}
	fake.Tenant().OtherForms(true)
	rows = tenant.list(t, "/v1/projects")
	assert.Nil(t, rows[0]["description"])
	assert.Equal(t, "d", rows[1]["description"])
	assert.Equal(t, 401, newCaller(t, fake.URL, "").do(t, "GET", "/v1/projects", "").status)
}
