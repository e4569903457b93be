package pilotstatustest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func segments(path string) []string { return strings.Split(path, "/") }

// The scopes that no served operation has yet are tried here.
func TestAuthorize(t *testing.T) {
	t.Parallel()
	s := newState(clock{})
	numberKey, tenantKey := s.number("num_1").key, s.tenantKey
	none := http.Header{}
	view := http.Header{"X-Whatsapp-Number-Id": {"num_2"}}
	foreign := http.Header{"X-Whatsapp-Number-Id": {"num_9"}}

	for _, row := range []struct {
		scope  scope
		key    *key
		header http.Header
		number string // the call acts on
		code   string
	}{
		{scopeNumber, numberKey, view, "num_1", ""},
		{scopeNumber, tenantKey, none, "", "TENANT_SCOPE_NOT_ALLOWED"},
		{scopeNumber, tenantKey, view, "", "TENANT_SCOPE_NOT_ALLOWED"},
		{scopeNumberView, numberKey, foreign, "num_1", ""},
		{scopeNumberView, tenantKey, none, "", "TENANT_SCOPE_NOT_ALLOWED"},
		{scopeNumberView, tenantKey, view, "num_2", ""},
		{scopeNumberView, tenantKey, foreign, "", "NUMBER_NOT_IN_GRANT"},
		{scopeBoth, numberKey, none, "num_1", ""},
		{scopeBoth, tenantKey, foreign, "", ""},
		{scopeBothView, numberKey, view, "num_1", ""},
		{scopeBothView, tenantKey, none, "", ""},
		{scopeBothView, tenantKey, view, "num_2", ""},
		{scopeBothView, tenantKey, foreign, "", "NUMBER_NOT_IN_GRANT"},
		{scopeTenant, numberKey, none, "", "NUMBER_SCOPE_NOT_ALLOWED"},
		{scopeTenant, tenantKey, view, "", ""},
	} {
		n, refused := s.authorize(row.scope, row.key, row.header)
		var number, code string
		if n != nil {
			number = n.id
		}
		if refused != nil {
			code = refused.code
			assert.Equal(t, http.StatusForbidden, refused.status)
		}
		assert.Equal(t, row.number, number, "%+v", row)
		assert.Equal(t, row.code, code, "%+v", row)
	}
}

func TestMatchUnescapesParameters(t *testing.T) {
	t.Parallel()
	r := route{method: "GET", path: segments("/v1/groups/{groupId}/members/{id}")}
	params, ok := r.match("GET", segments("/v1/groups/1203%40g.us/members/a%2Fb%3D%20c"))
	assert.True(t, ok)
	assert.Equal(t, map[string]string{"groupId": "1203@g.us", "id": "a/b= c"}, params)
	for _, path := range []string{"/v1/groups/x/members", "/v1/groups//members/y", "/v1/groups/%zz/members/y"} {
		_, ok := r.match("GET", segments(path))
		assert.False(t, ok, path)
	}
}

func TestUnknownFieldsLeaveTheRest(t *testing.T) {
	t.Parallel()
	const more = `"fieldOfTomorrow":{"values":[1,"two",null]}`
	assert.JSONEq(t, `{"a":1.50,"b":[2,"3",null,true],"c":{"d":"<&>",`+more+`},`+more+`}`,
		string(addUnknown([]byte(`{"a":1.50,"b":[2,"3",null,true],"c":{"d":"<&>"}}`))))
}
