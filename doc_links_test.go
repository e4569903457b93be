package pilotstatus_test

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var linkNames = flag.Bool("link", false, "write the links that TestExportedNamesAreLinks misses into the comments")

// A doc comment that mentions an exported type, function, method or constant links it, so
// that a reader of the documentation gets there by a click.
func TestExportedNamesAreLinks(t *testing.T) {
	t.Parallel()
	files := sourcesOf(t)
	names := exportedNames(files)
	links := 0
	for _, file := range files {
		missing := 0
		edits := map[*ast.Comment]string{}
		for _, doc := range docsOf(file.ast) {
			for _, comment := range doc.lines() {
				linked, found := names.link(comment.Text, doc.owner)
				for _, link := range linkPattern.FindAllString(comment.Text, -1) {
					links++
					assert.True(t, names.has(strings.Trim(link, "[*]")), "%s: %s leads nowhere", file.set.Position(comment.Pos()), link)
				}
				if len(found) > 0 && !*linkNames {
					assert.Fail(t, "names without a link", "%s: %q", file.set.Position(comment.Pos()), found)
				}
				missing += len(found)
				edits[comment] = linked
			}
		}
		if *linkNames && missing > 0 {
			file.rewrite(t, edits)
		}
	}
	t.Logf("%d links", links)
}

var linkPattern = regexp.MustCompile(`\[\*?[A-Z]\w*(\.[A-Z]\w*)?\]`)

// sourceFile is a file of the package.
type sourceFile struct {
	name string
	text string
	set  *token.FileSet
	ast  *ast.File
}

func sourcesOf(t *testing.T) []sourceFile {
	t.Helper()
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	var files []sourceFile
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, name, text, parser.ParseComments)
		require.NoError(t, err)
		files = append(files, sourceFile{name: name, text: string(text), set: set, ast: parsed})
	}
	return files
}

// rewrite replaces comments of the file.
func (f sourceFile) rewrite(t *testing.T, edits map[*ast.Comment]string) {
	t.Helper()
	comments := make([]*ast.Comment, 0, len(edits))
	for comment := range edits {
		comments = append(comments, comment)
	}
	slices.SortFunc(comments, func(a, b *ast.Comment) int { return int(b.Pos() - a.Pos()) })
	text := f.text
	for _, comment := range comments {
		start := f.set.Position(comment.Pos()).Offset
		text = text[:start] + edits[comment] + text[start+len(comment.Text):]
	}
	require.NoError(t, os.WriteFile(f.name, []byte(text), 0o644))
}

// ownedDoc is the comment of an exported declaration, or of a field of one.
type ownedDoc struct {
	group *ast.CommentGroup
	owner docOwner
}

// docOwner is the declaration that a comment belongs to. It does not link itself.
type docOwner struct {
	names  []string // of the declaration, and of what is declared around it
	recv   string   // type of a method, or of a field
	fields []string // of a struct, and parameters of a function, which may bear the name of a type
}

// lines returns the lines of a comment that are text: code is indented.
func (d ownedDoc) lines() []*ast.Comment {
	var lines []*ast.Comment
	for _, line := range d.group.List {
		if !strings.HasPrefix(line.Text, "//\t") && !strings.HasPrefix(line.Text, "//go:") {
			lines = append(lines, line)
		}
	}
	return lines
}

// docsOf returns the comments that the documentation shows.
func docsOf(file *ast.File) []ownedDoc {
	var docs []ownedDoc
	add := func(group *ast.CommentGroup, owner docOwner) {
		if group != nil {
			docs = append(docs, ownedDoc{group, owner})
		}
	}
	add(file.Doc, docOwner{})
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			recv := receiverOf(decl)
			if decl.Name.IsExported() && (recv == "" || ast.IsExported(recv)) {
				add(decl.Doc, docOwner{names: []string{decl.Name.Name, recv}, recv: recv})
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					if spec.Name.IsExported() {
						docs = append(docs, docsOfType(decl, spec)...)
					}
				case *ast.ValueSpec:
					if slices.ContainsFunc(spec.Names, (*ast.Ident).IsExported) {
						owner := docOwner{names: namesOf(spec.Names)}
						add(spec.Doc, owner)
						add(spec.Comment, owner)
						if spec == decl.Specs[0] {
							add(decl.Doc, owner)
						}
					}
				}
			}
		}
	}
	return docs
}

func docsOfType(decl *ast.GenDecl, spec *ast.TypeSpec) []ownedDoc {
	owner := docOwner{names: []string{spec.Name.Name}, recv: spec.Name.Name}
	var list []*ast.Field
	switch typ := spec.Type.(type) {
	case *ast.StructType:
		list = typ.Fields.List
	case *ast.InterfaceType:
		list = typ.Methods.List
	}
	for _, field := range list {
		owner.fields = append(owner.fields, namesOf(field.Names)...)
	}
	var docs []ownedDoc
	groups := []*ast.CommentGroup{decl.Doc, spec.Doc, spec.Comment}
	for _, field := range list {
		if len(field.Names) == 0 || field.Names[0].IsExported() {
			groups = append(groups, field.Doc, field.Comment)
		}
	}
	for _, group := range groups {
		if group != nil {
			docs = append(docs, ownedDoc{group, owner})
		}
	}
	return docs
}

