package work

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/templates"
)

// MessageRecord is what a dispatcher needs of the store.
type MessageRecord interface {
	Unit(ctx context.Context, id campaigns.UnitID) (campaigns.Unit, error)
	ServiceTemplate(ctx context.Context, unit campaigns.UnitID, id campaigns.TemplateID, n int) (campaigns.Template, error)
	TemplateVersion(ctx context.Context, id campaigns.TemplateVersionID) (campaigns.TemplateVersion, error)
	SendMessages(ctx context.Context, v campaigns.Service, list []campaigns.Message) ([]campaigns.Message, error)
}

// Dispatcher takes single messages of services: it reads their addresses and values, writes them once as a trial, and
// hands them to the engine, which decides about them as about every notice.
type Dispatcher struct {
	record MessageRecord
	engine *Engine
	writer *Writer
	words  staffWords
}

// NewDispatcher returns a dispatcher for the channels of an engine.
func NewDispatcher(record MessageRecord, engine *Engine, writer *Writer) *Dispatcher {
	return &Dispatcher{record: record, engine: engine, writer: writer, words: staffWords{compiler: writer}}
}

// Desk is one service at work with one template in one kind: what all messages of a request, or of a bulk send, share.
type Desk struct {
	d       *Dispatcher
	Service campaigns.Service
	Unit    campaigns.Unit
	KeyKind string // live, team or test
	Kind    campaigns.MessageKind
	Version campaigns.TemplateVersion
	spec    notifier.Spec
	staff   *templates.Staff
	needs   []string
}

// Fields are what the sender must give, as the words name it.
func (k *Desk) Fields() []string { return slices.Clone(k.needs) }

// Desk opens a desk. A refusal is a *campaigns.MessageError.
func (d *Dispatcher) Desk(ctx context.Context, v campaigns.Service, keyKind string, kind campaigns.MessageKind, template campaigns.TemplateID) (*Desk, error) {
	t, err := d.record.ServiceTemplate(ctx, v.UnitID, template, 0)
	if errors.Is(err, campaigns.ErrNotFound) {
		return nil, &campaigns.MessageError{Fault: campaigns.NoTemplate}
	}
	if err != nil {
		return nil, err
	}
	return d.open(ctx, v, keyKind, kind, t.Newest)
}

func (d *Dispatcher) open(ctx context.Context, v campaigns.Service, keyKind string, kind campaigns.MessageKind, version campaigns.TemplateVersion) (*Desk, error) {
	k := &Desk{d: d, Service: v, KeyKind: keyKind, Kind: kind, Version: version}
	var err error
	if k.Unit, err = d.record.Unit(ctx, v.UnitID); err != nil {
		return nil, err
	}
	channel := d.engine.Carries(kind.Medium())
	k.spec = d.engine.lines[channel].Spec
	if channel == "" {
		if keyKind != "test" && kind != campaigns.Letter {
			return nil, &campaigns.MessageError{Fault: campaigns.NoLine}
		}
		k.spec = notifier.Spec{Medium: kind.Medium(), Form: kind.Forms()[0], Limits: notifier.Limits{Parts: 3}}
	}
	raw, err := json.Marshal(version.Words)
	if err != nil {
		return nil, err
	}
	if k.staff, err = d.words.of(version.ID, string(raw)); err != nil {
		return nil, err
	}
	if channel == "" {
		k.spec.Form = kind.In(version.Words)
	}
	text, ok := version.Words[k.spec.Form]
	if !ok {
		return nil, &campaigns.MessageError{Fault: campaigns.WrongForm}
	}
	k.needs, err = needed(text[locales.Fallback])
	return k, err
}

// Offer is a kind in which words can be sent, with the words and what a sender must give.
type Offer struct {
	Kind   campaigns.MessageKind
	Text   string
	Fields []string
}

// Offers lists the kinds in which services can send words.
func (d *Dispatcher) Offers(words campaigns.StaffWords) (out []Offer) {
	for _, kind := range campaigns.MessageKinds {
		form := kind.In(words)
		if channel := d.engine.Carries(kind.Medium()); channel != "" && words[d.engine.lines[channel].Spec.Form] != nil {
			form = d.engine.lines[channel].Spec.Form
		}
		if form == "" {
			continue
		}
		text := words[form][locales.Fallback]
		if needs, err := needed(text); err == nil {
			out = append(out, Offer{Kind: kind, Text: text, Fields: needs})
		}
	}
	return out
}

// given are the fields that the engine knows of a unit's message without being told.
var given = []string{"unit", "phone", "code", "honorific"}

// needed says what of the words a sender must give. What neither the sender may say nor the engine knows makes the words
// unfit for services.
func needed(text string) (out []string, err error) {
	p, err := locales.Parse(text)
	if err != nil {
		return nil, err
	}
	var unfit []string
	for _, f := range p.Fields() {
		switch {
		case slices.Contains(given, f):
		case templates.Ours(f):
			unfit = append(unfit, f)
		default:
			out = append(out, f)
		}
	}
	if unfit != nil {
		return nil, &campaigns.MessageError{Fault: campaigns.WordsUnfit, Fields: unfit}
	}
	return out, nil
}

