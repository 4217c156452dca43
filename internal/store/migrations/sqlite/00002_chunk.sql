-- +goose Up
-- The engine finds its work by chunks: ranges of deliveries that are due, on the wire, or waiting for a receipt. No index
-- of notice, delivery or attempt holds a column that changes, so PostgreSQL updates rows in place (HOT) and SQLite touches
-- no index. These three tables have no foreign keys: each row is written in the transaction that has just read or written
-- its parent, and nothing deletes a parent alone.

CREATE TABLE chunk (
  id          INTEGER PRIMARY KEY,
  kind        TEXT NOT NULL CHECK (kind IN ('planned','queued','resend','out','wait')),
  lane        TEXT NOT NULL,
  channel     TEXT NOT NULL,
  launch_id   TEXT NOT NULL,
  step_no     INTEGER NOT NULL,
  lo          INTEGER NOT NULL,
  hi          INTEGER NOT NULL,
  n           INTEGER NOT NULL,
  next_at     INTEGER NOT NULL,
  lease_until INTEGER
);
CREATE INDEX chunk_due ON chunk (kind, lane, channel, next_at, id);
CREATE INDEX chunk_launch ON chunk (launch_id, kind);

CREATE TABLE notice_next (
  id          INTEGER PRIMARY KEY,
  launch_id   TEXT NOT NULL,
  person_id   TEXT NOT NULL,
  step_no     INTEGER NOT NULL,
  merged_into INTEGER,
  planned_at  INTEGER NOT NULL,
  UNIQUE (launch_id, person_id, step_no)
);
INSERT INTO notice_next SELECT id, launch_id, person_id, step_no, merged_into, planned_at FROM notice;

CREATE TABLE delivery_next (
  id          INTEGER PRIMARY KEY,
  notice_id   INTEGER NOT NULL,
  rank        INTEGER NOT NULL,
  step_no     INTEGER NOT NULL,
  gen         INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER,
  next_at     INTEGER NOT NULL,
  tries       INTEGER NOT NULL DEFAULT 0,
  resends     INTEGER NOT NULL DEFAULT 0,
  parts       INTEGER NOT NULL DEFAULT 0,
  sent_on     INTEGER,
  intent_at   INTEGER,
  moved_at    INTEGER NOT NULL,
  unit_id     TEXT NOT NULL,
  launch_id   TEXT NOT NULL,
  person_id   TEXT NOT NULL,
  lane        TEXT NOT NULL,
  channel     TEXT NOT NULL,
  contact_id  TEXT,
  addr_index  BLOB,
  state       TEXT NOT NULL CHECK (state IN ('planned','queued','claimed','sending','accepted','delivered','undelivered','failed','unknown','unknown_final','no_receipt','suppressed','cancelled','expired','merged')),
  reason      TEXT NOT NULL DEFAULT '',
  locale      TEXT NOT NULL DEFAULT '',
  version     TEXT NOT NULL DEFAULT '',
  body_hash   BLOB,
  UNIQUE (notice_id, rank)
) /* postgres: WITH (fillfactor = 35) */;
INSERT INTO delivery_next (id, notice_id, rank, step_no, gen, lease_until, next_at, tries, resends, parts, sent_on, intent_at, moved_at,
    unit_id, launch_id, person_id, lane, channel, contact_id, addr_index, state, reason, locale, version, body_hash)
  SELECT id, notice_id, rank, step_no, gen, lease_until, next_at, tries, resends, parts, sent_on, intent_at, moved_at,
    unit_id, launch_id, person_id, lane, channel, contact_id, addr_index, state, reason, locale, version, body_hash FROM delivery;

CREATE TABLE attempt_next (
  idem_key        TEXT PRIMARY KEY,
  delivery_id     INTEGER NOT NULL,
  gen             INTEGER NOT NULL,
  n               INTEGER NOT NULL,
  parts           INTEGER NOT NULL DEFAULT 0,
  intent_at       INTEGER NOT NULL,
  done_at         INTEGER NOT NULL,
  channel         TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('accepted','rejected','unknown')),
  reason          TEXT NOT NULL DEFAULT '',
  provider_msg_id TEXT
);
INSERT INTO attempt_next (idem_key, delivery_id, gen, n, parts, intent_at, done_at, channel, state, reason, provider_msg_id)
  SELECT idem_key, delivery_id, gen, n, parts, intent_at, done_at, channel, state, reason, provider_msg_id FROM attempt;

DROP TABLE attempt;
DROP TABLE delivery;
DROP TABLE notice;
ALTER TABLE notice_next RENAME TO notice;
ALTER TABLE delivery_next RENAME TO delivery;
ALTER TABLE attempt_next RENAME TO attempt;
CREATE INDEX notice_person ON notice (person_id);
CREATE INDEX notice_merged ON notice (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX delivery_launch ON delivery (launch_id, step_no);
CREATE INDEX delivery_person ON delivery (person_id);
CREATE INDEX delivery_addr ON delivery (addr_index) WHERE addr_index IS NOT NULL;
CREATE INDEX attempt_delivery ON attempt (delivery_id);
CREATE INDEX attempt_provider ON attempt (channel, provider_msg_id) WHERE provider_msg_id IS NOT NULL;

-- What was on its way before gets a chunk of its own, one a delivery.
INSERT INTO chunk (id, kind, lane, channel, launch_id, step_no, lo, hi, n, next_at, lease_until)
  SELECT id, CASE WHEN state = 'planned' THEN 'planned' WHEN state = 'queued' AND resends > 0 THEN 'resend' WHEN state = 'queued' THEN 'queued'
      WHEN state IN ('claimed','sending') THEN 'out' ELSE 'wait' END,
    lane, channel, launch_id, step_no, id, id, 1, next_at, lease_until
  FROM delivery WHERE state IN ('planned','queued','claimed','sending','accepted','unknown');
