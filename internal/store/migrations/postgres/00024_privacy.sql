-- +goose Up
-- What people may ask about their own data, and what became of it. No foreign keys: the ledger and the desk outlive what
-- they speak of.

-- A person whose data may be kept but not used: nothing is sent, whatever the campaign.
ALTER TABLE person ADD COLUMN restricted_at BIGINT;

-- Who was erased. It holds ids and nothing else; a copy of it lies in every data folder, and is applied again to a
-- database that was restored from a time before.
CREATE TABLE erasure (
  person_id TEXT PRIMARY KEY,
  at        BIGINT NOT NULL, -- raw database time
  by_name   TEXT NOT NULL,
  request   TEXT NOT NULL DEFAULT ''
);
CREATE INDEX erasure_at ON erasure (at, person_id);

-- The desk for requests about personal data. What a citizen wrote is sealed.
CREATE TABLE subject_request (
  id          TEXT PRIMARY KEY,
  unit_id     TEXT NOT NULL,
  person_id   TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('access','correction','restriction','erasure','objection')),
  state       TEXT NOT NULL CHECK (state IN ('received','accepted','done','refused')),
  way         TEXT NOT NULL CHECK (way IN ('desk','letter','phone','email')),
  sealed      BYTEA,
  taken_by    TEXT NOT NULL,             -- id of who took it in
  taken_name  TEXT NOT NULL,
  received_at BIGINT NOT NULL,          -- policy time, as all that follow
  answer_due  BIGINT NOT NULL,
  finish_due  BIGINT NOT NULL,
  extended    BIGINT NOT NULL DEFAULT 0,
  answered_at BIGINT,
  decided_by  TEXT NOT NULL DEFAULT '',
  ended_at    BIGINT,
  why         TEXT NOT NULL DEFAULT ''   -- of a refusal or a longer time
);
CREATE INDEX subject_request_unit ON subject_request (unit_id, id);
CREATE INDEX subject_request_person ON subject_request (person_id);
CREATE INDEX subject_request_open ON subject_request (finish_due) WHERE ended_at IS NULL;
