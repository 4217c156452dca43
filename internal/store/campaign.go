package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/loaphuong/loa/campaigns"
)

const campaignColumns = `id, unit_id, kind, name, state, filter, ladder, fields, deadline_on, basis, fact, author, author_rank, approver,
	COALESCE(audience_id, ''), words_id, COALESCE(starts_at, 0),
	EXISTS (SELECT 1 FROM emergency e WHERE e.campaign_id = campaign.id AND e.granted_at IS NOT NULL), created_at, updated_at`

func scanCampaign(row scanner) (c campaigns.Campaign, err error) {
	var filter, ladder, fields string
	var starts, created, updated int64
	err = row.Scan(&c.ID, &c.UnitID, &c.Kind, &c.Name, &c.State, &filter, &ladder, &fields, &c.DeadlineOn, &c.Basis,
		&c.Fact, &c.Author, &c.AuthorRank, &c.Approver, &c.AudienceID, &c.WordsID, &starts,
		&c.Emergency, &created, &updated)
	if err != nil {
		return c, err
	}
	c.StartsAt, c.CreatedAt, c.UpdatedAt = ms(starts), ms(created), ms(updated)
	if c.Filter, err = campaigns.ParseFilter([]byte(filter)); err != nil {
		return c, err
	}
	if err = json.Unmarshal([]byte(ladder), &c.Ladder); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(fields), &c.Fields)
}

// CreateCampaign records a draft and returns it with its id.
func (s *Store) CreateCampaign(ctx context.Context, c campaigns.Campaign) (campaigns.Campaign, error) {
	c.ID, c.State = campaigns.CampaignID(newID()), campaigns.Draft
	if c.Fields == nil {
		c.Fields = map[string]string{}
	}
	err := s.write(ctx, "create campaign", func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		c.CreatedAt, c.UpdatedAt = now.Policy, now.Policy
		_, err = tx.ExecContext(ctx, `INSERT INTO campaign (id, unit_id, kind, name, state, filter, ladder, fields, deadline_on,
			basis, fact, author, created_at, updated_at, words_id, author_rank)
			VALUES ($1,$2,$3,$4,'draft',$5,$6,$7,$8,$9,$10,$11,$12,$12,$13,$14)`,
			c.ID, c.UnitID, c.Kind, c.Name, asJSON(c.Filter), asJSON(c.Ladder), asJSON(c.Fields), c.DeadlineOn, c.Basis, string(c.Fact), c.Author,
			now.Policy.UnixMilli(), c.WordsID, c.AuthorRank)
		if err != nil {
			return err
		}
		return s.logVerb(ctx, tx, c, "create", c.State, c.Author, "", now)
	})
	return c, err
}

