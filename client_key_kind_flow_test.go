package pilotstatus_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
	"github.com/pilotstatus/pilotstatus-go/pilotstatustest"
)

// wrongKeyClient is a client whose key is of the other kind.
type wrongKeyClient struct {
	has      func(pilotstatus.Operation) bool
	make     func(*testing.T, *pilotstatustest.Server) any // a pointer to a struct with services
	question string
	code     pilotstatus.ErrorCode
}

func wrongKeyClients() map[string]wrongKeyClient {
	tenant := func(t *testing.T, s *pilotstatustest.Server) *pilotstatus.TenantClient {
		t.Helper()
		client, err := pilotstatus.NewTenantClient(pilotstatus.APIKey(s.NumberKey("num_1")), pilotstatus.WithBaseURL(s.URL))
		require.NoError(t, err)
		return client
	}
	return map[string]wrongKeyClient{
		"number client with the tenant key": {
			has: func(op pilotstatus.Operation) bool { return op.Number },
			make: func(t *testing.T, s *pilotstatustest.Server) any {
				t.Helper()
				client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(s.TenantKey()), pilotstatus.WithBaseURL(s.URL))
				require.NoError(t, err)
				return client
			},
			question: "Calls.Settings", code: pilotstatus.CodeTenantScopeNotAllowed,
		},
		"tenant client with a number's key": {
			has:      func(op pilotstatus.Operation) bool { return op.Tenant },
			make:     func(t *testing.T, s *pilotstatustest.Server) any { t.Helper(); return tenant(t, s) },
			question: "Branding.Get", code: pilotstatus.CodeNumberScopeNotAllowed,
		},
		"view with a number's key": {
			has:      func(op pilotstatus.Operation) bool { return op.View },
			make:     func(t *testing.T, s *pilotstatustest.Server) any { t.Helper(); return tenant(t, s).Number("num_2") },
			question: "Branding.Get", code: pilotstatus.CodeNumberScopeNotAllowed,
		},
	}
}

// No operation of the table does anything with a key of the wrong kind: it is the
// client that finds out where the API would carry the call out.
func TestNoOperationTakesAKeyOfTheWrongKind(t *testing.T) {
	t.Parallel()
	for name, c := range wrongKeyClients() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := pilotstatustest.NewServer(t)
			keys := []string{server.TenantKey(), server.NumberKey("num_1"), server.NumberKey("num_2")}
			found := map[string]bool{} // here and not by the API
			for _, op := range pilotstatus.Operations(t) {
				if !c.has(op) {
					continue
				}
				before := len(server.Requests())
				err := pilotstatus.CallOperation(t.Context(), t, c.make(t, server), op.Name)
				status := requireWrongKind(t, err, op.Name, c.code)
				requests := server.Requests()[before:]
				require.Len(t, requests, 1, "%s: %v", op.Name, err)
				switch sent := requests[0]; {
				case op.Name == "Key.List" || op.Name == "APIKeys.List":
					assert.Zero(t, status, op.Name)
					assert.Equal(t, http.MethodGet+" /v1/api-keys", sent.Method+" "+sent.Path, "it only reads")
					found[op.Name] = true
				case status == 0:
					assert.Equal(t, c.question, sent.Op, op.Name)
					found[op.Name] = true
				default:
					assert.Equal(t, http.StatusForbidden, status, op.Name)
					assert.Equal(t, op.Name, sent.Op, "a route that tells by itself costs no question")
					assert.Equal(t, http.StatusForbidden, sent.Status, op.Name)
				}
			}
			assert.Equal(t, foundHere(pilotstatus.Operations(t), c), found)
			assert.Equal(t, []string{server.TenantKey(), server.NumberKey("num_1"), server.NumberKey("num_2")}, keys)
		})
	}
}

