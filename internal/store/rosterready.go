package store

import (
	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
)

// readyRow is what can be made of a row without the database: everything that costs much, so that it is done on another
// core than the transaction.
type readyRow struct {
	draftRow
	roster   campaigns.RosterID
	original []byte // sealed
}

// draftRow is a draft made ready for matching, and for becoming a new person.
type draftRow struct {
	*Draft
	nameKey, guardianKey   string
	idIndex, legacyIndex   []byte
	contacts               []readyContact
	village, school, class campaigns.UnitID
	sameRow                campaigns.PersonID // whom the same row of the same file was, when imported before

	person                              campaigns.PersonID // the id of the person made of this row, if it means nobody known
	idSealed, legacySealed, addressSeal []byte             // sealed for that person
}

// readyContact is a contact of a draft: its index, and the id and sealed address it has where it is new.
type readyContact struct {
	index  []byte
	id     campaigns.ContactID
	sealed []byte
}

// ReadyRows folds, indexes and seals rows ahead of ImportRows, which does it itself where it was not done. Rows are made
// ready in their order: ids are in order of making, and of several people who fit the earliest known is meant.
func (s *Store) ReadyRows(id campaigns.RosterID, rows []RosterRow) {
	for i := range rows {
		r := &rows[i]
		if r.ready != nil && r.ready.roster == id {
			continue
		}
		r.ready = &readyRow{draftRow: s.ready(&r.Draft, r.Rejected == ""), roster: id,
			original: s.ring.Seal(rowPlace(id, r.Sheet, r.Number), r.Original)}
	}
}

func (s *Store) ready(d *Draft, wanted bool) draftRow {
	r := draftRow{Draft: d}
	if !wanted {
		return r
	}
	r.person = campaigns.PersonID(newID())
	r.nameKey, r.guardianKey = vn.Fold(d.Name), vn.Fold(d.Guardian)
	r.idIndex, r.legacyIndex = s.ring.Index("id", d.ID), s.ring.Index("legacy", d.Legacy)
	r.idSealed = s.ring.Seal(personPlace("id", r.person), d.ID)
	r.legacySealed = s.ring.Seal(personPlace("legacy", r.person), d.Legacy)
	r.addressSeal = s.ring.Seal(personPlace("address", r.person), d.Address)
	r.contacts = make([]readyContact, len(d.Contacts))
	for i := len(d.Contacts) - 1; i >= 0; i-- { // the first of a row gets the latest id and leads
		c := &r.contacts[i]
		c.id = campaigns.ContactID(newID())
		c.index, c.sealed = s.AddressIndex(d.Contacts[i].Medium, d.Contacts[i].Address), s.ring.Seal(contactPlace(c.id), d.Contacts[i].Address)
	}
	return r
}
