package templates

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/locales"
)

func TestRenderErrors(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	for _, r := range []Request{{}, {Kind: "returning", Step: "first", Form: "visit"}, {Kind: "exam", Step: "second", Form: "sms"}, {Kind: "..", Step: "first", Form: "sms"}} {
		_, err := s.Render(r)
		require.ErrorIs(t, err, ErrNoTemplate)
	}
	for _, r := range s.Templates() {
		for _, field := range s.Fields(r.Kind, r.Step, r.Form) {
			for _, blank := range []string{"", "  ", "\u200b\r\n"} {
				_, err := s.Render(Request{Kind: r.Kind, Step: r.Step, Form: r.Form, Fields: with(ordinary, map[string]string{field: blank})})
				var missing *MissingFieldError
				require.ErrorAs(t, err, &missing, r)
				require.Equal(t, field, missing.Field)
			}
		}
	}
}

// TestRenderSaysTheLanguageReallyUsed, and never mixes two.
func TestRenderSaysTheLanguageReallyUsed(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	for asked, used := range map[string]string{"vi": "vi", "en": "en", "en-GB": "en", "ja": "vi", "": "vi", "zh-Hant": "vi", "???": "vi"} {
		c, err := s.Render(Request{Kind: "exam", Step: "first", Form: "sms", Locale: asked, Fields: ordinary})
		require.NoError(t, err)
		require.Equal(t, used, c.Locale, asked)
	}
}

// TestVersion names the words and nothing else.
func TestVersion(t *testing.T) {
	t.Parallel()
	s, cat := set(t)
	seen := map[string]string{}
	for _, r := range s.Templates() {
		for _, tag := range cat.Tags() {
			a, b := render(t, s, r, tag, ordinary), render(t, s, r, tag, longest)
			require.Regexp(t, "^[0-9a-f]{12}$", a.Version)
			require.Equal(t, a.Version, b.Version, "values are not part of it")
			if a.Locale != tag { // another language's words
				continue
			}
			name := r.String() + " " + tag
			if r.Form != "visit" { // a slip is the same in every step of a kind
				require.Empty(t, seen[a.Version], name)
			}
			seen[a.Version] = name
		}
	}
}

// hostile values that a roster may hold.
var hostile = map[string]string{
	"braces":      "{{phone}}",
	"dotted":      "{{.phone}} {{ code }}",
	"half":        "}} {{",
	"script":      "<script>alert(1)</script>",
	"crlf":        "An\r\nBcc: a@b.example\r\n\r\nXin chao",
	"newlines":    "An\nB\vC\fD\u0085E\u2028F\u2029G",
	"bidi":        "An\u202egnaiG \u2066x\u2069 \u200f",
	"zero width":  "A\u200bn\u200d \ufeffB\u00adC\u2060D",
	"nul":         "An\x00B\x1b[31mC\x7fD\u009bE",
	"ten kB":      strings.Repeat("Nguyễn ", 1500),
	"marks":       "A" + strings.Repeat("\u0301", 5000),
	"invalid":     "An\xff\xfeB\xc3",
	"decomposed":  "Nguyê\u0303n",
	"percent":     "%s %d %!v",
	"emoji":       "An 😀👨‍👩‍👧",
	"fake blanks": "\u3164An\u00a0\u3000B",
	"spreadsheet": `=HYPERLINK("x")`,
}

func TestHostileValues(t *testing.T) {
	t.Parallel()
	s, cat := set(t)
	for _, r := range s.Templates() {
		for _, tag := range cat.Tags() {
			plain := render(t, s, r, tag, ordinary)
			if plain.Locale != tag {
				continue
			}
			for _, field := range s.text[r][tag].fields {
				for label, value := range hostile {
					fields := with(full(r.Form, ordinary), map[string]string{field: value})
					c, err := s.Render(Request{Kind: r.Kind, Step: r.Step, Form: r.Form, Locale: tag, Fields: fields})
					if err != nil {
						var fraud *FraudError
						if errors.As(err, &fraud) {
							require.Equal(t, field, fraud.Field)
							require.Contains(t, []string{"crlf", "spreadsheet"}, label, "%s %s", r, field)
							continue
						}
						var charset *CharsetError
						require.ErrorAs(t, err, &charset, "%s %s %s", r, field, label)
						require.Equal(t, "sms_plain", r.Form, label)
						require.Contains(t, []string{"emoji"}, label)
						continue
					}
					require.Equal(t, strings.Count(plain.Body, "\n"), strings.Count(c.Body, "\n"), "%s %s %s", r, field, label)
					require.Equal(t, Count(c.Body), c.Segments)
					require.NotContains(t, c.Subject, "\n")
					require.False(t, strings.ContainsFunc(c.Subject+c.Body, dangerous), "%s %s %s: %q", r, field, label, c.Body)
					require.Less(t, len(c.Body), len(plain.Body)+8*600, label)
					if field != "phone" && strings.Contains(value, "phone") {
						require.Equal(t, strings.Count(plain.Body, ordinary["phone"]), strings.Count(c.Body, ordinary["phone"]), "value was read")
						require.Contains(t, c.Subject+c.Body, strings.TrimSpace(value))
					}
				}
			}
		}
	}
}

func dangerous(r rune) bool {
	return r != '\n' && (unicode.Is(unicode.C, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || r == unicode.ReplacementChar)
}

func TestPlainSMS(t *testing.T) {
	t.Parallel()
	s, _ := set(t)
	fields := with(ordinary, map[string]string{"name": "Đặng Ngọc Ưng Ðức “Bé”", "place": "Nhà văn hoá – tổ 5…"})
	c, err := s.Render(Request{Kind: "exam", Step: "first", Form: "sms_plain", Locale: "vi", Fields: fields})
	require.NoError(t, err)
	require.Contains(t, c.Body, `Dang Ngoc Ung Duc "Be" den Nha van hoa - to 5...`)
	_, err = s.Render(Request{Kind: "exam", Step: "first", Form: "sms_plain", Fields: with(ordinary, map[string]string{"name": "王小明"})})
	var charset *CharsetError
	require.ErrorAs(t, err, &charset)
	require.Equal(t, "name", charset.Field)
	require.NotContains(t, err.Error(), "王", "errors hold no values")
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	cat, err := locales.Load()
	require.NoError(t, err)
	for name, files := range map[string]fstest.MapFS{
		"unknown key":       {"notice/exam/first.sms.tmpl": {Data: []byte("{{notice.nothing}}")}},
		"unknown form":      {"notice/exam/first.fax.tmpl": {Data: []byte("{{notice.footer}}")}},
		"no form":           {"notice/exam/first.tmpl": {Data: []byte("{{notice.footer}}")}},
		"condition":         {"notice/exam/first.sms.tmpl": {Data: []byte("{{if notice.footer}}")}},
		"accents in plain":  {"notice/exam/first.sms_plain.tmpl": {Data: []byte("{{notice.footer}}")}},
		"field not allowed": {"notice/exam/first.sms.tmpl": {Data: []byte("{{answer.current}}")}},
		"plural":            {"notice/exam/first.sms.tmpl": {Data: []byte("{{count.people}}")}},
	} {
		_, err := newFS(cat, files)
		require.Error(t, err, name)
	}
}

func BenchmarkRender(b *testing.B) {
	s, _ := set(b)
	for _, form := range []string{"sms_plain", "sms", "long"} {
		b.Run(form, func(b *testing.B) {
			r := Request{Kind: "exam", Step: "first", Form: form, Locale: "vi", Fields: ordinary}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Render(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
