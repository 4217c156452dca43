package demo

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/loaphuong/loa/internal/report"
)

// show prints what happens: progress bars that move on a terminal, plain lines elsewhere.
type show struct {
	w        io.Writer
	terminal bool
}

func (s *show) line(format string, args ...any) { fmt.Fprintf(s.w, format+"\n", args...) }

// progress is one bar.
type progress struct {
	s     *show
	label string
	total int
	last  time.Time
	n     int
}

// labelWidth keeps the bars under each other.
const labelWidth = 44

func (s *show) bar(label string, total int) *progress {
	return &progress{s: s, label: label, total: total}
}

func (p *progress) at(n int) {
	p.n = n
	if !p.s.terminal || time.Since(p.last) < 80*time.Millisecond {
		return
	}
	p.last = time.Now()
	fmt.Fprintf(p.s.w, "\r\x1b[K%s", p.text(fmt.Sprint(n)))
}

func (p *progress) done(text string) {
	if p.s.terminal {
		fmt.Fprint(p.s.w, "\r\x1b[K")
	}
	p.s.line("%s", p.text(text))
}

func (p *progress) text(tail string) string {
	label := []rune(p.label)
	pad := strings.Repeat(" ", max(0, labelWidth-len(label)))
	if p.total == 0 {
		return fmt.Sprintf("  %s%s %s", p.label, pad, tail)
	}
	return fmt.Sprintf("  %s%s %s %s", p.label, pad, report.Bar(p.n, p.total, 24), tail)
}
