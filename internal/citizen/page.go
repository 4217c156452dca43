package citizen

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
)

// view is everything that a page shows.
type view struct {
	Lang, Dir string
	Style     template.CSS
	Title     string
	Heading   string // the office, "" on pages that must not tell
	For       string
	Ask       string
	Facts     []string
	Current   string
	Choose    string
	Choices   []choice
	Done      string // the words of thanks
	After     []string
	Change    string
	ChangeTo  string
	Message   string // of a page that says one thing only
	Button    string // what it lets one do

	Post, Answer string // where a form goes, and the answer that goes with a time
	Chooses      bool
	Slots        []slotChoice
	Days         []dayChoice
	DaysTitle    string
	Skip, SkipTo string // a link to what comes next, or back
	Calendar     string
	CalendarTo   string
	HelpAsk      string
	Helps        []choice
	NoteLabel    string
	Send         string
	Checks       bool // asks for a check code
	CodeLabel    string
	Official     []string // the official texts of a code
	How          string
	Genuine      string // the link to where a code can be checked
	GenuineTo    string

	Never     string
	NeverText string
	Phone     string
	Tel       template.URL
	Language  string
	Languages []language
}

// choice is one answer.
type choice struct {
	Value, Label string
	First, Quiet bool
	Chosen       bool
}

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

var page = template.Must(template.New("page").Parse(pageHTML))

// policy allows our own style sheet by its hash and a form to ourselves, nothing else.
var policy = func() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}()

// question is the page that asks.
func (s *server) question(inv Invitation, lang string) view {
	say := func(key string, kv ...string) string { return s.Words.Say(lang, "answer."+key, kv...) }
	v := s.office(inv, lang)
	v.For = say("question", "name", shortName(inv.Name))
	v.Ask = say("title")
	if s.Words.Has(lang, "answer.ask."+inv.Kind) {
		v.Ask = say("ask."+inv.Kind, "honorific", s.Words.Say(lang, "honorific.unknown"))
	}
	for _, f := range []string{"deadline", "place", "time"} {
		if inv.Fields[f] != "" {
			v.Facts = append(v.Facts, say(f, f, inv.Fields[f]))
		}
	}
	if inv.Answered != "" {
		v.Current = say("current", "answer", say("kind."+string(inv.Answered)))
	}
	for i, k := range campaigns.AnswerKinds {
		v.Choices = append(v.Choices, choice{Value: string(k), Label: say("kind." + string(k)), First: i == 0, Quiet: k == campaigns.Stop, Chosen: k == inv.Answered})
	}
	return v
}

// thanks is the page that shows what is on record.
func (s *server) thanks(inv Invitation, m campaigns.Meeting, lang string) view {
	say := func(key string, kv ...string) string { return s.Words.Say(lang, "answer."+key, kv...) }
	v := s.office(inv, lang)
	v.Done = say("thanks." + string(inv.Answered))
	v.Current = say("current", "answer", say("kind."+string(inv.Answered)))
	if inv.Answered == campaigns.AlreadyDone {
		v.After = append(v.After, say("officer_check"))
	}
	if m.Time != "" || m.On != "" && inv.Answered == campaigns.OtherDate {
		v.Done = say("thanks.booked")
		v.After = append(v.After, s.slotWords(m, lang))
		if m.Place == "" && inv.Fields["place"] != "" {
			v.After = append(v.After, say("place", "place", inv.Fields["place"]))
		}
	}
	if inv.Answered == campaigns.WillCome || m.On != "" {
		if m.Time == "" && inv.Fields["place"] != "" && inv.Fields["time"] != "" && inv.Answered == campaigns.WillCome {
			v.After = append(v.After, say("thanks.will_come_at", "place", inv.Fields["place"], "time", inv.Fields["time"]))
		}
		if inv.Fields["doc_list"] != "" {
			v.After = append(v.After, say("bring", "doc_list", inv.Fields["doc_list"]))
		}
	}
	v.Change = say("change")
	return v
}

// office is what both pages have: who asks, and what is never asked.
func (s *server) office(inv Invitation, lang string) view {
	say := func(key string, kv ...string) string { return s.Words.Say(lang, "answer."+key, kv...) }
	v := view{Heading: say("heading", "unit", inv.Unit), Never: say("never_title"), NeverText: say("never_ask"), Phone: inv.Phone}
	if s.Check != nil {
		v.Genuine, v.GenuineTo = say("genuine"), "/check?lang="+lang
	}
	if inv.Phone != "" {
		v.Tel = template.URL("tel:" + telOf(inv.Phone)) //nolint:gosec // digits and a plus sign only
	}
	return v
}

// shortName is a name as a stranger who holds the phone may see it: initials and the given name, "N. T. P. Thảo".
func shortName(full string) string {
	words := strings.Fields(vn.NFC(full))
	for i := range words[:max(0, len(words)-1)] {
		words[i] = string([]rune(words[i])[:1]) + "."
	}
	return strings.Join(words, " ")
}

// telOf keeps what a dialler understands.
func telOf(phone string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, phone)
}

func (s *server) render(c *fiber.Ctx, v view, lang string) error {
	raw, err := s.page(v, lang)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(raw)
}

func (s *server) page(v view, lang string) ([]byte, error) {
	v.Lang, v.Dir, v.Style = lang, s.Words.Direction(lang), template.CSS(pageCSS) //nolint:gosec // our own constant
	v.Title, v.Language, v.Languages = s.Words.Say(lang, "answer.title"), s.Words.Say(lang, "answer.language"), s.langs
	var buf bytes.Buffer
	err := page.Execute(&buf, v)
	return buf.Bytes(), err
}
