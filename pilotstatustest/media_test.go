package pilotstatustest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

func TestMedia(t *testing.T) {
	t.Parallel()
	fake, number := frozen(t)
	meta := newCaller(t, fake.URL, fake.NumberKey("num_2"))
	data := []byte{0x89, 'P', 'N', 'G', 0xff}
	fake.Tenant().AddMedia("100", "880011", "image/png", "", data)
	fake.Tenant().AddMedia("100", "a/b=", "application/pdf", "bill.pdf", nil)
	data[0] = 0
	const path = "/v1/media/880011?phoneNumberId=100"
	assert.JSONEq(t, `{"base64":"data:image/png;base64,iVBOR/8=","mimeType":"image/png","fileName":null,"mediaId":"880011"}`,
		string(meta.do(t, "GET", path, "").body))
	assert.JSONEq(t, `{"base64":"data:application/pdf;base64,","mimeType":"application/pdf","fileName":"bill.pdf","mediaId":"a/b="}`,
		string(meta.do(t, "GET", "/v1/media/a%2Fb%3D?phoneNumberId=100", "").body))

	for name, row := range map[string]struct {
		caller *caller
		path   string
		status int
	}{
		"no phoneNumberId":    {meta, "/v1/media/880011", 400},
		"empty phoneNumberId": {meta, "/v1/media/880011?phoneNumberId=", 400},
		"other phoneNumberId": {meta, "/v1/media/880011?phoneNumberId=num_2", 404},
		"unknown":             {meta, "/v1/media/880012?phoneNumberId=100", 404},
		"not official":        {number, path, 404},
	} {
		r := row.caller.do(t, "GET", row.path, "")
		assert.Equal(t, row.status, r.status, name)
		assert.Empty(t, r.code(), name)
	}

	fake.Tenant().BareMedia(true)
	assert.Equal(t, "iVBOR/8=", meta.object(t, http.StatusOK, "GET", path, "")["base64"])
	fake.Tenant().ExpireMedia("880011")
	r := meta.do(t, "GET", path, "")
	assert.Equal(t, http.StatusInternalServerError, r.status)
	assert.JSONEq(t, `{"error":"Media download failed"}`, string(r.body))
	assert.Equal(t, http.StatusOK, meta.do(t, "GET", "/v1/media/a%2Fb%3D?phoneNumberId=100", "").status)
	fake.Tenant().AddMedia("100", "880011", "image/png", "", nil)
	assert.Equal(t, http.StatusOK, meta.do(t, "GET", path, "").status, "a new link")

	tb := new(fakeTB)
	t.Cleanup(tb.end)
	pilotstatustest.NewServer(tb).Tenant().ExpireMedia("880011")
	assert.NotEmpty(t, tb.failures)
}
