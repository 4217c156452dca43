package web

import (
	"context"
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// settingsView is what an administrator of a unit sets.
type settingsView struct {
	Frame
	Name, Short, Phone field
	MayUnit            bool
	UnitName           string
	UnitShort          string
	UnitPhone          string
	Lines              []channelLine
	MayTest            bool
	Keys, Hooks        bool
}

// channelLine is an account at a provider in words.
type channelLine struct {
	ChannelLine
	Words   string
	State   tag
	Rate    string
	CanTest bool
}

// channelTest asks where a test goes, and says what became of it.
type channelTest struct {
	Frame
	Channel  string
	Words    string
	To       field
	Sentence string
	Result   *note
}

func (s *server) settings(app *fiber.App) {
	app.Get("/settings", s.desked(func(r *request, c access.Caller) error { return s.showSettings(r, c, nil) }))
	app.Post("/settings/unit", s.desked(s.saveUnit))
	app.Get("/settings/test/:channel", s.desked(func(r *request, c access.Caller) error { return s.askTest(r, c, nil, "") }))
	app.Post("/settings/test/:channel", s.desked(s.sendChannelTest))
}

// maySettings lets at the settings who looks after staff, keys or the unit itself; an auditor may look.
func maySettings(c access.Caller, path string) bool {
	return c.May(access.StaffManage, path) || c.May(access.UnitWrite, path) || c.May(access.KeyManage, path) || c.May(access.AuditRead, path)
}

func (s *server) showSettings(r *request, c access.Caller, wrong func(m *mend, v *settingsView)) error {
	if !maySettings(c, r.unit.Path) {
		return access.ErrForbidden
	}
	v := settingsView{Frame: s.frame(r, "settings", "web.settings.title"), Name: s.text(r, "unit_name", "text"), Short: s.text(r, "short_name", "text"), Phone: s.text(r, "unit_phone", "tel"),
		MayUnit: c.May(access.UnitWrite, r.unit.Path), UnitName: r.unit.Name, UnitShort: r.unit.ShortName, UnitPhone: r.unit.Phone,
		MayTest: c.May(access.ChannelDecide, r.unit.Path), Keys: c.May(access.KeyRead, r.unit.Path), Hooks: c.May(access.KeyRead, r.unit.Path)}
	v.Note = s.saidOf(r, "unit")
	if r.form == nil {
		v.Name.Value, v.Short.Value, v.Phone.Value = r.unit.Name, r.unit.ShortName, r.unit.Phone
	}
	v.Short.Max, v.Short.Short, v.Phone.Max, v.Phone.Short = 9, true, 30, true
	if c.May(access.ChannelRead, r.unit.Path) && s.Channels != nil {
		list, err := s.Channels.Channels(r.ctx)
		if err != nil {
			return err
		}
		for _, one := range list {
			v.Lines = append(v.Lines, s.channelLine(r, one, v.MayTest))
		}
	}
	status := fiber.StatusOK
	if wrong != nil {
		m := s.mend(r)
		wrong(m, &v)
		m.into(&v.Frame)
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(r.Ctx, status, r.lang, "settings", &v)
}

func (s *server) channelLine(r *request, one ChannelLine, mayTest bool) channelLine {
	line := channelLine{ChannelLine: one, Words: s.say(r, "medium."+one.Medium), CanTest: mayTest && (one.Medium == "sms" || one.Medium == "email")}
	state := one.State
	if one.Override != "" {
		state = one.Override
	}
	line.State = map[string]tag{"closed": {"ok", "ok", ""}, "open": {"bad", "warn", ""}, "probing": {"warn", "clock", ""}, "on": {"warn", "warn", ""}, "off": {"bad", "stop", ""}}[state]
	line.State.Words = s.say(r, "web.channel.state."+state)
	if one.Rate > 0 {
		line.Rate = s.say(r, "web.channel.rate", "n", int(one.Rate))
	}
	return line
}

// saveUnit changes what people read of the unit: its name, the short one in SMS, the number that every notice names.
func (s *server) saveUnit(r *request, c access.Caller) error {
	if !c.May(access.UnitWrite, r.unit.Path) {
		return access.ErrForbidden
	}
	u := r.unit
	u.Name, u.ShortName, u.Phone = r.value("unit_name"), r.value("short_name"), r.value("unit_phone")
	var err error
	if u.Name != "" {
		err = s.Record.SaveUnit(r.ctx, u)
	}
	if errors.Is(err, campaigns.ErrUnit) || u.Name == "" {
		return s.showSettings(r, c, func(m *mend, v *settingsView) { m.wrong(s.unitField(v, err), "web.why.unit") })
	}
	if err != nil {
		return err
	}
	err = s.Record.RecordAudit(r.ctx, access.Entry{Unit: u.ID, Who: c.Who(), Verb: access.UnitSaved, Object: "unit", ObjectID: string(u.ID),
		Before: map[string]any{"name": r.unit.Name, "short_name": r.unit.ShortName, "phone": r.unit.Phone},
		After:  map[string]any{"name": u.Name, "short_name": u.ShortName, "phone": u.Phone}})
	if err != nil {
		return err
	}
	return r.to("/settings?done=unit")
}

// unitField finds the field that an error speaks of.
func (s *server) unitField(v *settingsView, err error) *field {
	switch {
	case err == nil:
		return &v.Name
	case strings.Contains(err.Error(), "short"):
		return &v.Short
	case strings.Contains(err.Error(), "phone"):
		return &v.Phone
	}
	return &v.Name
}

// askTest asks where a test is to go.
func (s *server) askTest(r *request, c access.Caller, result *note, trouble string) error {
	one, err := s.testable(r, c)
	if err != nil {
		return err
	}
	v := channelTest{Frame: s.frame(r, "settings", "web.channel.test"), Channel: one.Name, Words: s.say(r, "medium."+one.Medium), To: s.text(r, "test_to", "text"),
		Sentence: s.testSentence(r), Result: result}
	v.Back = &link{To: "/settings", Words: s.say(r, "web.settings.title")}
	v.To.Auto, v.To.Max = "off", 100
	status := fiber.StatusOK
	if trouble != "" {
		m := s.mend(r)
		m.wrong(&v.To, trouble)
		m.into(&v.Frame)
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(r.Ctx, status, r.lang, "channel_test", &v)
}

// testSentence is all that a test says: nobody can write to anybody by way of it.
func (s *server) testSentence(r *request) string {
	name := r.unit.ShortName
	if name == "" {
		name = r.unit.Name
	}
	return s.words("vi", "web.channel.sentence", "unit", name)
}

// testable finds the channel of the address, for who may test it.
func (s *server) testable(r *request, c access.Caller) (one ChannelLine, err error) {
	if !c.May(access.ChannelDecide, r.unit.Path) {
		return one, access.ErrForbidden
	}
	if s.Channels == nil {
		return one, campaigns.ErrNotFound
	}
	list, err := s.Channels.Channels(r.ctx)
	if err != nil {
		return one, err
	}
	for _, l := range list {
		if l.Name == r.Params("channel") && s.channelLine(r, l, true).CanTest {
			return l, nil
		}
	}
	return one, campaigns.ErrNotFound
}

func (s *server) sendChannelTest(r *request, c access.Caller) error {
	one, err := s.testable(r, c)
	if err != nil {
		return err
	}
	if err := s.Office.SpendTest(r.ctx, c); err != nil {
		if key := reason(err); key != "" {
			return s.askTest(r, c, nil, key)
		}
		return err
	}
	trouble, err := s.Channels.SendTest(r.ctx, one.Name, r.value("test_to"), s.testSentence(r))
	if errors.Is(err, ErrTestAddress) {
		return s.askTest(r, c, nil, "web.channel.bad_address")
	}
	if err != nil {
		return err
	}
	err = s.Record.RecordAudit(r.ctx, access.Entry{Unit: r.unit.ID, Who: c.Who(), Verb: access.ChannelTested, Object: "channel", ObjectID: one.Name,
		After: map[string]any{"accepted": trouble == ""}})
	if err != nil {
		return err
	}
	if trouble != "" {
		return s.askTest(r, c, &note{"warn", "warn", s.say(r, "web.channel.refused", "words", campaigns.MaskDigits(trouble))}, "")
	}
	return s.askTest(r, c, &note{"ok", "ok", s.say(r, "web.channel.accepted")}, "")
}

// ErrTestAddress means that a test cannot go to what was typed.
var ErrTestAddress = errors.New("web: no address for a test")

// Settled is what settings and audit ask of the record.
type Settled interface {
	SaveUnit(ctx context.Context, u campaigns.Unit) error
	Children(ctx context.Context, parent campaigns.UnitID) ([]campaigns.Unit, error)
	RecordAudit(ctx context.Context, e access.Entry) error
	Subtree(ctx context.Context, root, after campaigns.UnitID, limit int) ([]campaigns.Unit, error)
}
