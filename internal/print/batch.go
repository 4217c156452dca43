package print

import (
	"errors"
	"io"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// Batch is a task to be printed or read: letters of one village, or scripts of one village, one a language.
type Batch struct {
	Campaign string
	Unit     string
	Phone    string
	Village  string // "" for those whose village nobody knows
	Step     int
	MadeAt   time.Time
	People   int
	Letters  []Letter
	Scripts  []Script
	Runs     []Run
}

// Letter is one page for one person.
type Letter struct {
	Name    string
	Born    string // ISO date or year
	Address string
	Code    string
	Result  string // "" while it is not handed out: told, absent, declined, moved
	Subject string
	Body    string
}

// Script is what is read, in one language.
type Script struct {
	Locale string
	Code   string
	Body   string
}

// Run is one printing or airing.
type Run struct {
	Day     string
	Slot    string
	Repeats int
	By      string
	Note    string
}

// Words are the sentences on the paper, keys print.*, form.*.
type Words interface {
	Say(tag, key string, kv ...string) string
	Name(tag string) string
	Direction(tag string) string
}

// Formats of files.
const (
	HTML = "html"
	CSV  = "csv"
	Text = "txt"
)

// ErrFormat means that there is no such format.
var ErrFormat = errors.New("print: the format is none of html, csv, txt")

// Write writes a batch in a format; the words around letters and scripts are in the language lang.
func Write(w io.Writer, words Words, lang, format string, b Batch) error {
	p := paper{words: words, lang: lang, Batch: b}
	switch format {
	case HTML:
		return p.html(w)
	case CSV:
		return p.csv(w)
	case Text:
		return p.text(w)
	}
	return ErrFormat
}

// paper is a batch on its way into a file.
type paper struct {
	Batch
	words Words
	lang  string
}

func (p paper) say(key string, kv ...string) string { return p.words.Say(p.lang, key, kv...) }

// village names where it goes.
func (p paper) village() string {
	if p.Village == "" {
		return p.say("print.no_village")
	}
	return p.Village
}

// day writes an ISO date as it is read in Vietnam.
func day(iso string) string {
	at, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	return at.Format("02/01/2006")
}

func (p paper) made() string { return p.MadeAt.In(campaigns.Zone).Format("02/01/2006") }

// year is the year of a birth date, "" where it is not known.
func (l Letter) year() string {
	if len(l.Born) < 4 {
		return ""
	}
	return l.Born[:4]
}
