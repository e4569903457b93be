//go:build !unix

package main

import (
	"errors"
	"os/exec"
)

// detach refuses: the throw-away server needs a POSIX shell and sockets in a folder.
func detach(*exec.Cmd, string) error {
	return errors.New("this system cannot run a throw-away server, name one in PILOT_STATUS_PG_DSN")
}
