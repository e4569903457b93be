package pilotstatus

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// requiredFile lists each member of an answer that the API must not leave out, leave null
// or leave empty. With PILOT_STATUS_GOLDEN set the test writes it.
const requiredFile = "testdata/required.txt"

// An answer without a member that it must have is an accepted call whose answer cannot be
// read. The members of all answers are taken away one by one.
func TestAnswersThatLackAMember(t *testing.T) {
	t.Parallel()
	refused := map[string]bool{}
	for _, o := range operationCases() {
		text, ok := answerFile(t, o.op+".json")
		if !ok || o.fileType != "" {
			continue
		}
		for way, value := range map[string]any{"absent": nil, "null": nil, "empty": ""} {
			for _, place := range membersWithin(requireJSON(t, o.op, text)) {
				answer := requireJSON(t, o.op, text)
				if !place.change(answer, way, value) {
					continue
				}
				err := o.callWith(t, answer)
				if err == nil {
					continue
				}
				refused[o.op+" "+place.path()+" "+way] = true
				var unread *DecodeError
				if assert.ErrorAs(t, err, &unread, "%s without %s", o.op, place.path()) {
					assert.True(t, unread.Accepted())
					assert.Regexp(t, place[len(place)-1]+`[".]|the expected list|whether it is done`, err.Error(), "the error names the member")
				}
			}
		}
	}
	lines := strings.Join(slices.Sorted(maps.Keys(refused)), "\n") + "\n"
	if os.Getenv("PILOT_STATUS_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(requiredFile, []byte(lines), 0o600))
	}
	want, err := os.ReadFile(filepath.FromSlash(requiredFile))
	require.NoError(t, err)
	assert.Equal(t, string(want), lines)
}

// callWith makes the call of the case and answers it.
func (o operationCase) callWith(t *testing.T, answer any) error {
	t.Helper()
	data, err := json.Marshal(answer)
	require.NoError(t, err)
	m := newMockAPI(t)
	m.RegisterNoResponder(jsonResponder(http.StatusOK, string(data)))
	clients := m.clients(t)
	at := slices.IndexFunc(clients, func(c testClient) bool {
		_, ok := c.method(o.op)
		return ok
	})
	require.GreaterOrEqual(t, at, 0, o.op)
	_, err = clients[at].call(t.Context(), o)
	if isA[*MissingEventsError](err) {
		return nil // the answer names other events than the case asks for, and is returned whole
	}
	return err
}

// memberPlace is where a member stands in an answer: names of members and indexes.
type memberPlace []string

func (p memberPlace) path() string { return strings.Join(p, ".") }

// membersWithin returns the places of all members of objects in a value, those of the
// first element of each array.
func membersWithin(value any) []memberPlace {
	var places []memberPlace
	add := func(name string, inner any) {
		for _, place := range membersWithin(inner) {
			places = append(places, append(memberPlace{name}, place...))
		}
	}
	switch value := value.(type) {
	case []any:
		if len(value) > 0 {
			add("0", value[0])
		}
	case map[string]any:
		for name, member := range value {
			places = append(places, memberPlace{name})
			add(name, member)
		}
	}
	return places
}

// change takes the member away, or puts another value in its place. It reports false
// where the member has no such value.
func (p memberPlace) change(answer any, way string, value any) bool {
	for _, name := range p[:len(p)-1] {
		switch at := answer.(type) {
		case []any:
			index, _ := strconv.Atoi(name)
			answer = at[index]
		case map[string]any:
			answer = at[name]
		}
	}
	object, last := answer.(map[string]any), p[len(p)-1]
	if way == "absent" {
		delete(object, last)
		return true
	}
	if way == "empty" && reflect.ValueOf(object[last]).Kind() != reflect.String {
		return false
	}
	object[last] = value
	return true
}

// Every tag can be obeyed: a required bool is looked for in the text of the whole answer,
// anything else has a value that is not zero, and what stands in is a member beside it.
func TestRequiredTags(t *testing.T) {
	t.Parallel()
	count := 0
	for _, answer := range answerTypes(t) {
		for _, m := range tagsOf(answer).required {
			count++
			at := answer.FieldByIndex(m.index).Type
			switch at.Kind() {
			case reflect.Bool:
				assert.NotContains(t, m.name, ".", "%s %s", answer, m.name)
			case reflect.String, reflect.Slice:
			default:
				assert.Equal(t, reflect.TypeFor[Secret](), at, "%s %s", answer, m.name)
			}
			if m.other != "" {
				require.NotEmpty(t, m.instead, "%s has no %s", answer, m.other)
			}
		}
	}
	assert.Greater(t, count, 40)
}

// answerTypes returns the types of the answers of all methods, or of their rows.
func answerTypes(t *testing.T) []reflect.Type {
	t.Helper()
	var answers []reflect.Type
	for _, c := range newMockAPI(t).clients(t) {
		for _, o := range operationCases() {
			method, ok := c.method(o.op)
			if !ok {
				continue
			}
			answer := method.Type().Out(0)
			for answer.Kind() == reflect.Pointer || answer.Kind() == reflect.Slice {
				answer = answer.Elem()
			}
			if answer.Kind() != reflect.Struct {
				continue // it has an error only
			}
			if items, ok := answer.FieldByName("Items"); ok {
				answer = items.Type.Elem()
			}
			if !slices.Contains(answers, answer) {
				answers = append(answers, answer)
			}
		}
	}
	return answers
}

// A member with other names is read under each of them. The first name that has a value
// wins, and the member's own name before all.
func TestOtherNamesOfMembers(t *testing.T) {
	t.Parallel()
	count := 0
	for _, answer := range answerTypes(t) {
		for _, field := range reflect.VisibleFields(answer) {
			others := strings.FieldsFunc(field.Tag.Get("also"), func(r rune) bool { return r == ',' })
			if len(others) == 0 {
				continue
			}
			count++
			names := append([]string{jsonName(field)}, others...)
			for i, name := range names {
				members := map[string]string{"id": "the id"}
				for _, later := range names[i:] {
					members[later] = later
				}
				for _, earlier := range names[:i] {
					members[earlier] = ""
				}
				for _, long := range []string{"", strings.Repeat("x", maxPlain)} {
					members["padding"] = long
					text, err := json.Marshal(members)
					require.NoError(t, err)
					out := reflect.New(answer)
					_ = decode(text, out.Interface()) // some refuse an answer without more
					got := out.Elem().FieldByIndex(field.Index)
					if secret, ok := reflect.TypeAssert[Secret](got); ok {
						got = reflect.ValueOf(secret.Reveal())
					}
					assert.Equal(t, name, got.String(), "%s.%s of %s", answer, field.Name, text)
				}
			}
		}
	}
	assert.GreaterOrEqual(t, count, 12)
}
