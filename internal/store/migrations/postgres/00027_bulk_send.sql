-- +goose Up
-- Many messages of a service in one request. Rows become messages some hundred at a time, each in the transaction that
-- also says so here: whatever stops, the next worker goes on behind the last row that is a message.
CREATE TABLE bulk_send (
  id          TEXT PRIMARY KEY,
  service_id  TEXT NOT NULL REFERENCES service(id),
  key_kind    TEXT NOT NULL CHECK (key_kind IN ('live','team','test')),
  kind        TEXT NOT NULL CHECK (kind IN ('sms','email','letter')),
  version_id  TEXT NOT NULL REFERENCES template_version(id),
  name        TEXT NOT NULL DEFAULT '',
  state       TEXT NOT NULL CHECK (state IN ('running','done')),
  total       BIGINT NOT NULL,
  taken       BIGINT NOT NULL DEFAULT 0, -- rows that are messages
  refused     BIGINT NOT NULL DEFAULT 0,
  actor       TEXT NOT NULL,
  created_at  BIGINT NOT NULL, -- raw database time
  finished_at BIGINT
);
CREATE INDEX bulk_send_service ON bulk_send (service_id, id);
CREATE INDEX bulk_send_running ON bulk_send (id) WHERE state = 'running';

CREATE TABLE bulk_row (
  bulk_id    TEXT NOT NULL REFERENCES bulk_send(id),
  n          BIGINT NOT NULL, -- 1, 2, ... as they came
  sealed     BYTEA,             -- what the sender gave; gone once the row has become a message or was refused
  message_id TEXT,
  fault      TEXT NOT NULL DEFAULT '',
  fields     TEXT NOT NULL DEFAULT '', -- names of fields that the fault is about
  PRIMARY KEY (bulk_id, n)
);
