package sim

import (
	"encoding/hex"
	"errors"
	"time"
)

// Truth is a provider's log read back: what really happened.
type Truth struct {
	Entries []Entry
	salt    []byte
}

// ReadTruth reads a provider's log, also while the provider writes to it.
func ReadTruth(path string) (*Truth, error) {
	entries, _, err := readEntries(path)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 || entries[0].Type != "head" {
		return nil, errors.New("sim: the log does not begin with its head")
	}
	salt, err := hex.DecodeString(entries[0].Salt)
	return &Truth{Entries: entries, salt: salt}, err
}

// Addr is how a number stands in this log.
func (t *Truth) Addr(number string) string { return addrHash(t.salt, number) }

// Messages lists what reached the provider, in order.
func (t *Truth) Messages() []Entry {
	var out []Entry
	for _, e := range t.Entries {
		if e.Type == "message" {
			out = append(out, e)
		}
	}
	return out
}

// Arrivals counts how often each key reached the provider.
func (t *Truth) Arrivals() map[string]int {
	return t.count(func(m Entry) (string, bool) { return m.Key, true })
}

// Effects counts the real texts of each key: a key that never became one is not in it.
func (t *Truth) Effects() map[string]int {
	return t.count(func(m Entry) (string, bool) { return m.Key, m.Effect })
}

// Duplicates counts, for each key that became more than one real text, those beyond the first.
func (t *Truth) Duplicates() map[string]int {
	out := map[string]int{}
	for key, n := range t.Effects() {
		if n > 1 {
			out[key] = n - 1
		}
	}
	return out
}

func (t *Truth) count(of func(Entry) (string, bool)) map[string]int {
	out := map[string]int{}
	for _, m := range t.Messages() {
		if key, counts := of(m); counts {
			out[key]++
		}
	}
	return out
}

// AddrDay is an address on a Vietnamese date of policy time.
type AddrDay struct{ Addr, Day string }

// vietnam is UTC+7 all year.
var vietnam = time.FixedZone("ICT", 7*60*60)

// PerDay counts real texts by address and day, for the frequency cap (invariant I15).
func (t *Truth) PerDay() map[AddrDay]int {
	out := map[AddrDay]int{}
	for _, m := range t.Messages() {
		if m.Effect {
			out[AddrDay{m.Addr, time.UnixMilli(m.Policy).In(vietnam).Format(time.DateOnly)}]++
		}
	}
	return out
}

// Parts sums the parts billed, for invariant I14.
func (t *Truth) Parts() (n int) {
	for _, m := range t.Messages() {
		n += m.Parts
	}
	return n
}

// Behaviours counts messages by what was done with them.
func (t *Truth) Behaviours() map[Behaviour]int {
	out := map[Behaviour]int{}
	for _, m := range t.Messages() {
		out[m.Behaviour]++
	}
	return out
}
