package web

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/kind"
)

// textsView lists the texts by purpose and step.
type textsView struct {
	Frame
	Kinds []textKind
	Own   []ownLine
	Write bool
}

// textKind is a purpose with its steps.
type textKind struct {
	Name  string
	Basis string
	Steps []link
}

// textView shows one text in all its forms.
type textView struct {
	Frame
	Steps   []chip
	Preview *preview
}

var stepNames = []string{"first", "reminder", "last"}

func (s *server) texts(app *fiber.App) {
	app.Get("/texts", s.page(s.listTexts))
	app.Get("/texts/:kind/:step", s.page(s.showText))
}

func (s *server) listTexts(r *request) error {
	if err := r.need(mayReadAll); err != nil {
		return err
	}
	v := textsView{Frame: s.frame(r, "texts", "web.texts.title"), Write: r.may(mayDraft, r.unit.Path)}
	var err error
	if v.Own, err = s.ownLines(r); err != nil {
		return err
	}
	for _, k := range kind.All() {
		one := textKind{Name: s.say(r, "kind."+k.Name), Basis: k.Basis}
		for _, st := range stepNames {
			one.Steps = append(one.Steps, link{To: "/texts/" + k.Name + "/" + st, Words: s.say(r, "step."+st)})
		}
		v.Kinds = append(v.Kinds, one)
	}
	return s.show(r, "texts", &v)
}

func (s *server) showText(r *request) error {
	if err := r.need(mayReadAll); err != nil {
		return err
	}
	k, err := kind.ByName(r.Params("kind"))
	if err != nil || !slices.Contains(stepNames, r.Params("step")) {
		return campaigns.ErrNotFound
	}
	v := textView{Frame: s.frame(r, "texts", "web.texts.one", "kind", s.say(r, "kind."+k.Name))}
	v.Frame.Back = &link{To: "/texts", Words: s.say(r, "web.texts.title")}
	fields := map[string]string{}
	for _, name := range k.Needs {
		fields[name] = s.say(r, "web.sample."+name)
	}
	v.Preview = s.previewText(r, k.Name, r.Params("step"), fields, 0)
	for _, st := range stepNames {
		v.Steps = append(v.Steps, chip{To: "/texts/" + k.Name + "/" + st, Words: s.say(r, "step."+st), Current: st == r.Params("step")})
	}
	return s.show(r, "text", &v)
}
