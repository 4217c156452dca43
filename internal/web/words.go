package web

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// functions are what templates may call; the words are bound to one language.
func (s *server) functions(tag string) template.FuncMap {
	return template.FuncMap{
		"t":     func(key string, kv ...any) string { return s.words(tag, key, kv...) },
		"n":     func(v int) string { return number(tag, v) },
		"rate":  func(part, whole int) string { return rate(tag, part, whole) },
		"date":  func(t time.Time) string { return dateOf(t) },
		"clock": func(t time.Time) string { return clockOf(t) },
		"when":  func(t time.Time) string { return whenOf(t) },
		"iso":   func(t time.Time) string { return t.In(campaigns.Zone).Format(time.RFC3339) },
		"born":  bornOf,
		"asset": s.assets.url,
		"icon":  func(name string) iconRef { return iconRef(s.assets.url("icons.svg") + "#" + name) },
		"bar":   newBar,
		"dict":  dict,
		"has":   func(key string) bool { return s.Words.Has(tag, key) },
	}
}

// iconRef is the address of a symbol in the sprite.
type iconRef string

// say is a text in the reader's language; numbers among the values are written as people write them.
func (s *server) say(r *request, key string, kv ...any) string { return s.words(r.lang, key, kv...) }

func (s *server) words(tag, key string, kv ...any) string {
	flat := make([]string, len(kv))
	for i, v := range kv {
		switch v := v.(type) {
		case int:
			flat[i] = number(tag, v)
		case time.Time:
			flat[i] = dateOf(v)
		default:
			flat[i] = fmt.Sprint(v)
		}
	}
	return s.Words.Say(tag, key, flat...)
}

// number groups the digits: 12.480 in Vietnamese, 12,480 in English.
func number(tag string, n int) string {
	if n < 0 {
		return "−" + number(tag, -n)
	}
	mark := ","
	if tag == "vi" {
		mark = "."
	}
	digits := strconv.Itoa(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(mark)
		}
		b.WriteRune(d)
	}
	return b.String()
}

// tenth writes tenths: 49,7 in Vietnamese, 49.7 in English.
func tenth(tag string, v float64) string {
	text := strconv.FormatFloat(v, 'f', 1, 64)
	if tag == "vi" {
		return strings.Replace(text, ".", ",", 1)
	}
	return text
}

// rate is a share in percent, a dash where there is no whole. A share that is not all is never written as all, and one
// that is something never as nothing.
func rate(tag string, part, whole int) string {
	if whole <= 0 {
		return "–"
	}
	v := percent(part, whole)
	switch {
	case part < whole && v > 99.9:
		v = 99.9
	case part > 0 && v < 0.1:
		v = 0.1
	}
	if tag == "vi" {
		return tenth(tag, v) + " %"
	}
	return tenth(tag, v) + "%"
}

func percent(part, whole int) float64 {
	if whole <= 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

func dateOf(t time.Time) string { return t.In(campaigns.Zone).Format("02/01/2006") }

func clockOf(t time.Time) string { return t.In(campaigns.Zone).Format("15:04") }

func whenOf(t time.Time) string { return t.In(campaigns.Zone).Format("15:04, 02/01/2006") }

// bornOf writes a birth date, or the year alone where nothing more is known.
func bornOf(iso string) string {
	if day, err := time.Parse(time.DateOnly, iso); err == nil {
		return day.Format("02/01/2006")
	}
	return iso
}

// ago says how long ago something was, in the words of the reader: whole days once there are any.
func (s *server) ago(r *request, from, now time.Time) string {
	d := now.Sub(from)
	switch {
	case d < time.Hour:
		return s.say(r, "web.ago.minutes", "n", max(int(d/time.Minute), 1))
	case d < 24*time.Hour:
		return s.say(r, "web.ago.hours", "n", int(d/time.Hour))
	}
	return s.say(r, "web.ago.days", "n", int(d/(24*time.Hour)))
}

// dict gathers named values for a part of a page.
func dict(kv ...any) (map[string]any, error) {
	if len(kv)%2 != 0 {
		return nil, fmt.Errorf("dict needs pairs")
	}
	out := make(map[string]any, len(kv)/2)
	for i := 0; i < len(kv); i += 2 {
		name, ok := kv[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict needs names")
		}
		out[name] = kv[i+1]
	}
	return out, nil
}