// Values takes of what a sender gave what the words ask for, whatever the spelling of its name ("Full_Name" is fullname), and
// says what is missing. Nothing else is kept.
func (k *Desk) Values(raw map[string]string) (map[string]string, error) {
	by := make(map[string]string, len(raw))
	for name, v := range raw {
		by[sameName(name)] = v
	}
	out := map[string]string{}
	var missing []string
	for _, f := range k.needs {
		v, ok := by[sameName(f)]
		if !ok {
			missing = append(missing, f)
			continue
		}
		out[f] = v
	}
	if missing != nil {
		return nil, &campaigns.MessageError{Fault: campaigns.ValuesMissing, Fields: missing}
	}
	return out, nil
}

// sameName brings the spellings of a field's name together.
func sameName(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '_' || r == '-' {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// Ready makes a message ready to send, and writes it once to see that it can be written.
func (k *Desk) Ready(to string, lines []string, raw map[string]string) (campaigns.Message, error) {
	m := campaigns.Message{ServiceID: k.Service.ID, KeyKind: k.KeyKind, Kind: k.Kind, VersionID: k.Version.ID, Template: k.Version.TemplateID, N: k.Version.N, Channel: k.spec.Name}
	if err := k.address(&m, to, lines); err != nil {
		return m, err
	}
	if k.Kind == campaigns.Letter && slices.Contains(k.needs, "name") && raw["name"] == "" {
		raw = withName(raw, m.Lines[0])
	}
	var err error
	if m.Values, err = k.Values(raw); err != nil {
		return m, err
	}
	if k.Kind == campaigns.Letter {
		m.Values["name"] = firstOf(m.Values["name"], m.Lines[0]) // its frame names whom it is for
	}
	_, err = k.Write(m)
	return m, err
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func withName(raw map[string]string, name string) map[string]string {
	out := map[string]string{"name": name}
	for k, v := range raw {
		if sameName(k) != "name" || v != "" {
			out[k] = v
		}
	}
	return out
}

// Write writes a message as it leaves: the same words for the same message. A refusal is a *campaigns.MessageError.
func (k *Desk) Write(m campaigns.Message) (campaigns.Written, error) {
	job := notifier.Job{Launch: m.Launch, StepNo: max(m.StepNo, 1), Kind: "custom", Words: k.staff, Unit: k.Unit.ID,
		Fields: map[string]string{"unit": k.Unit.Name, "unit_short": k.Unit.ShortName, "phone": k.Unit.Phone}}
	if m.Launch == "" {
		job.Launch = "trial"
	}
	job.ForService(m.Values)
	r, err := k.d.writer.Render(k.spec, job)
	if err != nil {
		return campaigns.Written{}, messageFault(err)
	}
	if k.spec.Limits.Parts > 0 && r.Parts > k.spec.Limits.Parts {
		return campaigns.Written{}, &campaigns.MessageError{Fault: campaigns.TooManyParts, Parts: r.Parts}
	}
	return campaigns.Written{Subject: r.Subject, Body: r.Body, Parts: r.Parts}, nil
}

// messageFault says in the words of messages why one cannot be written.
func messageFault(err error) error {
	var fraud *templates.FraudError
	var missing *templates.MissingFieldError
	var charset *templates.CharsetError
	switch {
	case errors.As(err, &fraud):
		return &campaigns.MessageError{Fault: campaigns.ValueRefused, Fields: []string{fraud.Field}, Rule: string(fraud.Rule)}
	case errors.As(err, &charset):
		return &campaigns.MessageError{Fault: campaigns.ValueCharset, Fields: []string{charset.Field}}
	case errors.As(err, &missing) && slices.Contains([]string{"unit", "phone"}, missing.Field):
		return &campaigns.MessageError{Fault: campaigns.UnitNotReady, Fields: []string{missing.Field}}
	case errors.As(err, &missing):
		return &campaigns.MessageError{Fault: campaigns.ValuesMissing, Fields: []string{missing.Field}}
	}
	return err
}

// Send records messages that are ready and has them carried.
func (d *Dispatcher) Send(ctx context.Context, v campaigns.Service, list []campaigns.Message) ([]campaigns.Message, error) {
	sent, err := d.record.SendMessages(ctx, v, list)
	if errors.Is(err, campaigns.ErrStopped) {
		return nil, &campaigns.MessageError{Fault: campaigns.StoppedByUnit}
	}
	if err == nil {
		_ = d.engine.bell.Ring(ctx, campaigns.Normal) // what no bell announced the tick finds
	}
	return sent, err
}

// Reopen opens the desk at which a message was sent, to write it again.
func (d *Dispatcher) Reopen(ctx context.Context, v campaigns.Service, m campaigns.Message) (*Desk, error) {
	version, err := d.record.TemplateVersion(ctx, m.VersionID)
	if err != nil {
		return nil, err
	}
	k, err := d.open(ctx, v, m.KeyKind, m.Kind, version)
	if refused := (*campaigns.MessageError)(nil); errors.As(err, &refused) && refused.Fault == campaigns.NoLine {
		return d.open(ctx, v, "test", m.Kind, version) // its channel was taken away since
	}
	return k, err
}
