-- +goose Up
-- Addresses of integrators, what happened, and what of it each address has been told. An event is written in the
-- transaction of what happened, for the addresses that want it; while there are none, nothing is written.
CREATE TABLE webhook (
  id         TEXT PRIMARY KEY,
  unit_id    TEXT NOT NULL REFERENCES unit(id),
  url        TEXT NOT NULL,
  kinds      TEXT NOT NULL, -- JSON
  sealed     BLOB NOT NULL, -- the secrets, newest first, as JSON
  disabled   TEXT NOT NULL DEFAULT '',
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX webhook_unit ON webhook (unit_id, id);

CREATE TABLE event (
  id   TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,    -- JSON, ids only
  at   INTEGER NOT NULL  -- raw database time
);

CREATE TABLE telling (
  webhook_id TEXT NOT NULL REFERENCES webhook(id),
  event_id   TEXT NOT NULL REFERENCES event(id),
  state      TEXT NOT NULL CHECK (state IN ('waiting','told','dead')),
  tries      INTEGER NOT NULL DEFAULT 0,
  next_at    INTEGER NOT NULL, -- raw database time; while a try is under way, when it may be taken over
  outcome    TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (webhook_id, event_id)
);
CREATE INDEX telling_due ON telling (next_at) WHERE state = 'waiting';
CREATE INDEX telling_event ON telling (event_id);
