package pilotstatus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSecretShowsItsRedactedForm(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"":                                 "",
		"x":                                "[redacted]",
		"ps_":                              "[redacted]",
		"ps_234567890abc":                  "[redacted]", // 15 characters
		"ps_234567890abcd":                 "ps_…abcd",   // 16
		"ps_live_KEYQWERTY0123456789wxyz":  "ps_…wxyz",
		"PS_live_KEYQWERTY0123456789wxyz":  "[redacted]",
		"plwh_KEYQWERTY0123456789wxyz":     "[redacted]",
		"data:image/png;base64,iVBORw0KGg": "[redacted]",
	} {
		s := NewSecret(value)
		assert.Equal(t, value, s.Reveal())
		assert.Equal(t, value == "", s.IsZero())
		assert.Equal(t, want, s.String())
		assert.Equal(t, want, s.GoString())
		assert.Equal(t, want, s.LogValue().String())
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%t", "%10s"} {
			assert.Equal(t, want, fmt.Sprintf(verb, s), verb)
			assert.Equal(t, want, fmt.Sprintf(verb, &s), verb)
		}
		data, err := json.Marshal(s)
		require.NoError(t, err)
		if value == "" {
			assert.Equal(t, "null", string(data))
		} else {
			assert.JSONEq(t, `"`+want+`"`, string(data))
		}
	}
}

// Wherever a Secret sits, no printer gets at its value.
func TestSecretIsSafeEverywhere(t *testing.T) {
	t.Parallel()
	type holder struct {
		Secret  Secret
		Pointer *Secret
		hidden  Secret
		deep    *holder
	}
	for _, value := range []string{privateKey, privateToken} {
		s := NewSecret(value)
		h := holder{Secret: s, Pointer: &s, hidden: s, deep: &holder{hidden: s}}
		for _, v := range []any{
			s, &s, h, &h, []Secret{s}, []*Secret{&s}, map[string]Secret{"a": s}, map[string]any{"a": &s}, [1]Secret{s},
			struct{ any }{s}, func() any { return s }(), []holder{h}, fmt.Errorf("token %v", s), fmt.Sprint(s),
		} {
			requireNoLeak(t, v)
			assert.Empty(t, leaks(fmt.Sprintf("%t %s %c", v, v, v)))
		}
		var b bytes.Buffer
		slog.New(slog.NewTextHandler(&b, nil)).With("with", s).WithGroup("g").Info("message", "text", s.String(), "a", h, slog.Group("b", "c", s))
		assert.Empty(t, leaks(b.String()))
		assert.Equal(t, value, h.deep.hidden.Reveal(), "the value was there to be found")
	}
}

func TestSecretEqual(t *testing.T) {
	t.Parallel()
	a, same, other := NewSecret("ps_a"), NewSecret(strings.Join([]string{"ps", "a"}, "_")), NewSecret("ps_b")
	assert.True(t, a.Equal(same))
	assert.False(t, a.Equal(other))
	assert.False(t, a.Equal(NewSecret("ps_aa")))
	assert.False(t, a.Equal(Secret{}))
	assert.False(t, Secret{}.Equal(a))
	assert.True(t, Secret{}.Equal(NewSecret("")))
}

func TestSecretUnmarshal(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		`null`:          "",
		`""`:            "",
		`"ps_abc"`:      "ps_abc",
		`"ps\u005fabc"`: "ps_abc",
		`"a\/b"`:        "a/b",
		`"p..s"`:        "p..s",
	} {
		s := NewSecret("before")
		require.NoError(t, json.Unmarshal([]byte(data), &s), data)
		assert.Equal(t, want, s.Reveal(), data)
		assert.Equal(t, want == "", s.IsZero(), data)
	}
	redactedKey, err := json.Marshal(NewSecret(privateKey))
	require.NoError(t, err)
	redactedToken, err := json.Marshal(NewSecret(privateToken))
	require.NoError(t, err)
	for _, data := range []string{
		`12`, `true`, `{}`, `["ps_abc"]`, `{"key":"` + privateKey + `"}`,
		string(redactedKey), string(redactedToken), `"ps_\u2026abcd"`, `"[redacted]"`, `"key [redacted]"`,
	} {
		var s Secret
		err := json.Unmarshal([]byte(data), &s)
		require.Error(t, err, data)
		assert.True(t, s.IsZero(), data)
		requireNoLeak(t, err)
		require.Error(t, json.Unmarshal([]byte(`{"id":"x","key":`+data+`}`), new(RotatedKey)), data)
	}
}

// What a Secret prints is no credential, so that a key that was stored in its
// printed form is found out at the constructor and not at the first call.
func TestPrintedSecretIsNoCredential(t *testing.T) {
	t.Parallel()
	for _, value := range []string{privateKey, privateToken} {
		printed := NewSecret(value).String()
		for _, cred := range []Credential{APIKey(printed), APIKeyID(printed), APIKey("ps_" + printed)} {
			_, err := NewNumberClient(cred)
			requireValidation(t, err, "credential")
			require.ErrorContains(t, err, "printed form")
			_, err = NewTenantClient(cred)
			requireValidation(t, err, "credential")
		}
	}
	_, err := NewNumberClient(NumberKey{NumberID: "n"}.Credential())
	var unavailable *KeyUnavailableError
	require.ErrorAs(t, err, &unavailable)
	_, err = NewNumberClient(RotatedKey{}.Credential())
	requireValidation(t, err, "credential")
}

