package pgserver

import (
	"cmp"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

// ErrMissing says what to install.
var ErrMissing = errors.New("PostgreSQL is not installed (no initdb in PATH or in one of the usual folders): " +
	"install it, as with \"apt-get install postgresql\" or \"brew install postgresql\"")

// find returns the folder of PostgreSQL's programs. Debian has them outside of PATH,
// because several versions may be installed; the newest wins.
func find() (dir string, err error) {
	var dirs []string
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(path))
		}
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		slices.SortFunc(found, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
		dirs = append(dirs, found...)
	}
	return findIn(dirs)
}

// findIn returns the first folder that holds the programs.
func findIn(dirs []string) (dir string, err error) {
	for _, dir := range dirs {
		if isFile(filepath.Join(dir, "initdb")) && isFile(filepath.Join(dir, "postgres")) {
			return dir, nil
		}
	}
	return "", ErrMissing
}

// version reads 15 in /usr/lib/postgresql/15/bin or /usr/pgsql-15/bin.
func version(dir string) float64 {
	name := filepath.Base(filepath.Dir(dir))
	for len(name) > 0 && (name[0] < '0' || name[0] > '9') {
		name = name[1:]
	}
	number, err := strconv.ParseFloat(name, 64)
	if err != nil {
		return 0
	}
	return number
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
