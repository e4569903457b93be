package pilotstatus

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// operationCase is one way to call an operation, and what it must send. Its answer is
// the file testdata/answers/<op>.json; an operation without that file has no answer.
type operationCase struct {
	op   string // as in testdata/operations.csv; service and method are found by it
	args []any  // after the context
	path string // escaped, with the query
	body string // JSON; "" for none

	// renamed are members of the answer that arrive in other fields of the Go value
	// than the one with their tag, in any of those named.
	renamed map[string][]string

	// ignored are members of the answer that do not arrive as they are, but decide
	// what else becomes of it. Other tests show what.
	ignored []string

	// file is an answer that is not JSON, and fileType its content type.
	file, fileType string
}

func operationCases() []operationCase {
	return slices.Concat(coreCases(), resourceCases(), callCases(), numberCases(), growthCases())
}

const testViewID = "num_view"

// testClient is one of the four kinds of client.
type testClient struct {
	scope scopeSet
	value reflect.Value // of the struct with the services
	key   string        // that its calls carry
}

func (m *mockAPI) clients(t *testing.T, opts ...Option) []testClient {
	t.Helper()
	tenant := m.tenant(t, opts...)
	return []testClient{
		{forNumber, reflect.ValueOf(m.number(t, opts...)).Elem(), testNumberKey},
		{forTenant, reflect.ValueOf(tenant).Elem(), testTenantKey},
		{forView, reflect.ValueOf(tenant.Number(testViewID)).Elem(), testTenantKey},
		{forPublic, reflect.ValueOf(m.public(t, opts...)).Elem(), ""},
	}
}

// method returns the method of an operation, if the client has it.
func (c testClient) method(op string) (reflect.Value, bool) {
	service, name, _ := strings.Cut(op, ".")
	field := c.value.FieldByName(service)
	if !field.IsValid() {
		return reflect.Value{}, false
	}
	method := field.MethodByName(name)
	return method, method.IsValid()
}

// call calls the operation and returns its answer, nil where it has none.
func (c testClient) call(ctx context.Context, o operationCase) (any, error) {
	method, _ := c.method(o.op)
	args := []reflect.Value{reflect.ValueOf(ctx)}
	for _, arg := range o.args {
		args = append(args, reflect.ValueOf(arg))
	}
	results := method.Call(args)
	err, _ := reflect.TypeAssert[error](results[len(results)-1])
	if len(results) == 1 {
		return nil, err
	}
	return results[0].Interface(), err
}

// scopesOnClients returns the kinds of client that must have an operation. A tenant
// client has the public ones too, and makes them without its key.
func scopesOnClients(op operation) scopeSet {
	if op.scopes&forPublic != 0 {
		return op.scopes | forTenant
	}
	return op.scopes
}

func tableRow(t *testing.T, name string) operation {
	t.Helper()
	for _, op := range operationTable(t) {
		if op.name == name {
			return op
		}
	}
	require.Fail(t, "no operation "+name)
	return operation{}
}

// Every operation is a method of exactly the clients that its row names.
func TestOperationsAreOnTheirClients(t *testing.T) {
	t.Parallel()
	for _, c := range newMockAPI(t).clients(t) {
		for _, op := range operationTable(t) {
			_, found := c.method(op.name)
			assert.Equal(t, scopesOnClients(op)&c.scope != 0, found,
				"%s on a %s: the scope of a row is that of all clients that have the service", op.name, c.scope)
		}
	}
}

// Every operation sends what the reference says, from every client that has it.
func TestOperationsOnTheWire(t *testing.T) {
	t.Parallel()
	for _, o := range operationCases() {
		op := tableRow(t, o.op)
		for i := range 4 {
			m := newMockAPI(t)
			m.RegisterNoResponder(o.answer(t))
			c := m.clients(t)[i]
			if scopesOnClients(op)&c.scope == 0 {
				continue
			}
			_, err := c.call(t.Context(), o)
			require.NoError(t, err, "%s on a %s", o.op, c.scope)
			requests := m.Requests()
			require.Len(t, requests, 1, o.op)
			o.requireSent(t, op, c, requests[0])
		}
	}
}

func (o operationCase) requireSent(t *testing.T, op operation, c testClient, sent recordedRequest) {
	t.Helper()
	assert.Equal(t, op.method, sent.Method, o.op)
	assert.Equal(t, testBase+o.path, sent.URL, o.op)
	if o.body == "" {
		assert.Empty(t, sent.Body, o.op)
		assert.NotContains(t, sent.Header, "Content-Type", o.op)
	} else {
		assert.JSONEq(t, o.body, string(sent.Body), o.op)
		assert.Equal(t, []string{"application/json"}, sent.Header["Content-Type"], o.op)
	}
	var key, number []string
	if op.scopes&forPublic == 0 {
		key = []string{c.key}
	}
	if c.scope == forView {
		number = []string{testViewID}
	}
	assert.Equal(t, key, sent.Header["X-Api-Key"], o.op)
	assert.NotContains(t, sent.Header, "X-Api-Key-Id", o.op)
	assert.NotContains(t, sent.Header, "Authorization", o.op)
	assert.Equal(t, number, sent.Header["X-Whatsapp-Number-Id"], o.op)
	assert.Equal(t, op.retry == RetryKeyed, sent.Header["Idempotency-Key"] != nil, o.op)
}

// answer answers with the operation's file.
func (o operationCase) answer(t *testing.T) httpmock.Responder {
	t.Helper()
	if o.fileType != "" {
		return httpmock.NewStringResponder(http.StatusOK, o.file).HeaderSet(http.Header{"Content-Type": {o.fileType}})
	}
	answer, ok := answerFile(t, o.op+".json")
	if !ok {
		return httpmock.NewStringResponder(http.StatusNoContent, "")
	}
	return jsonResponder(http.StatusOK, answer)
}

// Every operation is repeated as its class says, and says that its outcome is unknown
// where it is.
func TestOperationsAreRepeatedByTheirClass(t *testing.T) {
	t.Parallel()
	const all = 4
	times := map[RetryClass]struct{ unavailable, limited, refused int }{
		RetryNever:  {1, 1, 1},
		RetryUnsent: {1, all, all},
		RetrySafe:   {all, all, all},
		RetryKeyed:  {all, all, all},
	}
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	for _, o := range operationCases() {
		op := tableRow(t, o.op)
		want := times[op.retry]
		for i := range 4 {
			count := func(r httpmock.Responder) (int, error) {
				m := newMockAPI(t)
				m.RegisterNoResponder(r)
				_, err := m.clients(t, fastRetries())[i].call(t.Context(), o)
				require.Error(t, err, o.op)
				return len(m.Requests()), err
			}
			if scopesOnClients(op)&newMockAPI(t).clients(t)[i].scope == 0 {
				continue
			}
			n, err := count(jsonResponder(http.StatusServiceUnavailable, `{"error":"later"}`))
			assert.Equal(t, want.unavailable, n, o.op)
			assert.Equal(t, op.retry != RetrySafe, isA[*OutcomeUnknownError](err), o.op)
			n, err = count(jsonResponder(http.StatusTooManyRequests, `{"error":"slow down"}`))
			assert.Equal(t, want.limited, n, o.op)
			assert.False(t, isA[*OutcomeUnknownError](err), o.op)
			n, err = count(httpmock.NewErrorResponder(refused))
			assert.Equal(t, want.refused, n, o.op)
			assert.False(t, isA[*OutcomeUnknownError](err), o.op)
		}
	}
}

// requireJSON fails for a fixture that is none.
func requireJSON(t *testing.T, name, text string) any {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal([]byte(text), &value), name)
	return value
}