func TestTimestampKeepsItsText(t *testing.T) {
	t.Parallel()
	brt := time.FixedZone("", -3*60*60)
	for data, want := range map[string]struct {
		text string
		time time.Time
	}{
		`null`:                             {"", time.Time{}},
		`""`:                               {"", time.Time{}},
		`"2026-11-04T12:30:00Z"`:           {"2026-11-04T12:30:00Z", time.Date(2026, 11, 4, 12, 30, 0, 0, time.UTC)},
		`"2026-11-04T12:30:00.215Z"`:       {"2026-11-04T12:30:00.215Z", time.Date(2026, 11, 4, 12, 30, 0, 215e6, time.UTC)},
		`"2026-11-04T12:30:00.123456789Z"`: {"2026-11-04T12:30:00.123456789Z", time.Date(2026, 11, 4, 12, 30, 0, 123456789, time.UTC)},
		`"2026-11-04T09:30:00.5-03:00"`:    {"2026-11-04T09:30:00.5-03:00", time.Date(2026, 11, 4, 9, 30, 0, 5e8, brt)},
		`"2026-11-04T12:30:00\u005a"`:      {"2026-11-04T12:30:00Z", time.Date(2026, 11, 4, 12, 30, 0, 0, time.UTC)},
		`"yesterday"`:                      {"yesterday", time.Time{}},
		`"2026-13-40T99:00:00Z"`:           {"2026-13-40T99:00:00Z", time.Time{}},
		`"2026-11-04"`:                     {"2026-11-04", time.Time{}},
		`"a\"b\\c\u00e9"`:                  {`a"b\cé`, time.Time{}},
		`1762259400`:                       {"1762259400", time.Unix(1762259400, 0)},
		`true`:                             {"true", time.Time{}},
		`{"a":1}`:                          {`{"a":1}`, time.Time{}},
	} {
		var answer struct {
			At Timestamp `json:"at"`
		}
		answer.At.text, answer.At.Time = "before", time.Unix(1, 0)
		require.NoError(t, json.Unmarshal([]byte(`{"at":`+data+`}`), &answer), data)
		assert.Equal(t, want.text, answer.At.Text(), data)
		assert.True(t, want.time.Equal(answer.At.Time), "%s: %s", data, answer.At.Time)
		assert.Equal(t, want.time.IsZero(), answer.At.IsZero(), data)

		// And back.
		encoded, err := json.Marshal(answer.At)
		require.NoError(t, err)
		if want.text == "" {
			assert.Equal(t, "null", string(encoded), data)
			continue
		}
		var text string
		require.NoError(t, json.Unmarshal(encoded, &text), data)
		assert.Equal(t, want.text, text, data)
	}
}

func TestTimestampOfATime(t *testing.T) {
	t.Parallel()
	at := Timestamp{Time: time.Date(2026, 11, 4, 9, 30, 0, 215e6, time.FixedZone("", -3*60*60))}
	data, err := json.Marshal(at)
	require.NoError(t, err)
	assert.Equal(t, `"2026-11-04T12:30:00.215Z"`, string(data))
	assert.Empty(t, at.Text())
	data, err = json.Marshal(Timestamp{})
	require.NoError(t, err)
	assert.Equal(t, "null", string(data))

	// A list of answers, one of them broken, still decodes.
	var keys []KeyInfo
	require.NoError(t, json.Unmarshal([]byte(`[{"id":"a","createdAt":"soon"},{"id":"b","createdAt":12,"lastUsedAt":null},{"id":"c"}]`), &keys))
	assert.Equal(t, []string{"soon", "12", ""}, []string{keys[0].CreatedAt.Text(), keys[1].CreatedAt.Text(), keys[2].CreatedAt.Text()})
}

func TestFieldHasThreeStates(t *testing.T) {
	t.Parallel()
	type update struct {
		Name  Nullable[string]   `json:"name,omitzero"`
		Count Nullable[int]      `json:"count,omitzero"`
		Tags  Nullable[[]string] `json:"tags,omitzero"`
		On    Nullable[bool]     `json:"on,omitzero"`
	}
	for want, u := range map[string]update{
		`{}`:                        {},
		`{"name":"x"}`:              {Name: Set("x")},
		`{"name":""}`:               {Name: Set("")},
		`{"name":null}`:             {Name: Null[string]()},
		`{"count":0}`:               {Count: Set(0)},
		`{"tags":[]}`:               {Tags: Set([]string{})},
		`{"tags":null}`:             {Tags: Set[[]string](nil)},
		`{"on":false,"count":null}`: {On: Set(false), Count: Null[int]()},
	} {
		data, err := json.Marshal(u)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(data))
	}

	value, ok := Set("").Get()
	assert.True(t, ok)
	assert.Empty(t, value)
	assert.False(t, Set("").IsZero())
	_, ok = Null[string]().Get()
	assert.False(t, ok)
	assert.False(t, Null[string]().IsZero())
	_, ok = Nullable[string]{}.Get()
	assert.False(t, ok)
	assert.True(t, Nullable[string]{}.IsZero())

	// Without omitzero an absent field is null and not a panic.
	data, err := json.Marshal(struct{ A Nullable[int] }{})
	require.NoError(t, err)
	assert.JSONEq(t, `{"A":null}`, string(data))
	_, err = json.Marshal(Set(func() {}))
	require.Error(t, err)
}

func TestPtr(t *testing.T) {
	t.Parallel()
	value := false
	p := Ptr(value)
	require.NotNil(t, p)
	assert.False(t, *p)
	*p = true
	assert.False(t, value, "it points to a copy")
	assert.Equal(t, "x", *Ptr("x"))
}
