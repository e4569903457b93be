package pilotstatus

import (
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const anyPath = "/v1/any"

// extendedBody is a body that takes fields it does not know.
type extendedBody struct {
	Name  string         `json:"name,omitempty"`
	Count int64          `json:"count"`
	Extra map[string]any `json:"-"`
}

// sendBodies sends the body as a value and as a pointer.
func sendBodies(t *testing.T, m *mockAPI, body extendedBody) []error {
	t.Helper()
	client := m.number(t)
	return []error{
		client.Do(t.Context(), Request{Method: http.MethodPost, Path: anyPath, Body: body}, nil),
		client.Do(t.Context(), Request{Method: http.MethodPost, Path: anyPath, Body: &body}, nil),
	}
}

func TestExtraFieldsGoWithTheOthers(t *testing.T) {
	t.Parallel()
	const large = int64(math.MaxInt64)
	for name, test := range map[string]struct {
		extra map[string]any
		want  string
	}{
		"none":  {nil, `{"name":"a","count":9223372036854775807}`},
		"empty": {map[string]any{}, `{"name":"a","count":9223372036854775807}`},
		"some": {
			map[string]any{
				"large": large, "text": "x", "null": nil, "no": false, "list": []any{1, "b"},
				"raw": json.RawMessage(`{"n":12345678901234567890}`), "number": json.Number("1.0000000000000000001"),
			},
			`{"name":"a","count":9223372036854775807,"large":9223372036854775807,"text":"x","null":null,"no":false,"list":[1,"b"],` +
				`"raw":{"n":12345678901234567890},"number":1.0000000000000000001}`,
		},
		"a part of a known name": {map[string]any{"nam": 1, "names": 2, "Extra": 3}, `{"name":"a","count":9223372036854775807,"nam":1,"names":2,"Extra":3}`},
	} {
		m := newMockAPI(t)
		m.answer(http.MethodPost, anyPath, http.StatusOK, `{}`)
		extra := maps.Clone(test.extra)
		for _, err := range sendBodies(t, m, extendedBody{Name: "a", Count: large, Extra: extra}) {
			require.NoError(t, err, name)
		}
		require.Len(t, m.Requests(), 2, name)
		for _, request := range m.Requests() {
			assert.Equal(t, numbersOf(t, test.want), numbersOf(t, string(request.Body)), name)
		}
		assert.Equal(t, test.extra, extra, "the caller's map stays what it is")
	}
}

// numbersOf decodes an object without rounding its numbers.
func numbersOf(t *testing.T, text string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var object map[string]any
	require.NoError(t, decoder.Decode(&object))
	return object
}

func TestExtraFieldsThatAreRefused(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	for field, extras := range map[string][]map[string]any{
		"Extra": {{"name": "b"}, {"count": 1}, {"NAME": "b"}, {"Count": nil}, {"other": 1, "nAmE": "b"}, {"other": func() {}}, {"other": math.Inf(1)}, {"other": make(chan int)}},
	} {
		for _, extra := range extras {
			for _, body := range []extendedBody{{Name: "a", Extra: extra}, {Extra: extra}} {
				for _, err := range sendBodies(t, m, body) {
					requireValidation(t, err, field)
				}
			}
		}
	}
	assert.Empty(t, m.Requests())
}

// keptAnswer keeps its text.
type keptAnswer struct {
	ID  string          `json:"id"`
	Raw json.RawMessage `json:"-"`
}

func (a *keptAnswer) rowID() string { return a.ID }

func (a *keptAnswer) check([]byte) error {
	if a.ID == "" || len(a.Raw) == 0 {
		return lacking("id")
	}
	return nil
}

// An answer, and every row of a list, keeps the text it was made from as it came.
func TestAnswersKeepTheirText(t *testing.T) {
	t.Parallel()
	const first, second = `{"id" : "a", "new":12345678901234567890}`, `{"id":"b","text":"\u00e9 <b>"}`
	m := newMockAPI(t)
	client := m.number(t).Client
	answer := func(body string) { m.answer(http.MethodGet, leadsPath, http.StatusOK, body) }

	answer(first)
	one, err := invoke[keptAnswer](t.Context(), client, opLeadsList, input{})
	require.NoError(t, err)

	answer(`{"rows":[` + first + `, ` + second + `]}`)
	list, err := invokeList[keptAnswer](t.Context(), client, opLeadsList, input{}, "rows")
	require.NoError(t, err)
	page, err := invokePage[keptAnswer](t.Context(), client, opLeadsList, input{}, "rows")
	require.NoError(t, err)

	// The buffer of the answers is used again.
	for range 10 {
		answer(`{"id":"` + strings.Repeat("z", 500) + `"}`)
		_, err = invoke[keptAnswer](t.Context(), client, opLeadsList, input{})
		require.NoError(t, err)
	}
	require.Len(t, list, 2)
	for _, rows := range [][]keptAnswer{list, page.Items, {*one, list[1]}} {
		require.Len(t, rows, 2)
		assert.Equal(t, []string{first, second}, []string{string(rows[0].Raw), string(rows[1].Raw)})
		assert.Equal(t, "b", rows[1].ID)
	}
}

// The text is that of the answer that counted.
func TestTextOfARepeatedCall(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.sequence(
		http.MethodGet, leadsPath,
		jsonResponder(http.StatusOK, `{"id":"a","broken`), jsonResponder(http.StatusBadGateway, `{"id":"b"}`), jsonResponder(http.StatusOK, `{"id":"c"}`),
	)
	answer, err := invoke[keptAnswer](t.Context(), m.number(t).Client, opLeadsList, input{})
	require.NoError(t, err)
	assert.Equal(t, keptAnswer{ID: "c", Raw: json.RawMessage(`{"id":"c"}`)}, *answer)
}

// A field of that name in a body of the caller's own is the caller's.
func TestExtraOfTheCaller(t *testing.T) {
	t.Parallel()
	m := newMockAPI(t)
	m.answer(http.MethodPost, anyPath, http.StatusOK, `{}`)
	body := struct {
		Name  string         `json:"name"`
		Extra map[string]any `json:"-"`
	}{"a", map[string]any{"kept": "back"}}
	require.NoError(t, m.number(t).Do(t.Context(), Request{Method: http.MethodPost, Path: anyPath, Body: body}, nil))
	assert.JSONEq(t, `{"name":"a"}`, string(m.Requests()[0].Body))
}

// A Secret would be sent in its redacted form, wherever it stands in Extra.
func TestExtraRefusesSecrets(t *testing.T) {
	t.Parallel()
	type inner struct{ Token any }
	secret := NewSecret("a token of Meta")
	for _, value := range []any{
		secret, &secret, []any{secret}, []Secret{secret}, map[string]any{"a": map[string]Secret{"b": secret}},
		inner{secret}, &inner{&secret}, APIKey(testNumberKey), [1]any{inner{[]any{secret}}},
	} {
		_, err := withExtra(struct{}{}, map[string]any{"token": value})
		requireValidation(t, err, "Extra")
	}
	itself := map[string]any{"text": []byte("no secret"), "number": 1, "nothing": nil}
	_, err := withExtra(struct{}{}, itself)
	require.NoError(t, err)
	itself["itself"] = itself
	m := newMockAPI(t)
	_, err = m.tenant(t).Numbers.CreateMeta(t.Context(), CreateMetaNumberRequest{Extra: itself})
	require.Error(t, err) // JSON has no form for it
	assert.Empty(t, m.Requests())
}
