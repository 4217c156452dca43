//go:build unix

package spool

import (
	"errors"
	"os"
	"syscall"
)

// lock takes a file for this process until it is closed, also by a kill; free is false where another one has it.
func lock(f *os.File) (free bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
