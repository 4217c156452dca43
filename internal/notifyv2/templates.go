package notifyv2

import (
	"cmp"
	"context"
	"encoding/json"
	"html"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// templateOut is a template in one kind. Fields stand as Notify writes them.
func templateOut(t campaigns.Template, o Offer) fiber.Map {
	fields := fiber.Map{}
	for _, f := range o.Fields {
		fields[f] = fiber.Map{"required": true}
	}
	out := fiber.Map{"id": t.ID, "type": o.Kind, "name": t.Name, "created_at": at(t.CreatedAt), "updated_at": nil, "created_by": t.Newest.Author, "version": t.Newest.N,
		"body": notifyFields(o.Text), "subject": nil, "letter_contact_block": nil, "postage": nil, "personalisation": fields}
	if t.Newest.N > 1 {
		out["updated_at"] = at(t.Newest.At)
	}
	if o.Kind != campaigns.Text {
		out["subject"] = t.Name
	}
	return out
}

// notifyFields writes our fields, {{name}}, as Notify writes them, ((name)).
func notifyFields(text string) string {
	return strings.NewReplacer("{{", "((", "}}", "))").Replace(text)
}

func (s *server) templates(ctx context.Context, a ask) error {
	wanted := campaigns.MessageKind(a.Query("type"))
	if wanted != "" && !slices.Contains(campaigns.MessageKinds, wanted) {
		return invalid("type " + shorten(string(wanted)) + " is not one of [sms, email, letter]")
	}
	list, err := s.Record.ServiceTemplates(ctx, a.service.UnitID)
	if err != nil {
		return err
	}
	type row struct {
		name, kind string
		out        fiber.Map
	}
	rows := []row{}
	for _, t := range list {
		for _, o := range s.Post.Kinds(t.Newest.Words) {
			if wanted == "" || wanted == o.Kind {
				rows = append(rows, row{t.Name, string(o.Kind), templateOut(t, o)})
			}
		}
	}
	slices.SortStableFunc(rows, func(x, y row) int { return cmp.Or(cmp.Compare(x.name, y.name), cmp.Compare(x.kind, y.kind)) })
	out := make([]fiber.Map, len(rows))
	for i, r := range rows {
		out[i] = r.out
	}
	return a.JSON(fiber.Map{"templates": out})
}

// templateOf finds the template that a path names, and the kind in which it is shown: the first that it can be.
func (s *server) templateOf(ctx context.Context, a ask) (t campaigns.Template, o Offer, err error) {
	id, n := a.Params("id"), 0
	if !isUUID(id) {
		return t, o, invalid("id is not a valid UUID")
	}
	if version := a.Params("n"); version != "" {
		if n, err = strconv.Atoi(version); err != nil || n < 1 {
			return t, o, invalid("version is not a number of 1 or more")
		}
	}
	if t, err = s.Record.ServiceTemplate(ctx, a.service.UnitID, campaigns.TemplateID(strings.ToLower(id)), n); err != nil {
		return t, o, err
	}
	offers := s.Post.Kinds(t.Newest.Words)
	if len(offers) == 0 {
		return t, o, errNotFound
	}
	return t, offers[0], nil
}

func (s *server) template(ctx context.Context, a ask) error {
	t, o, err := s.templateOf(ctx, a)
	if err != nil {
		return err
	}
	return a.JSON(templateOut(t, o))
}

// preview writes a template with values; nothing is sent or kept.
func (s *server) preview(ctx context.Context, a ask) error {
	t, o, err := s.templateOf(ctx, a)
	if err != nil {
		return err
	}
	raw, err := bodyOf(a.Ctx)
	if err != nil {
		return err
	}
	if len(strings.TrimSpace(string(raw))) == 0 {
		raw = []byte("{}")
	}
	var known map[string]json.RawMessage
	_ = json.Unmarshal(raw, &known) // readForm says what is wrong with it
	names := []string{}
	for name := range known {
		names = append(names, name) // clients send more than is asked for here
	}
	f, err := readForm(raw, names, nil)
	if err != nil {
		return err
	}
	values := f.values()
	if err := f.err(); err != nil {
		return err
	}
	w, err := s.tryOut(ctx, a, t, o.Kind, values)
	if err != nil {
		return err
	}
	out := fiber.Map{"id": t.ID, "type": o.Kind, "version": t.Newest.N, "body": w.Body, "html": nil, "subject": orNull(w.Subject), "postage": nil}
	if o.Kind == campaigns.Mail {
		out["html"] = "<p>" + strings.ReplaceAll(html.EscapeString(w.Body), "\n", "<br>") + "</p>"
	}
	return a.JSON(out)
}

// tryOut writes to nobody: the address is one that can be read, and nothing comes of it.
func (s *server) tryOut(ctx context.Context, a ask, t campaigns.Template, kind campaigns.MessageKind, values map[string]string) (campaigns.Written, error) {
	desk, err := s.Post.Desk(ctx, a.service, "test", kind, t.ID)
	if err != nil {
		return campaigns.Written{}, unsuitable(err, kind, kind)
	}
	lines := []string{values["address_line_1"], values["address_line_2"]}
	for i, sample := range []string{"Nguyễn Thị Minh Anh", "Thôn Đông"} {
		if lines[i] == "" {
			lines[i] = sample
		}
	}
	to := map[campaigns.MessageKind]string{campaigns.Text: "07700900002", campaigns.Mail: "mau@example.vn"}[kind] // the simulator's
	m, err := desk.Ready(to, lines, values)
	if err != nil {
		return campaigns.Written{}, err
	}
	return desk.Write(m)
}
