package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
)

// personRow is a person as the table holds them, with what is personal still sealed.
type personRow struct {
	campaigns.Person
	path                      string
	nameKey, guardianKey      string
	idSealed, idIndex         []byte
	legacySealed, legacyIndex []byte
	addressSealed             []byte
	rosterID                  string
}

const personColumns = `p.id, p.unit_id, p.unit_path, COALESCE(p.village_id, ''), COALESCE(p.school_id, ''), COALESCE(p.class_id, ''),
	p.name, p.name_key, p.born, p.sex, p.id_sealed, p.id_index, p.id_tail, p.legacy_sealed, p.legacy_index, p.address_sealed,
	p.guardian, p.guardian_key, p.relative, p.country, p.returns_on, p.card_claim, p.card_verified, p.eid_claim, p.eid_verified,
	p.needs_visit, p.no_smartphone, p.away, p.locale, COALESCE(p.roster_id, ''), p.created_at, p.updated_at, p.erased_at,
	p.card_issued_on, p.card_expires_on, p.card_due_on, p.card_ready_on, p.turns_14_on, p.card_handed, p.matched, p.mismatch, p.reach, COALESCE(p.merged_into, ''), p.restricted_at`

// factColumns are what campaigns.Person.Has and campaigns.CardStands look at.
const factColumns = `p.card_verified, p.eid_verified, p.card_handed, p.matched, p.card_due_on`

func scanPerson(row scanner) (*personRow, error) {
	var p personRow
	var card, eid, erased, restricted sql.NullInt64
	var created, updated int64
	err := row.Scan(&p.ID, &p.UnitID, &p.path, &p.VillageID, &p.SchoolID, &p.ClassID,
		&p.Name, &p.nameKey, &p.Born, &p.Sex, &p.idSealed, &p.idIndex, &p.IDTail, &p.legacySealed, &p.legacyIndex, &p.addressSealed,
		&p.Guardian, &p.guardianKey, &p.Relative, &p.Country, &p.ReturnsOn, &card, &p.Card, &eid, &p.EID,
		&p.NeedsVisit, &p.NoSmart, &p.Away, &p.Locale, &p.rosterID, &created, &updated, &erased,
		&p.CardIssuedOn, &p.CardExpiresOn, &p.CardDueOn, &p.CardReadyOn, &p.Turns14On, &p.Handed, &p.Matched, &p.Mismatch, &p.Reach, &p.MergedInto, &restricted)
	if card.Valid {
		claim := card.Int64 == 1
		p.CardClaim = &claim
	}
	if eid.Valid {
		level := int(eid.Int64)
		p.EIDClaim = &level
	}
	p.CreatedAt, p.UpdatedAt, p.ErasedAt, p.RestrictedAt = ms(created), ms(updated), msNull(erased), msNull(restricted)
	return &p, err
}

// Person returns a person with their contacts, newest first; numbers and addresses are masked to their last digits.
func (s *Store) Person(ctx context.Context, id campaigns.PersonID) (campaigns.Person, error) {
	p, err := scanPerson(s.r.QueryRowContext(ctx, `SELECT `+personColumns+` FROM person p WHERE p.id = $1`, id))
	if err != nil {
		return campaigns.Person{}, wrap("person", err)
	}
	err = s.withContacts(ctx, s.r, []*personRow{p})
	return p.Person, wrap("contacts of a person", err)
}

// PeopleFilter says which people are looked for; every field that is set narrows.
type PeopleFilter struct {
	Unit   campaigns.UnitID // this unit and all under it
	Within []string         // paths of units: only people who belong to them, or to a village, school or class there; nil: everybody
	Name   string           // anywhere in the name, without regard to accents and case
	Phone  string           // E.164
	ID     string           // the whole ID number, 12 digits or the old 9
	After  campaigns.PersonID
	Limit  int // 50 where 0
}

// FindPeople lists people in order of id, contacts included, masked as Person does. The last id is the next cursor.
func (s *Store) FindPeople(ctx context.Context, f PeopleFilter) ([]campaigns.Person, error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	var c compiler
	conds := []string{`p.erased_at IS NULL AND p.id > ` + c.arg(f.After)}
	if f.Unit != "" {
		cond, err := c.condition(campaigns.Under(f.Unit))
		if err != nil {
			return nil, wrap("find people", err)
		}
		conds = append(conds, cond)
	}
	if f.Within != nil {
		conds = append(conds, c.belongs(f.Within))
	}
	if key := vn.Fold(f.Name); key != "" {
		conds = append(conds, `p.name_key LIKE `+c.arg("%"+likeEscaper.Replace(key)+"%")+` ESCAPE '!'`)
	}
	if f.Phone != "" {
		conds = append(conds, `EXISTS (SELECT 1 FROM contact c WHERE c.person_id = p.id AND c.addr_index = `+c.arg(s.AddressIndex("phone", f.Phone))+`)`)
	}
	if f.ID != "" {
		conds = append(conds, `(p.id_index = `+c.arg(s.ring.Index("id", f.ID))+` OR p.legacy_index = `+c.arg(s.ring.Index("legacy", f.ID))+`)`)
	}
	rows, err := collect(ctx, s.r, scanPerson, `SELECT `+personColumns+` FROM person p WHERE `+strings.Join(conds, " AND ")+
		` ORDER BY p.id LIMIT `+c.arg(f.Limit), c.args...)
	if err != nil {
		return nil, wrap("find people", err)
	}
	if err := s.withContacts(ctx, s.r, rows); err != nil {
		return nil, wrap("contacts of people", err)
	}
	out := make([]campaigns.Person, len(rows))
	for i, p := range rows {
		out[i] = p.Person
	}
	return out, nil
}

