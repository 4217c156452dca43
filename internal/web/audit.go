package web

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// Audits is the record of who did what, as auditors read it.
type Audits interface {
	FindAudit(ctx context.Context, f access.AuditFilter, limit int) ([]access.Row, error)
	AuditHeads(ctx context.Context, paths []string) ([]access.Head, error)
	VerifyAudit(ctx context.Context, unit campaigns.UnitID) (access.ChainState, error)
	TextUses(ctx context.Context, id campaigns.CampaignID) ([]TextUse, error)
}

// auditView is the log of a unit, or of it only who saw personal data.
type auditView struct {
	Frame
	Tabs   []chip
	Action string // of the form
	OfUnit field
	Verb   field
	By     field
	Whom   field
	Since  field
	Till   field
	Seen   bool
	Lines  []auditLine
	More   string
	Chain  *note
	Head   string
	Rows   int
	Check  string // where the chain is checked
	Export string
	None   string
}

// auditLine is a row in words.
type auditLine struct {
	N               int
	At              time.Time
	Who, From, What string
	Object          string
	Reason          string
	Changes         []summaryRow
}

// chainsView lists the chains of a unit and of all under it.
type chainsView struct {
	Frame
	Tabs  []chip
	Lines []chainLine
}

// chainLine is one chain with what a look along it found.
type chainLine struct {
	To, Name string
	Rows     int
	Head     string
	State    tag
}

func (s *server) audit(app *fiber.App) {
	app.Get("/audit", s.desked(func(r *request, c access.Caller) error { return s.showAudit(r, c, false) }))
	app.Get("/audit/seen", s.desked(func(r *request, c access.Caller) error { return s.showAudit(r, c, true) }))
	app.Get("/audit/chains", s.desked(s.showChains))
	app.Get("/audit/messages", s.desked(s.listMessages))
	app.Get("/audit/messages/:id", s.desked(s.showMessages))
	app.Get("/audit/retention", s.desked(s.showRetention))
}

// auditTabs are the pages of an auditor.
func (s *server) auditTabs(r *request, current string) (out []chip) {
	for _, name := range []string{"log", "seen", "chains", "messages", "retention"} {
		to := "/audit/" + name
		if name == "log" {
			to = "/audit"
		}
		out = append(out, chip{To: to, Words: s.say(r, "web.audit.tab."+name), Current: name == current})
	}
	return out
}

// auditUnit finds whose log is asked for: the unit's own, or of one under it.
func (s *server) auditUnit(r *request, c access.Caller) (u campaigns.Unit, err error) {
	u = r.unit
	if id := r.Query("of"); id != "" {
		u, err = s.Record.Unit(r.ctx, campaigns.UnitID(id))
	}
	if err == nil && (!under(u.Path, r.unit.Path) || !c.May(access.AuditRead, u.Path)) {
		err = campaigns.ErrNotFound
	}
	return u, err
}

// auditFilter reads a filter from the address; what cannot be read filters nothing.
func auditFilter(r *request, u campaigns.Unit, seen bool) access.AuditFilter {
	f := access.AuditFilter{Unit: u.ID, By: strings.TrimSpace(r.Query("by")), Person: campaigns.PersonID(strings.TrimSpace(r.Query("person")))}
	f.Before, _ = strconv.ParseInt(r.Query("before"), 10, 64)
	if v := access.Verb(r.Query("verb")); slices.Contains(access.Verbs(), v) {
		f.Verbs = []access.Verb{v}
	}
	if seen {
		f.Verbs = access.Looks()
	}
	if iso, ok := readDay(r.Query("since")); ok && iso != "" {
		f.From, _ = time.ParseInLocation(time.DateOnly, iso, campaigns.Zone)
	}
	if iso, ok := readDay(r.Query("till")); ok && iso != "" {
		f.Until, _ = time.ParseInLocation(time.DateOnly, iso, campaigns.Zone)
		f.Until = f.Until.AddDate(0, 0, 1)
	}
	if len(f.By) > 200 || len(f.Person) > 64 {
		f.By, f.Person = "", ""
	}
	return f
}

