-- +goose Up
-- Files with people in them. One with many rows is asked for by one person with a reason and granted by another; whoever
-- makes it spends rows of their day. Who was in a file is in the audit log.
CREATE TABLE export (
  id         TEXT PRIMARY KEY,
  unit_id    TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('people','residual')),
  of         TEXT NOT NULL,             -- JSON: which people; never a name or a number
  people     BIGINT NOT NULL,          -- when it was asked for
  reason     TEXT NOT NULL,
  asked_by   TEXT NOT NULL,             -- id
  asked_name TEXT NOT NULL,
  asked_at   BIGINT NOT NULL,          -- raw database time, as all that follow
  state      TEXT NOT NULL CHECK (state IN ('asked','granted','refused')),
  decided_by   TEXT NOT NULL DEFAULT '',
  decided_name TEXT NOT NULL DEFAULT '',
  decided_at   BIGINT,
  made_at      BIGINT
);
CREATE INDEX export_unit ON export (unit_id, id);

CREATE TABLE export_day (
  by_id TEXT NOT NULL,
  day   BIGINT NOT NULL, -- Vietnamese day by policy time
  spent BIGINT NOT NULL,
  PRIMARY KEY (by_id, day)
);

-- "Who was exposed" asks the log for all that one person, session, key or file has seen.
CREATE INDEX audit_by ON audit (by_id, at) WHERE by_id <> '';
CREATE INDEX audit_object ON audit (object_id) WHERE object = 'export';
