package bench

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// someone is who a server runs as; nil is whoever measures.
type someone struct{ uid, gid uint32 }

// ordinaryUser is the user of that name where root measures.
func ordinaryUser(name string) (*someone, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("bench: PostgreSQL does not run as root, and there is no user %s: %w", name, err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &someone{uint32(uid), uint32(gid)}, err
}

// own gives the last folder to them and lets them through the others.
func (s *someone) own(through, folder string) error {
	if s == nil {
		return nil
	}
	if err := os.Chmod(through, 0o711); err != nil {
		return err
	}
	return os.Chown(folder, int(s.uid), int(s.gid))
}

func (s *someone) be(cmd *exec.Cmd) {
	if s != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: s.uid, Gid: s.gid}}
	}
}

// endWithParent lets the system ask a child to end when the bench is gone.
func endWithParent(cmd *exec.Cmd, asking syscall.Signal) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = asking
	cmd.SysProcAttr.Setpgid = true // an interrupt from the keyboard reaches the bench, which ends them in order
}
