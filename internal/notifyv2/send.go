package notifyv2

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// sending is a request to send on its way.
type sending struct {
	kind      campaigns.MessageKind
	template  campaigns.TemplateID
	to        string
	lines     []string
	raw       map[string]string
	reference string
	leave     string
}

func (s *server) sendText(ctx context.Context, a ask) error {
	return s.send(ctx, a, campaigns.Text, func(f *form) sending {
		o := s.common(f, campaigns.Text)
		o.to = s.address(f, "phone_number", campaigns.Text, a.kind())
		noSender(f, "sms_sender_id")
		return o
	}, []string{"phone_number", "template_id"}, "sms_sender_id")
}

func (s *server) sendMail(ctx context.Context, a ask) error {
	return s.send(ctx, a, campaigns.Mail, func(f *form) sending {
		o := s.common(f, campaigns.Mail)
		o.to = s.address(f, "email_address", campaigns.Mail, a.kind())
		o.leave = f.web("one_click_unsubscribe_url")
		noSender(f, "email_reply_to_id")
		return o
	}, []string{"email_address", "template_id"}, "email_reply_to_id", "one_click_unsubscribe_url", "sanitise_content_for")
}

func (s *server) sendLetter(ctx context.Context, a ask) error {
	return s.send(ctx, a, campaigns.Letter, func(f *form) sending {
		if _, precompiled := f.fields["content"]; precompiled {
			f.wrong = nil
			return sending{}
		}
		o := s.common(f, campaigns.Letter)
		o.lines = linesOf(f, o.raw)
		return o
	}, []string{"template_id", "personalisation"}, "content", "postage")
}

// common reads what all kinds have.
func (s *server) common(f *form, kind campaigns.MessageKind) sending {
	o := sending{kind: kind, template: campaigns.TemplateID(f.id("template_id")), raw: f.values(), reference: f.reference()}
	_ = f.text("scheduled_for") // taken and passed over, as Notify does
	return o
}

// address reads where a message goes; simulated addresses are fine as they are.
func (s *server) address(f *form, name string, kind campaigns.MessageKind, keyKind string) string {
	to := f.text(name)
	if _, given := f.fields[name].(string); !given || s.Simulated(kind, to) {
		return to
	}
	if fault := s.Post.CheckAddress(kind, keyKind, to); addressTexts[fault] != "" {
		f.add("%s", addressTexts[fault])
	}
	return to
}

// noSender reads the id of a sender. There are none to choose from: a unit has one name and one address.
func noSender(f *form, name string) {
	if id := f.id(name); id != "" {
		f.fields["unknown sender"] = name + " " + id
	}
}

// linesOf are the lines of a letter's address. They are values at Notify and no values here.
func linesOf(f *form, raw map[string]string) (out []string) {
	if raw == nil {
		return nil
	}
	for i := 1; i <= 7; i++ {
		for _, name := range []string{"address_line_" + strconv.Itoa(i), "address line " + strconv.Itoa(i), "addressLine" + strconv.Itoa(i)} {
			if v := raw[name]; v != "" {
				out = append(out, v)
			}
			delete(raw, name)
		}
	}
	if v := raw["postcode"]; v != "" {
		out = append(out, v)
	}
	delete(raw, "postcode")
	if len(out) < 2 || len(out) > 7 {
		f.add("%s", addressTexts[campaigns.LinesShort])
	}
	return out
}

// send checks a request in the order in which Notify does: the rate, the body, the template, the recipient.
func (s *server) send(ctx context.Context, a ask, kind campaigns.MessageKind, read func(f *form) sending, required []string, more ...string) error {
	if err := s.limited(a); err != nil {
		return err
	}
	raw, err := bodyOf(a.Ctx)
	if err != nil {
		return err
	}
	known := append(append([]string{"personalisation", "reference", "scheduled_for"}, required...), more...)
	f, err := readForm(raw, known, required)
	if err != nil {
		return err
	}
	o := read(f)
	switch {
	case o.kind == "":
		return refusal("Letters that are files already are not taken: nobody has read their words. Use a template.")
	case f.err() != nil:
		return f.err()
	case f.fields["unknown sender"] != nil:
		return refusal("%s does not exist in database for service id %s", f.fields["unknown sender"], a.service.ID)
	case f.file() && kind == campaigns.Mail:
		return refusal("Files cannot be sent: nobody has read their words")
	case f.file():
		return refusal("Can only send a file by email")
	}
	return s.put(ctx, a, o, raw)
}

