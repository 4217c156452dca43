package citizen

import (
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
	wanted, _, err := xlanguage.ParseAcceptLanguage(c.Get(fiber.HeaderAcceptLanguage))
	if err != nil || len(wanted) == 0 {
		return s.langs[0].Tag
	}
	tags := make([]xlanguage.Tag, len(s.langs))
	for i, l := range s.langs {
		tags[i] = l.tag
	}
	_, at, _ := xlanguage.NewMatcher(tags).Match(wanted...)
	return s.langs[at].Tag
}
