package web

import (
	"context"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/loaphuong/loa/campaigns"
)

// Undone says what undoing a list took back and what stayed.
type Undone struct{ People, Restored, Told, Kept int }

// Undoing takes a list back that should not have been imported.
type Undoing interface {
	UndoRoster(ctx context.Context, id campaigns.RosterID, by Doer) (Undone, error)
}

// Doer is who does something that the audit log tells of.
type Doer struct{ Login, Actor, From string }

func (r *request) doer() Doer { return Doer{r.who.Login, r.who.Actor, r.visit.From} }

// Reasons why a list cannot be undone.
var (
	ErrUndone   = errors.New("web: the list was undone before")
	ErrUndoLate = errors.New("web: the list is too old to be undone")
)

// undoWithin is how long a list can be undone.
const undoWithin = 24 * time.Hour

// undoView asks before a list is taken back.
type undoView struct {
	Frame
	ID, Name string
	Roster   Roster
}

func (s *server) undo(app *fiber.App) {
	app.Get("/rosters/:id/undo", s.page(s.askUndo))
	app.Post("/rosters/:id/undo", s.page(s.doUndo))
}

// undoable says whether a list can still be taken back.
func undoable(one Roster, now time.Time) bool {
	return one.State != "reading" && one.UndoneAt.IsZero() && now.Sub(one.StartedAt) <= undoWithin
}

func (s *server) askUndo(r *request) error {
	one, err := s.ourRoster(r)
	if err != nil {
		return err
	}
	if err := r.need(mayImport); err != nil {
		return err
	}
	v := undoView{ID: string(one.ID), Name: one.FileName, Roster: one, Frame: s.frame(r, "rosters", "web.undo.title")}
	v.Frame.Back = &link{To: "/rosters/" + v.ID, Words: one.FileName}
	return s.show(r, "undo", &v)
}

func (s *server) doUndo(r *request) error {
	one, err := s.ourRoster(r)
	if err != nil {
		return err
	}
	if err := r.need(mayImport); err != nil {
		return err
	}
	if _, err := s.Record.UndoRoster(r.ctx, one.ID, r.doer()); err != nil && !errors.Is(err, ErrUndone) { // sent twice, it is done once
		return err
	}
	s.forget(r.unit.ID)
	return r.to("/rosters/" + string(one.ID))
}
