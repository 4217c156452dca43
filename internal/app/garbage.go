package app

import (
	"os"
	"runtime/debug"

	"github.com/loaphuong/loa/internal/store"
)

// garbagePercent is how much garbage there may be beside what lives before Go looks for it, with PostgreSQL. What lives is
// small, 15 MB, and a window of messages leaves as much behind: at Go's own 100 a tenth of the time goes into looking, at
// 150 less, for 25 MB. SQLite keeps its pages in this process, which has no such room.
const garbagePercent = 150

// spareGarbage sets it for this process, unless whoever runs it has.
func spareGarbage(database string) {
	if os.Getenv("GOGC") == "" && store.IsPostgres(database) {
		debug.SetGCPercent(garbagePercent)
	}
}
