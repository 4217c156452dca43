package app

import (
	"context"
	"errors"
	"io"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/web"
)

// What the pages of officers ask for, in the pages' own shapes.

// byStaff names somebody of the staff in the audit log.
func byStaff(d web.Doer) access.Who {
	return access.Who{Kind: access.ByStaff, ID: d.Login, Name: d.Actor, From: d.From}
}

func (r webRecord) SaveUpload(ctx context.Context, u web.Upload, from io.ReadSeeker) (web.Upload, error) {
	saved, err := r.Store.SaveUpload(ctx, store.Upload(u), from)
	return web.Upload(saved), err
}

func (r webRecord) Upload(ctx context.Context, id, owner string) (web.Upload, error) {
	u, err := r.Store.Upload(ctx, id, owner)
	return web.Upload(u), err
}

func (r webRecord) RosterTrouble(ctx context.Context, id campaigns.RosterID, codes []string) (web.Trouble, error) {
	t, err := r.Store.RosterTrouble(ctx, id, codes)
	return web.Trouble(t), err
}

func (r webRecord) MarkRows(ctx context.Context, id campaigns.RosterID, what, actor string, rows ...web.RowRef) error {
	return r.Store.MarkRows(ctx, id, what, actor, mapped(rows, func(x web.RowRef) store.RowRef { return store.RowRef(x) })...)
}

func (r webRecord) UndoRoster(ctx context.Context, id campaigns.RosterID, by web.Doer) (web.Undone, error) {
	done, err := r.Store.UndoRoster(ctx, id, byStaff(by))
	switch {
	case errors.Is(err, store.ErrUndone):
		err = web.ErrUndone
	case errors.Is(err, store.ErrUndoLate):
		err = web.ErrUndoLate
	}
	return web.Undone(done), err
}

func (r webRecord) TestSends(ctx context.Context, unit campaigns.UnitID, print string) ([]web.TestSend, error) {
	list, err := r.Store.TestSends(ctx, unit, print)
	return mapped(list, func(t store.TestSend) web.TestSend { return web.TestSend(t) }), err
}

// webTestSend sends a notice of the pages to the number that its sender has set.
func (a *App) webTestSend(ctx context.Context, t web.TestSend, body string, by web.Doer) (web.TestSend, error) {
	to, _, err := a.Store.StaffPhone(ctx, by.Login)
	if err != nil {
		return t, err
	}
	done, err := testSender{a.Store, a.Engine}.send(ctx, store.TestSend(t), to, body, byStaff(by))
	return web.TestSend(done), err
}

// webLinter lets the pages read a text as the engine does before it sends.
func webLinter(t api.Texts) web.Linter {
	return func(text string, phones []string) []web.Finding {
		return mapped(t.Lint(text, phones), func(f api.LintFinding) web.Finding { return web.Finding{Rule: f.Rule, Hard: f.Class == "hard"} })
	}
}

// RevealContact notes the look before it opens the address: within the day's budget, and with a reason.
func (r webRecord) RevealContact(ctx context.Context, person campaigns.Person, contact campaigns.ContactID, reason string, by web.Doer) (string, error) {
	err := access.See(ctx, r.Store, access.Sight{Who: byStaff(by), Unit: person.UnitID, Kind: access.Reveal, People: []campaigns.PersonID{person.ID}, Reason: reason})
	switch {
	case errors.Is(err, access.ErrReason):
		return "", web.ErrReason
	case errors.Is(err, access.ErrBudget):
		return "", web.ErrBudget
	case err != nil:
		return "", err
	}
	return r.ContactAddress(ctx, contact)
}

// StopContact stops an address because its owner said so to an officer.
func (r webRecord) StopContact(ctx context.Context, person campaigns.Person, contact campaigns.Contact, reason string, by web.Doer) error {
	if _, err := r.RecordOptOut(ctx, contact.Index, "officer"); err != nil {
		return err
	}
	return r.RecordAudit(ctx, access.Entry{Unit: person.UnitID, Who: byStaff(by), Verb: access.PersonStopped, Object: "person", ObjectID: string(person.ID), Person: person.ID, Reason: reason})
}

func (r webRecord) CorrectPerson(ctx context.Context, id campaigns.PersonID, c web.Correction, by web.Doer) error {
	fix := store.Correction{Name: c.Name, Born: c.Born, Guardian: c.Guardian, Wrong: c.Wrong, Reason: c.Reason}
	if c.Phone != "" {
		fix.Contact = &store.ContactDraft{Medium: "phone", Kind: "mobile", Owner: c.Owner, Address: c.Phone}
	}
	return r.Store.CorrectPerson(ctx, id, fix, byStaff(by))
}

func (r webRecord) RunningAt(ctx context.Context, path string, limit int) ([]web.RunningLaunch, error) {
	list, err := r.Store.RunningAt(ctx, path, limit)
	return mapped(list, func(l store.RunningLaunch) web.RunningLaunch { return web.RunningLaunch(l) }), err
}
