// Migrate renames in a Go module whatever package pilotstatus renamed: types, functions,
// constants, fields and methods, wherever the type checker says that the old name is meant.
// Run it in your module before you update the package:
//
//	go run github.com/pilotstatus/pilotstatus-go/migrate@latest
//
// It prints each file that it changed. With -n it changes nothing and prints what it would.
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"go/ast"
	"go/types"
	"log"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// library is the package whose names changed.
const library = "github.com/pilotstatus/pilotstatus-go"

// table has a line for each renamed name: the old one, with its type before a field or a
// method, and the new one.
//
//go:embed names.txt
var table string

func main() {
	log.SetFlags(0)
	dry := flag.Bool("n", false, "change nothing, and print which files would change")
	flag.Parse()
	folders := flag.Args()
	if len(folders) == 0 {
		folders = []string{"."}
	}
	for _, folder := range folders {
		if err := migrate(folder, *dry); err != nil {
			log.Fatal(err)
		}
	}
}

// migrate renames in the module in a folder.
func migrate(folder string, dry bool) error {
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.LoadSyntax | packages.NeedDeps, Dir: folder, Tests: true,
	}, "./...")
	if err != nil {
		return err
	}
	r := renamer{names: parseTable(table), edits: map[string]map[int]edit{}}
	for _, p := range loaded {
		for _, problem := range p.Errors {
			return fmt.Errorf("%s does not compile with the version that its go.mod names: %w", p.PkgPath, problem)
		}
		r.visit(p)
	}
	for _, file := range slices.Sorted(maps.Keys(r.edits)) {
		fmt.Println(file, len(r.edits[file]))
		if dry {
			continue
		}
		if err := rewrite(file, r.edits[file]); err != nil {
			return err
		}
	}
	return nil
}

// parseTable reads the lines of the table.
func parseTable(text string) map[string]string {
	names := map[string]string{}
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) == 2 {
			names[words[0]] = words[1]
		}
	}
	return names
}

// edit replaces a name.
type edit struct{ old, name string }

// renamer collects what to replace, by file and offset.
type renamer struct {
	names map[string]string
	edits map[string]map[int]edit
}

func (r *renamer) visit(p *packages.Package) {
	for _, uses := range []map[*ast.Ident]types.Object{p.TypesInfo.Defs, p.TypesInfo.Uses} {
		for ident, object := range uses {
			name, ok := r.newName(object)
			if !ok || ident.Name != object.Name() {
				continue
			}
			at := p.Fset.Position(ident.Pos())
			if r.edits[at.Filename] == nil {
				r.edits[at.Filename] = map[int]edit{}
			}
			r.edits[at.Filename][at.Offset] = edit{old: ident.Name, name: name}
		}
	}
}

// newName returns what an object is called now, where the package renamed it.
func (r *renamer) newName(object types.Object) (name string, ok bool) {
	if object == nil || object.Pkg() == nil || strings.TrimSuffix(object.Pkg().Path(), "_test") != library {
		return "", false
	}
	switch o := object.(type) {
	case *types.Var:
		if o = o.Origin(); o.IsField() {
			return r.newFieldName(o)
		}
	case *types.Func:
		if receiver := o.Origin().Signature().Recv(); receiver != nil {
			name, ok = r.names[typeName(receiver.Type())+"."+o.Name()]
			return name, ok
		}
	}
	if object.Parent() != object.Pkg().Scope() {
		return "", false
	}
	name, ok = r.names[object.Name()]
	return name, ok
}

// newFieldName returns what a field is called now. An embedded field has the name of its
// type; any other one stands in the table with the struct that declares it.
func (r *renamer) newFieldName(field *types.Var) (name string, ok bool) {
	if field.Embedded() {
		name, ok = r.names[typeName(field.Type())]
		return name, ok
	}
	for old, name := range r.names {
		owner, member, _ := strings.Cut(old, ".")
		declared, isType := field.Pkg().Scope().Lookup(owner).(*types.TypeName)
		if !isType || member != field.Name() {
			continue
		}
		if s, ok := declared.Type().Underlying().(*types.Struct); ok && slices.Contains(slices.Collect(s.Fields()), field) {
			return name, true
		}
	}
	return "", false
}

// typeName returns the name of a type, or of the one that a pointer leads to, "" for a
// type without a name.
func typeName(t types.Type) string {
	if pointer, ok := t.(*types.Pointer); ok {
		t = pointer.Elem()
	}
	if named, ok := t.(*types.Named); ok {
		return named.Obj().Name()
	}
	return ""
}

// rewrite replaces names in a file, from its end to its beginning, so that offsets stay.
func rewrite(file string, edits map[int]edit) error {
	source, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text := string(source)
	offsets := slices.Sorted(maps.Keys(edits))
	slices.Reverse(offsets)
	for _, at := range offsets {
		text = text[:at] + edits[at].name + text[at+len(edits[at].old):]
	}
	return os.WriteFile(file, []byte(text), 0o600)
}
