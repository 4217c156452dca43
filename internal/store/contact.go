package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// AddressIndex returns the blind index of an address in a medium (phone as E.164, email, zalo): by it an opt-out or an
// incoming message finds its people without anyone reading the address.
func (s *Store) AddressIndex(medium, address string) []byte {
	if medium == "email" {
		address = strings.ToLower(address)
	}
	return s.ring.Index(medium, address)
}

// ContactAddress unseals one contact's address. Whoever calls it records who looked and why, or sends to it.
func (s *Store) ContactAddress(ctx context.Context, id campaigns.ContactID) (string, error) {
	var sealed []byte
	if err := s.r.QueryRowContext(ctx, `SELECT sealed FROM contact WHERE id = $1`, id).Scan(&sealed); err != nil {
		return "", wrap("contact", err)
	}
	address, err := s.ring.Open(contactPlace(id), sealed)
	return address, wrap("contact", err)
}

// contactPlace binds a sealed address to its contact.
func contactPlace(id campaigns.ContactID) string { return "contact|" + string(id) }

// withContacts adds the contacts of people, newest first: what the latest roster said is tried before older numbers.
func (s *Store) withContacts(ctx context.Context, q querier, people []*personRow) error {
	if len(people) == 0 {
		return nil
	}
	at := make(map[campaigns.PersonID]*personRow, len(people))
	var ids keySet
	for _, p := range people {
		at[p.ID] = p
		ids.text(string(p.ID))
	}
	type owned struct {
		person campaigns.PersonID
		campaigns.Contact
	}
	list, err := collect(ctx, q, func(row scanner) (c owned, err error) {
		err = row.Scan(&c.person, &c.ID, &c.Medium, &c.Kind, &c.Owner, &c.Index, &c.Tail, &c.Unconfirmed, &c.Consented, &c.Wrong, &c.OptedOut)
		return c, err
	}, `SELECT c.person_id, c.id, c.medium, c.kind, c.owner, c.addr_index, c.tail, c.unconfirmed, c.consented,
		CASE WHEN c.wrong_at IS NULL THEN 0 ELSE 1 END, CASE WHEN o.addr_index IS NULL THEN 0 ELSE 1 END
		FROM `+s.textKeys()+` CROSS JOIN contact c
		LEFT JOIN opt_out o ON o.addr_index = c.addr_index WHERE c.person_id = v.k ORDER BY c.id DESC`, s.keyArg(&ids))
	if err != nil {
		return err
	}
	for _, c := range list {
		p := at[c.person]
		p.Contacts = append(p.Contacts, c.Contact)
	}
	return nil
}

// ContactDraft is an address that a roster or a form gives, in clear.
type ContactDraft struct {
	Medium      string // phone, email, zalo
	Kind        string // of a phone: mobile, landline, foreign
	Owner       campaigns.Owner
	Address     string // a phone as E.164
	Unconfirmed bool
	Consented   bool
}

// contactRow is a contact to be written.
type contactRow struct {
	campaigns.Contact
	person campaigns.PersonID
	sealed []byte
}

// addContacts adds to p what is new among a row's contacts and returns the rows to insert and to update. Known addresses are
// kept; the new ones lead, because withContacts shows the newest first.
func addContacts(p *personRow, row draftRow) (fresh, dirty []contactRow, changes []string) {
	for i := len(row.Contacts) - 1; i >= 0; i-- {
		d, ready := row.Contacts[i], row.contacts[i]
		at := slices.IndexFunc(p.Contacts, func(c campaigns.Contact) bool { return c.Medium == d.Medium && string(c.Index) == string(ready.index) })
		if at >= 0 {
			known := &p.Contacts[at]
			confirmed, consent := known.Unconfirmed && !d.Unconfirmed, !known.Consented && d.Consented
			if !confirmed && !consent {
				continue
			}
			known.Unconfirmed, known.Consented = known.Unconfirmed && !confirmed, known.Consented || consent
			dirty = append(dirty, contactRow{Contact: *known, person: p.ID})
			if consent {
				changes = append(changes, "consent")
			}
			continue
		}
		c := contactRow{person: p.ID, sealed: ready.sealed, Contact: campaigns.Contact{
			ID: ready.id, Medium: d.Medium, Kind: d.Kind, Owner: d.Owner, Index: ready.index, Tail: tail(d.Address),
			Unconfirmed: d.Unconfirmed, Consented: d.Consented,
		}}
		p.Contacts = append([]campaigns.Contact{c.Contact}, p.Contacts...)
		fresh = append(fresh, c)
		changes = append(changes, contactField(d))
	}
	slices.Sort(changes)
	return fresh, dirty, slices.Compact(changes)
}

