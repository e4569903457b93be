package pilotstatus_test

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// floors are the floors of the package, from the roof to the ground. A file whose name
// begins with none of these words is a resource, which stands on the second floor.
func floor(file string) int {
	floors := [][]string{
		{"doc.go", "scope", "number_pool", "client_do"},
		nil, // resources
		{"invoke"},
		{"client"},
		{"retry", "operation", "options", "auth"},
		{"errors", "error_code", "secret", "values", "page", "json", "content_coding"},
	}
	for n, words := range floors {
		if slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(file, word) }) {
			return n
		}
	}
	return 1
}

// A file uses what lies on its own floor or below it, and no two files use each other,
// directly or around others.
func TestRoomsDependInOneDirection(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{".", "pilotstatustest", "internal/emulator", "cmd/pilotstatus-emulator"} {
		arrows := arrowsOf(t, dir)
		count := 0
		for from, to := range arrows {
			count += len(to)
			for file := range to {
				if dir == "." {
					assert.LessOrEqual(t, floor(from), floor(file), "%s depends on %s, which is above it", from, file)
				}
			}
		}
		circles := circlesOf(arrows)
		t.Logf("%s: %d files, %d arrows, %d files in or between circles", dir, len(arrows), count, len(circles))
		assert.Empty(t, circles, dir)
	}
}

// arrowsOf returns for each file of a package the files whose definitions it uses.
func arrowsOf(t *testing.T, dir string) map[string]map[string]bool {
	t.Helper()
	fset := token.NewFileSet()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	arrows := map[string]map[string]bool{}
	var files []*ast.File
	for _, name := range names {
		built, err := build.Default.MatchFile(dir, filepath.Base(name)) // on this system
		require.NoError(t, err)
		if strings.HasSuffix(name, "_test.go") || !built {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, 0)
		require.NoError(t, err)
		files = append(files, file)
		arrows[filepath.Base(name)] = map[string]bool{}
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	pkg, err := config.Check(dir, fset, files, info)
	require.NoError(t, err)
	for ident, object := range info.Uses {
		if object.Pkg() == pkg {
			from, to := fset.File(ident.Pos()).Name(), fset.File(object.Pos()).Name()
			if from != to {
				arrows[filepath.Base(from)][filepath.Base(to)] = true
			}
		}
	}
	return arrows
}

// circlesOf removes the files that use none of the others, again and again. What is left
// stands in circles or above one.
func circlesOf(arrows map[string]map[string]bool) []string {
	left := maps.Clone(arrows)
	for removed := true; removed; {
		removed = false
		for file, to := range left {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(to)), func(other string) bool { return left[other] != nil }) {
				delete(left, file)
				removed = true
			}
		}
	}
	for removed := true; removed; { // what nobody uses is above the circles
		removed = false
		for file := range left {
			used := false
			for other, to := range left {
				used = used || other != file && to[file]
			}
			if !used {
				delete(left, file)
				removed = true
			}
		}
	}
	var circles []string
	for _, file := range slices.Sorted(maps.Keys(left)) {
		to := slices.DeleteFunc(slices.Sorted(maps.Keys(left[file])), func(other string) bool { return left[other] == nil })
		circles = append(circles, fmt.Sprintf("%s -> %s", file, strings.Join(to, " ")))
	}
	return circles
}
