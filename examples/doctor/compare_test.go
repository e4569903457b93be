package main

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// part is embedded, as in rows that share members.
type part struct {
	ID string `json:"id" required:"true"`
}

// answer has a member of each kind.
type answer struct {
	part

	Name   string                       `json:"name" also:"title"`
	Key    string                       `json:"key" required:"keyId"`
	KeyID  string                       `json:"keyId"`
	Done   bool                         `json:"done" required:"true"`
	Count  int                          `json:"count"`
	Share  *float64                     `json:"share"`
	At     pilotstatus.Timestamp        `json:"at"`
	Secret pilotstatus.Secret           `json:"secret"`
	State  pilotstatus.CallSetting      `json:"state"`
	Old    pilotstatus.MessageStatus    `json:"old"`
	Level  pilotstatus.CallStatus       `json:"level"`
	Any    json.RawMessage              `json:"any"`
	Person pilotstatus.GroupParticipant `json:"person"`
	Parts  []part                       `json:"parts"`
	Names  []string                     `json:"names"`
	Sizes  map[string]int               `json:"sizes"`
	Raw    json.RawMessage              `json:"-"`
}

// freed is a row whose embedded members are not required.
type freed struct {
	part `required:"-"`
}

// Each kind of difference has its line, and what is known or tolerated has none.
func TestCompare(t *testing.T) {
	t.Parallel()
	const known = `"id":"1","key":"k","done":false`
	inAnswer := func(member string) string { return "{" + known + "," + member + "}" }
	for _, test := range []struct {
		form form
		text string
		want []string
	}{
		{whole[answer](), "\ufeff{" + known + "}", nil},
		{whole[answer](), inAnswer(`"title":"t","share":null,"at":"","at":"2026-11-03T14:05:09Z","any":[1,{}],"person":"+5511988887777"`), nil},
		{whole[answer](), inAnswer(`"sizes":{"Rita":1},"names":[],"parts":null,"count":12.0,"share":0.5,"state":"ENABLED"`), nil},
		{whole[answer](), `{"id":"1","keyId":"k","done":true}`, nil},
		{whole[answer](), `{"id":"","keyId":null}`, []string{
			"$.id: a required member is empty", "$.key: a required member is null", "$.done: a required member is missing",
		}},
		{whole[answer](), inAnswer(`"Raw":1`), []string{"$.Raw: unknown member (a number)"}},
		{whole[answer](), inAnswer(`"secret":5,"done":"yes"`), []string{
			"$.done: a text in place of true or false", "$.secret: a number in place of a text",
		}},
		{whole[answer](), inAnswer(`"count":1.5,"share":"1"`), []string{
			"$.count: a fraction in place of a whole number", "$.share: a text in place of a number",
		}},
		{whole[answer](), inAnswer(`"at":1762178709`), []string{"$.at: a number in place of a text"}},
		{whole[answer](), inAnswer(`"at":"2026-13-45"`), []string{"$.at: a time that cannot be read"}},
		{whole[answer](), inAnswer(`"state":"enabled","old":"sent","level":"maria"`), []string{
			"$.level: unknown CallStatus " + masked, "$.old: unknown MessageStatus sent", "$.state: unknown CallSetting enabled",
		}},
		{whole[answer](), inAnswer(`"parts":[{"id":"1"},null,{},{}],"names":["a",1]`), []string{
			"$.names[]: a number in place of a text", "$.parts[]: null in a list", "$.parts[].id: a required member is missing",
		}},
		{whole[answer](), inAnswer(`"sizes":{"Rita":"a"}`), []string{"$.sizes{}: a text in place of a number"}},
		{whole[answer](), inAnswer(`"sizes":[],"parts":{}`), []string{
			"$.parts: an object in place of a list", "$.sizes: a list in place of an object",
		}},
		{whole[answer](), `"text"`, []string{"$: a text in place of an object"}},
		{whole[freed](), `{}`, nil},
		{inside[part]("part"), `{"part":{"id":"1"}}`, nil},
		{inside[part]("part"), `{"part":null}`, []string{"$.part: null in place of a value"}},
		{inside[freed]("part"), `{"part":null}`, nil},
		{inside[part]("part"), `{"id":"1"}`, []string{"$: the member part is missing"}},
		{inside[part]("part"), `[]`, []string{"$: a list in place of an object"}},
		{inside[part]("part"), `{"part":{"id":"1"},"notice":"n"}`, []string{"$.notice: unknown member (a text)"}},
		{inside[part]("part").with(reflect.TypeFor[noticeMember]()), `{"part":{"id":"1"},"notice":"n"}`, nil},
		{either[part]("part"), `{"id":"1"}`, nil},
		{either[part]("part"), `{"part":{"id":"1"}}`, nil},
		{rows[part]("parts", "data"), `[{"id":"1"}]`, nil},
		{rows[part]("parts", "data"), `{"data":[{"id":"1"}]}`, nil},
		{rows[part]("parts", "data"), `{"data":{"parts":[{}]}}`, []string{"$.data.parts[].id: a required member is missing"}},
		{rows[part]("parts", "data"), `{"parts":"none"}`, []string{"$.parts: a text in place of a list"}},
		{rows[part]("parts", "data"), `{"parts":null}`, []string{"$.parts: null in place of a value"}},
		{rows[part]("parts", "data"), `{}`, []string{"$: the member parts or data is missing"}},
		{rows[part]("parts", "data"), `null`, []string{"$: null in place of a list"}},
		{paged[part]("parts"), `{"parts":[],"total":"1","page":1,"pageSize":30,"totalPages":0,"notice":null}`, []string{
			"$.total: a text in place of a number",
		}},
		{rows[part]("parts").or(reflect.TypeFor[answer]()), `[` + inAnswer(`"count":1`) + `,{"id":"1"}]`, nil},
	} {
		got, _, err := compare([]byte(test.text), test.form)
		require.NoError(t, err, test.text)
		assert.ElementsMatch(t, test.want, got, test.text)
	}
	for _, text := range []string{"", "{", "[] []", "<html>"} {
		_, _, err := compare([]byte(text), whole[part]())
		assert.Error(t, err, text)
	}
}
