package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

// standingLaunch is the launch that carries a service's messages of one version of words by one channel. It runs until
// staff pause or cancel it, as any other: campaigns.ErrStopped then.
func (s *Store) standingLaunch(ctx context.Context, tx *sql.Tx, v campaigns.Service, m campaigns.Message, now Clock) (campaigns.LaunchID, error) {
	var id campaigns.LaunchID
	var state string
	err := tx.QueryRowContext(ctx, `SELECT l.id, l.state FROM standing x JOIN launch l ON l.id = x.launch_id WHERE x.service_id = $1 AND x.version_id = $2 AND x.channel = $3`,
		v.ID, m.VersionID, m.Channel).Scan(&id, &state)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return s.newStanding(ctx, tx, v, m, now)
	case err != nil:
		return "", err
	case state == "cancelled" || state == "completed":
		return "", campaigns.ErrStopped
	}
	return id, nil
}

// newStanding makes the campaign and the launch of messages. Its audience is empty: whom it means is said message by
// message, by a program that answers for its own numbers (rulings.md 18), so there is no canary.
func (s *Store) newStanding(ctx context.Context, tx *sql.Tx, v campaigns.Service, m campaigns.Message, now Clock) (campaigns.LaunchID, error) {
	var words string
	if err := tx.QueryRowContext(ctx, `SELECT t.name FROM template_version x JOIN template t ON t.id = x.template_id WHERE x.id = $1`, m.VersionID).Scan(&words); err != nil {
		return "", err
	}
	c := campaigns.Campaign{ID: campaigns.CampaignID(newID()), UnitID: v.UnitID, Kind: standingKind, Name: v.Name + ": " + words, State: campaigns.Running,
		Filter: campaigns.All(campaigns.Under(v.UnitID)), Ladder: campaigns.Ladder{{Name: "first", Channels: []string{m.Channel}}}, Basis: v.Basis, Fact: noFact,
		Author: "service:" + string(v.ID), AudienceID: campaigns.AudienceID(newID()), WordsID: m.VersionID}
	launch, at := campaigns.LaunchID(newID()), now.Policy.UnixMilli()
	if _, err := tx.ExecContext(ctx, `INSERT INTO campaign (id, unit_id, kind, name, state, filter, ladder, fields, basis, fact, author, approver, audience_id, created_at, updated_at, words_id, service_id)
		VALUES ($1,$2,$3,$4,'running',$5,$6,'{}',$7,$8,$9,$9,$10,$11,$11,$12,$13)`, c.ID, c.UnitID, c.Kind, c.Name, asJSON(c.Filter), asJSON(c.Ladder), c.Basis, string(c.Fact),
		c.Author, c.AudienceID, at, c.WordsID, v.ID); err != nil {
		return "", err
	}
	if err := s.logVerb(ctx, tx, c, "launch", campaigns.Running, c.Author, "", now); err != nil {
		return "", err
	}
	for _, st := range []struct {
		query string
		args  []any
	}{
		{`INSERT INTO audience (id, campaign_id, filter, total, cuts, frozen_at) VALUES ($1,$2,$3,0,'[]',$4)`, []any{c.AudienceID, c.ID, asJSON(c.Filter), at}},
		{`INSERT INTO launch (id, campaign_id, unit_id, audience_id, n, state, lane, canary, launched_at) VALUES ($1,$2,$3,$4,1,'running',$5,$6,$7)`,
			[]any{launch, c.ID, c.UnitID, c.AudienceID, string(campaigns.Normal), string(campaigns.NoCanary), at}},
		{`INSERT INTO standing (service_id, version_id, channel, launch_id) VALUES ($1,$2,$3,$4)`, []any{v.ID, m.VersionID, m.Channel, launch}},
	} {
		if _, err := tx.ExecContext(ctx, st.query, st.args...); err != nil {
			return "", err
		}
	}
	return launch, s.insertBlocks(ctx, tx, campaigns.Run{ID: launch, Canary: campaigns.NoCanary}, c.AudienceID) // so that it has a report
}

// addressee finds whom a message is to: the one person of the unit whose own address it is, so that caps and refusals count
// for that person; otherwise somebody of whom only the address is known. Such a person belongs to no unit's register: the
// path is empty, and no audience, list or report means them.
func (s *Store) addressee(ctx context.Context, tx *sql.Tx, v campaigns.Service, m campaigns.Message, now Clock) (campaigns.PersonID, *campaigns.Contact, error) {
	if m.Kind == campaigns.Letter {
		person, err := s.newAddressee(ctx, tx, v, m.Lines[0], strings.Join(m.Lines[1:], ", "), now)
		return person, nil, err
	}
	medium := mediumOfAddress(m.Kind)
	index := s.AddressIndex(medium, m.To)
	for _, where := range []string{
		`substr(p.unit_path, 1, length(u.path)) = u.path AND c.owner = 'self' AND p.erased_at IS NULL`,
		`p.unit_path = '' AND p.unit_id = u.id AND p.erased_at IS NULL`,
	} {
		type own struct {
			person  campaigns.PersonID
			contact campaigns.ContactID
		}
		list, err := collect(ctx, tx, func(row scanner) (o own, err error) { return o, row.Scan(&o.person, &o.contact) },
			`SELECT p.id, c.id FROM contact c JOIN person p ON p.id = c.person_id JOIN unit u ON u.id = $3
			WHERE c.addr_index = $1 AND c.medium = $2 AND c.wrong_at IS NULL AND `+where+` ORDER BY p.id LIMIT 2`, index, medium, v.UnitID)
		if err != nil {
			return "", nil, err
		}
		if len(list) == 1 {
			return list[0].person, &campaigns.Contact{ID: list[0].contact, Index: index}, nil
		}
	}
	person, err := s.newAddressee(ctx, tx, v, "…"+tail(m.To), "", now)
	if err != nil {
		return "", nil, err
	}
	contact, kind := campaigns.ContactID(newID()), ""
	if m.Kind == campaigns.Text {
		kind = "mobile"
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO contact (id, person_id, medium, kind, owner, sealed, addr_index, tail, created_at) VALUES ($1,$2,$3,$4,'self',$5,$6,$7,$8)`,
		contact, person, medium, kind, s.ring.Seal(contactPlace(contact), m.To), index, tail(m.To), now.Policy.UnixMilli())
	return person, &campaigns.Contact{ID: contact, Index: index}, err
}

func (s *Store) newAddressee(ctx context.Context, tx *sql.Tx, v campaigns.Service, name, home string, now Clock) (campaigns.PersonID, error) {
	id := campaigns.PersonID(newID())
	var sealed any
	if home != "" {
		sealed = s.ring.Seal(personPlace("address", id), home)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO person (id, unit_id, unit_path, name, name_key, address_sealed, created_at, updated_at) VALUES ($1,$2,'',$3,'',$4,$5,$5)`,
		id, v.UnitID, name, sealed, now.Policy.UnixMilli())
	return id, err
}
