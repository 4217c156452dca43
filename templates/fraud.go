package templates

import (
	"fmt"
	"slices"
	"strings"

	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/templates/lint"
)

// FraudError says that words look like a fraud and are refused (rulings.md 21). It holds no value.
type FraudError struct {
	Field      string // whose value it is, "" where it is the words of staff themselves
	Rule       lint.Rule
	Start, End int // runes of the value or of the words
}

func (e *FraudError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("characters %d to %d look like a fraud: %s", e.Start, e.End, e.Rule)
	}
	return fmt.Sprintf("field %q looks like a fraud: %s", e.Field, e.Rule)
}

// ours are the fields that the engine fills by itself; all others come from people or officers and are looked at.
var ours = []string{"unit", "phone", "code", "honorific", "yob", "n", "age", "expiry", "bday", "phone_tail", "slot", "stop"}

// Warnings returns the sentences of a language that warn of frauds; the linter takes them out before it reads.
func Warnings(cat *locales.Catalogue, tag string) []string {
	var out []string
	for _, key := range cat.Keys("warning.") {
		out = append(out, cat.Say(tag, key))
	}
	return out
}

// Blank values stand for the fields while the words between them are read: nothing that any rule looks at.
var blank = map[string]string{"phone": samplePhone, "deadline": "01/01/2000", "date": "01/01/2000", "time": "8h"}

const samplePhone = "0200000000"

// lint reads the literals of a shipped template once, when the set is made.
func (c *compiled) lint(warnings []string) error {
	values := make([]string, len(c.fields))
	for i, field := range c.fields {
		if values[i] = blank[field]; values[i] == "" {
			values[i] = "Aa"
		}
	}
	text := strings.TrimSpace(fill(c.subject, values) + "\n" + fill(c.body, values))
	if f, hard := lint.Hard(lint.Check(text, lint.Options{Phones: []string{samplePhone}, Warnings: warnings})); hard {
		return &FraudError{Rule: f.Rule, Start: f.Start, End: f.End}
	}
	return nil
}

// Ours says whether the engine fills a field by itself: whoever sends a message has no say in it.
func Ours(field string) bool { return slices.Contains(ours, field) }
