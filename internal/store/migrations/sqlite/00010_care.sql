-- +goose Up
-- How well a unit's data are looked after: what each level has said of each part of a person's data, what two lists say
-- differently, and what a human decided about records that may be one person. Nothing here is written while notices are
-- carried. No foreign keys, as for all that stands beside people (00003).

-- The latest word of a level on a part of somebody's data. Levels count from 1, the lowest.
CREATE TABLE review (
  person_id TEXT NOT NULL,
  part      TEXT NOT NULL,
  level     INTEGER NOT NULL,
  verdict   TEXT NOT NULL CHECK (verdict IN ('correct','wrong','missing','collected')),
  reviewer  TEXT NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (person_id, part, level)
);
CREATE INDEX review_defect ON review (person_id, part, level) WHERE verdict <> 'correct';

-- Two lists held against each other; roster_b is '' for the register. A row for all that is not equal.
CREATE TABLE comparison (
  id       TEXT PRIMARY KEY,
  unit_id  TEXT NOT NULL,
  roster_a TEXT NOT NULL,
  roster_b TEXT NOT NULL DEFAULT '',
  state    TEXT NOT NULL CHECK (state IN ('running','done')),
  actor    TEXT NOT NULL,
  counts   TEXT NOT NULL DEFAULT '{}',
  at       INTEGER NOT NULL
);
CREATE INDEX comparison_unit ON comparison (unit_id, id);

CREATE TABLE comparison_row (
  comparison_id TEXT NOT NULL,
  n             INTEGER NOT NULL,
  verdict       TEXT NOT NULL CHECK (verdict IN ('differs','only_a','only_b')),
  differs       TEXT NOT NULL DEFAULT '[]', -- names of fields
  person_a      TEXT NOT NULL DEFAULT '',
  person_b      TEXT NOT NULL DEFAULT '',
  sealed        BLOB NOT NULL, -- what each list said, of numbers only the tails
  PRIMARY KEY (comparison_id, n)
);

-- What humans decided about two records of people. Rows are only added; the reason is sealed, for it may name somebody.
CREATE TABLE person_event (
  id        TEXT PRIMARY KEY,
  person_id TEXT NOT NULL,
  other_id  TEXT NOT NULL,
  verb      TEXT NOT NULL CHECK (verb IN ('merged','told_apart')),
  actor     TEXT NOT NULL,
  reason    BLOB NOT NULL,
  moved     TEXT NOT NULL DEFAULT '{}', -- JSON: how many of what
  at        INTEGER NOT NULL
);
CREATE INDEX person_event_person ON person_event (person_id, other_id);
CREATE INDEX person_event_other ON person_event (other_id, person_id);
CREATE INDEX person_merged ON person (merged_into) WHERE merged_into IS NOT NULL;
