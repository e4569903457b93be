package main

import (
	"go/token"
	"os"
	"path/filepath"
	"testing"
)

// A module that uses a renamed type, an embedded one, a field, a constant and a name of its
// own that looks like one.
const (
	librarySource = `package pilotstatus

type LinkBundle struct{ Code string }

type PairingCodes struct {
	LinkBundle
	SecondaryLink *LinkBundle
}

type CancelResult struct{ Cancelled []string }

type Field[T any] struct{ value T }

func Set[T any](v T) Field[T] { return Field[T]{v} }

const ConnectionStateClose = "CLOSE"
`
	before = `package app

import "github.com/pilotstatus/pilotstatus-go"

type Field struct{ Cancelled int }

func codes(c pilotstatus.PairingCodes, r pilotstatus.CancelResult) (pilotstatus.LinkBundle, int, string) {
	own := Field{Cancelled: len(r.Cancelled)}
	_ = pilotstatus.PairingCodes{LinkBundle: c.LinkBundle, SecondaryLink: c.SecondaryLink}
	var name pilotstatus.Field[string] = pilotstatus.Set(c.Code)
	_ = name
	return c.LinkBundle, own.Cancelled, pilotstatus.ConnectionStateClose
}
`
	after = `package app

import "github.com/pilotstatus/pilotstatus-go"

type Field struct{ Cancelled int }

func codes(c pilotstatus.PairingDevices, r pilotstatus.CancelResult) (pilotstatus.PairingCodes, int, string) {
	own := Field{Cancelled: len(r.Canceled)}
	_ = pilotstatus.PairingDevices{PairingCodes: c.PairingCodes, SecondaryDevice: c.SecondaryDevice}
	var name pilotstatus.Nullable[string] = pilotstatus.Set(c.Code)
	_ = name
	return c.PairingCodes, own.Cancelled, pilotstatus.ConnectionStateClosed
}
`
)

func TestMigrate(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"lib/go.mod": "module " + library + "\n\ngo 1.26\n",
		"lib/lib.go": librarySource,
		"app/go.mod": "module example.com/app\n\ngo 1.26\n\nrequire " + library + " v0.0.0\n\nreplace " + library + " => ../lib\n",
		"app/app.go": before,
	} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, dry := range []bool{true, false} {
		if err := migrate(filepath.Join(folder, "app"), dry); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(folder, "app/app.go"))
		if err != nil {
			t.Fatal(err)
		}
		want := after
		if dry {
			want = before
		}
		if string(got) != want {
			t.Errorf("with -n %t it became\n%s", dry, got)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	names := parseTable(table)
	if len(names) < 80 {
		t.Fatalf("the table has %d names", len(names))
	}
	for old, name := range names {
		if !token.IsExported(name) || old == name {
			t.Errorf("%s becomes %s", old, name)
		}
	}
}
