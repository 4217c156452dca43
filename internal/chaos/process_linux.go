package chaos

import (
	"fmt"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// tether lets the kernel kill the child when the harness dies, gives it a group of its own so that Ctrl-C reaches the
// harness alone, and lets it run as another user where one is named.
func tether(cmd *exec.Cmd, account string) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if account == "" {
		return nil
	}
	uid, gid, err := accountOf(account)
	if err != nil {
		return err
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return nil
}

// mountMemory puts a small file system in memory over a folder; only root may.
func mountMemory(dir string, size int64) (func() error, error) {
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_NODEV|syscall.MS_NOSUID, fmt.Sprintf("size=%d,mode=0700", size)); err != nil {
		return nil, fmt.Errorf("a full disk needs a file system of its own, which only root may mount: %w", err)
	}
	return func() error { return syscall.Unmount(dir, syscall.MNT_DETACH) }, nil
}

func accountOf(name string) (uid, gid int, err error) {
	u, err := user.Lookup(name)
	if err != nil {
		return 0, 0, err
	}
	if uid, err = strconv.Atoi(u.Uid); err != nil {
		return 0, 0, err
	}
	gid, err = strconv.Atoi(u.Gid)
	return uid, gid, err
}

func (p *process) freeze() { standStill(p.pid()) }
func (p *process) thaw()   { goOn(p.pid()) }

func standStill(pid int) { _ = syscall.Kill(pid, syscall.SIGSTOP) }
func goOn(pid int)       { _ = syscall.Kill(pid, syscall.SIGCONT) }
