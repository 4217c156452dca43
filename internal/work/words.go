package work

import (
	"errors"
	"maps"
	"slices"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/templates"
	"github.com/loaphuong/loa/templates/lint"
)

// adviceLocale is the language of what programs are told.
const adviceLocale = "en"

// Needs implements Speaker.
func (w *Writer) Needs(kind, step, form string, words *templates.Staff) []string {
	if words != nil {
		return words.Fields(step, form)
	}
	return w.set.Fields(kind, step, form)
}

// CheckFields implements Speaker: it reads what the campaign itself says as a citizen would.
func (w *Writer) CheckFields(c campaigns.Campaign, unit campaigns.Unit) error {
	for _, field := range slices.Sorted(maps.Keys(c.Fields)) {
		if f, hard := lint.Value(templates.Clean(c.Fields[field]), lint.Options{Phones: []string{unit.Phone}}); hard {
			return w.refusal(field, f.Rule)
		}
	}
	return nil
}

// CheckSample implements Speaker: it writes a notice to somebody invented and reads the whole of it, since words that are
// harmless alone may not be together. A field that is still empty is not its concern.
func (w *Writer) CheckSample(spec notifier.Spec, c campaigns.Campaign, unit campaigns.Unit, step string, words *templates.Staff) error {
	job := sampleJob(c, unit, step)
	job.Words = words
	r := templates.Request{Kind: c.Kind, Step: step, Form: spec.Form, Locale: locales.Fallback, Staff: words, Hosts: w.hostsOf(unit.ID, words)}
	r.Fields = w.fields(spec, job, locales.Fallback, "K7M2QX")
	content, err := w.set.Render(r)
	if fraud := (*templates.FraudError)(nil); errors.As(err, &fraud) {
		return w.refusal(fraud.Field, fraud.Rule)
	}
	if missing := (*templates.MissingFieldError)(nil); errors.As(err, &missing) {
		return nil
	}
	if err != nil {
		return err
	}
	o := lint.Options{Phones: []string{job.Fields["phone"]}, Warnings: templates.Warnings(w.cat, content.Locale), Hosts: r.Hosts}
	if f, hard := lint.Hard(lint.Check(content.Subject+"\n"+content.Body, o)); hard {
		return w.refusal("", f.Rule)
	}
	return nil
}

func (w *Writer) refusal(field string, rule lint.Rule) error {
	return &campaigns.WordsError{Field: field, Rule: string(rule), Advice: w.cat.Say(adviceLocale, "lint."+string(rule))}
}

// SamplePhone stands in a sample where the unit has published no number yet.
const SamplePhone = "0200000000"

// Sample writes a notice of a unit to somebody invented, or to the values given. Errors are those of templates.Set.Render.
func (w *Writer) Sample(unit campaigns.Unit, kind, step, form, locale string, fields map[string]string, words *templates.Staff) (templates.Content, error) {
	job := sampleJob(campaigns.Campaign{Kind: kind, Fields: sampleFields}, unit, step)
	job.Words = words
	if locale != "" {
		job.Locale = locale
	}
	spec := notifier.Spec{Form: form}
	r := templates.Request{Kind: kind, Step: step, Form: form, Locale: job.Locale, Staff: words, Hosts: w.hostsOf(unit.ID, words)}
	r.Fields = w.fields(spec, job, w.set.Locale(r), "K7M2QX")
	maps.Copy(r.Fields, fields)
	return w.set.Render(r)
}

// sampleFields are what a campaign says, in a sample.
var sampleFields = map[string]string{"place": "trụ sở Công an", "time": "8h00 05/12", "date": "05/12/2026", "hours": "8h00 đến 17h00", "deadline": "18/12/2026",
	"doc_list": "giấy khai sinh", "doc_no": "12/TB", "return_date": "20/12/2026", "slot": "12", "phone_tail": "678", "stop": "TC"}

// sampleJob is a delivery of a campaign to somebody invented, with what the unit has not got yet filled in.
func sampleJob(c campaigns.Campaign, unit campaigns.Unit, step string) notifier.Job {
	fields := map[string]string{"unit": unit.Name, "unit_short": unit.ShortName, "phone": unit.Phone, "n": "7"}
	for field, sample := range map[string]string{"unit": "phường Mẫu", "unit_short": "P.Mau", "phone": SamplePhone} {
		if fields[field] == "" {
			fields[field] = sample
		}
	}
	maps.Copy(fields, c.Fields)
	return notifier.Job{Launch: "sample", Person: "sample", StepNo: 1, StepName: step, Kind: c.Kind, Locale: locales.Fallback, Names: []string{"Nguyễn Thị Minh Anh"},
		Born: "2001-05-10", CardDueOn: "2026-05-10", Class: "12A3", Village: "thôn Đông", Fields: fields}
}
