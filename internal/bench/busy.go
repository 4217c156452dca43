package bench

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// A figure that others have disturbed says little. Before each round, while nothing of the bench's own runs, it looks how
// much of the machine is in use.
const (
	busyLook = 100 * time.Millisecond
	tooBusy  = 0.15
)

// others is the share of all cores that somebody uses; 0 where the system does not tell.
func others() float64 {
	busy, all := cpuTicks()
	time.Sleep(busyLook)
	busyThen, allThen := cpuTicks()
	if allThen <= all {
		return 0
	}
	return (busyThen - busy) / (allThen - all)
}

// cpuTicks reads the first line of /proc/stat: user nice system idle iowait irq softirq steal.
func cpuTicks() (busy, all float64) {
	raw, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	fields := strings.Fields(line)
	for i, f := range fields[min(1, len(fields)):min(9, len(fields))] {
		v, _ := strconv.ParseFloat(f, 64)
		all += v
		if i != 3 && i != 4 {
			busy += v
		}
	}
	return busy, all
}
