//go:build !unix

package pgserver

import (
	"errors"
	"os/exec"
)

// detach refuses: the server needs a POSIX shell and sockets in a folder.
func detach(*exec.Cmd, string) error {
	return errors.New("this system cannot run this server")
}
