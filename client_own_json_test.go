package pilotstatus

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const altered = "caf\xe9"

// alteredForms returns copies of a body in each of which one text is not UTF-8: one for
// every string, key and value that can be set in it.
func alteredForms(body any) []any {
	var forms []any
	for n := 0; ; n++ {
		form := reflect.New(reflect.TypeOf(body)).Elem()
		count := n
		if !alter(form, &count, 0) {
			return forms
		}
		forms = append(forms, form.Interface())
	}
}

// alter sets everything in v, and the text that count falls on to one that is not UTF-8.
func alter(v reflect.Value, count *int, depth int) bool {
	found := false
	if depth > 6 {
		return false
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("text")
		if *count == 0 {
			v.SetString(altered)
		}
		found = *count == 0
		*count--
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		found = alter(v.Elem(), count, depth+1)
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			found = alter(v.Index(0), count, depth+1)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		found = alter(key, count, depth+1)
		found = alter(value, count, depth+1) || found
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Interface:
		if v.NumMethod() == 0 {
			text := reflect.New(reflect.TypeFor[string]()).Elem()
			found = alter(text, count, depth+1)
			v.Set(text)
		}
	case reflect.Struct:
		for field, value := range v.Fields() {
			if field.IsExported() && field.Tag.Get("json") != "-" {
				found = alter(value, count, depth+1) || found
			}
		}
	}
	return found
}

// No text of any body goes out with other characters than it was given with.
func TestBodiesAreNotAltered(t *testing.T) {
	t.Parallel()
	for _, body := range []any{
		CreateGroupRequest{}, ChangeParticipantsRequest{}, SubmitTemplateRequest{}, CreateNumberRequest{}, CreateMetaNumberRequest{}, CreatePairingLinkRequest{},
		CreateWebhookRequest{}, UpdateWebhookRequest{}, UpdateCallSettingsRequest{}, CallPermissionRequest{}, StartCallRequest{}, LinkLeadPageRequest{}, UpdateLeadFormRequest{},
		CreatePaymentPageRequest{}, BrandingOverride{}, CreateEmbedSessionRequest{}, StartVerificationRequest{}, cancelBody{}, sendBody{},
	} {
		forms := alteredForms(body)
		assert.NotEmpty(t, forms, "%T", body)
		for _, form := range forms {
			text, err := marshalBody(form)
			require.Error(t, err, "%T became %s", body, text)
			var refused *ValidationError
			require.ErrorAs(t, unencodable(err), &refused, "%T", body)
			assert.NotContains(t, refused.Error(), altered)
		}
	}
}

func TestAlteredTextsAreRefused(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	number, tenant, ctx := m.number(t), m.tenant(t), t.Context()
	send := func(change func(*SendRequest)) error {
		request := testSend()
		change(&request)
		_, err := number.Messages.Send(ctx, request)
		return err
	}
	template := func(variables map[string]string) error {
		return send(func(r *SendRequest) { r.Content = TemplateContent{ID: "x", Variables: variables} })
	}
	_, getErr := number.Messages.Get(ctx, altered)
	_, listErr := number.Leads.List(ctx, ListLeadsOptions{FormID: altered})
	_, extraErr := tenant.Numbers.CreateMeta(ctx, CreateMetaNumberRequest{Name: "x", Extra: map[string]any{"a": []any{altered}}})
	_, patchErr := tenant.Numbers.Update(ctx, "num_1", UpdateNumberRequest{PIIMode: altered})
	own := func(body any) error {
		return number.Do(ctx, Request{Method: http.MethodPost, Path: "/v1/x", Body: body}, nil)
	}
	type note struct{ Text any }
	for _, test := range []struct {
		field string
		err   error
	}{
		{"Content.Body", send(func(r *SendRequest) { r.Content = TextContent{Body: altered} })},
		{"Content.Variables", template(map[string]string{"name": altered})},
		{"Content.Variables", template(map[string]string{altered: "John"})},
		{"Labels[0]", send(func(r *SendRequest) { r.Labels = []string{altered} })},
		{"Extra", send(func(r *SendRequest) { r.Extra = map[string]any{"a": altered} })},
		{"Extra", send(func(r *SendRequest) { r.Extra = map[string]any{altered: "a"} })},
		{"id", getErr},
		{"formId", listErr},
		{"Extra", extraErr},
		{"piiMode", patchErr},
		{"Body", own(altered)},
		{"Body.Text", own(note{altered})},
		{"Body.Text[0]", own(&note{[]string{altered}})},
		{"Body", own(json.RawMessage(`"` + altered + `"`))},
		{"Body", own(map[string]json.RawMessage{"a": json.RawMessage(`"` + altered + `"`)})},
		{"Query", number.Do(ctx, Request{Method: http.MethodGet, Path: "/v1/x", Query: url.Values{altered: {"a"}}}, nil)},
		{"a", number.Do(ctx, Request{Method: http.MethodGet, Path: "/v1/x", Query: url.Values{"a": {altered}}}, nil)},
	} {
		requireValidation(t, test.err, test.field)
	}
	assert.Empty(t, m.Requests())
}

