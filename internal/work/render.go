package work

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/templates"
)

// Writer renders jobs: with the shipped templates, or with the words of staff that the job brings.
type Writer struct {
	set    *templates.Set
	cat    *locales.Catalogue
	ring   *keys.Ring
	polite map[string]map[string]string // forms of address, by language and key
	last   atomic.Pointer[scopedCode]
	hosts  func(unit campaigns.UnitID) []string
}

// Leading lets words of staff lead to the hosts that hosts gives for a unit; without it they lead nowhere.
func (w *Writer) Leading(hosts func(unit campaigns.UnitID) []string) *Writer {
	w.hosts = hosts
	return w
}

// hostsOf are the hosts that words may lead to in a unit; nobody asks for words without links.
func (w *Writer) hostsOf(unit campaigns.UnitID, words *templates.Staff) []string {
	if words == nil || w.hosts == nil || len(words.Links()) == 0 {
		return nil
	}
	return w.hosts(unit)
}

// scopedCode is a check code with what it stands for. All of a window mostly have the same one.
type scopedCode struct{ scope, code string }

// NewWriter returns a writer; ring makes the check codes and answer tokens.
func NewWriter(set *templates.Set, cat *locales.Catalogue, ring *keys.Ring) *Writer {
	w := &Writer{set: set, cat: cat, ring: ring, polite: map[string]map[string]string{}}
	for _, tag := range cat.Tags() {
		w.polite[tag] = map[string]string{}
		for _, key := range cat.Keys("honorific.") {
			w.polite[tag][key] = cat.Say(tag, key)
		}
	}
	return w
}

// Render implements Renderer.
func (w *Writer) Render(spec notifier.Spec, job notifier.Job) (Rendered, error) {
	code := w.code(spec, job)
	r := templates.Request{Kind: job.Kind, Step: job.StepName, Form: spec.Form, Locale: job.Locale, Staff: job.Words, Hosts: w.hostsOf(job.Unit, job.Words)}
	r.Fields = w.fields(spec, job, w.set.Locale(r), code)
	c, err := w.set.Render(r)
	if err != nil {
		return Rendered{}, err
	}
	out := Rendered{Subject: c.Subject, Body: c.Body, Locale: c.Locale, Version: c.Version, Code: code}
	if spec.Medium == "sms" {
		out.Parts = c.Segments.Parts
	}
	if spec.Policy.Token {
		_, out.TokenHash = w.ring.Token(string(job.Launch), string(job.Person))
	}
	return out, nil
}

// code is the check code: one for all who get the notice, so that the desk can look it up; an appointment has its own, and
// so has a visit, unless the loudspeaker tells everybody of it.
func (w *Writer) code(spec notifier.Spec, job notifier.Job) string {
	if job.Code != "" {
		return job.Code
	}
	scope := "notice|" + string(job.Launch) + "|" + strconv.Itoa(job.StepNo)
	if spec.Medium != "speech" && (spec.Medium == "visit" || job.Kind == "homevisit") {
		scope = "visit|" + string(job.Launch) + "|" + string(job.Person)
	}
	if last := w.last.Load(); last != nil && last.scope == scope {
		return last.code
	}
	made := &scopedCode{scope, w.ring.Code(scope, 6)}
	w.last.Store(made)
	return made.code
}

// fields fills the allow-listed fields; a short form uses the unit's short name (rulings.md 15). lang is the language in
// which the notice will really be written: a form of address in another would stand out.
func (w *Writer) fields(spec notifier.Spec, job notifier.Job, lang, code string) map[string]string {
	f := make(map[string]string, len(job.Fields)+8)
	for k, v := range job.Fields {
		f[k] = v
	}
	f["code"], f["class"], f["village"] = code, job.Class, job.Village
	f["name"] = w.names(job, lang)
	f["honorific"] = w.honorific(spec, job, lang)
	if len(job.Born) >= 4 {
		f["yob"] = job.Born[:4]
	}
	if personal[job.Kind] {
		addDates(f, job)
	}
	if strings.HasPrefix(spec.Form, "sms") {
		f["unit"] = job.Fields["unit_short"]
	} else {
		f["unit"] = strings.TrimSpace(job.Fields["unit"])
	}
	delete(f, "unit_short")
	return f
}

// renewalAges are the ages of which a notice may say that the card is due at them.
var renewalAges = []int{14, 25, 40, 60}

// addDates fills what is one person's own: the day the card is due, the age reached then, the day of turning 14. What is
// not known stays empty, and what needs it is not written.
func addDates(f map[string]string, job notifier.Job) {
	born, errBorn := vn.ParseISODate(job.Born)
	if due, err := vn.ParseISODate(job.CardDueOn); err == nil && due.Full() {
		f["expiry"] = written(due)
		if age := due.Year - born.Year; errBorn == nil && slices.Contains(renewalAges, age) {
			f["age"] = strconv.Itoa(age)
		}
	}
	if errBorn == nil && born.Full() {
		f["bday"] = written(born.Birthday(14))
	}
}

// written is a date as people write it.
func written(d vn.Date) string { return fmt.Sprintf("%02d/%02d/%04d", d.Day, d.Month, d.Year) }

// names puts the names of a household together as a sentence would: "An, Bình và Chi".
func (w *Writer) names(job notifier.Job, lang string) string {
	last := len(job.Names) - 1
	if last < 1 {
		return strings.Join(job.Names, "")
	}
	return w.cat.Say(lang, "join.names", "first", strings.Join(job.Names[:last], ", "), "last", job.Names[last])
}

// honorific never guesses: unknown sex is "Ông/Bà" (domain.md §7). A relay writes to parents, a merged notice to several.
func (w *Writer) honorific(spec notifier.Spec, job notifier.Job, lang string) string {
	key := "honorific.unknown"
	switch {
	case spec.Medium == "relay":
		key = "honorific.parents"
	case len(job.Names) > 1:
	case job.Sex == "male" || job.Sex == "female":
		key = "honorific." + job.Sex
	}
	return w.polite[lang][key]
}
