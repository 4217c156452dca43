package sim

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed scripts.csv
var scriptsCSV string

// Ordinary is the script of the demonstration.
const Ordinary = "ordinary"

// script is what the provider does to numbers of a medium, and what people write back.
type script struct {
	behaviours []share[Behaviour]
	replies    []share[ReactionKind] // the rest says nothing
}

// share is how many of a thousand.
type share[T any] struct {
	what T
	of   int
}

// scripts holds the table scripts.csv by name and medium.
var scripts = func() map[string]map[string]script {
	table, err := readScripts(scriptsCSV)
	if err != nil {
		panic(err) // the file is part of the program
	}
	return table
}()

// Scripts lists the names of the scripts.
func Scripts() []string {
	var names []string
	for name := range scripts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// readScripts reads a table: a heading of "<script> <medium>", then a row for each behaviour and for each kind of reply.
func readScripts(text string) (map[string]map[string]script, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 2 {
		return nil, fmt.Errorf("sim: the scripts cannot be read: %w", err)
	}
	out := map[string]map[string]script{}
	for i, head := range rows[0][1:] {
		name, medium, ok := strings.Cut(head, " ")
		if !ok || medium != "sms" && medium != "zalo" {
			return nil, fmt.Errorf("sim: column %q is not <script> sms or <script> zalo", head)
		}
		var s script
		for _, row := range rows[1:] {
			n, err := strconv.Atoi(row[i+1])
			if err != nil || n < 0 || n > 1000 {
				return nil, fmt.Errorf("sim: %s of %s is not a share of a thousand", row[0], head)
			}
			if kind, reply := strings.CutPrefix(row[0], "reply "); reply {
				if len(sayings[ReactionKind(kind)].words) == 0 {
					return nil, fmt.Errorf("sim: nobody knows what to write for %q", row[0])
				}
				s.replies = append(s.replies, share[ReactionKind]{ReactionKind(kind), n})
				continue
			}
			s.behaviours = append(s.behaviours, share[Behaviour]{Behaviour(row[0]), n})
		}
		if out[name] == nil {
			out[name] = map[string]script{}
		}
		out[name][medium] = s
	}
	return out, nil
}

// pick finds whose share a number lies in.
func pick[T any](shares []share[T], at uint64) (what T, ok bool) {
	n := int(at % 1000)
	for _, s := range shares {
		if n < s.of {
			return s.what, true
		}
		n -= s.of
	}
	return what, false
}

// BehaviourOf is a script's answer for a number; the script must be one of Scripts.
func BehaviourOf(seed int64, name, medium, number string) Behaviour {
	b, ok := pick(scripts[name][medium].behaviours, draw(seed, "behaviour", medium, number))
	if !ok {
		return Prompt
	}
	return b
}

// writeBack is a text that somebody will write to an answer of the provider's script.
type writeBack struct {
	channel, from, text, event string
	due                        time.Time
}

// writesBack says what the person at a number answers to a message, by the script; nil where they say nothing. It is
// remembered in memory only: the log does not know who they are.
func (p *Provider) writesBack(name, number string, m Entry) *writeBack {
	kind, ok := pick(scripts[name][m.Medium].replies, draw(p.opt.Seed, "reply", m.Medium, number, m.Key))
	words := sayings[kind].words
	if !ok || len(words) == 0 || !m.Effect || m.Behaviour == Off {
		return nil
	}
	return &writeBack{channel: m.Channel, from: number, event: m.ID + "-reply", text: words[draw(p.opt.Seed, "words", m.Medium, number, m.Key)%uint64(len(words))],
		due: time.UnixMilli(m.Policy).Add(between(p.opt.Seed, m.ID+"-reply", 5*time.Minute, 20*time.Hour))}
}
