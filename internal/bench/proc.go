package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// peakRSS is the most memory that a process has held, in MB; 0 where the system does not tell.
func peakRSS(pid int) float64 { return statusMB(pid, "VmHWM:") }

// currentRSS is the memory that a process holds now, in MB.
func currentRSS(pid int) float64 { return statusMB(pid, "VmRSS:") }

func statusMB(pid int, field string) float64 {
	return fieldMB(fmt.Sprintf("/proc/%d/status", pid), field)
}

func memoryMB() float64 { return fieldMB("/proc/meminfo", "MemTotal:") }

func fieldMB(file, field string) float64 {
	raw, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, field); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024
		}
	}
	return 0
}

// cpuOf is the CPU time that a process has used so far, in steps of 10 ms.
func cpuOf(pid int) time.Duration {
	return time.Duration(statField(pid, 11)+statField(pid, 12)) * tick
}

// tick is what the system counts CPU time in: USER_HZ is 100 on every Linux that Go runs on.
const tick = 10 * time.Millisecond
