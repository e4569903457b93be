package emulator

import (
	"bytes"
	"cmp"
	stdjson "encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const openAPIFile = "../../cmd/pilotstatus-emulator/openapi.json"

// object is a JSON object.
type object = map[string]any

// The description of the JSON API is written from the table of its routes and the types of
// its bodies and answers. With PILOT_STATUS_GOLDEN set the test writes it.
func TestOpenAPIIsThatOfTheRoutes(t *testing.T) {
	t.Parallel()
	d := newDescription(t)
	var out bytes.Buffer
	enc := stdjson.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(d.document(routes())))
	want := out.Bytes()
	if os.Getenv("PILOT_STATUS_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(openAPIFile, want, 0o600))
	}
	got, err := os.ReadFile(openAPIFile)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
}

// Every operation of the file is answered, and no other method is.
func TestOpenAPIIsServed(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(openAPIFile)
	require.NoError(t, err)
	var file struct {
		OpenAPI string
		Paths   map[string]map[string]any
	}
	require.NoError(t, stdjson.Unmarshal(data, &file))
	assert.Equal(t, "3.1.0", file.OpenAPI)
	e, err := New(Config{OpenAPI: data})
	require.NoError(t, err)
	defer e.Close()
	count := 0
	for path, methods := range file.Paths {
		for _, method := range []string{"get", "post", "put", "delete"} {
			if path == "/events" && methods[method] != nil {
				count++
				continue // it would not end
			}
			target := apiPath + regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "x") + "?unknown=1"
			r := httptest.NewRequest(strings.ToUpper(method), strings.Replace(target, "/tenants/x", "/tenants/default", 1), http.NoBody)
			r.Host = "localhost"
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			if methods[method] == nil {
				assert.Equal(t, http.StatusMethodNotAllowed, w.Code, "%s %s", method, path)
				continue
			}
			count++
			assert.Equal(t, http.StatusBadRequest, w.Code, "%s %s", method, path)
			assert.Contains(t, w.Body.String(), "no parameter", "%s %s", method, path)
		}
	}
	assert.Equal(t, len(routes()), count)
}

// What the file says is about JSON, not about the types of Go that it is written from.
func TestOpenAPISpeaksNoGo(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(openAPIFile)
	require.NoError(t, err)
	for _, text := range regexp.MustCompile(`"(description|summary)": "((?:[^"\\]|\\.)*)"`).FindAllStringSubmatch(string(data), -1) {
		assert.NotRegexp(t, `\bnil\b|\[[A-Z]|(Number|Server|Tenant|Content)\.[A-Z]|With[A-Z]|ChatMessage`, text[2])
	}
}

// description makes the document.
type description struct {
	comments map[string]string // by type and field
	schemas  object
}

func newDescription(t *testing.T) *description {
	t.Helper()
	d := &description{comments: map[string]string{}, schemas: object{}}
	for _, dir := range []string{".", "../../pilotstatustest"} {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		require.NoError(t, err)
		for _, name := range names {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			require.NoError(t, err)
			ast.Inspect(file, d.note)
		}
	}
	return d
}

// note keeps the comments of fields.
func (d *description) note(n ast.Node) bool {
	spec, ok := n.(*ast.TypeSpec)
	if !ok {
		return true
	}
	s, ok := spec.Type.(*ast.StructType)
	if !ok {
		return false
	}
	for _, field := range s.Fields.List {
		text := inJSON(strings.Join(strings.Fields(cmp.Or(field.Comment.Text(), field.Doc.Text())), " "))
		for _, name := range field.Names {
			d.comments[spec.Name.Name+"."+name.Name] = strings.Replace(text, name.Name+" ", memberName(name.Name)+" ", 1)
		}
	}
	return false
}

// inJSON is a comment in the words of the JSON API.
func inJSON(text string) string {
	text = strings.ReplaceAll(text, "see Server.Redeliver", "by deliverAgain")
	text = regexp.MustCompile(`[,;]? see \[?(Number|Server|Tenant)\.\w+\]?`).ReplaceAllString(text, "")
	return strings.NewReplacer(
		"Tenant.SetMessageStatus", "setMessageStatus", "ClearFaults", "clearFaults", "Number.Press", "pressAsContact",
		"the one that Number.Receive returns", "that of what the person did", "nil", "null", ", in real time also under WithClock", ", in real time",
		", see Tenant.ChunkAudio,", "", "as in ChatMessage", "as in Message", "OfHundred", "ofHundred", "PerMinute", "perMinute",
		"TruncateAt", "truncateAt", "Inbound.Type", "its type",
	).Replace(text)
}

