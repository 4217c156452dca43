package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Templates is the record of words that staff write.
type Templates interface {
	CreateTemplate(ctx context.Context, t campaigns.Template) (campaigns.Template, error)
	AddTemplateVersion(ctx context.Context, v campaigns.TemplateVersion, newest int) (campaigns.TemplateVersion, error)
	Templates(ctx context.Context, unit campaigns.UnitID, after campaigns.TemplateID, limit int) ([]campaigns.Template, error)
	Template(ctx context.Context, id campaigns.TemplateID) (campaigns.Template, error)
	TemplateVersions(ctx context.Context, id campaigns.TemplateID) ([]campaigns.TemplateVersion, error)
	TemplateVersion(ctx context.Context, id campaigns.TemplateVersionID) (campaigns.TemplateVersion, error)
}

// Texts writes and reads notices without sending them.
type Texts interface {
	// Compiled checks words of staff and says what they are; an error wraps campaigns.ErrWords.
	Compiled(words campaigns.StaffWords) (CompiledWords, error)
	// Preview writes a notice to somebody invented, or to the values given.
	Preview(ask PreviewAsk) (Rendered, error)
	// Lint reads a text as the engine does before it sends.
	Lint(text string, phones []string) []LintFinding
	// Shipped lists the notices that come with the program.
	Shipped() []ShippedNotice
}

// CompiledWords is what is known of words of staff.
type CompiledWords struct {
	Hash   string
	Forms  []string
	Fields map[string][]string // by form
	Advice []LintFinding
	Links  []string // hosts of the state that they lead to
}

// LeadWithin refuses words that lead to a host which is not among hosts.
func (c CompiledWords) LeadWithin(hosts []string) error {
	for _, host := range c.Links {
		if !slices.Contains(hosts, host) {
			return &campaigns.WordsError{Rule: "link", Advice: "The unit may not lead to this host; the province sets which at /api/v1/units/{id}/links."}
		}
	}
	return nil
}

// PreviewAsk asks for one notice in words. Either Kind and Step or Words are given.
type PreviewAsk struct {
	Unit             campaigns.Unit
	Kind, Step, Form string
	Locale           string
	Fields           map[string]string
	Words            campaigns.StaffWords
}

// Rendered is a notice in words, as it would be sent.
type Rendered struct {
	Subject  string        `json:"subject,omitempty" doc:"Of an e-mail."`
	Body     string        `json:"body" doc:"The whole text."`
	Locale   string        `json:"locale" doc:"The language really used."`
	Version  string        `json:"version" doc:"Names the exact words before values came in."`
	Encoding string        `json:"encoding" enum:"gsm7,ucs2" doc:"How an SMS of it would be encoded."`
	Units    int           `json:"units" doc:"Characters as an SMS counts them."`
	Parts    int           `json:"parts" doc:"SMS that it takes."`
	Findings []LintFinding `json:"findings" nullable:"false" doc:"What the linter says of the whole text."`
}

// LintFinding is one place of a text that a citizen might take for a fraud, or that asks for a reason.
type LintFinding struct {
	Class  string `json:"class" enum:"hard,advice" doc:"hard: refused, whoever asks. advice: allowed with a reason."`
	Rule   string `json:"rule" doc:"Name of the rule."`
	Advice string `json:"advice" doc:"What to do about it, in English."`
	Form   string `json:"form,omitempty" doc:"Form of the words it stands in."`
	Locale string `json:"locale,omitempty" doc:"Language of the words it stands in."`
	Start  int    `json:"start" doc:"First character, counted from 0."`
	End    int    `json:"end" doc:"The character after the last."`
}

// ShippedNotice is a notice that comes with the program.
type ShippedNotice struct {
	Kind    string   `json:"kind"`
	Step    string   `json:"step"`
	Form    string   `json:"form"`
	Fields  []string `json:"fields" nullable:"false" doc:"What it asks for."`
	Locales []string `json:"locales" nullable:"false" doc:"Languages it is written in; any other is served in Vietnamese."`
}

// Template is words of staff with their newest version.
type Template struct {
	ID        campaigns.TemplateID `json:"id"`
	UnitID    campaigns.UnitID     `json:"unit_id"`
	Name      string               `json:"name"`
	CreatedAt time.Time            `json:"created_at"`
	Newest    TemplateVersion      `json:"newest"`
}

