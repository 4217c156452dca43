package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
)

// toInbox keeps a text that a human must read.
func (s *Store) toInbox(ctx context.Context, tx *sql.Tx, channel, eventKey string, index []byte, who []openNotice, why, text string, now Clock) error {
	var person any
	if len(who) > 0 && !severalPeople(who) {
		person = who[0].person
	}
	if text == "" {
		text = " " // an empty text is sealed as nothing, and every row has a text
	}
	id := newID()
	_, err := tx.ExecContext(ctx, `INSERT INTO inbox (id, channel, event_key, addr_index, person_id, why, sealed, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
		ON CONFLICT (channel, event_key) DO NOTHING`, id, channel, eventKey, index, person, why, s.ring.Seal("inbox|"+id, text), now.Policy.UnixMilli())
	return err
}

// InboxItem is a text that a human must read.
type InboxItem struct {
	ID      string
	Channel string
	Why     string
	Text    string
	Person  campaigns.PersonID
	At      int64
}

// Inbox lists unread texts of persons under paths, and of nobody known, oldest first after a cursor.
func (s *Store) Inbox(ctx context.Context, paths []string, after string, limit int) ([]InboxItem, error) {
	var c compiler
	at := c.arg(after)
	list, err := collect(ctx, s.r, func(row scanner) (i InboxItem, err error) {
		var sealed []byte
		if err = row.Scan(&i.ID, &i.Channel, &i.Why, &sealed, &i.Person, &i.At); err != nil {
			return i, err
		}
		i.Text, err = s.ring.Open("inbox|"+i.ID, sealed)
		return i, err
	}, `SELECT i.id, i.channel, i.why, i.sealed, COALESCE(i.person_id, ''), i.at FROM inbox i LEFT JOIN person p ON p.id = i.person_id
		WHERE i.handled_at IS NULL AND i.id > `+at+` AND (p.id IS NULL OR `+c.within("p.unit_path", paths)+`) ORDER BY i.id LIMIT `+c.arg(limit), c.args...)
	return list, wrap("list the inbox", err)
}

// WrongData is the name under which the inbox keeps that somebody reported wrong data about a person.
const WrongData = "wrong_data"

// ReportWrong keeps that somebody who knows a person says that part of the data about them is wrong: as a defect of that
// part, and as a text that the office must read. The same key again changes nothing.
func (s *Store) ReportWrong(ctx context.Context, id campaigns.PersonID, part campaigns.Part, text, key, actor string) error {
	return s.write(ctx, "report wrong data", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		seen, err := heardBefore(ctx, tx, "relay.report", key)
		if err != nil || seen {
			return err
		}
		if err := s.review(ctx, tx, campaigns.Review{PersonID: id, Part: part, Level: 1, Finding: campaigns.DataWrong, Reviewer: actor}, now); err != nil {
			return err
		}
		return s.toInbox(ctx, tx, "relay.report", key, []byte("none"), []openNotice{{person: id}}, WrongData, text, now)
	})
}
