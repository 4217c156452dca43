//go:build !unix

package store

import "errors"

// ErrServed means that another process already carries deliveries from this SQLite file.
var ErrServed = errors.New("store: another loa is already serving this database file")

// Exclusive cannot be enforced on this system; only one process may serve an SQLite file.
func (s *Store) Exclusive() (release func() error, err error) {
	return func() error { return nil }, nil
}