// TemplateVersion is the words as they were written at a time.
type TemplateVersion struct {
	ID     campaigns.TemplateVersionID `json:"id" doc:"What a campaign of the kind custom names as its words."`
	N      int                         `json:"n" doc:"1, 2, ... within the template."`
	Words  campaigns.StaffWords        `json:"words" doc:"Texts by form and locale."`
	Hash   string                      `json:"hash" doc:"Names the exact words."`
	Forms  []string                    `json:"forms" nullable:"false" doc:"Forms that have words."`
	Fields map[string][]string         `json:"fields" doc:"What each form, or step and form, asks for, its frame included."`
	Advice []LintFinding               `json:"advice" nullable:"false" doc:"What asks for a reason before approval."`
	Author string                      `json:"author"`
	Note   string                      `json:"note,omitempty"`
	At     time.Time                   `json:"at"`
}

// WordsIn is words that staff write: texts by form (sms_plain, sms, long, print, ...) and locale; a step that says something
// else has its own, as "reminder/sms_plain". Fields stand as
// {{name}}; a frame of ours adds check code, warning and how to stop.
type WordsIn struct {
	Words campaigns.StaffWords `json:"words" minProperties:"1" maxProperties:"36" doc:"Texts by form and locale; every form needs Vietnamese. A step (first, reminder, last) that says something else has its own, as reminder/sms_plain."`
	Note  string               `json:"note,omitempty" maxLength:"500" doc:"What has changed, or why advice is not followed."`
}

func (a *API) templates(h huma.API) {
	register(a, h, route{method: http.MethodGet, path: "/notices", id: "list-notices", tag: "templates", summary: "The notices that come with the program"},
		func(context.Context, *struct{}) (*Body[Page[ShippedNotice]], error) {
			list := a.Texts.Shipped()
			return body(pageOf(list, len(list), nil), nil)
		})
	register(a, h, route{method: http.MethodPost, path: "/templates", id: "create-template", tag: "templates", status: http.StatusCreated,
		summary: "Write words for a purpose of the unit's own"}, a.createTemplate)
	register(a, h, route{method: http.MethodGet, path: "/templates", id: "list-templates", tag: "templates", summary: "The templates of a unit, oldest first"},
		func(ctx context.Context, in *struct {
			Paging
			Unit string `query:"unit" required:"true" maxLength:"64"`
		}) (*Body[Page[Template]], error) {
			unit, err := a.unit(ctx, access.CampaignRead, in.Unit)
			if err != nil {
				return nil, err
			}
			list, err := a.Record.Templates(ctx, unit.ID, campaigns.TemplateID(in.Cursor), in.Limit+1)
			return body(pageOf(mapped(list, a.templateOf), in.Limit, func(t Template) string { return string(t.ID) }), err)
		})
	register(a, h, route{method: http.MethodGet, path: "/templates/{id}", id: "get-template", tag: "templates", summary: "A template with its newest version"},
		func(ctx context.Context, in *ByID) (*Body[Template], error) {
			t, err := a.Record.Template(ctx, campaigns.TemplateID(in.ID))
			if err != nil {
				return nil, err
			}
			return body(a.templateOf(t), nil)
		})
	register(a, h, route{method: http.MethodGet, path: "/templates/{id}/versions", id: "list-template-versions", tag: "templates", summary: "All versions, newest first"},
		func(ctx context.Context, in *ByID) (*Body[Page[TemplateVersion]], error) {
			list, err := a.Record.TemplateVersions(ctx, campaigns.TemplateID(in.ID))
			return body(pageOf(mapped(list, a.versionOf), len(list), nil), err)
		})
	register(a, h, route{method: http.MethodPost, path: "/templates/{id}/versions", id: "add-template-version", tag: "templates", status: http.StatusCreated,
		summary: "Write new words; campaigns keep the version they were made with"}, a.addVersion)
	register(a, h, route{method: http.MethodPost, path: "/templates/preview", id: "preview-template", tag: "templates",
		summary: "A notice in words, its SMS parts, and what the linter says; nothing is sent"}, a.previewTemplate)
	register(a, h, route{method: http.MethodPost, path: "/templates/lint", id: "lint-text", tag: "templates", summary: "Read a text as the engine does before it sends"},
		func(ctx context.Context, in *struct {
			Body struct {
				Text string `json:"text" minLength:"1" maxLength:"10000"`
				Unit string `json:"unit,omitempty" maxLength:"64" doc:"Its published number may stand in the text."`
			}
		}) (*Body[Page[LintFinding]], error) {
			var phones []string
			if in.Body.Unit != "" {
				unit, err := a.unit(ctx, access.CampaignDraft, in.Body.Unit)
				if err != nil {
					return nil, err
				}
				phones = append(phones, unit.Phone)
			}
			list := a.Texts.Lint(in.Body.Text, phones)
			return body(pageOf(list, len(list), nil), nil)
		})
}

