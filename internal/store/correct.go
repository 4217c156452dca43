package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// correct changes what the record says of a person, on the word of the person. What was said before and after goes into the
// audit log under the person's own key.
func (s *Store) correct(ctx context.Context, tx *sql.Tx, id campaigns.PersonID, c campaigns.Correction, request string, by access.Who, now Clock) error {
	if c.Empty() {
		return campaigns.ErrSubject
	}
	if err := s.lockImports(ctx, tx); err != nil {
		return err
	}
	p, err := scanPerson(tx.QueryRowContext(ctx, `SELECT `+personColumns+` FROM person p WHERE p.id = $1 AND p.erased_at IS NULL`+s.d.forUpdate, string(id)))
	if err != nil {
		return err
	}
	was, err := s.draftOf(p)
	if err != nil {
		return err
	}
	d := Draft{Name: c.Name, Born: c.Born, Sex: c.Sex, Address: c.Address, Guardian: c.Guardian}
	row := s.ready(&d, true)
	m := &merger{p: p, authoritative: true}
	m.merge(row)
	if err := s.seal(m, row); err != nil {
		return err
	}
	if err := s.updatePeople(ctx, tx, []*personRow{p}, now.Policy.UnixMilli()); err != nil {
		return err
	}
	if err := s.correctContacts(ctx, tx, id, c, now); err != nil {
		return err
	}
	if err := s.markEverywhere(ctx, tx, id); err != nil {
		return err
	}
	e := access.Entry{Unit: p.UnitID, Who: by, Verb: access.PersonCorrected, Object: "person", ObjectID: string(id), Person: id,
		After:    map[string]any{"changed": m.changes, "request": request, "contacts_dropped": len(c.DropContacts), "phone_added": c.Phone != ""},
		Personal: map[string]string{}}
	for _, f := range []struct{ name, before, after string }{{"name", was.Name, c.Name}, {"born", was.Born, c.Born}, {"sex", was.Sex, c.Sex},
		{"address", was.Address, c.Address}, {"guardian", was.Guardian, c.Guardian}} {
		if f.after != "" {
			e.Personal[f.name+" before"], e.Personal[f.name+" after"] = f.before, f.after
		}
	}
	return s.audit(ctx, tx, e)
}

// correctContacts drops numbers that are not the person's and adds the one that is.
func (s *Store) correctContacts(ctx context.Context, tx *sql.Tx, id campaigns.PersonID, c campaigns.Correction, now Clock) error {
	for _, drop := range c.DropContacts {
		n, err := affected(tx.ExecContext(ctx, `DELETE FROM contact WHERE id = $1 AND person_id = $2`, string(drop), string(id)))
		if err != nil {
			return err
		}
		if n == 0 {
			return campaigns.ErrNotFound
		}
	}
	if c.Phone != "" {
		contact := campaigns.ContactID(newID())
		if _, err := tx.ExecContext(ctx, `INSERT INTO contact (id, person_id, medium, kind, owner, sealed, addr_index, tail, unconfirmed, consented, created_at)
			VALUES ($1,$2,'phone','mobile','self',$3,$4,$5,0,0,$6) ON CONFLICT (person_id, medium, addr_index) DO UPDATE SET owner = 'self', wrong_at = NULL, unconfirmed = 0`,
			string(contact), string(id), s.ring.Seal(contactPlace(contact), c.Phone), s.AddressIndex("phone", c.Phone), tail(c.Phone), now.Policy.UnixMilli()); err != nil {
			return err
		}
	}
	return s.refreshReach(ctx, tx, []campaigns.PersonID{id})
}
