package pilotstatus

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The answers of an operation are files in testdata/answers:
//
//	<op>.json         every field of the reference, with a value
//	<op>.sparse.json  every nullable field null, every optional one absent
//	<op>.<more>.json  other shapes of the same answer
const answerFiles = "testdata/answers"

func answerFile(t *testing.T, name string) (text string, ok bool) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(answerFiles, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", false
	}
	require.NoError(t, err)
	return string(data), true
}

// Every member of an answer arrives in the Go value, also with members and words that
// this version does not know, and every field of a Go value is filled by some answer.
func TestAnswersArriveWhole(t *testing.T) {
	t.Parallel()
	seen := make(fields)
	for _, o := range operationCases() {
		names, err := filepath.Glob(filepath.Join(answerFiles, o.op+".*json"))
		require.NoError(t, err)
		if len(names) == 0 || o.fileType != "" {
			continue
		}
		for _, suffix := range []string{".json", ".sparse.json"} {
			assert.Contains(t, names, filepath.Join(answerFiles, o.op+suffix))
		}
		for _, name := range names {
			text, _ := answerFile(t, filepath.Base(name))
			answer := requireJSON(t, name, text)
			o.requireArrival(t, name, answer, seen)
			o.requireArrival(t, name+" with unknown members", withUnknownMembers(requireJSON(t, name, text)), make(fields))
			o.requireArrival(t, name+" with unknown words", withUnknownWords(requireJSON(t, name, text), o.ignored...), make(fields))
		}
	}
	seen.requireFilled(t)
}

// requireArrival serves the answer and compares it with the Go value that it became.
func (o operationCase) requireArrival(t *testing.T, name string, answer any, seen fields) {
	t.Helper()
	data, err := json.Marshal(answer)
	require.NoError(t, err)
	m := newMockAPI(t)
	m.RegisterNoResponder(jsonResponder(http.StatusOK, string(data)))
	for _, c := range m.clients(t) {
		if _, ok := c.method(o.op); !ok {
			continue
		}
		value, err := c.call(t.Context(), o)
		if isA[*MissingEventsError](err) {
			err = nil // the answer names other events than the case asks for, and is returned whole
		}
		if assert.NoError(t, err, name) && value != nil { // some methods return nothing but an error
			compare := comparison{renamed: o.renamed, ignored: o.ignored, seen: seen}
			compare.value("", unwrapped(answer, reflect.ValueOf(value)), reflect.ValueOf(value))
			assert.Empty(t, compare.missing, name)
		}
		return
	}
	assert.Fail(t, "no client has "+o.op)
}

// unwrapped takes off what stands around a list, or around the member of an answer that
// the Go value is; what stands beside that belongs to the value too.
func unwrapped(answer any, value reflect.Value) any {
	object, ok := answer.(map[string]any)
	if !ok {
		return answer
	}
	if value.Kind() == reflect.Slice {
		for _, member := range object {
			if list, ok := member.([]any); ok {
				return list
			}
		}
	}
	delete(object, unknownMember)
	for name, member := range object {
		inner, ok := member.(map[string]any)
		none := comparison{}
		if ok && reflect.Indirect(value).Kind() == reflect.Struct && len(none.fields(reflect.Indirect(value), name, member)) == 0 {
			delete(object, name)
			maps.Copy(inner, object)
			return inner
		}
	}
	return answer
}

// fields are the fields of struct types that some answer filled.
type fields map[reflect.Type]map[string]bool

func (f fields) note(v reflect.Value) {
	if f[v.Type()] == nil {
		f[v.Type()] = make(map[string]bool)
	}
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			f[v.Type()][v.Type().Field(i).Name] = true
		}
		if v.Type().Field(i).Anonymous && v.Field(i).Kind() == reflect.Struct {
			f.note(v.Field(i))
		}
	}
}

func (f fields) requireFilled(t *testing.T) {
	t.Helper()
	for typ, filled := range f {
		for field := range typ.Fields() {
			if !field.IsExported() || field.Tag.Get("json") == "-" {
				continue
			}
			assert.True(t, filled[field.Name], "no answer has %s.%s", typ, field.Name)
		}
	}
}

// comparison compares a decoded JSON text with a Go value by reflection.
type comparison struct {
	renamed map[string][]string
	ignored []string
	seen    fields
	missing []string // what did not arrive
}

func (c *comparison) expect(ok bool, path string, want any, got reflect.Value) {
	if !ok {
		c.missing = append(c.missing, fmt.Sprintf("%s: %v became %v", path, want, got))
	}
}

// value compares one value of the answer, at path, with the Go value it became.
func (c *comparison) value(path string, want any, got reflect.Value) {
	for got.Kind() == reflect.Pointer && want != nil && !got.IsNil() {
		got = got.Elem()
	}
	if want == nil {
		c.expect(got.IsZero() || isNullText(got), path, want, got)
		return
	}
	switch known := got.Interface().(type) {
	case json.RawMessage:
		var raw any
		c.expect(json.Unmarshal(known, &raw) == nil && reflect.DeepEqual(want, raw), path, want, got)
		return
	case interface{ Reveal() string }:
		c.expect(want == known.Reveal(), path, want, got)
		return
	case Timestamp:
		c.expect(want == known.Text(), path, want, got)
		return
	}
	switch want := want.(type) {
	case map[string]any:
		c.object(path, want, got)
	case []any:
		c.list(path, want, got)
	case string:
		c.expect(got.Kind() == reflect.String && got.String() == want, path, want, got)
	case bool:
		c.expect(got.Kind() == reflect.Bool && got.Bool() == want, path, want, got)
	case float64:
		c.expect(got.CanInt() && float64(got.Int()) == want || got.CanFloat() && got.Float() == want, path, want, got)
	}
}