// contactField names the roster's field a contact comes from.
func contactField(d ContactDraft) string {
	if d.Medium == "phone" && d.Owner != campaigns.Self {
		return string(d.Owner) + "_phone"
	}
	return d.Medium
}

var contactColumns = []string{"id", "person_id", "medium", "kind", "owner", "sealed", "addr_index", "tail", "unconfirmed", "consented", "created_at"}

func insertContacts(ctx context.Context, tx *fillTx, rows []contactRow, now int64) error {
	return tx.insert(ctx, "contact", contactColumns, len(rows), func(i int, to []any) {
		c := &rows[i]
		copy(to, []any{string(c.ID), string(c.person), c.Medium, c.Kind, string(c.Owner), c.sealed, c.Index, c.Tail,
			int64(bit(c.Unconfirmed)), int64(bit(c.Consented)), now})
	})
}

func (s *Store) updateContacts(ctx context.Context, tx *sql.Tx, rows []contactRow) error {
	if len(rows) == 0 {
		return nil
	}
	set := make([][]any, len(rows))
	for i, c := range rows {
		set[i] = []any{c.ID, bit(c.Unconfirmed), bit(c.Consented)}
	}
	_, err := tx.ExecContext(ctx, `UPDATE contact SET unconfirmed = v.unconfirmed, consented = v.consented FROM `+
		s.d.set(1, "v", col{"id", asText}, col{"unconfirmed", asInt}, col{"consented", asInt})+` WHERE contact.id = v.id`, asJSON(set))
	return err
}

// refreshReach brings the reach of people up to date with their contacts, which this transaction has changed. Whoever does
// so for the same person at once waits here, and looks at the contacts afterwards: a statement sees what was committed
// when it began.
func (s *Store) refreshReach(ctx context.Context, tx *sql.Tx, people []campaigns.PersonID) error {
	if len(people) == 0 {
		return nil
	}
	var ids keySet
	for _, p := range slices.Compact(slices.Sorted(slices.Values(people))) { // a copy: the caller goes on with its own
		ids.text(string(p))
	}
	if s.d == postgresDialect {
		if _, err := collect(ctx, tx, scanOne[string], `SELECT p.id FROM person p WHERE p.id IN (SELECT v.k FROM `+s.textKeys()+`) ORDER BY p.id FOR UPDATE`, s.keyArg(&ids)); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `UPDATE person SET reach = `+reachNow+` WHERE id IN (SELECT v.k FROM `+s.textKeys()+`)`, s.keyArg(&ids))
	return err
}

// usable is the condition that a contact c may be written to; reachNow is campaigns.ReachOf of a person's contacts.
const (
	usable   = `c.wrong_at IS NULL AND (c.owner <> 'relative' OR c.consented = 1)`
	reachNow = `COALESCE((SELECT max(CASE WHEN c.medium = 'phone' AND c.kind = 'mobile' THEN 1 ELSE 0 END)
		+ max(CASE WHEN c.medium = 'phone' AND c.kind IN ('mobile','foreign') OR c.medium = 'zalo' THEN 2 ELSE 0 END)
		+ max(CASE WHEN c.medium = 'email' THEN 4 ELSE 0 END) + max(CASE WHEN c.medium = 'phone' THEN 8 ELSE 0 END)
		FROM contact c WHERE c.person_id = person.id AND ` + usable + `), 0)`
)

// tail is what staff recognise an address by: its last three characters, of an e-mail address those before the @.
func tail(address string) string {
	address, _, _ = strings.Cut(address, "@")
	if r := []rune(address); len(r) > 5 {
		return string(r[len(r)-3:])
	}
	return ""
}

// hexed gives bytes to dialect.set.
func hexed(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return hex.EncodeToString(b)
}

// bit stores a truth value.
func bit(v bool) int {
	if v {
		return 1
	}
	return 0
}
