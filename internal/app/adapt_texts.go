package app

import (
	"errors"
	"fmt"
	"strings"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/templates"
	"github.com/loaphuong/loa/templates/lint"
)

// texts adapts the templates to the API.
type texts struct {
	set    *templates.Set
	cat    *locales.Catalogue
	writer *work.Writer
}

var _ api.Texts = texts{}

// APITexts lets the API write notices without sending them.
func APITexts(set *templates.Set, cat *locales.Catalogue, writer *work.Writer) api.Texts {
	return texts{set: set, cat: cat, writer: writer}
}

// Compiled implements api.Texts.
func (t texts) Compiled(words campaigns.StaffWords) (api.CompiledWords, error) {
	staff, err := t.set.Compile(words)
	if err != nil {
		return api.CompiledWords{}, fmt.Errorf("%w: %w", campaigns.ErrWords, err)
	}
	out := api.CompiledWords{Hash: staff.Version(), Links: staff.Links(), Forms: staff.Forms(), Fields: map[string][]string{}}
	for _, at := range staff.Slots() {
		step, form, own := strings.Cut(at, "/")
		if !own {
			step, form = "", at
		}
		out.Fields[at] = staff.Fields(step, form)
	}
	for _, a := range staff.Advice() {
		f := t.finding(a.Finding)
		f.Form, f.Locale = a.Form, a.Locale
		out.Advice = append(out.Advice, f)
	}
	return out, nil
}

func (t texts) finding(f lint.Finding) api.LintFinding {
	return api.LintFinding{Class: string(f.Class), Rule: string(f.Rule), Advice: t.cat.Say("en", "lint."+string(f.Rule)), Start: f.Start, End: f.End}
}

// Lint implements api.Texts.
func (t texts) Lint(text string, phones []string) []api.LintFinding {
	out := []api.LintFinding{}
	for _, tag := range t.cat.Tags() { // the warnings of any language are ours
		if found := lint.Check(text, lint.Options{Phones: phones, Warnings: templates.Warnings(t.cat, tag)}); len(out) == 0 || len(found) < len(out) {
			out = mapped(found, t.finding)
		}
		if len(out) == 0 {
			return out
		}
	}
	return out
}

// Preview implements api.Texts.
func (t texts) Preview(ask api.PreviewAsk) (api.Rendered, error) {
	var staff *templates.Staff
	if ask.Words != nil {
		var err error
		if staff, err = t.set.Compile(ask.Words); err != nil {
			return api.Rendered{}, fmt.Errorf("%w: %w", campaigns.ErrWords, err)
		}
		ask.Kind = "custom"
	}
	c, err := t.writer.Sample(ask.Unit, ask.Kind, ask.Step, ask.Form, ask.Locale, ask.Fields, staff)
	var missing *templates.MissingFieldError
	var fraud *templates.FraudError
	switch {
	case errors.Is(err, templates.ErrNoTemplate):
		return api.Rendered{}, fmt.Errorf("%w: there is no such notice", campaigns.ErrNotFound)
	case errors.As(err, &missing):
		return api.Rendered{}, fmt.Errorf("%w: %s", campaigns.ErrMissingFields, missing.Field)
	case errors.As(err, &fraud):
		return api.Rendered{}, &campaigns.WordsError{Field: fraud.Field, Rule: string(fraud.Rule), Advice: t.cat.Say("en", "lint."+string(fraud.Rule))}
	case err != nil:
		return api.Rendered{}, fmt.Errorf("%w: %w", campaigns.ErrWords, err)
	}
	whole := c.Body
	if c.Subject != "" {
		whole = c.Subject + "\n" + c.Body
	}
	var hosts []string
	if staff != nil {
		hosts = staff.Links() // it was written, so that the unit may lead there
	}
	found := lint.Check(whole, lint.Options{Phones: []string{ask.Unit.Phone, work.SamplePhone}, Hosts: hosts, Warnings: templates.Warnings(t.cat, c.Locale)})
	return api.Rendered{Subject: c.Subject, Body: c.Body, Locale: c.Locale, Version: c.Version, Encoding: c.Segments.Encoding, Units: c.Segments.Units,
		Parts: c.Segments.Parts, Findings: mapped(found, t.finding)}, nil
}

// Shipped implements api.Texts.
func (t texts) Shipped() []api.ShippedNotice {
	var out []api.ShippedNotice
	for _, ref := range t.set.Templates() {
		n := api.ShippedNotice{Kind: ref.Kind, Step: ref.Step, Form: ref.Form, Fields: t.set.Fields(ref.Kind, ref.Step, ref.Form), Locales: []string{}}
		if n.Fields == nil {
			n.Fields = []string{}
		}
		for _, tag := range t.cat.Tags() {
			if t.set.Locale(templates.Request{Kind: ref.Kind, Step: ref.Step, Form: ref.Form, Locale: tag}) == tag {
				n.Locales = append(n.Locales, tag)
			}
		}
		out = append(out, n)
	}
	return out
}