func (a *API) templateOf(t campaigns.Template) Template {
	return Template{ID: t.ID, UnitID: t.UnitID, Name: t.Name, CreatedAt: t.CreatedAt, Newest: a.versionOf(t.Newest)}
}

// versionOf also says what the words ask for; words of an older program that are refused today are shown without it.
func (a *API) versionOf(v campaigns.TemplateVersion) TemplateVersion {
	out := TemplateVersion{ID: v.ID, N: v.N, Words: v.Words, Hash: v.Hash, Forms: []string{}, Fields: map[string][]string{}, Advice: []LintFinding{}, Author: v.Author, Note: v.Note, At: v.At}
	if c, err := a.Texts.Compiled(v.Words); err == nil {
		out.Forms, out.Fields = c.Forms, c.Fields
		out.Advice = append(out.Advice, c.Advice...)
	}
	return out
}

func (a *API) createTemplate(ctx context.Context, in *struct {
	Acting
	Body struct {
		WordsIn
		Unit string `json:"unit" minLength:"1" maxLength:"64" doc:"Id or code of the unit that writes."`
		Name string `json:"name" minLength:"1" maxLength:"200" doc:"Its name, for staff."`
	}
}) (*Body[Template], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	unit, err := a.unit(ctx, access.CampaignDraft, in.Body.Unit)
	if err != nil {
		return nil, err
	}
	c, err := a.Texts.Compiled(in.Body.Words)
	if err == nil {
		err = a.mayLead(ctx, unit.ID, c)
	}
	if err != nil {
		return nil, err
	}
	t, err := a.Record.CreateTemplate(ctx, campaigns.Template{UnitID: unit.ID, Name: in.Body.Name,
		Newest: campaigns.TemplateVersion{Words: in.Body.Words, Hash: c.Hash, Author: actor, Note: in.Body.Note}})
	if err != nil {
		return nil, err
	}
	return body(a.templateOf(t), nil)
}

func (a *API) addVersion(ctx context.Context, in *struct {
	Acting
	ByID
	Body struct {
		WordsIn
		Newest int `json:"newest" minimum:"1" doc:"Number of the version that was read; a 409 when somebody has written since."`
	}
}) (*Body[TemplateVersion], error) {
	actor, err := in.actor()
	if err != nil {
		return nil, err
	}
	t, err := a.Record.Template(ctx, campaigns.TemplateID(in.ID))
	if err != nil {
		return nil, err
	}
	c, err := a.Texts.Compiled(in.Body.Words)
	if err == nil {
		err = a.mayLead(ctx, t.UnitID, c)
	}
	if err != nil {
		return nil, err
	}
	v, err := a.Record.AddTemplateVersion(ctx, campaigns.TemplateVersion{TemplateID: campaigns.TemplateID(in.ID), Words: in.Body.Words,
		Hash: c.Hash, Author: actor, Note: in.Body.Note}, in.Body.Newest)
	if err != nil {
		return nil, err
	}
	return body(a.versionOf(v), nil)
}

func (a *API) previewTemplate(ctx context.Context, in *struct {
	Body struct {
		Unit   string               `json:"unit" minLength:"1" maxLength:"64" doc:"Whose name and number the notice bears."`
		Kind   string               `json:"kind,omitempty" maxLength:"40" doc:"A shipped notice: its kind."`
		Step   string               `json:"step,omitempty" maxLength:"40" doc:"A shipped notice: first, reminder, last, ..."`
		Words  campaigns.StaffWords `json:"words,omitempty" maxProperties:"12" doc:"Or words of staff."`
		Form   string               `json:"form" minLength:"1" maxLength:"40" doc:"sms_plain, sms, long, print, ..."`
		Locale string               `json:"locale,omitempty" maxLength:"40" doc:"The citizen's language; Vietnamese where it is left out."`
		Fields map[string]string    `json:"fields,omitempty" maxProperties:"30" doc:"Values; what is left out is invented."`
	}
}) (*Body[Rendered], error) {
	unit, err := a.unit(ctx, access.CampaignDraft, in.Body.Unit)
	if err != nil {
		return nil, err
	}
	b := in.Body
	if (b.Words == nil) == (b.Kind == "") {
		return nil, invalid("body", "needs either kind and step or words")
	}
	return body(a.Texts.Preview(PreviewAsk{Unit: unit, Kind: b.Kind, Step: b.Step, Form: b.Form, Locale: b.Locale, Fields: b.Fields, Words: b.Words}))
}
