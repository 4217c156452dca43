package bench

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// serverCPU is the CPU time that a PostgreSQL server has used so far, all its processes together; 0 for SQLite, for a
// server on another machine, and where the system does not tell.
func (g *ground) serverCPU(ctx context.Context) time.Duration {
	if !g.pg() {
		return 0
	}
	if g.postmaster == 0 {
		g.postmaster = g.findPostmaster(ctx)
	}
	if g.postmaster <= 0 {
		return 0
	}
	// Processes that have ended are counted with the one that waited for them.
	sum := cpuOf(g.postmaster) + time.Duration(statField(g.postmaster, 13)+statField(g.postmaster, 14))*tick
	others, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range others {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil && statField(pid, 1) == int64(g.postmaster) {
			sum += cpuOf(pid)
		}
	}
	return sum
}

// findPostmaster returns the process that started the one that serves us; -1 where that is none of this machine's.
func (g *ground) findPostmaster(ctx context.Context) int {
	db, err := sql.Open("pgx", g.base)
	if err != nil {
		return -1
	}
	defer db.Close()
	var backend int
	if err := db.QueryRowContext(ctx, `SELECT pg_backend_pid()`).Scan(&backend); err != nil {
		return -1
	}
	name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", backend))
	if strings.TrimSpace(string(name)) != "postgres" {
		return -1
	}
	return int(statField(backend, 1))
}

// statField is a number of /proc/PID/stat, counted from behind the name: 0 is the state, 1 the parent.
func statField(pid, n int) int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), ") ") // the name of the program may hold spaces
	f := strings.Fields(rest)
	if n >= len(f) {
		return 0
	}
	v, _ := strconv.ParseInt(f[n], 10, 64)
	return v
}
