package templates

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/loaphuong/loa/locales"
)

// compiled is one template in one language.
type compiled struct {
	locale   string // the language really used
	version  string
	plain    bool
	subject  []piece
	body     []piece
	fields   []string
	checked  []bool // of each field, whether its value is looked at for frauds
	runes    int    // of the body's literals
	accented bool   // the body's literals alone ask for UCS-2, and hold no surrogate pair
}

// piece is a literal followed by a field (-1 for none).
type piece struct {
	text  string
	field int
}

// compileAll compiles a template for every language of the catalogue. words are what staff wrote, by language, for a frame.
func compileAll(cat *locales.Catalogue, ref Ref, src string, words map[string]string) (map[string]*compiled, error) {
	src = strings.TrimRight(src, "\n")
	layout, err := locales.Parse(src)
	if err != nil {
		return nil, err
	}
	fallback, err := compile(cat, ref, src, layout, locales.Fallback, words[locales.Fallback])
	if err != nil {
		return nil, err
	}
	out := map[string]*compiled{}
	for _, tag := range cat.Tags() {
		out[tag] = fallback
		if tag == locales.Fallback || !complete(cat, layout, tag, words) {
			continue
		}
		if out[tag], err = compile(cat, ref, src, layout, tag, words[tag]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// complete says whether the language has every key of the layout: a notice half in one language helps nobody.
func complete(cat *locales.Catalogue, layout *locales.Pattern, tag string, words map[string]string) bool {
	for _, key := range layout.Fields() {
		if key == wordsKey && words[tag] == "" || key != wordsKey && !cat.Has(tag, key) {
			return false
		}
	}
	return true
}

// compile puts the sentences into the layout and splits off the subject line.
func compile(cat *locales.Catalogue, ref Ref, src string, layout *locales.Pattern, tag, words string) (*compiled, error) {
	text, version, err := assemble(cat, src, layout, tag, words)
	if err != nil {
		return nil, err
	}
	c := &compiled{locale: tag, version: version, plain: ref.Form == "sms_plain"}
	subject, body := "", text
	if rest, ok := strings.CutPrefix(text, "Subject: "); ok && strings.HasPrefix(src, "Subject: ") {
		subject, body, _ = strings.Cut(rest, "\n")
		body = strings.TrimLeft(body, "\n")
	}
	if c.subject, err = c.pieces(subject); err != nil {
		return nil, err
	}
	if c.body, err = c.pieces(body); err != nil {
		return nil, err
	}
	for _, p := range c.body {
		c.runes += utf8.RuneCountInString(p.text)
		if _, bad := notGSM(p.text); bad {
			c.accented = !hasPair(body)
		}
	}
	return c, nil
}

// assemble writes the text with its fields still unfilled, and names its version: the template and every sentence, each
// with its length before it, so that no two texts run together to the same bytes.
func assemble(cat *locales.Catalogue, src string, layout *locales.Pattern, tag, written string) (text, version string, err error) {
	sum := sha256.New()
	add := func(s string) { sum.Write([]byte(strconv.Itoa(len(s)) + ":" + s)) }
	add(src)
	var b strings.Builder
	for _, part := range layout.Parts() {
		if part.Field == "" {
			b.WriteString(part.Text)
			continue
		}
		if part.Field == wordsKey {
			add(wordsKey)
			add(written)
			b.WriteString(written)
			continue
		}
		sentence, _, err := cat.Pattern(tag, part.Field)
		if err != nil {
			return "", "", err
		}
		words := source(sentence)
		add(part.Field)
		add(words)
		b.WriteString(words)
	}
	return b.String(), hex.EncodeToString(sum.Sum(nil))[:12], nil
}

// source writes a pattern back.
func source(p *locales.Pattern) string {
	var b strings.Builder
	for _, part := range p.Parts() {
		if part.Field != "" {
			b.WriteString("{{" + part.Field + "}}")
		}
		b.WriteString(part.Text)
	}
	return b.String()
}

// pieces compiles one text and checks what can be checked before any value is known.
func (c *compiled) pieces(text string) ([]piece, error) {
	p, err := locales.Parse(text)
	if err != nil {
		return nil, err
	}
	var out []piece
	literal := ""
	for _, part := range p.Parts() {
		if part.Field == "" {
			literal += part.Text
			if r, bad := notGSM(part.Text); bad && c.plain {
				return nil, &CharsetError{Char: r}
			}
			continue
		}
		if !Allowed(part.Field) {
			return nil, &FieldNotAllowedError{Field: part.Field}
		}
		at := slices.Index(c.fields, part.Field)
		if at < 0 {
			at = len(c.fields)
			c.fields = append(c.fields, part.Field)
			c.checked = append(c.checked, !slices.Contains(ours, part.Field))
		}
		out = append(out, piece{text: literal, field: at})
		literal = ""
	}
	return append(out, piece{text: literal, field: -1}), nil
}
