//go:build unix

package pgserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// detach keeps an interrupt in the terminal away from the command, which shall end when
// it is told to. PostgreSQL refuses to run as root: then the command runs as another
// user, who gets the folder.
func detach(cmd *exec.Cmd, dir string) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid, err := otherUser()
	if err != nil {
		return err
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	return os.Chown(dir, int(uid), int(gid))
}

// otherUser returns a user that root can run PostgreSQL as.
func otherUser() (uid, gid uint32, err error) {
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(found.Uid, 10, 32)
		if err != nil {
			return 0, 0, fmt.Errorf("user %s: %w", name, err)
		}
		gid, err := strconv.ParseUint(found.Gid, 10, 32)
		if err != nil {
			return 0, 0, fmt.Errorf("user %s: %w", name, err)
		}
		return uint32(uid), uint32(gid), nil
	}
	return 0, 0, errors.New("it does not run as root, and there is no user postgres or nobody")
}
