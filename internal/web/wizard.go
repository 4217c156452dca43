package web

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
)

// Drafts is the record of forms that somebody has begun.
type Drafts interface {
	SaveForm(ctx context.Context, d FormDraft) (FormDraft, error)
	Form(ctx context.Context, id, owner string) (FormDraft, error)
	Forms(ctx context.Context, kind string, unit campaigns.UnitID, owner string) ([]FormDraft, error)
	DropForm(ctx context.Context, id, owner string) error
	SetTarget(ctx context.Context, unit campaigns.UnitID, id campaigns.CampaignID, fact campaigns.Fact, denominator, goal int, actor string) error
}

// FormDraft is a form of several pages; UpdatedAt is policy time in milliseconds.
type FormDraft struct {
	ID        string
	Kind      string
	Unit      campaigns.UnitID
	Owner     string
	Values    map[string]string
	UpdatedAt int64
}

// campaignForm is the kind of drafts of the wizard.
const campaignForm = "campaign"

// wizardPages are the six pages in their order.
var wizardPages = []string{"purpose", "people", "message", "ladder", "check", "send"}

// wizardView is what all pages of the wizard have.
type wizardView struct {
	Frame
	ID, Page string
	Steps    []step
	Next     string // name of the page that follows
	Name     string
	Saved    string
	Fields   []field
	Pairs    []field // short ones, side by side
	Reach    *reach
	Preview  *preview
	Tongues  []chip // languages of the text; each is a button of the form
	Tongue   string
	Roster   string // a list that the first page brings along
	Accents  *field // SMS with or without accents
	Hours    string // when notices leave
	Warnings []string
	Rungs    []rungView
	Rows     []summaryRow
	Safety   safety
	Test     *testView
	People   int
	Blocked  string // why it cannot be sent now
}

// draftLine is a begun campaign in the list.
type draftLine struct {
	To, Name string
	At       time.Time
}

func (s *server) wizard(app *fiber.App) {
	app.Get("/campaigns/new", s.page(s.newCampaign))
	app.Post("/campaigns/new", s.page(s.newCampaign))
	app.Post("/campaigns/:id/copy", s.page(s.copyCampaign))
	app.Post("/drafts/:id/test", s.page(s.testDraft))
	app.Get("/drafts/:id/:page", s.page(s.showDraft))
	app.Post("/drafts/:id/:page", s.page(s.saveDraft))
}

func (s *server) draftLines(r *request) ([]draftLine, error) {
	list, err := s.Record.Forms(r.ctx, campaignForm, r.unit.ID, r.who.Login)
	var out []draftLine
	for _, d := range list {
		name := d.Values["name"]
		if name == "" {
			name = s.say(r, "web.wizard.nameless")
		}
		out = append(out, draftLine{To: "/drafts/" + d.ID + "/" + nextPage(d.Values["at"]), Name: name, At: time.UnixMilli(d.UpdatedAt)})
	}
	return out, err
}

// nextPage is where a draft goes on: behind the last page that was finished.
func nextPage(at string) string {
	return wizardPages[min(slices.Index(wizardPages, at)+1, len(wizardPages)-2)]
}

// newCampaign is the first page before there is a draft; it is kept when it is sent.
func (s *server) newCampaign(r *request) error {
	if err := r.need(mayDraft); err != nil {
		return err
	}
	d := FormDraft{Kind: campaignForm, Unit: r.unit.ID, Owner: r.who.Login, Values: map[string]string{}}
	if r.form == nil {
		d.Values["rosters"] = r.Query("roster")
		return s.wizardPage(r, d, "purpose", s.mend(r))
	}
	return s.keepPage(r, d, "purpose")
}

// draft finds a begun campaign of this person in this unit.
func (s *server) draft(r *request) (d FormDraft, page string, err error) {
	if err = r.need(mayDraft); err != nil {
		return d, "", err
	}
	if page = r.Params("page"); !slices.Contains(wizardPages, page) {
		return d, page, campaigns.ErrNotFound
	}
	d, err = s.Record.Form(r.ctx, r.Params("id"), r.who.Login)
	if err == nil && d.Unit != r.unit.ID {
		err = campaigns.ErrNotFound
	}
	return d, page, err
}

