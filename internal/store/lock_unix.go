//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// ErrServed means that another process already carries deliveries from this SQLite file.
var ErrServed = errors.New("store: another loa is already serving this database file; stop it first, or use PostgreSQL for several processes")

// Exclusive makes this process the only one that serves the SQLite file (rulings.md 6); the lock ends with the
// process, however it ends. On PostgreSQL it does nothing. The returned function gives the lock back.
func (s *Store) Exclusive() (release func() error, err error) {
	if s.file == "" {
		return func() error { return nil }, nil
	}
	f, err := os.OpenFile(s.file+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, ErrServed
	}
	return f.Close, nil
}
