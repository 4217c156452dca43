package campaigns

import (
	"slices"
	"time"
)

// Said is what one list says of one person, as far as two lists are compared: keys, by which nobody is recognised, and
// what staff may see.
type Said struct {
	Number  string   `json:"-"` // blind index of the ID number, "" where there is none
	NameKey string   `json:"-"` // the name folded
	Person  PersonID `json:"person_id,omitempty"`
	Sheet   string   `json:"sheet,omitempty"`
	Row     int      `json:"row,omitempty" doc:"Of the file, as a spreadsheet program shows it."`
	Name    string   `json:"name"`
	Born    string   `json:"born,omitempty"`
	Tail    string   `json:"id_tail,omitempty" doc:"Last three digits of the ID number."`
}

// Verdicts of a comparison.
const (
	Equal   = "equal"
	Differs = "differs"
	OnlyA   = "only_a"
	OnlyB   = "only_b"
)

// Compared is one line of a comparison: whom both lists mean, or one of them alone. Differs names the fields that both
// fill and fill differently, Missing those that one of them leaves out.
type Compared struct {
	N       int      `json:"n,omitempty" doc:"Number of the line, in its order."`
	Verdict string   `json:"verdict" enum:"differs,only_a,only_b"`
	Differs []string `json:"differs,omitempty"`
	Missing []string `json:"missing,omitempty"`
	A       *Said    `json:"a,omitempty"`
	B       *Said    `json:"b,omitempty"`
}

// Comparison is two lists held against each other; RosterB is "" for the register.
type Comparison struct {
	ID      string         `json:"id" doc:"Id of the comparison."`
	UnitID  UnitID         `json:"unit_id" doc:"The unit whose list is compared."`
	RosterA RosterID       `json:"roster_a" doc:"The list that was held against the other."`
	RosterB RosterID       `json:"roster_b,omitempty" doc:"Absent: the register."`
	State   string         `json:"state" enum:"running,done,failed" doc:"running until every line is recorded."`
	Why     string         `json:"why,omitempty" doc:"stopped: it ended before it was done; start another."`
	Actor   string         `json:"actor" doc:"Who had them compared."`
	Counts  map[string]int `json:"counts" doc:"equal, differs, only_a, only_b; and mismatch, how many persons were marked."`
	At      time.Time      `json:"at" doc:"When it began."`
}

// Compare holds list a against list b. Two lines mean one person when the ID number is the same; of the rest, when folded
// name and full birth date are; of the rest, when the folded name is, the births do not contradict each other, and no
// other line of either list has it. A line that nobody matches stands alone.
func Compare(a, b []Said) []Compared {
	c := comparing{a: a, b: b, of: make([]int, len(a)), taken: make([]bool, len(b))}
	for i := range c.of {
		c.of[i] = -1
	}
	c.pair(func(s *Said) string { return s.Number }, false)
	c.pair(func(s *Said) string {
		if len(s.Born) != len(time.DateOnly) {
			return ""
		}
		return s.NameKey + "|" + s.Born
	}, false)
	c.pair(func(s *Said) string { return s.NameKey }, true)
	return c.lines()
}

type comparing struct {
	a, b  []Said
	of    []int // index in b of what a line of a is paired with, or -1
	taken []bool
}

// pair joins lines with the same key. Where a key must be the only one, names that several lines have join nobody, nor do
// births or numbers that contradict each other.
func (c *comparing) pair(key func(*Said) string, only bool) {
	at := map[string][]int{}
	for k := range c.b {
		if v := key(&c.b[k]); v != "" && !c.taken[k] {
			at[v] = append(at[v], k)
		}
	}
	here := map[string]int{}
	for i := range c.a {
		if v := key(&c.a[i]); v != "" && c.of[i] < 0 {
			here[v]++
		}
	}
	for i := range c.a {
		v := key(&c.a[i])
		free := at[v]
		if v == "" || c.of[i] >= 0 || len(free) == 0 || only && (len(free) > 1 || here[v] > 1 || contradict(&c.a[i], &c.b[free[0]])) {
			continue
		}
		c.of[i], c.taken[free[0]] = free[0], true
		at[v] = free[1:]
	}
}

// contradict says that two lines of one name cannot be one person without somebody looking: both births are known, and not
// even the years agree.
func contradict(a, b *Said) bool {
	return a.Born != "" && b.Born != "" && a.Born[:min(4, len(a.Born))] != b.Born[:min(4, len(b.Born))]
}

func (c *comparing) lines() []Compared {
	out := make([]Compared, 0, len(c.a))
	for i := range c.a {
		a := &c.a[i]
		if c.of[i] < 0 {
			out = append(out, Compared{Verdict: OnlyA, A: a})
			continue
		}
		out = append(out, compareTwo(a, &c.b[c.of[i]]))
	}
	for k := range c.b {
		if !c.taken[k] {
			out = append(out, Compared{Verdict: OnlyB, B: &c.b[k]})
		}
	}
	return out
}

func compareTwo(a, b *Said) Compared {
	l := Compared{Verdict: Equal, A: a, B: b}
	for _, f := range []struct{ name, a, b string }{{"id_number", a.Number, b.Number}, {"name", a.NameKey, b.NameKey}, {"born", a.Born, b.Born}} {
		switch {
		case f.a == f.b:
		case f.a == "" || f.b == "" || f.name == "born" && sameYear(f.a, f.b):
			l.Missing = append(l.Missing, f.name)
		default:
			l.Differs = append(l.Differs, f.name)
		}
	}
	if len(l.Differs) > 0 {
		l.Verdict = Differs
	}
	return l
}

// sameYear says that one birth is known by its year alone and the other fits it.
func sameYear(a, b string) bool { return len(a) != len(b) && a[:4] == b[:4] }

// Mismatched lists, each once, the persons about whom the lists differ.
func Mismatched(lines []Compared) []PersonID {
	var out []PersonID
	for _, l := range lines {
		if l.Verdict != Differs {
			continue
		}
		for _, s := range []*Said{l.A, l.B} {
			if s.Person != "" {
				out = append(out, s.Person)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