func isNullText(v reflect.Value) bool {
	raw, ok := reflect.TypeAssert[json.RawMessage](v)
	return ok && string(raw) == "null"
}

func (c *comparison) list(path string, want []any, got reflect.Value) {
	if got.Kind() != reflect.Slice || got.Len() != len(want) || got.IsNil() {
		c.expect(false, path, want, got)
		return
	}
	for i := range want {
		c.value(fmt.Sprintf("%s[%d]", path, i), want[i], got.Index(i))
	}
}

func (c *comparison) object(path string, want map[string]any, got reflect.Value) {
	switch got.Kind() {
	case reflect.Map:
		for name, member := range want {
			if name == unknownMember && got.Type().Elem().Kind() == reflect.Struct {
				continue
			}
			at := got.MapIndex(reflect.ValueOf(name))
			if !at.IsValid() {
				c.expect(false, path+"."+name, member, at)
				continue
			}
			c.value(path+"."+name, member, at)
		}
	case reflect.Struct:
		c.seen.note(got)
		for name, member := range want {
			if name != unknownMember && !slices.Contains(c.ignored, name) {
				c.member(path+"."+name, member, c.fields(got, name, member))
			}
		}
	default:
		c.expect(false, path, want, got)
	}
}

// member compares a member of an object with the fields that it may arrive in.
func (c *comparison) member(path string, want any, places []reflect.Value) {
	var missing []string
	for _, at := range places {
		one := comparison{renamed: c.renamed, ignored: c.ignored, seen: c.seen}
		one.value(path, want, at)
		if len(one.missing) == 0 {
			return
		}
		missing = one.missing
	}
	if len(places) == 0 {
		missing = []string{path + " has no field"}
	}
	c.missing = append(c.missing, missing...)
}

// fields returns the fields of a struct that a member of the answer may arrive in.
func (c *comparison) fields(got reflect.Value, name string, member any) []reflect.Value {
	var places []reflect.Value
	for _, renamed := range c.renamed[name] {
		if at := got.FieldByName(renamed); at.IsValid() {
			places = append(places, at)
		}
	}
	for _, field := range reflect.VisibleFields(got.Type()) {
		if tag, _, _ := strings.Cut(field.Tag.Get("json"), ","); tag == name {
			return append(places, got.FieldByIndex(field.Index))
		}
	}
	if _, ok := member.([]any); ok { // the list of a Page, whatever its name
		if at := got.FieldByName("Items"); at.IsValid() {
			places = append(places, at)
		}
	}
	return places
}

const unknownMember = "fieldOfTomorrow"

// withUnknownMembers puts a member that nobody knows into every object. In an object
// that holds nothing but numbers, or nothing but texts, it is one too: its names may be
// data.
func withUnknownMembers(value any) any {
	switch value := value.(type) {
	case []any:
		for i := range value {
			value[i] = withUnknownMembers(value[i])
		}
	case map[string]any:
		kinds := make(map[reflect.Kind]bool)
		for name := range value {
			value[name] = withUnknownMembers(value[name])
			kinds[reflect.ValueOf(value[name]).Kind()] = true
		}
		value[unknownMember] = map[string]any{"values": []any{1.0, "two", nil}}
		switch {
		case len(kinds) == 1 && kinds[reflect.Float64]:
			value[unknownMember] = 1.0
		case len(kinds) == 1 && kinds[reflect.String]:
			value[unknownMember] = "two"
		}
	}
	return value
}

// withUnknownWords changes every text, so that no enumeration knows it, but for the
// members of those names.
func withUnknownWords(value any, except ...string) any {
	switch value := value.(type) {
	case string:
		return value + "~"
	case []any:
		for i := range value {
			value[i] = withUnknownWords(value[i], except...)
		}
	case map[string]any:
		for name := range value {
			if !slices.Contains(except, name) {
				value[name] = withUnknownWords(value[name], except...)
			}
		}
	}
	return value
}

// The comparison itself fails for what did not arrive.
func TestComparisonSeesWhatIsMissing(t *testing.T) {
	t.Parallel()
	type inner struct {
		Name string `json:"name"`
	}
	type outer struct {
		ID    string         `json:"id"`
		Count int            `json:"count"`
		When  Timestamp      `json:"when"`
		Key   Secret         `json:"key"`
		Inner *inner         `json:"inner"`
		List  []inner        `json:"list"`
		Map   map[string]int `json:"map"`
	}
	const answer = `{"id":"a","count":2,"when":"2026-11-03T14:05:09.120Z","key":"ps_1","inner":{"name":"b"},"list":[{"name":"c"}],"map":{"d":1}}`
	var whole outer
	require.NoError(t, json.Unmarshal([]byte(answer), &whole))
	missing := func(broken outer) []string {
		c := comparison{seen: make(fields)}
		c.value("", requireJSON(t, "", answer), reflect.ValueOf(broken))
		return c.missing
	}
	assert.Empty(t, missing(whole))
	for i, damage := range []func(*outer){
		func(o *outer) { o.ID = "" },
		func(o *outer) { o.Count = 3 },
		func(o *outer) { o.When = Timestamp{} },
		func(o *outer) { o.Key = Secret{} },
		func(o *outer) { o.Inner = nil },
		func(o *outer) { o.Inner = &inner{} },
		func(o *outer) { o.List = nil },
		func(o *outer) { o.List = []inner{{}} },
		func(o *outer) { o.Map = nil },
	} {
		broken := whole
		damage(&broken)
		assert.Len(t, missing(broken), 1, i)
	}
	assert.Len(t, missing(outer{}), 7)
}