// Campaign returns one campaign.
func (s *Store) Campaign(ctx context.Context, id campaigns.CampaignID) (campaigns.Campaign, error) {
	c, err := scanCampaign(s.r.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM campaign WHERE id = $1`, id))
	return c, wrap("campaign", err)
}

// Campaigns lists campaigns after a cursor, oldest first.
func (s *Store) Campaigns(ctx context.Context, after campaigns.CampaignID, limit int) ([]campaigns.Campaign, error) {
	list, err := collect(ctx, s.r, scanCampaign, `SELECT `+campaignColumns+` FROM campaign WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
	return list, wrap("list campaigns", err)
}

// Audience is a frozen audience.
type Audience struct {
	ID    campaigns.AudienceID
	Total int
}

// SubmitCampaign freezes the audience as it is now (rulings.md 17) and hands the campaign to a second person;
// campaigns.ErrStale where the campaign is not the one that the caller has read (campaigns.Expect).
func (s *Store) SubmitCampaign(ctx context.Context, id campaigns.CampaignID, actor string) (Audience, error) {
	ctx, err := s.beyond(ctx, campaigns.CampaignNoun, string(id))
	if err != nil {
		return Audience{}, err
	}
	var a Audience
	err = s.write(ctx, "submit campaign", func(tx *sql.Tx) error {
		was, err := s.campaignFor(ctx, tx, id)
		if err != nil {
			return err
		}
		c, now, err := s.move(ctx, tx, id, campaigns.Submit, actor)
		if err != nil {
			return err
		}
		if err := campaigns.CheckVersion(ctx, campaigns.Version(was)); err != nil {
			return err
		}
		a.ID = campaigns.AudienceID(newID())
		if _, err := tx.ExecContext(ctx, `INSERT INTO audience (id, campaign_id, filter, total, frozen_at) VALUES ($1,$2,$3,0,$4)`,
			a.ID, id, asJSON(c.Filter), now.Policy.UnixMilli()); err != nil {
			return err
		}
		comp, err := s.audienceCompiler(ctx, tx, c.UnitID, c.Filter)
		if err != nil {
			return err
		}
		comp.args = []any{a.ID}
		where, err := comp.where(c.UnitID, c.Filter)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO member (audience_id, person_id) SELECT $1, p.id FROM person p WHERE `+where, comp.args...)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		if a.Total = int(n); a.Total == 0 {
			return campaigns.ErrEmptyAudience
		}
		if err := s.checkShortNames(ctx, tx, c.Ladder, a.ID); err != nil {
			return err
		}
		cuts, err := s.cutAudience(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE audience SET total = $2, cuts = $3 WHERE id = $1`, a.ID, n, asJSON(cuts)); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE campaign SET audience_id = $2 WHERE id = $1`, id, a.ID)
		return err
	})
	return a, err
}

// checkShortNames refuses a ladder with SMS as long as a unit of somebody in the audience has no short name: its texts
// could not be written (rulings.md 15).
func (s *Store) checkShortNames(ctx context.Context, tx *sql.Tx, l campaigns.Ladder, id campaigns.AudienceID) error {
	sms := false
	for _, step := range l {
		for _, c := range step.Channels {
			sms = sms || strings.HasPrefix(c, "sms.")
		}
	}
	if !sms {
		return nil
	}
	var missing bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM member m JOIN person p ON p.id = m.person_id JOIN unit u ON u.id = p.unit_id
		WHERE m.audience_id = $1 AND u.short_name = '')`, id).Scan(&missing)
	if err == nil && missing {
		err = campaigns.ErrNoShortName
	}
	return err
}

// ApproveCampaign approves as a person of a rank over the campaign's unit: a large one needs somebody who stands higher
// than its author. campaigns.ErrStale where what was handed in is not what they have seen (campaigns.Expect with a
// SubmissionVersion).
func (s *Store) ApproveCampaign(ctx context.Context, id campaigns.CampaignID, actor string, rank int) error {
	return s.write(ctx, "approve campaign", func(tx *sql.Tx) error {
		c, _, err := s.move(ctx, tx, id, campaigns.Approve, actor)
		if err != nil {
			return err
		}
		if err := campaigns.CheckVersion(ctx, c.SubmissionVersion()); err != nil {
			return err
		}
		var people int
		if err := tx.QueryRowContext(ctx, `SELECT total FROM audience WHERE id = $1`, c.AudienceID).Scan(&people); err != nil {
			return err
		}
		if err := c.CheckRank(rank, people); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE campaign SET approver = $2 WHERE id = $1`, id, actor)
		return err
	})
}

// MoveCampaign records a verb that only changes the state: return; and approve, as somebody of the highest rank.
func (s *Store) MoveCampaign(ctx context.Context, id campaigns.CampaignID, verb campaigns.Verb, actor string) error {
	switch verb {
	case campaigns.Approve:
		return s.ApproveCampaign(ctx, id, actor, campaigns.TopRank)
	case campaigns.Return:
		return s.write(ctx, "return campaign", func(tx *sql.Tx) error {
			_, _, err := s.move(ctx, tx, id, verb, actor)
			return err
		})
	}
	return fmt.Errorf("%w: %s is recorded by a method of its own", campaigns.ErrIllegalMove, verb)
}

// campaignFor reads a campaign that is about to be changed; its row is locked until the transaction ends.
func (s *Store) campaignFor(ctx context.Context, tx *sql.Tx, id campaigns.CampaignID) (campaigns.Campaign, error) {
	return scanCampaign(tx.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM campaign WHERE id = $1`+s.d.forUpdate, id))
}

// EditCampaign writes a draft, or a campaign that was given back, anew as c says; id, unit and author stay. The errors are
// campaigns.ErrNotDraft after it was handed in, ErrNotAuthor for anybody else (a second person approves what the author alone
// has written), and ErrStale where it is not the one that the change was made from (campaigns.Expect).
func (s *Store) EditCampaign(ctx context.Context, c campaigns.Campaign, actor string) (campaigns.Campaign, error) {
	err := s.write(ctx, "edit campaign", func(tx *sql.Tx) error {
		was, err := s.campaignFor(ctx, tx, c.ID)
		switch {
		case err != nil:
			return err
		case was.State != campaigns.Draft && was.State != campaigns.Returned:
			return campaigns.ErrNotDraft
		case !campaigns.SamePerson(was.Author, actor):
			return campaigns.ErrNotAuthor
		}
		if err := campaigns.CheckVersion(ctx, campaigns.Version(was)); err != nil {
			return err
		}
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		at := max(now.Policy.UnixMilli(), was.UpdatedAt.UnixMilli()+1) // another version, even within a millisecond
		if _, err = tx.ExecContext(ctx, `UPDATE campaign SET kind = $2, name = $3, filter = $4, ladder = $5, fields = $6, deadline_on = $7,
			basis = $8, fact = $9, words_id = $10, author_rank = $11, updated_at = $12 WHERE id = $1`,
			c.ID, c.Kind, c.Name, asJSON(c.Filter), asJSON(c.Ladder), asJSON(c.Fields), c.DeadlineOn, c.Basis, string(c.Fact), c.WordsID,
			max(c.AuthorRank, was.AuthorRank), at); err != nil {
			return err
		}
		if err := s.logVerb(ctx, tx, was, "edit", was.State, actor, "", now); err != nil {
			return err
		}
		c, err = scanCampaign(tx.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM campaign WHERE id = $1`, c.ID))
		return err
	})
	return c, err
}

// move checks and records a verb; the campaign row is locked until the transaction ends.
func (s *Store) move(ctx context.Context, tx *sql.Tx, id campaigns.CampaignID, verb campaigns.Verb, actor string) (campaigns.Campaign, Clock, error) {
	c, err := s.campaignFor(ctx, tx, id)
	if err != nil {
		return c, Clock{}, err
	}
	to, err := c.Next(verb, actor)
	if err != nil {
		return c, Clock{}, err
	}
	now, err := s.clock(ctx, tx)
	if err != nil {
		return c, now, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE campaign SET state = $2, updated_at = $3 WHERE id = $1`, id, to, now.Policy.UnixMilli()); err != nil {
		return c, now, err
	}
	if err := s.logVerb(ctx, tx, c, string(verb), to, actor, "", now); err != nil {
		return c, now, err
	}
	c.State = to
	return c, now, nil
}

func (s *Store) logVerb(ctx context.Context, tx *sql.Tx, c campaigns.Campaign, verb string, to campaigns.CampaignState, actor, note string, now Clock) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO campaign_event (id, campaign_id, verb, from_state, to_state, actor, note, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`,
		newID(), c.ID, verb, c.State, to, actor, note, now.Policy.UnixMilli())
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, campaigns.CampaignMoved, c.UnitID, map[string]string{"campaign_id": string(c.ID), "from": string(c.State), "to": string(to)})
}
