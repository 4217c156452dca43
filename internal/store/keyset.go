package store

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// keySet is a set of texts or of byte strings that one query looks up: an array on PostgreSQL, on SQLite a flat JSON
// list, which is far cheaper to take apart than the rows of dialect.set.
type keySet struct {
	n    int
	seen map[string]bool
	list []string
	raw  bool // byte strings
}

// text adds a key; an empty one is left out.
func (k *keySet) text(v string) {
	if v == "" || k.seen[v] {
		return
	}
	if k.seen == nil {
		k.seen = map[string]bool{}
	}
	k.seen[v] = true
	k.list = append(k.list, v)
	k.n++
}

func (k *keySet) bytes(v []byte) {
	k.raw = true
	k.text(string(v))
}

// keyArg is the parameter of byteKeys and textKeys.
func (s *Store) keyArg(k *keySet) any {
	switch {
	case s.d == postgresDialect && k.raw:
		list := make([][]byte, len(k.list))
		for i, v := range k.list {
			list[i] = []byte(v)
		}
		return list
	case s.d == postgresDialect:
		return k.list
	}
	out := append(make([]byte, 0, 36*len(k.list)+2), '[')
	for i, v := range k.list {
		if i > 0 {
			out = append(out, ',')
		}
		if k.raw {
			out = append(hex.AppendEncode(append(out, '"'), []byte(v)), '"')
		} else {
			out = appendJSON(out, v)
		}
	}
	return string(append(out, ']'))
}

// appendJSON adds a text as JSON; folded names and ids have nothing to escape.
func appendJSON(to []byte, text string) []byte {
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == utf8.RuneError }) {
		return append(to, asJSON(text)...)
	}
	return append(append(append(to, '"'), text...), '"')
}

// byteKeys and textKeys are FROM items v with a column k, of the keySet in $1.
func (s *Store) byteKeys() string {
	if s.d == postgresDialect {
		return `unnest($1::bytea[]) AS v(k)`
	}
	return `(SELECT unhex(value) AS k FROM json_each($1)) AS v`
}

func (s *Store) textKeys() string {
	if s.d == postgresDialect {
		return `unnest($1::text[]) AS v(k)`
	}
	return `(SELECT value AS k FROM json_each($1)) AS v`
}