// copyCampaign begins a draft with what a campaign says: to run it again next year, or to mend one that was handed back.
// Whom it means is asked anew.
func (s *server) copyCampaign(r *request) error {
	c, u, err := s.mine(r)
	if err != nil {
		return err
	}
	if !r.may(mayDraft, r.unit.Path) || !under(u.Path, r.unit.Path) {
		return ErrForbidden
	}
	d := FormDraft{Kind: campaignForm, Unit: r.unit.ID, Owner: r.who.Login, Values: map[string]string{"kind": c.Kind, "name": c.Name}}
	for name, value := range c.Fields {
		d.Values[name] = value
	}
	for i, st := range c.Ladder {
		d.Values["days"+strconv.Itoa(i+1)] = strconv.Itoa(max(st.AfterDays, st.BeforeDays))
	}
	if d, err = s.Record.SaveForm(r.ctx, d); err != nil {
		return err
	}
	return r.to("/drafts/" + d.ID + "/purpose")
}

func (s *server) showDraft(r *request) error {
	d, page, err := s.draft(r)
	if err != nil {
		return err
	}
	return s.wizardPage(r, d, page, s.mend(r))
}

func (s *server) saveDraft(r *request) error {
	d, page, err := s.draft(r)
	if err != nil {
		return err
	}
	if page == "send" {
		return s.submitDraft(r, d)
	}
	if r.Get("HX-Request") == "true" {
		return s.draftPart(r, d, page)
	}
	return s.keepPage(r, d, page)
}

// wizardNames are the fields of each page; several values of one are kept with commas between.
var wizardNames = map[string][]string{
	"purpose": {"kind", "name", "target", "rosters"},
	"people":  {"born_from", "born_to", "rosters", "classes", "villages", "more"},
	"message": {"words", "place", "time", "deadline", "doc_list", "doc_no", "hours", "date", "return_date", "accents", "tongue"},
	"ladder":  {"days1", "days2", "days3", "days4", "use1", "use2", "use3", "use4"},
	"check":   {"reason"},
}

// keepPage keeps what was typed, right or wrong, and goes on only when it is right: nothing typed is ever lost.
func (s *server) keepPage(r *request, d FormDraft, page string) error {
	take(r, d, page)
	m := s.mend(r)
	fields := s.wizardFields(r, d, page, m)
	turned := r.value("tongue") != "" // another language is looked at; what was typed is kept as it is
	if m.ok() && r.value("go") != "stay" && !turned {
		d.Values["at"] = page
	}
	d, err := s.Record.SaveForm(r.ctx, d)
	if err != nil {
		return err
	}
	if !m.ok() && !turned {
		return s.wizardShow(r, d, page, fields, m, fiber.StatusUnprocessableEntity)
	}
	if r.value("go") == "stay" || turned {
		return r.to("/drafts/" + d.ID + "/" + page)
	}
	return r.to("/drafts/" + d.ID + "/" + wizardPages[slices.Index(wizardPages, page)+1])
}

// take puts what was typed on a page into the draft.
func take(r *request, d FormDraft, page string) {
	for _, name := range wizardNames[page] {
		if values, sent := r.form[name]; sent || r.form.Has("sent:"+name) {
			d.Values[name] = strings.Join(trimmed(values), ",")
		}
	}
}

// draftPart answers while somebody types: how many are meant, how the text reads. What was typed is kept, so that it
// outlives a closed window and an ended session.
func (s *server) draftPart(r *request, d FormDraft, page string) error {
	take(r, d, page)
	d, err := s.Record.SaveForm(r.ctx, d)
	if err != nil || page != "people" && page != "message" {
		return err
	}
	var v wizardView
	if err := s.wizardExtras(r, d, page, &v, nil); err != nil {
		return err
	}
	html, err := s.piece(r.lang, "wizard_"+page, "part", &v)
	if err != nil {
		return err
	}
	return send(r.Ctx, html)
}

func trimmed(values []string) []string {
	out := make([]string, 0, len(values))
	for _, v := range values {
		out = append(out, strings.TrimSpace(v))
	}
	return out
}

