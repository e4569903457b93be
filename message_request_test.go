package pilotstatus

import (
	"reflect"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A body with few fields is what the whole one would be, and every further field is sent.
func TestShortBodies(t *testing.T) {
	t.Parallel()
	b := sendBody{DestinationNumber: "+5511999999999", TemplateID: "welcome", Text: "<Olá> & \u2028", Variables: variables{"b": "2", "a": "1"}}
	for _, short := range []sendBody{b, {}, {Text: "x"}, {Variables: variables{}}} {
		got, err := short.marshal()
		require.NoError(t, err)
		want, err := marshalBody(&short)
		require.NoError(t, err)
		assert.True(t, short.isShort())
		assert.Equal(t, string(want), string(got))
	}
	for i := range reflect.TypeFor[sendBody]().NumField() {
		whole := b
		field := reflect.ValueOf(&whole).Elem().Field(i)
		switch name := reflect.TypeFor[sendBody]().Field(i).Name; {
		case name == "DestinationNumber", name == "TemplateID", name == "Text", name == "Variables":
			continue
		case field.Kind() == reflect.Pointer:
			field.Set(reflect.New(field.Type().Elem()))
		case field.Kind() == reflect.Slice:
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		default:
			field.SetString("x")
		}
		assert.False(t, whole.isShort(), reflect.TypeFor[sendBody]().Field(i).Name)
	}
}

// checkVariables compares how variables and a map are written.
func checkVariables(t *testing.T, v map[string]string) {
	t.Helper()
	want, wantErr := marshalBody(v)
	got, err := marshalBody(variables(v))
	require.Equal(t, wantErr == nil, err == nil, "%q: %v, %v", v, wantErr, err)
	if err == nil {
		assert.Equal(t, string(want), string(got))
	}
}

// Variables are written as JSON v2 writes a map.
func TestVariablesAreWrittenAsAMap(t *testing.T) {
	t.Parallel()
	many := map[string]string{}
	for i := range 30 {
		many[strconv.Itoa(i*7919)] = strconv.Itoa(i)
	}
	for _, v := range []map[string]string{
		{}, many, {"name": "John"}, {"é": "<b>&\u2028\x00\"\\", "": "x", "z": "\u007f\U0001f600"}, {"a": "\xff"}, {"\xff": "a"},
	} {
		checkVariables(t, v)
	}
	none, err := marshalBody(variables(nil))
	require.NoError(t, err)
	assert.Equal(t, "{}", string(none))
}

func FuzzVariables(f *testing.F) {
	f.Add("name", "John", "b", "<")
	f.Fuzz(func(t *testing.T, a, x, b, y string) { checkVariables(t, map[string]string{a: x, b: y}) })
}
