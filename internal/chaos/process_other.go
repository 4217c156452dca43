//go:build !linux

package chaos

import (
	"errors"
	"os/exec"
)

var errLinux = errors.New("chaos runs on Linux only: it needs children that die with their parent")

func tether(*exec.Cmd, string) error { return errLinux }

func accountOf(string) (uid, gid int, err error) { return 0, 0, errLinux }

func (p *process) freeze() {}
func (p *process) thaw()   {}

func standStill(int) {}
func goOn(int)       {}

func mountMemory(string, int64) (func() error, error) { return nil, errLinux }