func (s *server) wizardPage(r *request, d FormDraft, page string, m *mend) error {
	return s.wizardShow(r, d, page, s.wizardFields(r, d, page, nil), m, fiber.StatusOK)
}

func (s *server) wizardShow(r *request, d FormDraft, page string, fields []field, m *mend, status int) error {
	v := wizardView{ID: d.ID, Page: page, Name: d.Values["name"], Frame: s.frame(r, "campaigns", "web.wizard."+page+".title")}
	at := slices.Index(wizardPages, page)
	for i, p := range wizardPages {
		st := step{Words: s.say(r, "web.wizard."+p), Done: i < at, Current: i == at}
		if d.ID != "" && i < at {
			st.To = "/drafts/" + d.ID + "/" + p
		}
		v.Steps = append(v.Steps, st)
	}
	v.Frame.Live = d.ID != ""
	if d.ID == "" {
		v.Roster = d.Values["rosters"]
	}
	v.Frame.Back = &link{To: "/campaigns", Words: s.say(r, "web.campaigns.title")}
	if at > 0 {
		v.Frame.Back = &link{To: "/drafts/" + d.ID + "/" + wizardPages[at-1], Words: s.say(r, "web.wizard.back", "page", s.say(r, "web.wizard."+wizardPages[at-1]))}
	}
	if at+1 < len(wizardPages) {
		v.Next = s.say(r, "web.wizard."+wizardPages[at+1])
	}
	if d.UpdatedAt > 0 {
		v.Saved = s.say(r, "web.wizard.saved", "when", clockOf(time.UnixMilli(d.UpdatedAt)))
	}
	for _, f := range fields {
		if f.Short {
			v.Pairs = append(v.Pairs, f)
		} else {
			v.Fields = append(v.Fields, f)
		}
	}
	if err := s.wizardExtras(r, d, page, &v, m); err != nil {
		return err
	}
	m.into(&v.Frame)
	return s.render(r.Ctx, status, r.lang, "wizard_"+page, &v)
}

// wizardExtras adds what a page shows beside its fields.
func (s *server) wizardExtras(r *request, d FormDraft, page string, v *wizardView, m *mend) (err error) {
	switch page {
	case "people":
		v.Reach, err = s.reachOf(r, d)
	case "message":
		if v.Reach, err = s.reachOf(r, d); err != nil {
			return err
		}
		if v.Preview, err = s.previewOf(r, d, v.Reach.Preview); err == nil {
			v.Safety = s.checksOf(r, v.Preview, s.ladderOf(d))
			s.tonguesOf(r, d, v)
			v.Accents = s.accentsField(r, d)
		}
	case "ladder":
		if v.Reach, err = s.reachOf(r, d); err == nil {
			err = s.schedule(r, d, v)
		}
	case "check", "send":
		err = s.checkPage(r, d, page, v, m)
	}
	return err
}

// checkPage gathers what is looked at before a campaign is handed in.
func (s *server) checkPage(r *request, d FormDraft, page string, v *wizardView, m *mend) (err error) {
	if v.Reach, err = s.reachOf(r, d); err != nil {
		return err
	}
	plain := d
	plain.Values = maps.Clone(d.Values)
	delete(plain.Values, "tongue") // what is checked and sent is the Vietnamese text
	if v.Preview, err = s.previewOf(r, plain, v.Reach.Preview); err != nil {
		return err
	}
	v.People, v.Safety = v.Reach.Total, s.checksOf(r, v.Preview, s.ladderOf(d))
	v.Rows = s.draftSummary(r, d, v)
	if v.Test, err = s.testOf(r, d); err != nil {
		return err
	}
	v.Blocked = s.blocked(r, d, v.People)
	if v.Blocked == "" && page == "send" {
		v.Blocked = s.held(r, d, v.Safety, v.Test.Done)
	}
	if v.Blocked != "" && (m == nil || m.ok()) {
		v.Frame.Note = &note{"warn", "warn", v.Blocked}
	}
	return nil
}

