package work

import (
	"slices"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/templates"
)

// Left stands in an official text for what is one person's own.
const Left = "..."

// personalFields are those that no two who get a notice share.
var personalFields = []string{"name", "class", "village", "yob", "expiry", "age", "bday", "phone_tail"}

// Official writes a notice as everybody got it, with Left where their own data stood: what a citizen compares with the text
// in hand. "" where there is no such text. A unit that is no ward leaves the sender open too: each ward wrote to its own.
func (w *Writer) Official(c campaigns.Campaign, unit campaigns.Unit, step, form, locale, code string, words *templates.Staff) (string, error) {
	r := templates.Request{Kind: c.Kind, Step: step, Form: form, Locale: locale, Staff: words, Hosts: w.hostsOf(unit.ID, words)}
	lang := w.set.Locale(r)
	if lang == "" {
		return "", nil
	}
	job := notifier.Job{Kind: c.Kind, StepName: step, Locale: locales.Fallback, Names: []string{Left},
		Fields: map[string]string{"unit": unit.Name, "unit_short": unit.ShortName, "phone": unit.Phone, "n": Left}}
	for field, own := range c.Fields {
		job.Fields[field] = own
	}
	if unit.Kind != campaigns.Ward {
		job.Fields["unit"], job.Fields["unit_short"], job.Fields["phone"] = Left, Left, Left
	}
	r.Fields = w.fields(notifier.Spec{Form: form}, job, lang, code)
	for field, v := range r.Fields {
		if v == "" {
			r.Fields[field] = Left
		}
	}
	for _, field := range slices.Concat(personalFields, w.Needs(c.Kind, step, form, words)) {
		if _, filled := r.Fields[field]; !filled || slices.Contains(personalFields, field) {
			r.Fields[field] = Left
		}
	}
	content, err := w.set.Render(r)
	if err != nil {
		return "", err
	}
	if content.Subject != "" {
		return content.Subject + "\n" + content.Body, nil
	}
	return content.Body, nil
}
