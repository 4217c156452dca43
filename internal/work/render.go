package work

import (
	"strconv"
	"strings"

	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/templates"
)

// Writer renders jobs with the shipped templates.
type Writer struct {
	set  *templates.Set
	cat  *locales.Catalogue
	ring *keys.Ring
}

// NewWriter returns a writer; ring makes the check codes and answer tokens.
func NewWriter(set *templates.Set, cat *locales.Catalogue, ring *keys.Ring) *Writer {
	return &Writer{set: set, cat: cat, ring: ring}
}

// Render implements Renderer.
func (w *Writer) Render(spec notifier.Spec, job notifier.Job) (Rendered, error) {
	code := w.code(spec, job)
	c, err := w.set.Render(templates.Request{Kind: job.Kind, Step: job.StepName, Form: spec.Form, Locale: job.Locale,
		Fields: w.fields(spec, job, code)})
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

// Needs implements Speaker.
func (w *Writer) Needs(kind, step, form string) []string { return w.set.Fields(kind, step, form) }

// code is the check code: one for all who get the notice, so that the desk can look it up; a visit has its own, unless
// the loudspeaker tells everybody of it.
func (w *Writer) code(spec notifier.Spec, job notifier.Job) string {
	scope := "notice|" + string(job.Launch) + "|" + strconv.Itoa(job.StepNo)
	if spec.Medium != "speech" && (spec.Medium == "visit" || job.Kind == "homevisit") {
		scope = "visit|" + string(job.Launch) + "|" + string(job.Person)
	}
	return w.ring.Code(scope, 6)
}

// fields fills the allow-listed fields; a short form uses the unit's short name (rulings.md 15).
func (w *Writer) fields(spec notifier.Spec, job notifier.Job, code string) map[string]string {
	f := make(map[string]string, len(job.Fields)+8)
	for k, v := range job.Fields {
		f[k] = v
	}
	f["code"], f["class"], f["village"] = code, job.Class, job.Village
	f["name"] = w.names(job)
	f["honorific"] = w.honorific(spec, job)
	if len(job.Born) >= 4 {
		f["yob"] = job.Born[:4]
	}
	if strings.HasPrefix(spec.Form, "sms") {
		f["unit"] = job.Fields["unit_short"]
	} else {
		f["unit"] = strings.TrimSpace(job.Fields["unit"])
	}
	delete(f, "unit_short")
	return f
}

// names puts the names of a household together as a sentence would: "An, Bình và Chi".
func (w *Writer) names(job notifier.Job) string {
	last := len(job.Names) - 1
	if last < 1 {
		return strings.Join(job.Names, "")
	}
	return w.cat.Say(job.Locale, "join.names", "first", strings.Join(job.Names[:last], ", "), "last", job.Names[last])
}

// honorific never guesses: unknown sex is "Ông/Bà" (domain.md §7). A relay writes to parents, a merged notice to several.
func (w *Writer) honorific(spec notifier.Spec, job notifier.Job) string {
	key := "honorific.unknown"
	switch {
	case spec.Medium == "relay":
		key = "honorific.parents"
	case len(job.Names) > 1:
	case job.Sex == "male" || job.Sex == "female":
		key = "honorific." + job.Sex
	}
	return w.cat.Say(job.Locale, key)
}