// foundHere returns the operations that the API would carry out with the other kind of
// key: of both kinds, of a number with a header that a number's key makes ignored, and
// with another meaning on the same route.
func foundHere(table []pilotstatus.Operation, c wrongKeyClient) map[string]bool {
	other := func(op pilotstatus.Operation) bool { return op.Number }
	if c.code == pilotstatus.CodeTenantScopeNotAllowed {
		other = func(op pilotstatus.Operation) bool { return op.Tenant }
	}
	found := map[string]bool{}
	for _, op := range table {
		for _, same := range table {
			if c.has(op) && other(same) && op.Method == same.Method && op.Route == same.Route {
				found[op.Name] = true
			}
		}
	}
	return found
}

// requireWrongKind checks the error by type and code and returns its status.
func requireWrongKind(t *testing.T, err error, op string, code pilotstatus.ErrorCode) int {
	t.Helper()
	require.ErrorIs(t, err, code, op)
	var apiErr *pilotstatus.APIError
	require.ErrorAs(t, err, &apiErr, op)
	assert.Equal(t, op, apiErr.Op)
	if code == pilotstatus.CodeTenantScopeNotAllowed {
		var wrong *pilotstatus.TenantScopeError
		require.ErrorAs(t, err, &wrong, op)
	} else {
		var wrong *pilotstatus.NumberScopeError
		require.ErrorAs(t, err, &wrong, op)
	}
	if apiErr.StatusCode == 0 {
		require.ErrorContains(t, err, "found here", op)
		assert.NotContains(t, err.Error(), ": 0", op)
	}
	return apiErr.StatusCode
}

// OpenNumber and Do of a view are no rows of the table.
func TestOpenNumberAndDoOfAViewTakeNoNumberKey(t *testing.T) {
	t.Parallel()
	server := pilotstatustest.NewServer(t)
	open := func() *pilotstatus.TenantClient {
		client, err := pilotstatus.NewTenantClient(pilotstatus.APIKey(server.NumberKey("num_1")), pilotstatus.WithBaseURL(server.URL))
		require.NoError(t, err)
		return client
	}
	_, err := open().OpenNumber(t.Context(), "num_2")
	assert.Zero(t, requireWrongKind(t, err, "APIKeys.List", pilotstatus.CodeNumberScopeNotAllowed))

	before := len(server.Requests())
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		err := open().Number("num_2").Do(t.Context(), pilotstatus.Request{Method: method, Path: "/v1/webhooks/x"}, nil)
		assert.Zero(t, requireWrongKind(t, err, "Do", pilotstatus.CodeNumberScopeNotAllowed))
	}
	for _, r := range server.Requests()[before:] {
		assert.Equal(t, "Branding.Get", r.Op)
	}

	// Do of the tenant client does what its caller says.
	require.NoError(t, open().Do(t.Context(), pilotstatus.Request{Method: http.MethodGet, Path: "/v1/webhooks"}, nil))
}

// With the right key the same operations cost one question for a client and all its
// views, and the routes that tell by themselves none.
func TestTheRightKeyCostsOneQuestion(t *testing.T) {
	t.Parallel()
	server := pilotstatustest.NewServer(t)
	tenant := server.TenantClient()
	_, err := tenant.Numbers.List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, questions(server, "Branding.Get"))
	for range 3 {
		_, err = tenant.Webhooks.List(t.Context())
		require.NoError(t, err)
		_, err = tenant.Number("num_1").Inbox.Unread(t.Context(), pilotstatus.ListUnreadOptions{})
		require.NoError(t, err)
		require.NoError(t, tenant.Number("num_2").Do(t.Context(), pilotstatus.Request{Method: http.MethodGet, Path: "/v1/webhooks"}, nil))
	}
	asked := questions(server, "Branding.Get")
	require.Len(t, asked, 1)
	assert.Empty(t, asked[0].Header["X-Whatsapp-Number-Id"], "the question is not about a number")

	for _, id := range []string{"num_1", "num_2"} { // a web number answers FEATURE_NOT_SUPPORTED, which is as good
		number := server.NumberClient(id)
		before := len(questions(server, "Calls.Settings"))
		_, err = number.Inbox.Unread(t.Context(), pilotstatus.ListUnreadOptions{})
		require.NoError(t, err)
		assert.Len(t, questions(server, "Calls.Settings"), before)
		for range 3 {
			_, err = number.Webhooks.List(t.Context())
			require.NoError(t, err)
			_, err = number.Projects.List(t.Context())
			require.NoError(t, err)
		}
		assert.Len(t, questions(server, "Calls.Settings"), before+1)
		require.NoError(t, number.CheckKey(t.Context()))
		assert.Len(t, questions(server, "Calls.Settings"), before+2, "it always asks")
	}
	require.NoError(t, tenant.CheckKey(t.Context()))
	assert.Len(t, questions(server, "Branding.Get"), 2)
}

