-- +goose Up
-- Who did what. Each unit has a chain of its own: a row holds the hash of the row before it, the head holds the last hash
-- under a seal that only the key ring can make. Rows are inserted and never changed; on PostgreSQL the program's role
-- should be given no more: REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM loa. Values of a person are sealed under a key of
-- that person's own, which erasure destroys: the chain still holds, the values are gone. No foreign keys: a row outlives
-- what it speaks of.

CREATE TABLE audit_head (
  unit_id TEXT PRIMARY KEY, -- '' for what belongs to no unit
  n       INTEGER NOT NULL,
  hash    BLOB NOT NULL,
  seal    BLOB NOT NULL
);

CREATE TABLE audit (
  unit_id     TEXT NOT NULL,
  n           INTEGER NOT NULL,
  at          INTEGER NOT NULL, -- raw database time
  by_kind     TEXT NOT NULL,
  by_id       TEXT NOT NULL,
  by_name     TEXT NOT NULL,
  by_from     TEXT NOT NULL,
  verb        TEXT NOT NULL,
  object      TEXT NOT NULL,
  object_id   TEXT NOT NULL,
  detail      TEXT NOT NULL,
  person_id   TEXT NOT NULL DEFAULT '',
  sealed      BLOB,
  hash        BLOB NOT NULL,
  PRIMARY KEY (unit_id, n)
);
CREATE INDEX audit_person ON audit (person_id) WHERE person_id <> '';

CREATE TABLE audit_key (
  person_id TEXT PRIMARY KEY,
  sealed    BLOB NOT NULL
);

-- Whom somebody has looked at on a Vietnamese day, so that a slow walk through all lists ends at a budget. Kept for days.
CREATE TABLE person_view (
  by_id     TEXT NOT NULL,
  kind      TEXT NOT NULL CHECK (kind IN ('view','reveal')),
  day       INTEGER NOT NULL,
  person_id TEXT NOT NULL,
  PRIMARY KEY (by_id, kind, day, person_id)
);
CREATE INDEX person_view_day ON person_view (day);
