package store

import (
	"context"
	"database/sql"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
)

// TestSend is a notice that an officer sends to themselves, outside of any campaign. Print names the words that were sent.
type TestSend struct {
	ID      string
	Unit    campaigns.UnitID
	Login   string
	Print   string
	Channel string
	State   string // sending, accepted, rejected, unknown
	Parts   int
	Reason  string
	At      int64 // policy time in milliseconds
}

// TestSendsMost is how many test sends somebody has in an hour.
const TestSendsMost = 10

// SetStaffPhone keeps the number to which somebody's test sends go; it is sealed.
func (s *Store) SetStaffPhone(ctx context.Context, login, phone string) error {
	return s.write(ctx, "set the phone of staff", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO staff_phone (login, sealed, tail, at) VALUES ($1,$2,$3,$4)
			ON CONFLICT (login) DO UPDATE SET sealed = excluded.sealed, tail = excluded.tail, at = excluded.at`,
			login, s.ring.Seal(staffPhonePlace(login), phone), tail(phone), now.Policy.UnixMilli())
		return err
	})
}

func staffPhonePlace(login string) string { return "staff_phone|" + login }

// StaffPhone returns the number of somebody's test sends, and its last digits; campaigns.ErrNotFound where none is set.
func (s *Store) StaffPhone(ctx context.Context, login string) (phone, tail string, err error) {
	var sealed []byte
	if err = s.r.QueryRowContext(ctx, `SELECT sealed, tail FROM staff_phone WHERE login = $1`, login).Scan(&sealed, &tail); err != nil {
		return "", "", wrap("phone of staff", err)
	}
	phone, err = s.ring.Open(staffPhonePlace(login), sealed)
	return phone, tail, wrap("phone of staff", err)
}

// OpenTestSend records that a test goes on the wire now, before it does.
func (s *Store) OpenTestSend(ctx context.Context, t TestSend, who access.Who) (TestSend, error) {
	err := s.write(ctx, "open a test send", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM test_send WHERE login = $1 AND at > $2`, t.Login, now.Policy.UnixMilli()-3_600_000).Scan(&n); err != nil {
			return err
		}
		if n >= TestSendsMost {
			return campaigns.ErrTestOften
		}
		t.ID, t.State, t.At = newID(), "sending", now.Policy.UnixMilli()
		if _, err := tx.ExecContext(ctx, `INSERT INTO test_send (id, unit_id, login, print, channel, state, at) VALUES ($1,$2,$3,$4,$5,$6,$7)`,
			t.ID, t.Unit, t.Login, t.Print, t.Channel, t.State, t.At); err != nil {
			return err
		}
		return s.audit(ctx, tx, access.Entry{Unit: t.Unit, Who: who, Verb: access.TestSent, Object: "test_send", ObjectID: t.ID, After: map[string]any{"channel": t.Channel}})
	})
	return t, err
}

// CloseTestSend records what became of a test.
func (s *Store) CloseTestSend(ctx context.Context, t TestSend) error {
	return s.write(ctx, "close a test send", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE test_send SET state = $2, parts = $3, reason = $4 WHERE id = $1 AND state = 'sending'`, t.ID, t.State, t.Parts, t.Reason)
		return err
	})
}

// TestSends lists the tests of these words in a unit, newest first.
func (s *Store) TestSends(ctx context.Context, unit campaigns.UnitID, print string) ([]TestSend, error) {
	list, err := collect(ctx, s.r, func(row scanner) (t TestSend, err error) {
		return t, row.Scan(&t.ID, &t.Unit, &t.Login, &t.Print, &t.Channel, &t.State, &t.Parts, &t.Reason, &t.At)
	}, `SELECT id, unit_id, login, print, channel, state, parts, reason, at FROM test_send WHERE unit_id = $1 AND print = $2 ORDER BY id DESC LIMIT 20`, unit, print)
	return list, wrap("list test sends", err)
}

// Tested says whether a provider has taken a test of these words in a unit.
func (s *Store) Tested(ctx context.Context, unit campaigns.UnitID, print string) (bool, error) {
	var done bool
	err := s.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM test_send WHERE unit_id = $1 AND print = $2 AND state = 'accepted')`, unit, print).Scan(&done)
	return done, wrap("test of a text", err)
}

// LongestName is the longest name of those whom a filter means, "" for nobody: texts are measured with it.
func (s *Store) LongestName(ctx context.Context, unit campaigns.UnitID, f campaigns.Filter) (string, error) {
	c, err := s.audienceCompiler(ctx, s.r, unit, f)
	if err != nil {
		return "", wrap("longest name", err)
	}
	where, err := c.where(unit, f)
	if err != nil {
		return "", err
	}
	names, err := collect(ctx, s.r, scanOne[string], `SELECT p.name FROM person p WHERE `+where+` ORDER BY length(p.name) DESC, p.id LIMIT 1`, c.args...)
	if err != nil || len(names) == 0 {
		return "", wrap("longest name", err)
	}
	return names[0], nil
}

// CampaignsWithWords lists the campaigns that name a version of a template, newest first.
func (s *Store) CampaignsWithWords(ctx context.Context, id campaigns.TemplateID) ([]campaigns.Campaign, error) {
	ids, err := collect(ctx, s.r, scanOne[campaigns.CampaignID], `SELECT c.id FROM template_version v JOIN campaign c ON c.words_id = v.id WHERE v.template_id = $1 ORDER BY c.id DESC LIMIT 20`, id)
	if err != nil {
		return nil, wrap("campaigns of a template", err)
	}
	var out []campaigns.Campaign
	for _, one := range ids {
		c, err := s.Campaign(ctx, one)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}