// What refers to itself, or shares its parts over and over, is refused after a bounded
// amount of work.
func TestEndlessValuesAreRefused(t *testing.T) {
	t.Parallel()
	itself := map[string]any{}
	itself["itself"] = itself
	list := []any{nil}
	list[0] = list
	type node struct{ Next *node }
	ring := new(node)
	ring.Next = &node{ring}
	shared := any("leaf")
	for range 100 {
		shared = []any{shared, shared}
	}
	large := map[string]string{}
	var texts []any
	text := string(make([]byte, 1<<20))
	for range maxOwnText>>20 + 1 {
		texts = append(texts, text)
	}
	for name, value := range map[string]any{"map": itself, "list": list, "ring": ring, "shared": shared, "texts": texts} {
		m := newMockAPI(t)
		_, err := m.tenant(t).Numbers.CreateMeta(t.Context(), CreateMetaNumberRequest{Name: "x", Extra: map[string]any{"a": value}})
		requireValidation(t, err, "Extra")
		err = m.number(t).Do(t.Context(), Request{Method: http.MethodPost, Path: "/v1/x", Body: value}, nil)
		assert.True(t, isA[*ValidationError](err), "%s: %v", name, err)
		assert.Empty(t, m.Requests(), name)
	}
	for i := range 1000 {
		large[string(rune('a'+i))] = string(rune(rand.IntN(1 << 15)))
	}
	require.NoError(t, checkOwn("Body", large))
}

// A field that encoding/json leaves out is no reason to refuse a body; the same field
// with something in it is.
func TestFieldsThatAreNotSent(t *testing.T) {
	t.Parallel()
	type row struct {
		Name   string    `json:"name"`
		Key    Secret    `json:"-"`
		Token  Secret    `json:"token,omitzero"`
		Hidden string    `json:"-"`
		Dash   string    `json:"dash"`
		Loop   *row      `json:"-"`
		Link   *Secret   `json:"link,omitempty"`
		Links  [0]Secret `json:"links,omitempty"`
	}
	r := row{Name: "a", Key: NewSecret("k"), Hidden: altered, Dash: "d"}
	r.Loop = &r
	data, err := marshalOwn("Body", r)
	require.NoError(t, err)
	assert.JSONEq(t, `{"name":"a","dash":"d"}`, string(data))
	r.Dash = altered
	_, err = marshalOwn("Body", r)
	requireValidation(t, err, "Body.Dash")
	r.Dash, r.Token = "", NewSecret("t")
	_, err = marshalOwn("Body", &r)
	requireValidation(t, err, "Body.Token")
	_, err = marshalOwn("Body", struct{ Token Secret }{})
	requireValidation(t, err, "Body.Token")
}
