package web

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
)

// TestSends is the record of notices that officers have sent to themselves.
type TestSends interface {
	StaffPhone(ctx context.Context, login string) (phone, tail string, err error)
	SetStaffPhone(ctx context.Context, login, phone string) error
	TestSends(ctx context.Context, unit campaigns.UnitID, print string) ([]TestSend, error)
}

// TestSend is a notice that somebody sends to themselves. Print names its words.
type TestSend struct {
	ID      string
	Unit    campaigns.UnitID
	Login   string
	Print   string
	Channel string
	State   string // sending, accepted, rejected, unknown
	Parts   int
	Reason  string
	At      int64
}

// testView is the test of a draft: whether it is done, and the form to do it.
type testView struct {
	Needed bool // the ladder has a channel that reaches a phone
	Done   bool
	Lines  []testLine
	Phone  field
	Tail   string // last digits of the number that is set
}

// testLine is one test that was sent.
type testLine struct {
	At    time.Time
	State tag
	Words string
}

// testOf finds the tests of what a draft says now.
func (s *server) testOf(r *request, d FormDraft) (*testView, error) {
	wires := s.wires(s.ladderOf(d))
	v := &testView{Needed: len(wires) > 0, Done: len(wires) == 0, Phone: s.text(r, "test_phone", "tel")}
	v.Phone.Short, v.Phone.Mode, v.Phone.Max, v.Phone.Auto, v.Phone.Value = true, "tel", 20, "tel", ""
	if !v.Needed {
		return v, nil
	}
	_, tail, err := s.Record.StaffPhone(r.ctx, r.who.Login)
	if err != nil && !errors.Is(err, campaigns.ErrNotFound) {
		return nil, err
	}
	v.Tail, v.Phone.Optional = tail, tail != ""
	list, err := s.Record.TestSends(r.ctx, d.Unit, s.draftPrint(r, d))
	for _, one := range list {
		line := testLine{At: time.UnixMilli(one.At), Words: s.mediumWords(r, s.Lines.MediumOf(one.Channel)), State: tag{"warn", "warn", s.say(r, "web.test."+one.State)}}
		if one.State == "accepted" {
			line.State.Kind, line.State.Icon, v.Done = "ok", "check", true
		}
		if key := "reason." + one.Reason; one.Reason != "" && s.Words.Has(r.lang, key) {
			line.Words += ": " + s.say(r, key)
		}
		v.Lines = append(v.Lines, line)
	}
	return v, err
}

func (s *server) draftPrint(r *request, d FormDraft) string {
	t, fields := s.textOf(r, d), map[string]string{}
	for _, name := range t.needs {
		fields[name] = d.Values[name]
	}
	words := campaigns.TemplateVersionID("")
	if t.version != nil {
		words = t.version.ID
	}
	return campaigns.TestPrint(kindOf(d).Name, fields, words, s.wires(s.ladderOf(d)))
}

// testDraft sends the first notice of a draft to the number of the person who asks.
func (s *server) testDraft(r *request) error {
	if err := r.need(mayDraft); err != nil {
		return err
	}
	d, err := s.Record.Form(r.ctx, r.Params("id"), r.who.Login)
	if err == nil && d.Unit != r.unit.ID {
		err = campaigns.ErrNotFound
	}
	if err != nil {
		return err
	}
	if typed := r.value("test_phone"); typed != "" {
		number, ok := mobileOf(typed)
		if !ok {
			return s.testWrong(r, d, "web.test.phone_wrong")
		}
		if err := s.Record.SetStaffPhone(r.ctx, r.who.Login, number); err != nil {
			return err
		}
	}
	if _, _, err := s.Record.StaffPhone(r.ctx, r.who.Login); errors.Is(err, campaigns.ErrNotFound) {
		return s.testWrong(r, d, "web.test.phone_needed")
	}
	if err := s.sendTest(r, d); err != nil {
		return err
	}
	return r.to("/drafts/" + d.ID + "/check#test")
}

func (s *server) testWrong(r *request, d FormDraft, key string) error {
	m := s.mend(r)
	f := s.text(r, "test_phone", "tel")
	m.wrong(&f, key)
	return s.wizardShow(r, d, "check", s.wizardFields(r, d, "check", nil), m, fiber.StatusUnprocessableEntity)
}

// sendTest sends what the first phone would read; the text says that it is a test.
func (s *server) sendTest(r *request, d FormDraft) error {
	wires := s.wires(s.ladderOf(d))
	if len(wires) == 0 {
		return campaigns.ErrIllegalMove
	}
	delete(d.Values, "tongue")
	a, err := s.askOf(r, d, campaigns.Preview{})
	if err != nil {
		return err
	}
	form := s.Lines.FormOf(wires[0])
	p, ok := s.formOf(r, s.inVietnamese(a), form)
	if !ok {
		return campaigns.ErrBadText
	}
	mark := s.Words.Say("vi", "web.test.mark")
	if form == "sms_plain" {
		mark = s.Words.Say("vi", "web.test.mark_plain")
	}
	_, err = s.TestSend(r.ctx, TestSend{Unit: d.Unit, Login: r.who.Login, Print: s.draftPrint(r, d), Channel: wires[0]}, mark+" "+p.Plain, r.doer())
	return err
}

func (s *server) inVietnamese(a ask) ask {
	if a.tongue = tongues[0]; a.name == "" {
		a.name = longest
	}
	return a
}

// mobileOf reads one Vietnamese mobile number.
func mobileOf(typed string) (string, bool) {
	list, _ := vn.ParsePhones(typed, "VN")
	if len(list) != 1 || list[0].Kind != vn.Mobile {
		return "", false
	}
	return list[0].E164, true
}

// untested says that the words of a campaign reach phones and nobody has sent them to themselves.
func (s *server) untested(r *request, c campaigns.Campaign) (bool, error) {
	wires := s.wires(c.Ladder)
	if len(wires) == 0 {
		return false, nil
	}
	list, err := s.Record.TestSends(r.ctx, c.UnitID, campaigns.TestPrint(c.Kind, c.Fields, c.WordsID, wires))
	return !slices.ContainsFunc(list, func(t TestSend) bool { return t.State == "accepted" }), err
}
