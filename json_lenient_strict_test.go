package pilotstatus

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A member whose zero value is a claim is not guessed: the call is accepted, and its
// answer is an error.
func TestOddMembersThatWouldBeClaims(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method, path, body string
		call               func(context.Context, *NumberClient, *TenantClient) error
	}{
		{http.MethodDelete, "/v1/subscription/extra-numbers", `{"success":"yes","paidExtraNumbers":2}`, releaseOne},
		{http.MethodDelete, "/v1/subscription/extra-numbers", `{"success":true,"paidExtraNumbers":"two"}`, releaseOne},
		{http.MethodPost, "/v1/numbers/check", `{"results":[{"input":"+5511999990000","exists":"true"}]}`, checkOne},
		{http.MethodPost, "/v1/numbers/check", `[{"input":"+5511999990000","exists":1}]`, checkOne},
		{http.MethodDelete, "/v1/messages/cancel", `{"cancelled":["a",{"id":"b"}],"failed":[]}`, cancelOne},
		{http.MethodDelete, "/v1/messages/cancel", `{"cancelled":["a",null],"failed":[]}`, cancelOne},
		{http.MethodDelete, "/v1/messages/cancel", `{"cancelled":null,"failed":[]}`, cancelOne},
		{http.MethodDelete, "/v1/messages/cancel", `{"cancelled":["a"],"failed":["b"]}`, cancelOne},
		{http.MethodDelete, "/v1/messages/cancel", `{"cancelled":1,"notFound":"none"}`, cancelOne},
	} {
		m := newMockAPI(t)
		m.answer(test.method, test.path, http.StatusOK, test.body)
		err := test.call(t.Context(), m.number(t), m.tenant(t))
		var odd *DecodeError
		require.ErrorAs(t, err, &odd, test.body)
		assert.True(t, odd.Accepted())
		assert.Len(t, m.Requests(), 1, "it is not repeated")
	}
}

func releaseOne(ctx context.Context, _ *NumberClient, tenant *TenantClient) error {
	_, err := tenant.ExtraNumbers.Release(ctx, 1)
	return err
}

func checkOne(ctx context.Context, number *NumberClient, _ *TenantClient) error {
	_, err := number.Contacts.Check(ctx, "+5511999990000")
	return err
}

func cancelOne(ctx context.Context, number *NumberClient, _ *TenantClient) error {
	return cancelMessage(ctx, number)
}

// decode decodes an answer as a call does.
func decode(data []byte, out any) error {
	return new(core).decode(data, out)
}

// Every way to read an answer obeys the tag: short and long texts, rows of lists, structs
// in structs, and types that read themselves.
func TestStrictFieldsEverywhere(t *testing.T) {
	t.Parallel()
	long := `,"padding":"` + strings.Repeat("x", maxPlain) + `"`
	for _, test := range []struct {
		out  any
		body string
	}{
		{new(ReleasedExtraNumbers), `"charged":"no"`},
		{new(PurchasedExtraNumbers), `"charged":true,"success":"no"`},
		{new(LeadFormConfig), `"autoSendEnabled":"true"`},
		{new(NumberDetail), `"id":"num_1","piiRetentionDays":"thirty"`},
		{new(NumberDetail), `"id":"num_1","settings":{"markReadOnSend":"yes"}`},
		{new(UpdatedNumber), `"id":"num_1","settingsSync":{"failed":"some"}`},
		{&memberAnswer[Branding]{member: "branding"}, `"branding":{"hidePilotStatusBranding":"yes"}`},
		{&list[ContactCheck]{members: []string{"results"}}, `"results":[{"input":"a","exists":true},{"input":"b","exists":[]}]`},
	} {
		for _, tail := range []string{"", long} {
			require.ErrorIs(t, decode([]byte(`{`+test.body+tail+`}`), test.out), errOddMember, test.body)
		}
	}
	var number NumberDetail
	require.NoError(t, decode([]byte(`{"id":"num_1","piiRetentionDays":"30"}`), &number))
	assert.Equal(t, 30, number.PIIRetentionDays)
	require.NoError(t, decode([]byte(`{"id":"num_1","piiRetentionDays":null,"state":[]}`), &number))
}

// A list of ids holds no empty one.
func TestListsOfIDs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{`["a",7]`: {"a", "7"}, `["a",{}]`: nil, `["a",null,{}]`: nil} {
		var got struct {
			IDs []string `json:"messageIds"`
		}
		require.NoError(t, unmarshalAnswer([]byte(`{"messageIds":`+text+`}`), &got))
		assert.Equal(t, want, got.IDs, text)
		var root []string
		require.NoError(t, unmarshalAnswer([]byte(`["a",{}]`), &root))
		assert.Nil(t, root)
	}
}

// A strict field is one that can be read strictly.
func TestStrictFieldsAreLeaves(t *testing.T) {
	t.Parallel()
	for _, v := range []any{ReleasedExtraNumbers{}, NumberDetail{}, LeadFormConfig{}, ContactCheck{}, Branding{}} {
		found := false
		for _, field := range reflect.VisibleFields(reflect.TypeOf(v)) {
			if field.Tag.Get("strict") != "" {
				found = true
				assert.True(t, isLeaf(field.Type), field.Name)
			}
		}
		assert.True(t, found, "%T", v)
	}
}
