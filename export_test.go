package pilotstatus

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Operation is a row of the operation table, for tests outside this package.
type Operation struct {
	Name, Method, Route, Retry   string
	Number, Tenant, View, Public bool
}

// Operations returns the operation table for tests outside this package.
func Operations(tb testing.TB) []Operation {
	tb.Helper()
	var rows []Operation
	for _, op := range operationTable(tb) {
		rows = append(rows, Operation{
			Name: op.name, Method: op.method, Route: op.route, Retry: op.retry.String(),
			Number: op.scopes&forNumber != 0, Tenant: op.scopes&forTenant != 0,
			View: op.scopes&forView != 0, Public: op.scopes&forPublic != 0,
		})
	}
	return rows
}

// CallOperation calls an operation of a client, a view included, with arguments that
// are right.
func CallOperation(ctx context.Context, tb testing.TB, client any, name string) error {
	tb.Helper()
	for _, o := range operationCases() {
		if o.op != name {
			continue
		}
		_, err := testClient{value: reflect.ValueOf(client).Elem()}.call(ctx, o)
		return err
	}
	require.Fail(tb, "no case of "+name)
	return nil
}

// operationTable reads the rows of operation.go from its source. The table is made
// of variables, so that adding an operation is one row and no second list; nothing
// but the source knows them all.
func operationTable(tb testing.TB) []operation {
	tb.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "operation.go", nil, 0)
	require.NoError(tb, err)
	var table []operation
	ast.Inspect(file, func(node ast.Node) bool {
		literal, ok := node.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if name, ok := literal.Type.(*ast.Ident); ok && name.Name == "operation" {
			table = append(table, parseRow(tb, literal.Elts))
		}
		return true
	})
	return table
}

func parseRow(tb testing.TB, cells []ast.Expr) operation {
	tb.Helper()
	require.Len(tb, cells, 5)
	method := cells[1].(*ast.SelectorExpr).Sel.Name
	classes := map[string]RetryClass{
		"RetryNever": RetryNever, "RetryUnsent": RetryUnsent, "RetrySafe": RetrySafe, "RetryKeyed": RetryKeyed,
	}
	class := cells[4].(*ast.Ident).Name
	require.Contains(tb, classes, class) // the zero value is a class too
	return operation{
		name:   parseText(tb, cells[0]),
		method: strings.ToUpper(strings.TrimPrefix(method, "Method")),
		route:  parseText(tb, cells[2]),
		scopes: parseScopes(tb, cells[3]),
		retry:  classes[class],
	}
}

func parseText(tb testing.TB, cell ast.Expr) string {
	tb.Helper()
	text, err := strconv.Unquote(cell.(*ast.BasicLit).Value)
	require.NoError(tb, err)
	return text
}

func parseScopes(tb testing.TB, cell ast.Expr) scopeSet {
	tb.Helper()
	if both, ok := cell.(*ast.BinaryExpr); ok {
		return parseScopes(tb, both.X) | parseScopes(tb, both.Y)
	}
	scope := map[string]scopeSet{
		"forNumber": forNumber, "forTenant": forTenant, "forView": forView, "forPublic": forPublic,
	}[cell.(*ast.Ident).Name]
	require.NotZero(tb, scope)
	return scope
}