func (s *server) showAudit(r *request, c access.Caller, seen bool) error {
	if !c.May(access.AuditRead, r.unit.Path) {
		return access.ErrForbidden
	}
	u, err := s.auditUnit(r, c)
	if err != nil {
		return err
	}
	page, title := "log", "web.audit.title"
	v := auditView{Action: "/audit", Seen: seen, None: "web.audit.empty"}
	if seen {
		page, title = "seen", "web.audit.seen"
		v.Action, v.None = "/audit/seen", "web.audit.seen_empty"
	}
	f := auditFilter(r, u, seen)
	v.Frame, v.Tabs = s.frame(r, "audit", title), s.auditTabs(r, page)
	if err := s.auditFields(r, c, u, &v); err != nil {
		return err
	}
	rows, err := s.Record.FindAudit(r.ctx, f, pageRows+1)
	if err != nil {
		return err
	}
	if len(rows) > pageRows {
		rows = rows[:pageRows]
		q := url.Values{}
		for _, name := range []string{"of", "verb", "by", "person", "since", "till"} {
			if value := r.Query(name); value != "" {
				q.Set(name, value)
			}
		}
		q.Set("before", strconv.FormatInt(rows[pageRows-1].N, 10))
		v.More = v.Action + "?" + q.Encode()
	}
	for _, row := range rows {
		v.Lines = append(v.Lines, s.auditLine(r, row))
	}
	if err := s.noteLook(r, c, f, u, rows); err != nil {
		return err
	}
	if err := s.auditChain(r, u, &v); err != nil {
		return err
	}
	return s.show(r, "audit", &v)
}

// noteLook notes that somebody has looked up who saw a person: the look-up itself stands in the log.
func (s *server) noteLook(r *request, c access.Caller, f access.AuditFilter, u campaigns.Unit, rows []access.Row) error {
	if f.Person == "" || len(rows) == 0 {
		return nil
	}
	return s.Record.RecordAudit(r.ctx, access.Entry{Unit: u.ID, Who: c.Who(), Verb: access.AuditViewed, Object: "audit", After: map[string]any{"people": []campaigns.PersonID{f.Person}}})
}

// auditChain says where the chain ends, and whether it holds where that was asked.
func (s *server) auditChain(r *request, u campaigns.Unit, v *auditView) error {
	heads, err := s.Record.AuditHeads(r.ctx, []string{u.Path})
	if err != nil {
		return err
	}
	for _, h := range heads {
		if h.Unit == u.ID {
			v.Head, v.Rows = hex.EncodeToString(h.Hash), int(h.N)
		}
	}
	v.Check = v.Action + "?" + url.Values{"of": {string(u.ID)}, "check": {"1"}}.Encode()
	v.Export = "/api/v1/audit/export.ndjson?unit=" + url.QueryEscape(string(u.ID))
	if r.Query("check") == "" {
		return nil
	}
	state, err := s.Record.VerifyAudit(r.ctx, u.ID)
	if err != nil {
		return err
	}
	v.Chain = &note{"ok", "ok", s.say(r, "web.audit.holds", "n", int(state.N))}
	if state.Why != "" {
		v.Chain = &note{"bad", "warn", s.say(r, "web.audit.broken", "n", int(state.Broken))}
	}
	return nil
}

// auditFields are the fields of the filter.
func (s *server) auditFields(r *request, c access.Caller, u campaigns.Unit, v *auditView) error {
	v.OfUnit, v.Verb, v.By, v.Whom, v.Since, v.Till = s.text(r, "of", "select"), s.text(r, "verb", "select"), s.text(r, "by", "text"), s.text(r, "person", "text"), s.text(r, "since", "text"), s.text(r, "till", "text")
	v.By.Value, v.Whom.Value, v.Since.Value, v.Till.Value = r.Query("by"), r.Query("person"), r.Query("since"), r.Query("till")
	v.Since.Short, v.Till.Short, v.Whom.Max = true, true, 64
	v.Verb.Options = []option{{Value: "", Words: s.say(r, "web.list.all")}}
	for _, verb := range access.Verbs() {
		v.Verb.Options = append(v.Verb.Options, option{Value: string(verb), Words: s.say(r, "audit."+string(verb)), Chosen: string(verb) == r.Query("verb")})
	}
	heads, err := s.Record.AuditHeads(r.ctx, c.Scope(access.AuditRead))
	if err != nil {
		return err
	}
	units := []campaigns.Unit{r.unit}
	for _, h := range heads {
		if h.Unit == "" || h.Unit == r.unit.ID {
			continue
		}
		one, err := s.Record.Unit(r.ctx, h.Unit)
		if err != nil {
			return err
		}
		if under(one.Path, r.unit.Path) {
			units = append(units, one)
		}
	}
	slices.SortFunc(units[1:], func(a, b campaigns.Unit) int { return cmp.Compare(a.Name, b.Name) })
	for _, one := range units {
		v.OfUnit.Options = append(v.OfUnit.Options, option{Value: string(one.ID), Words: one.Name, Chosen: one.ID == u.ID})
	}
	return nil
}

