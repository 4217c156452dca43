package print

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// Sayer puts keys into words; a key that it does not have comes back as it is.
type Sayer interface {
	Say(tag, key string, kv ...string) string
	Has(tag, key string) bool
}

// PersonFile writes what is recorded of a person as a text that the person can read: plain, so that it opens anywhere and
// prints as it is.
func PersonFile(w io.Writer, words Sayer, lang string, f campaigns.PersonFile) error {
	p := &plainFile{w: w, words: words, lang: lang}
	p.line("%s", p.say("file.title"))
	p.line("%s", p.say("file.made", "unit", f.Unit, "at", f.Made.In(campaigns.Zone).Format("15:04, 02/01/2006")))
	if f.Restricted {
		p.line("%s", p.say("file.restricted"))
	}
	p.head("file.fields")
	for _, v := range f.Fields {
		p.line("  %s: %s", p.say("file.field."+v.Name), p.value(v.Value))
	}
	p.head("file.contacts")
	for _, c := range f.Contacts {
		line := fmt.Sprintf("%s, %s: %s", p.say("file.medium."+c.Medium), p.say("web.owner."+string(c.Owner)), c.Address)
		if c.Stopped {
			line += ". " + p.say("web.contact.stopped")
		}
		if c.Wrong {
			line += ". " + p.say("web.contact.wrong")
		}
		p.line("  %s", line)
	}
	p.head("file.lists")
	for _, l := range f.Lists {
		p.line("  %s, %s", l.At.In(campaigns.Zone).Format("02/01/2006"), l.FileName)
	}
	p.head("file.story")
	for _, e := range f.Story {
		p.line("  %s  %s", e.At.In(campaigns.Zone).Format("02/01/2006 15:04"), p.event(e))
	}
	p.head("file.requests")
	for _, r := range f.Requests {
		p.line("  %s  %s: %s", r.At.In(campaigns.Zone).Format("02/01/2006"), p.say("desk.kind."+string(r.Kind)), p.say("desk.state."+string(r.State)))
	}
	p.head("file.looks")
	verbs := make([]string, 0, len(f.Looks))
	for v := range f.Looks {
		verbs = append(verbs, v)
	}
	slices.Sort(verbs)
	for _, v := range verbs {
		p.line("  %s: %d", p.say("audit."+v), f.Looks[v])
	}
	p.line("\n%s", p.say("file.rights"))
	return p.err
}

type plainFile struct {
	w     io.Writer
	words Sayer
	lang  string
	err   error
}

func (p *plainFile) say(key string, kv ...string) string { return p.words.Say(p.lang, key, kv...) }

func (p *plainFile) head(key string) { p.line("\n%s", p.say(key)) }

func (p *plainFile) line(format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok && !strings.HasPrefix(format, "\n") {
			args[i] = strings.ReplaceAll(s, "\n", " ") // what a citizen or a list wrote makes no line of its own
		}
	}
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// value puts our own marks into words; anything else is what was recorded.
func (p *plainFile) value(v string) string {
	switch v {
	case "yes", "true":
		return p.say("web.yes")
	case "false":
		return p.say("file.no")
	case "male", "female":
		return p.say("file.sex." + v)
	}
	return v
}

// event is one thing that happened, in words.
func (p *plainFile) event(e campaigns.FileEvent) string {
	key := map[string]string{"delivery": "state.", "answer": "web.answer.", "outcome": "outcome.", "task": "web.story.task."}[e.What] + e.Kind
	out := e.Kind
	if p.words.Has(p.lang, key) {
		out = p.say(key)
	}
	if e.Campaign != "" {
		out = e.Campaign + ": " + out
	}
	if e.Reason != "" && p.words.Has(p.lang, "reason."+string(e.Reason)) {
		out += ". " + p.say("reason."+string(e.Reason))
	}
	return out
}
