package pilotstatus_test

import (
	"go/ast"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pilotstatus/pilotstatus-go"
)

// The comment of each method that calls an operation ends with the keys that may call it,
// with what is safe to repeat, and with its errors, as the operation table has them.
func TestOperationsAreDocumented(t *testing.T) {
	t.Parallel()
	comments := methodComments(sourcesOf(t))
	for _, op := range pilotstatus.Operations(t) {
		service, method, _ := strings.Cut(op.Name, ".")
		for typ, scopes := range scopesOf(service, op) {
			comment, ok := comments[typ][method]
			if !assert.True(t, ok, "%s has no method %s", typ, method) {
				continue
			}
			paragraphs := strings.Split(strings.TrimSpace(comment), "\n\n")
			end := strings.ReplaceAll(paragraphs[len(paragraphs)-1], "\n", " ")
			class := "[Retry" + strings.ToUpper(op.Retry[:1]) + op.Retry[1:] + "]"
			want := "Scope: " + scopes + ". Retry: " + class + ". Errors: "
			assert.True(t, strings.HasPrefix(end, want), "%s.%s ends with %q, want %q", typ, method, end, want)
		}
	}
}

// scopesOf returns the types of the service that have the operation, and for each of them
// the keys in words.
func scopesOf(service string, op pilotstatus.Operation) map[string]string {
	words := map[string][]string{}
	for _, client := range []struct {
		value any
		has   bool
		key   string
	}{
		{pilotstatus.NumberClient{}, op.Number, "number key"},
		{pilotstatus.TenantClient{}, op.Tenant, "tenant key"},
		{pilotstatus.NumberView{}, op.View, "tenant key on a [NumberView]"},
		{pilotstatus.PublicClient{}, op.Public, "no key"},
	} {
		field, ok := reflect.TypeOf(client.value).FieldByName(service)
		if ok && client.has {
			words[field.Type.Name()] = append(words[field.Type.Name()], client.key)
		}
	}
	scopes := map[string]string{}
	for typ, keys := range words {
		last := len(keys) - 1
		scopes[typ] = keys[last]
		if last > 0 {
			scopes[typ] = strings.Join(keys[:last], ", ") + " or " + keys[last]
		}
	}
	return scopes
}

// The comment of a service lists its methods in their order, each with a line of its own.
func TestServicesListTheirMethods(t *testing.T) {
	t.Parallel()
	files := sourcesOf(t)
	methods := map[string][]string{}
	for _, file := range files {
		for _, decl := range file.ast.Decls {
			if method, ok := decl.(*ast.FuncDecl); ok && method.Name.IsExported() {
				methods[receiverOf(method)] = append(methods[receiverOf(method)], method.Name.Name)
			}
		}
	}
	services := 0
	for _, file := range files {
		for _, decl := range file.ast.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range group.Specs {
				typ, ok := spec.(*ast.TypeSpec)
				if !ok || !strings.HasSuffix(typ.Name.Name, "Service") {
					continue
				}
				services++
				var listed []string
				for line := range strings.Lines(group.Doc.Text()) {
					if item, ok := strings.CutPrefix(strings.TrimSpace(line), "- ["+typ.Name.Name+"."); ok {
						name, text, _ := strings.Cut(item, "]")
						listed = append(listed, name)
						assert.NotEmpty(t, strings.TrimSpace(text), "%s.%s", typ.Name.Name, name)
					}
				}
				assert.Equal(t, methods[typ.Name.Name], listed, typ.Name.Name)
			}
		}
	}
	require.Greater(t, services, 20)
}

// methodComments returns the comments of methods by type and name.
func methodComments(files []sourceFile) map[string]map[string]string {
	comments := map[string]map[string]string{}
	for _, file := range files {
		for _, decl := range file.ast.Decls {
			method, ok := decl.(*ast.FuncDecl)
			if !ok || method.Recv == nil {
				continue
			}
			recv := receiverOf(method)
			if comments[recv] == nil {
				comments[recv] = map[string]string{}
			}
			comments[recv][method.Name.Name] = method.Doc.Text()
		}
	}
	return comments
}

func TestScopesInWords(t *testing.T) {
	t.Parallel()
	all := pilotstatus.Operation{Number: true, Tenant: true, View: true, Public: true}
	assert.Equal(t, map[string]string{"LeadPagesService": "number key, tenant key or tenant key on a [NumberView]"}, scopesOf("LeadPages", all))
	assert.Equal(t, map[string]string{"KeyService": "number key", "TenantKeyService": "tenant key"}, scopesOf("Key", all))
	assert.Equal(t, map[string]string{"MessagesService": "number key"}, scopesOf("Messages", all))
	assert.Equal(t, map[string]string{"PairingService": "tenant key or no key"}, scopesOf("Pairing", all))
}