// auditLine puts a row into words.
func (s *server) auditLine(r *request, row access.Row) auditLine {
	line := auditLine{N: int(row.N), At: row.At, Who: row.Who.Name, From: row.Who.From, What: s.say(r, "audit."+string(row.Verb)), Object: row.ObjectID}
	var d struct {
		Reason        string
		Before, After map[string]any
	}
	_ = json.Unmarshal([]byte(row.Detail), &d) // written by us; what cannot be read is not shown
	line.Reason = d.Reason
	var names []string
	for name := range d.After {
		names = append(names, name)
	}
	for name := range d.Before {
		if _, both := d.After[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		words := name
		if key := "web.audit.of." + name; s.Words.Has(r.lang, key) {
			words = s.say(r, key)
		}
		line.Changes = append(line.Changes, summaryRow{Name: words, Value: s.plainValue(r, d.Before[name]) + " → " + s.plainValue(r, d.After[name])})
	}
	return line
}

// plainValue writes a value of the log as people read it; lists of many are counted.
func (s *server) plainValue(r *request, v any) string {
	switch v := v.(type) {
	case nil:
		return "–"
	case string:
		return s.roleWords(r, v)
	case []any:
		if len(v) > 5 {
			return strconv.Itoa(len(v))
		}
		var parts []string
		for _, one := range v {
			parts = append(parts, s.plainValue(r, one))
		}
		return strings.Join(parts, ", ")
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return "–"
	}
	return string(raw)
}

// roleWords puts "officer@unit" into words; anything else is what it is.
func (s *server) roleWords(r *request, v string) string {
	role, id, ok := strings.Cut(v, "@")
	if !ok || !slices.Contains(access.Roles(), access.Role(role)) {
		return v
	}
	u, err := s.Record.Unit(r.ctx, campaigns.UnitID(id))
	if err != nil {
		return v
	}
	return s.say(r, "role."+role) + " · " + u.Name
}

// chainsMost is how many chains one page checks, and rowsMost how long one may be to be checked unasked.
const (
	chainsMost = 200
	rowsMost   = 5_000
)

func (s *server) showChains(r *request, c access.Caller) error {
	if !c.May(access.AuditRead, r.unit.Path) {
		return access.ErrForbidden
	}
	v := chainsView{Frame: s.frame(r, "audit", "web.audit.chains"), Tabs: s.auditTabs(r, "chains")}
	heads, err := s.Record.AuditHeads(r.ctx, []string{r.unit.Path})
	if err != nil {
		return err
	}
	ahead := int64(20_000) // rows that this page walks along at most
	for _, h := range heads[:min(len(heads), chainsMost)] {
		u, err := s.Record.Unit(r.ctx, h.Unit)
		if err != nil {
			return err
		}
		line := chainLine{To: "/audit?" + url.Values{"of": {string(h.Unit)}, "check": {"1"}}.Encode(), Name: u.Name, Rows: int(h.N), Head: hex.EncodeToString(h.Hash),
			State: tag{"", "clock", s.say(r, "web.audit.unchecked")}}
		if h.N <= rowsMost && h.N <= ahead {
			ahead -= h.N
			state, err := s.Record.VerifyAudit(r.ctx, h.Unit)
			if err != nil {
				return err
			}
			line.State = tag{"ok", "ok", s.say(r, "web.audit.whole")}
			if state.Why != "" {
				line.State = tag{"bad", "warn", s.say(r, "web.audit.broken_at", "n", int(state.Broken))}
			}
		}
		v.Lines = append(v.Lines, line)
	}
	return s.show(r, "chains", &v)
}
