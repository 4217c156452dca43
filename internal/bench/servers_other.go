//go:build !linux

package bench

import (
	"os/exec"
	"syscall"
)

// someone is who a server runs as: whoever measures.
type someone struct{}

func ordinaryUser(string) (*someone, error) { return nil, nil }

func (*someone) own(string, string) error { return nil }

func (*someone) be(*exec.Cmd) {}

func endWithParent(*exec.Cmd, syscall.Signal) {}