// tonguesOf makes the tabs of the languages.
func (s *server) tonguesOf(r *request, d FormDraft, v *wizardView) {
	if v.Tongue = d.Values["tongue"]; !slices.Contains(tongues, v.Tongue) {
		v.Tongue = tongues[0]
	}
	for _, tag := range tongues {
		v.Tongues = append(v.Tongues, chip{To: tag, Words: s.Words.Name(tag), Current: tag == v.Tongue})
	}
}

// accentsField offers SMS with or without accents; where only one way is open, it says which.
func (s *server) accentsField(r *request, d FormDraft) *field {
	plain, accented := s.smsByForm("sms_plain"), s.smsByForm("sms")
	if plain == "" && accented == "" {
		return nil
	}
	f := s.kept(r, d, "accents", "radio")
	for _, o := range []struct{ value, channel string }{{"no", plain}, {"yes", accented}} {
		if o.channel != "" {
			f.Options = append(f.Options, option{Value: o.value, Words: s.say(r, "web.accents."+o.value), Hint: s.say(r, "web.accents."+o.value+".hint"),
				Chosen: f.Value == o.value || plain == "" || accented == "" || f.Value == "" && o.value == "no"})
		}
	}
	if len(f.Options) == 1 {
		f.Hint = s.say(r, "web.accents.only")
	}
	return &f
}

// kindOf is the kind that a draft has chosen; the first where it has none.
func kindOf(d FormDraft) kind.Kind {
	if k, err := kind.ByName(d.Values["kind"]); err == nil {
		return k
	}
	return kind.All()[0]
}

// submitDraft makes the campaign and freezes its audience. However often it is sent, there is one campaign.
func (s *server) submitDraft(r *request, d FormDraft) error {
	var v wizardView
	if err := s.checkPage(r, d, "send", &v, nil); err != nil {
		return err
	}
	if v.Blocked != "" {
		return r.to("/drafts/" + d.ID + "/check")
	}
	c, err := s.makeCampaign(r, d)
	if err != nil {
		return err
	}
	once := campaigns.WithOnce(r.ctx, &campaigns.Once{Caller: "web|" + r.who.Login, Key: d.ID, Print: []byte(d.ID)})
	c, err = s.Record.CreateCampaign(once, c)
	if isRepeated(err) {
		return r.to("/campaigns")
	}
	if err != nil {
		return err
	}
	n, err := s.Record.SubmitCampaign(r.ctx, c.ID, r.who.Actor)
	if err != nil {
		return err
	}
	if want, err := strconv.Atoi(d.Values["target"]); err == nil && n > 0 {
		if err := s.Record.SetTarget(r.ctx, d.Unit, c.ID, c.Fact, n, max(n*want/100, 1), r.who.Actor); err != nil {
			return err
		}
	}
	note := r.value("note")
	if v.Safety.Reasons {
		note = strings.Trim(s.say(r, "web.wizard.reason_note", "reason", d.Values["reason"])+" "+note, " ")
	}
	if note != "" {
		if err := s.Record.NoteCampaign(r.ctx, c.ID, campaigns.Submit, r.who.Actor, note); err != nil {
			return err
		}
	}
	if err := s.moved(r, c, campaigns.Submit, note); err != nil {
		return err
	}
	if err := s.Record.DropForm(r.ctx, d.ID, r.who.Login); err != nil {
		return err
	}
	s.forget(r.unit.ID)
	return r.to("/campaigns/" + string(c.ID) + "?" + url.Values{"done": {"submit"}}.Encode())
}

func (s *server) makeCampaign(r *request, d FormDraft) (campaigns.Campaign, error) {
	fields := map[string]string{}
	k, t := kindOf(d), s.textOf(r, d)
	for _, name := range t.needs {
		fields[name] = d.Values[name]
	}
	deadline, _ := readDay(d.Values["deadline"])
	filter := filterOf(d)
	c, err := kind.Make(kind.Draft{Kind: k.Name, Name: d.Values["name"], Unit: r.unit, Filter: &filter, Ladder: s.ladderOf(d), Fields: fields, Words: t.version, DeadlineOn: deadline,
		Author: r.who.Actor}, s.Lines)
	c.AuthorRank = r.rank(r.unit.Path)
	return c, err
}
