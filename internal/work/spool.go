package work

import "github.com/loaphuong/loa/internal/store"

// Spool keeps results on this machine while the database is away; they are recorded when it is back, or at the next
// start. An error means that it kept none of them: the sweeper then makes their deliveries unknown.
type Spool interface {
	Put(results []store.Result) error
}