func questions(s *pilotstatustest.Server, op string) []pilotstatustest.Request {
	var asked []pilotstatustest.Request
	for _, r := range s.Requests() {
		if r.Op == op {
			asked = append(asked, r)
		}
	}
	return asked
}

// CheckKey tells the key of the other kind, a dead key and a server that is none.
func TestCheckKeyOnTheFake(t *testing.T) {
	t.Parallel()
	server := pilotstatustest.NewServer(t)
	check := map[string]func(string) error{
		"number": func(key string) error {
			client, err := pilotstatus.NewNumberClient(pilotstatus.APIKey(key), pilotstatus.WithBaseURL(server.URL))
			require.NoError(t, err)
			return client.CheckKey(t.Context())
		},
		"tenant": func(key string) error {
			client, err := pilotstatus.NewTenantClient(pilotstatus.APIKey(key), pilotstatus.WithBaseURL(server.URL))
			require.NoError(t, err)
			return client.CheckKey(t.Context())
		},
	}
	require.NoError(t, check["number"](server.NumberKey("num_1")))
	require.NoError(t, check["number"](server.NumberKey("num_2")))
	require.NoError(t, check["tenant"](server.TenantKey()))
	assert.Zero(t, requireWrongKind(t, check["number"](server.TenantKey()), "CheckKey", pilotstatus.CodeTenantScopeNotAllowed))
	assert.Zero(t, requireWrongKind(t, check["tenant"](server.NumberKey("num_1")), "CheckKey", pilotstatus.CodeNumberScopeNotAllowed))
	for _, c := range check {
		var unauthorized *pilotstatus.UnauthorizedError
		require.ErrorAs(t, c("ps_"+strings.Repeat("0", 48)), &unauthorized)
		assert.Equal(t, http.StatusUnauthorized, unauthorized.StatusCode)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, server.TenantClient().CheckKey(ended), context.Canceled)
}

// A pool serves all numbers of the workspace, and takes keys that are regenerated and
// rotated meanwhile.
func TestNumberPoolOnTheFake(t *testing.T) {
	t.Parallel()
	server := pilotstatustest.NewServer(t)
	tenant := server.TenantClient()
	pool, err := pilotstatus.NewNumberPool(tenant)
	require.NoError(t, err)
	get := func(id string) *pilotstatus.NumberClient {
		number, err := pool.Get(t.Context(), id)
		require.NoError(t, err)
		return number
	}
	send := func(number *pilotstatus.NumberClient) {
		accepted, err := number.Messages.Send(t.Context(), pilotstatus.SendRequest{
			To: pilotstatus.Phone(joana), Content: pilotstatus.TemplateContent{ID: "onboarding-test", Variables: map[string]string{"name": "Joana"}},
		})
		require.NoError(t, err)
		assert.False(t, accepted.Replayed)
	}
	first, second := get("num_1"), get("num_2")
	send(first)
	send(second)
	_, err = tenant.APIKeys.RegenerateNumber(t.Context(), "num_1")
	require.NoError(t, err)
	send(first)
	send(second)
	assert.Len(t, server.Messages(), 4)
	assert.Len(t, questions(server, "APIKeys.List"), 2)
	assert.Len(t, questions(server, "Messages.Send"), 5)
	assert.Empty(t, questions(server, "Calls.Settings"))
	_, err = pool.Get(t.Context(), "num_3")
	var unavailable *pilotstatus.KeyUnavailableError
	require.ErrorAs(t, err, &unavailable)
}
