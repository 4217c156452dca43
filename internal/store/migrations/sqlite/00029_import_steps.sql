-- +goose Up
-- Importing in four steps. An upload waits, sealed in parts, until somebody has said what its columns mean; then it goes.
CREATE TABLE upload (
  id            TEXT PRIMARY KEY,
  unit_id       TEXT NOT NULL REFERENCES unit(id),
  owner         TEXT NOT NULL, -- sign-in name: nobody else can go on with it
  file_name     TEXT NOT NULL,
  size          INTEGER NOT NULL,
  authoritative INTEGER NOT NULL DEFAULT 0,
  consent_ref   TEXT NOT NULL DEFAULT '',
  at            INTEGER NOT NULL
);
CREATE INDEX upload_at ON upload (at);

CREATE TABLE upload_part (
  upload_id TEXT NOT NULL REFERENCES upload(id),
  n         INTEGER NOT NULL,
  sealed    BLOB NOT NULL,
  PRIMARY KEY (upload_id, n)
);

-- What a unit's columns meant the last time: print is a hash of the headings.
CREATE TABLE column_map (
  unit_id TEXT NOT NULL REFERENCES unit(id),
  print   TEXT NOT NULL,
  fields  TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (unit_id, print)
);

-- What somebody did about a row that wanted a look.
CREATE TABLE roster_mark (
  roster_id TEXT NOT NULL REFERENCES roster(id),
  sheet     TEXT NOT NULL,
  row_no    INTEGER NOT NULL,
  what      TEXT NOT NULL CHECK (what IN ('mended','skipped','settled')),
  actor     TEXT NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (roster_id, sheet, row_no)
);

-- How known people were before a roster changed them, for the day in which it can be undone. Sealed; no foreign keys, as
-- for all that an import writes in bulk.
CREATE TABLE roster_before (
  roster_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  sealed    BLOB NOT NULL,
  PRIMARY KEY (roster_id, person_id)
);
ALTER TABLE roster ADD COLUMN undone_at INTEGER;
ALTER TABLE roster ADD COLUMN undone_by TEXT NOT NULL DEFAULT '';
ALTER TABLE roster ADD COLUMN undone TEXT NOT NULL DEFAULT ''; -- JSON: what was taken back, what stayed

-- Notices that an officer sent to themselves before asking for approval. print names the words; the number is sealed.
CREATE TABLE staff_phone (
  login  TEXT PRIMARY KEY,
  sealed BLOB NOT NULL,
  tail   TEXT NOT NULL,
  at     INTEGER NOT NULL
);

CREATE TABLE test_send (
  id      TEXT PRIMARY KEY,
  unit_id TEXT NOT NULL REFERENCES unit(id),
  login   TEXT NOT NULL,
  print   TEXT NOT NULL,
  channel TEXT NOT NULL,
  state   TEXT NOT NULL CHECK (state IN ('sending','accepted','rejected','unknown')),
  parts   INTEGER NOT NULL DEFAULT 0,
  reason  TEXT NOT NULL DEFAULT '',
  at      INTEGER NOT NULL
);
CREATE INDEX test_send_print ON test_send (unit_id, print);
CREATE INDEX test_send_login ON test_send (login, at);
