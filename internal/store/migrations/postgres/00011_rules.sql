-- +goose Up
-- A staff launch of many people sends to a few first and holds (rulings.md 18): canary is 'none', 'held' or 'released', and a
-- held launch lets go by itself at release_at, policy time. Nothing beyond the canary is planned while it is held.
ALTER TABLE launch ADD COLUMN release_at BIGINT;
CREATE INDEX launch_running ON launch (unit_id, id) WHERE state = 'running';
CREATE INDEX campaign_scheduled ON campaign (starts_at) WHERE state = 'scheduled';

-- The first due chunk of one launch, for lanes that are fair between units.
CREATE INDEX chunk_turn ON chunk (kind, lane, channel, launch_id, next_at, id);

-- The hours of a unit and of all below it that have none of their own, as minutes after midnight.
CREATE TABLE unit_hours (
  unit_id TEXT PRIMARY KEY REFERENCES unit(id),
  opens   BIGINT NOT NULL,
  closes  BIGINT NOT NULL,
  set_by  TEXT NOT NULL,
  set_at  BIGINT NOT NULL
);

-- What a campaign may spend, in dong or in message parts. spent is brought up once a claim; what a provider refused is
-- taken off again.
CREATE TABLE budget (
  campaign_id TEXT PRIMARY KEY REFERENCES campaign(id),
  counts      TEXT NOT NULL CHECK (counts IN ('dong','parts')),
  most        BIGINT NOT NULL,
  spent       BIGINT NOT NULL DEFAULT 0,
  set_by      TEXT NOT NULL,
  set_at      BIGINT NOT NULL
);
CREATE TABLE channel_price (
  channel TEXT PRIMARY KEY,
  dong    BIGINT NOT NULL,
  set_by  TEXT NOT NULL,
  set_at  BIGINT NOT NULL
);

-- The emergency override of a stop: asked for by one person with a reason, granted by another (rulings.md 20).
CREATE TABLE emergency (
  campaign_id TEXT PRIMARY KEY REFERENCES campaign(id),
  reason      TEXT NOT NULL,
  asked_by    TEXT NOT NULL,
  asked_at    BIGINT NOT NULL,
  granted_by  TEXT NOT NULL DEFAULT '',
  granted_at  BIGINT
);

-- A target is never changed: a later one for the same unit, month and batch replaces it and stays beside it.
CREATE TABLE target_next (
  id          TEXT PRIMARY KEY,
  unit_id     TEXT NOT NULL REFERENCES unit(id),
  campaign_id TEXT NOT NULL REFERENCES campaign(id),
  month       TEXT NOT NULL DEFAULT '',
  batch       TEXT NOT NULL DEFAULT '',
  fact        TEXT NOT NULL,
  denominator BIGINT NOT NULL,
  goal        BIGINT NOT NULL,
  assigned_by TEXT NOT NULL,
  assigned_at BIGINT NOT NULL,
  replaced_at BIGINT
);
INSERT INTO target_next (id, unit_id, campaign_id, fact, denominator, goal, assigned_by, assigned_at)
  SELECT id, unit_id, campaign_id, fact, denominator, goal, assigned_by, assigned_at FROM target;
DROP TABLE target;
ALTER TABLE target_next RENAME TO target;
CREATE UNIQUE INDEX target_now ON target (campaign_id, unit_id, month, batch) WHERE replaced_at IS NULL;
CREATE INDEX target_history ON target (campaign_id, id);

-- Why a campaign was closed although people are left: for each reason for which they are left, or for single persons.
CREATE TABLE closing (
  campaign_id TEXT NOT NULL REFERENCES campaign(id),
  reason      TEXT NOT NULL,
  because     TEXT NOT NULL,
  persons     BIGINT NOT NULL,
  actor       TEXT NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (campaign_id, reason)
);
CREATE TABLE closing_person (
  campaign_id TEXT NOT NULL REFERENCES campaign(id),
  person_id   TEXT NOT NULL REFERENCES person(id),
  because     TEXT NOT NULL,
  PRIMARY KEY (campaign_id, person_id)
);

-- A day that a citizen and an office agreed on, after an answer. It is reminded of once, before the day.
CREATE TABLE appointment (
  id          TEXT PRIMARY KEY,
  launch_id   TEXT NOT NULL REFERENCES launch(id),
  person_id   TEXT NOT NULL REFERENCES person(id),
  n           BIGINT NOT NULL, -- the how-manieth of this person in this launch, from 1
  on_date     TEXT NOT NULL,
  at_time     TEXT NOT NULL DEFAULT '',
  place       TEXT NOT NULL DEFAULT '',
  code        TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('open','replaced')),
  remind_at   BIGINT,          -- policy time; NULL once reminded, or where there is no time left to remind
  created_by  TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  UNIQUE (launch_id, person_id, n)
);
CREATE INDEX appointment_remind ON appointment (remind_at) WHERE remind_at IS NOT NULL;