func (d *description) document(all []route) object {
	paths := object{}
	for i := range all {
		r := &all[i]
		methods, ok := paths[r.path].(object)
		if !ok {
			methods = object{}
			paths[r.path] = methods
		}
		methods[strings.ToLower(r.method)] = d.operation(r)
	}
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Emulator of the Pilot Status WhatsApp API", "version": "1",
			"description": "What tests in any language do to the emulator beside the API that it emulates. An error is a Problem: a code for programs and a sentence that says what to do.",
		},
		"servers": []any{
			object{"url": apiPath, "description": "the default tenant"},
			object{
				"url": tenantPath, "description": "the tenant that createTenant made",
				"variables": object{"tenant": object{"default": DefaultTenant}},
			},
		},
		"paths": paths, "components": object{"schemas": d.schemas},
	}
}

func (d *description) operation(r *route) object {
	parameters := []any{}
	for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(r.path, -1) {
		parameters = append(parameters, object{"name": m[1], "in": "path", "required": true, "schema": object{"type": "string"}})
	}
	for _, p := range r.query {
		schema := object{"type": cmp.Or(p.takes.kind, "string")}
		if p.takes.only != nil {
			schema["enum"] = p.takes.only
		}
		parameters = append(parameters, object{
			"name": p.name, "in": "query", "description": p.what, "required": p.takes.required, "schema": schema,
		})
	}
	success := object{"description": "done"}
	if r.answer != nil {
		success["content"] = object{"application/json": object{"schema": d.schema(reflect.TypeOf(r.answer), false)}}
	}
	for _, event := range r.stream {
		d.schema(reflect.TypeOf(event), false)
		success["content"] = object{"text/event-stream": object{"schema": object{"type": "string"}}}
	}
	status := http.StatusOK
	if r.status != 0 {
		status = r.status
	}
	out := object{
		"operationId": r.id, "summary": r.summary, "parameters": parameters,
		"responses": object{
			stdNumber(status): success,
			"default": object{
				"description": "what was wrong",
				"content":     object{"application/json": object{"schema": d.schema(reflect.TypeFor[problem](), false)}},
			},
		},
	}
	if r.body != nil {
		out["requestBody"] = object{"content": object{"application/json": object{"schema": d.schema(reflect.TypeOf(r.body), true)}}}
	}
	if r.global {
		out["servers"] = []any{object{"url": apiPath}}
	}
	return out
}

func stdNumber(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

// schema describes a type, as it is read where it is of a body, else as it is written.
func (d *description) schema(t reflect.Type, read bool) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{"type": []any{"string", "null"}, "format": "date-time"}
	case t == reflect.TypeFor[time.Duration]():
		return object{"type": "string", "examples": []any{"1.5s"}}
	case t == reflect.TypeFor[stdjson.RawMessage]() || t.Kind() == reflect.Interface:
		return object{}
	case t == reflect.TypeFor[[]byte]() && read:
		return object{"type": "string", "contentEncoding": "base64"}
	case t == reflect.TypeFor[[]byte]():
		return object{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return object{"anyOf": []any{d.schema(t.Elem(), read), object{"type": "null"}}}
	case reflect.Slice:
		return object{"type": "array", "items": d.schema(t.Elem(), read)}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": d.schema(t.Elem(), read)}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Struct:
		return d.named(t, read)
	default:
		return object{"type": "integer"}
	}
}

// named describes a struct once, under its name.
func (d *description) named(t reflect.Type, read bool) object {
	name := []rune(strings.TrimSuffix(t.Name(), "View"))
	name[0] = unicode.ToUpper(name[0])
	ref := object{"$ref": "#/components/schemas/" + string(name)}
	if d.schemas[string(name)] != nil {
		return ref
	}
	members, required := object{}, []any{}
	schema := object{"type": "object", "properties": members, "additionalProperties": false}
	d.schemas[string(name)] = schema
	for _, f := range fieldsOf(t) {
		member := d.schema(f.Type, read)
		owner := t
		for _, i := range f.Index[:len(f.Index)-1] {
			owner = owner.Field(i).Type
		}
		if text := d.comments[owner.Name()+"."+f.Name]; text != "" {
			member["description"] = text
		}
		members[memberName(f.Name)] = member
		if !read || isRequired(&f) {
			required = append(required, memberName(f.Name))
		}
	}
	if len(required) > 0 {
		schema["required"] = required
	}
	return ref
}