// put sends what has been read.
func (s *server) put(ctx context.Context, a ask, o sending, raw []byte) error {
	desk, err := s.desk(ctx, a, o.kind, o.template)
	if err != nil {
		return err
	}
	simulated := s.Simulated(o.kind, o.to)
	m, err := desk.Ready(o.to, o.lines, o.raw)
	if err != nil {
		return unsuitable(err, o.kind, o.kind)
	}
	m.Reference, m.Leave = o.reference, o.leave
	if key := a.Get("Idempotency-Key"); key != "" {
		asked, print := sha256.Sum256([]byte(key)), sha256.Sum256(append([]byte(string(o.kind)+a.kind()), raw...))
		m.Asked, m.Print = asked[:], print[:]
	}
	if simulated {
		m.ID = simulatedID
		return s.sent(ctx, a, desk, m)
	}
	if err := s.spend(ctx, a, o.kind); err != nil {
		return err
	}
	list, err := s.Post.Send(ctx, a.service, []campaigns.Message{m})
	if err != nil {
		return err
	}
	return s.sent(ctx, a, desk, list[0])
}

// simulatedID is what messages to Notify's simulator are called: nothing of them is kept.
const simulatedID = "00000000-0000-4000-8000-000000000000"

func isFault(err error, f campaigns.Fault) bool {
	var m *campaigns.MessageError
	return errors.As(err, &m) && m.Fault == f
}

// desk opens the desk of a template.
func (s *server) desk(ctx context.Context, a ask, kind campaigns.MessageKind, id campaigns.TemplateID) (Desk, error) {
	desk, err := s.Post.Desk(ctx, a.service, a.kind(), kind, id)
	if !isFault(err, campaigns.WrongForm) {
		return desk, unsuitable(err, kind, kind)
	}
	own := kind
	if t, terr := s.Record.ServiceTemplate(ctx, a.service.UnitID, id, 0); terr == nil {
		for _, offer := range s.Post.Kinds(t.Newest.Words) {
			own = offer.Kind
			break
		}
	}
	return nil, unsuitable(err, kind, own)
}

// spend counts a message of a live or team key against its day.
func (s *server) spend(ctx context.Context, a ask, kind campaigns.MessageKind) error {
	if a.key.Kind == access.TestKey {
		return nil
	}
	err := s.Keys.Spend(ctx, a.caller, 1)
	if errors.Is(err, access.ErrKeyCap) {
		return &problem{429, tooManyRequests, []string{fmt.Sprintf("Exceeded send limits (%s: %d) for today", kind, a.caller.Cap)}}
	}
	return err
}

// sent is the answer to a message that was taken.
func (s *server) sent(ctx context.Context, a ask, desk Desk, m campaigns.Message) error {
	w, err := desk.Write(m)
	if err != nil {
		return err
	}
	unit, err := s.Record.Unit(ctx, a.service.UnitID)
	if err != nil {
		return err
	}
	out := fiber.Map{"id": m.ID, "reference": orNull(m.Reference), "uri": a.root() + "v2/notifications/" + string(m.ID), "template": templateRef(a, m), "scheduled_for": nil}
	switch m.Kind {
	case campaigns.Text:
		out["content"] = fiber.Map{"body": w.Body, "from_number": unit.ShortName}
	case campaigns.Mail:
		out["content"] = fiber.Map{"body": w.Body, "subject": w.Subject, "from_email": a.service.Name, "one_click_unsubscribe_url": orNull(m.Leave)}
		out["sanitised_content"] = fiber.Map{}
	default:
		out["content"] = fiber.Map{"body": w.Body, "subject": w.Subject}
	}
	return a.Status(201).JSON(out)
}

func templateRef(a ask, m campaigns.Message) fiber.Map {
	return fiber.Map{"id": m.Template, "version": m.N, "uri": a.root() + "services/" + string(a.service.ID) + "/templates/" + string(m.Template)}
}

// orNull is null for nothing.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