func receiverOf(decl *ast.FuncDecl) string {
	if decl.Recv == nil {
		return ""
	}
	typ := decl.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if index, ok := typ.(*ast.IndexExpr); ok {
		typ = index.X
	}
	name, _ := typ.(*ast.Ident)
	if name == nil {
		return ""
	}
	return name.Name
}

func namesOf(idents []*ast.Ident) []string {
	var names []string
	for _, ident := range idents {
		names = append(names, ident.Name)
	}
	return names
}

// nameSet holds the exported names of the package.
type nameSet struct {
	top      map[string]bool            // types, functions, constants and variables
	methods  map[string]map[string]bool // by type
	services map[string]string          // type of a client's field
}

func exportedNames(files []sourceFile) nameSet {
	names := nameSet{top: map[string]bool{}, methods: map[string]map[string]bool{}, services: map[string]string{}}
	for _, file := range files {
		for _, decl := range file.ast.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if recv := receiverOf(decl); recv == "" {
					names.top[decl.Name.Name] = true
				} else {
					names.addMethod(recv, decl.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						names.addType(spec)
					case *ast.ValueSpec:
						for _, name := range spec.Names {
							names.top[name.Name] = true
						}
					}
				}
			}
		}
	}
	return names
}

// has reports whether a link leads to a name.
func (n nameSet) has(name string) bool {
	typ, method, qualified := strings.Cut(name, ".")
	return n.top[typ] && (!qualified || n.methods[typ][method])
}

func (n nameSet) addMethod(typ, method string) {
	if n.methods[typ] == nil {
		n.methods[typ] = map[string]bool{}
	}
	n.methods[typ][method] = true
}

func (n nameSet) addType(spec *ast.TypeSpec) {
	n.top[spec.Name.Name] = true
	switch typ := spec.Type.(type) {
	case *ast.InterfaceType:
		for _, method := range typ.Methods.List {
			for _, name := range method.Names {
				n.addMethod(spec.Name.Name, name.Name)
			}
		}
	case *ast.StructType:
		for _, field := range typ.Fields.List {
			service, _ := field.Type.(*ast.Ident)
			if len(field.Names) == 1 && service != nil && strings.HasSuffix(service.Name, "Service") && n.services[field.Names[0].Name] == "" {
				n.services[field.Names[0].Name] = service.Name
			}
		}
	}
}

// mentionPattern finds what looks like an exported name, with the characters that say that
// it is a link, a quotation or a part of something else.
var mentionPattern = regexp.MustCompile("\\[[^\\]]*\\]|\"[^\"]*\"|`[^`]*`|https?://\\S*|[*]?[\\w.-]*[A-Z]\\w*(?:\\.\\w+)*(?:\\()?")

// link returns a line with its mentions as links, and the mentions that were none.
func (n nameSet) link(line string, owner docOwner) (string, []string) {
	var found []string
	linked := mentionPattern.ReplaceAllStringFunc(line, func(word string) string {
		link := n.linkOf(word, owner)
		if link != word {
			found = append(found, word)
		}
		return link
	})
	return linked, found
}

var inOneWord = regexp.MustCompile(`^[A-Z][a-z0-9]*$`)

// linkOf returns the link for a word, and the word itself where it is no mention. A name
// of one capital, such as Page, is also a word of English: it counts after an asterisk.
func (n nameSet) linkOf(word string, owner docOwner) string {
	star := strings.HasPrefix(word, "*")
	name := strings.TrimPrefix(word, "*")
	first, rest, qualified := strings.Cut(name, ".")
	prefix := word[:len(word)-len(name)]
	switch {
	case strings.ContainsAny(name, "[\"`:/-("):
		return word
	case qualified:
		method, more, _ := strings.Cut(rest, ".")
		if more != "" {
			return word
		}
		if service := n.services[first]; n.methods[service][method] {
			return "[" + service + "." + method + "]"
		}
		if n.methods[first][method] {
			return "[" + prefix + first + "." + method + "]"
		}
		if n.top[first] && !slices.Contains(owner.names, first) && !inOneWord.MatchString(first) {
			return "[" + prefix + first + "]." + rest
		}
		return word
	case slices.Contains(owner.names, name), slices.Contains(owner.fields, name), !n.top[name]:
		return word
	case star || !inOneWord.MatchString(name):
		return "[" + prefix + name + "]"
	}
	return word
}

// plainEnglish are turns of phrase that a reader has to translate, and British spelling.
var plainEnglish = regexp.MustCompile(`(?i)[^e] is none\b|\b(somebody|provably|cancelled|cancelling|behaviour|colour|what is no)\b`)

// Comments are plain American English. What a server says in another spelling is quoted.
func TestCommentsArePlainEnglish(t *testing.T) {
	t.Parallel()
	for _, file := range sourcesOf(t) {
		for _, group := range file.ast.Comments {
			for _, comment := range group.List {
				text := quotation.ReplaceAllString(comment.Text, "")
				if found := plainEnglish.FindString(text); found != "" {
					assert.Fail(t, "not plain English", "%s: %q in %s", file.set.Position(comment.Pos()), found, comment.Text)
				}
			}
		}
	}
}

var quotation = regexp.MustCompile("\"[^\"]*\"|`[^`]*`")
