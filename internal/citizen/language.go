package citizen

import (
	"sync"

	"github.com/gofiber/fiber/v2"
	xlanguage "golang.org/x/text/language"
)

// language is one that the page can be read in.
type language struct {
	Tag, Name string
	tag       xlanguage.Tag
}

// languages are those whose file has the page's own words; the first is the fallback.
func (s *server) languages() []language {
	var out []language
	for _, tag := range s.Words.Tags() {
		if parsed, err := xlanguage.Parse(tag); err == nil && s.Words.Has(tag, "answer.title") {
			out = append(out, language{tag, s.Words.Name(tag), parsed})
		}
	}
	return out
}

// known returns tag where the page can be read in it, else "".
func (s *server) known(tag string) string {
	for _, l := range s.langs {
		if l.Tag == tag {
			return tag
		}
	}
	return ""
}

// pick chooses the language: what the reader asks for, a language recorded for the person beside the fallback, what
// the browser prefers, the fallback.
func (s *server) pick(c *fiber.Ctx, recorded string) string {
	if asked := s.known(c.Query("lang")); asked != "" {
		return asked
	}
	if len(s.langs) == 0 {
		return recorded
	}
	if l := s.known(recorded); l != "" && l != s.langs[0].Tag {
		return l
	}
	return s.langs[s.wishes.match(c.Request().Header.Peek(fiber.HeaderAcceptLanguage))].Tag
}

// wishes finds the language that a browser prefers and remembers it: browsers say few different things, and matching
// them is the dearest part of a page.
type wishes struct {
	matcher xlanguage.Matcher
	mu      sync.RWMutex
	known   map[string]int
}

// Wishes are remembered up to this many, of up to this length.
const (
	wishesKept = 1024
	wishLength = 200
)

func matcherOf(langs []language) xlanguage.Matcher {
	tags := make([]xlanguage.Tag, len(langs))
	for i, l := range langs {
		tags[i] = l.tag
	}
	return xlanguage.NewMatcher(tags)
}

// match returns the place of the language that serves an Accept-Language header, 0 where none does.
func (w *wishes) match(header []byte) int {
	w.mu.RLock()
	at, seen := w.known[string(header)]
	w.mu.RUnlock()
	if seen {
		return at
	}
	if wanted, _, err := xlanguage.ParseAcceptLanguage(string(header)); err == nil && len(wanted) > 0 {
		_, at, _ = w.matcher.Match(wanted...)
	}
	if len(header) > wishLength {
		return at
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.known == nil || len(w.known) >= wishesKept {
		w.known = map[string]int{}
	}
	w.known[string(header)] = at
	return at
}