var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// RevealPerson unseals a person's numbers and address. Whoever calls it records who looked and why.
func (s *Store) RevealPerson(ctx context.Context, id campaigns.PersonID) (campaigns.Numbers, error) {
	p, err := scanPerson(s.r.QueryRowContext(ctx, `SELECT `+personColumns+` FROM person p WHERE p.id = $1`, id))
	if err != nil {
		return campaigns.Numbers{}, wrap("reveal a person", err)
	}
	var out campaigns.Numbers
	for _, f := range []struct {
		to     *string
		what   string
		sealed []byte
	}{{&out.ID, "id", p.idSealed}, {&out.Legacy, "legacy", p.legacySealed}, {&out.Address, "address", p.addressSealed}} {
		if *f.to, err = s.ring.Open(personPlace(f.what, id), f.sealed); err != nil {
			return campaigns.Numbers{}, wrap("reveal a person", err)
		}
	}
	return out, nil
}

// personPlace binds a sealed value to its field and person.
func personPlace(field string, id campaigns.PersonID) string {
	return "person|" + field + "|" + string(id)
}

var personSet = []col{
	{"id", asText}, {"unit_id", asText}, {"unit_path", asText}, {"village_id", asText}, {"school_id", asText}, {"class_id", asText},
	{"name", asText}, {"name_key", asText}, {"born", asText}, {"birth_year", asInt}, {"sex", asText}, {"id_sealed", asBytes},
	{"id_index", asBytes}, {"id_tail", asText}, {"legacy_sealed", asBytes}, {"legacy_index", asBytes}, {"address_sealed", asBytes},
	{"guardian", asText}, {"guardian_key", asText}, {"relative", asText}, {"country", asText}, {"returns_on", asText},
	{"card_claim", asInt}, {"eid_claim", asInt}, {"needs_visit", asInt}, {"no_smartphone", asInt}, {"away", asInt}, {"locale", asText},
	{"card_issued_on", asText}, {"card_expires_on", asText}, {"card_due_on", asText}, {"card_ready_on", asText}, {"turns_14_on", asText},
	{"card_handed", asInt}, {"roster_id", asText}, {"updated_at", asInt},
}

// values are the columns of personSet.
func (p *personRow) values(now int64, to []any) {
	var year, eid any
	if n, err := strconv.Atoi(bornYear(p.Born)); err == nil {
		year = int64(n)
	}
	if p.EIDClaim != nil {
		eid = int64(*p.EIDClaim)
	}
	copy(to, []any{string(p.ID), string(p.UnitID), p.path, null(p.VillageID), null(p.SchoolID), null(p.ClassID),
		p.Name, p.nameKey, p.Born, year, p.Sex, blob(p.idSealed),
		blob(p.idIndex), p.IDTail, blob(p.legacySealed), blob(p.legacyIndex), blob(p.addressSealed),
		p.Guardian, p.guardianKey, p.Relative, p.Country, p.ReturnsOn,
		claimed(p.CardClaim), eid, int64(bit(p.NeedsVisit)), int64(bit(p.NoSmart)), int64(bit(p.Away)), p.Locale,
		p.CardIssuedOn, p.CardExpiresOn, p.CardDueOn, p.CardReadyOn, vn.Turns14(p.Born), int64(bit(p.Handed)), null(p.rosterID), now})
}

// insertPeople writes new people; verified facts are not theirs to set (recordOutcome).
func insertPeople(ctx context.Context, tx *fillTx, people []*personRow, now int64) error {
	return tx.insert(ctx, "person", append(setNames(personSet), "created_at", "reach"), len(people), func(i int, to []any) {
		people[i].values(now, to)
		to[len(personSet)], to[len(personSet)+1] = now, int64(campaigns.ReachOf(people[i].Contacts))
	})
}

// onlyIf keeps what an outcome has recorded of a card while a batch was being read: a newer card stays, and what was
// handed over is open again only where another card is ready.
var onlyIf = map[string]string{
	"card_issued_on": newerCard, "card_expires_on": newerCard, "card_due_on": newerCard,
	"card_handed": `v.card_handed = 0 AND v.card_ready_on > person.card_ready_on AND person.card_ready_on <> ''`,
}

const newerCard = `v.card_issued_on >= person.card_issued_on`

func (s *Store) updatePeople(ctx context.Context, tx *sql.Tx, people []*personRow, now int64) error {
	if len(people) == 0 {
		return nil
	}
	names := setNames(personSet)[1:]
	sets := make([]string, len(names))
	for i, n := range names {
		sets[i] = n + " = v." + n
		if cond := onlyIf[n]; cond != "" {
			sets[i] = n + " = CASE WHEN " + cond + " THEN v." + n + " ELSE person." + n + " END"
		}
	}
	_, err := tx.ExecContext(ctx, `UPDATE person SET `+strings.Join(sets, ", ")+` FROM `+s.d.set(1, "v", personSet...)+
		` WHERE person.id = v.id`, personRows(people, now))
	return err
}

func personRows(people []*personRow, now int64) string {
	rows := make([][]any, len(people))
	for i, p := range people {
		rows[i] = make([]any, len(personSet))
		p.values(now, rows[i])
		for j, v := range rows[i] {
			if b, ok := v.([]byte); ok {
				rows[i][j] = hexed(b)
			}
		}
	}
	return asJSON(rows)
}

func claimed(v *bool) any {
	if v == nil {
		return nil
	}
	return int64(bit(*v))
}

// bornYear is the year of a birth date or of a year alone.
func bornYear(born string) string { return born[:min(4, len(born))] }

// setNames lists the columns of a set.
func setNames(cols []col) []string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.name
	}
	return names
}
