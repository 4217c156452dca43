-- +goose Up
-- Programs of others that send single messages in the name of a unit. A message is a notice of a standing launch, one for
-- each service, version of words and channel: the engine carries it as it carries all others. What the service gave is
-- sealed in the message; the engine reads it when it claims. No foreign keys on message: it is written beside its notice.
CREATE TABLE service (
  id          TEXT PRIMARY KEY,
  unit_id     TEXT NOT NULL REFERENCES unit(id),
  name        TEXT NOT NULL,
  basis       TEXT NOT NULL, -- the legal basis of what it sends
  sealed      BLOB NOT NULL, -- JSON: addresses of its team, where it is called back and with what token
  told        INTEGER NOT NULL DEFAULT 0, -- bits: 1 receipts, 2 received texts are called back
  created_by  TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  archived_at INTEGER
);
CREATE INDEX service_unit ON service (unit_id, id);

-- What signs the tokens of a Notify client; when it ends, its api_key says.
CREATE TABLE service_key (
  key_id     TEXT PRIMARY KEY REFERENCES api_key(id),
  service_id TEXT NOT NULL REFERENCES service(id),
  sealed     BLOB NOT NULL
);
CREATE INDEX service_key_service ON service_key (service_id);

CREATE TABLE standing (
  service_id TEXT NOT NULL REFERENCES service(id),
  version_id TEXT NOT NULL REFERENCES template_version(id),
  channel    TEXT NOT NULL,
  launch_id  TEXT NOT NULL REFERENCES launch(id),
  PRIMARY KEY (service_id, version_id, channel)
);

CREATE TABLE message (
  id          TEXT PRIMARY KEY,
  service_id  TEXT NOT NULL,
  key_kind    TEXT NOT NULL CHECK (key_kind IN ('live','team','test')),
  kind        TEXT NOT NULL CHECK (kind IN ('sms','email','letter')),
  version_id  TEXT NOT NULL,
  launch_id   TEXT NOT NULL DEFAULT '',
  step_no     INTEGER NOT NULL DEFAULT 0,
  person_id   TEXT NOT NULL DEFAULT '',
  notice_id   INTEGER,                  -- NULL: of a test key, nothing is sent
  simulated   TEXT NOT NULL DEFAULT '', -- what a test key's message pretends has become of it
  ref_index   BLOB,
  addr_index  BLOB,
  asked       BLOB,                     -- what the request called itself, and what it held, so that a repetition sends nothing
  print       BLOB,
  job_id      TEXT NOT NULL DEFAULT '', -- of a bulk send
  sealed      BLOB NOT NULL,            -- JSON: address, values, reference
  tell_at     INTEGER,                  -- raw database time; NULL: the service is not to be called back, or has been
  tell_tries  INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL          -- raw database time
);
CREATE INDEX message_service ON message (service_id, id);
CREATE INDEX message_notice ON message (notice_id) WHERE notice_id IS NOT NULL;
CREATE INDEX message_ref ON message (service_id, ref_index) WHERE ref_index IS NOT NULL;
CREATE INDEX message_addr ON message (addr_index, service_id) WHERE addr_index IS NOT NULL;
CREATE UNIQUE INDEX message_asked ON message (service_id, asked) WHERE asked IS NOT NULL;
CREATE INDEX message_tell ON message (tell_at) WHERE tell_at IS NOT NULL;

-- Texts of citizens that a service has been told of.
CREATE TABLE told_text (
  service_id TEXT NOT NULL,
  inbox_id   TEXT NOT NULL,
  tries      INTEGER NOT NULL DEFAULT 0,
  tell_at    INTEGER, -- NULL: told, or given up
  PRIMARY KEY (service_id, inbox_id)
);
CREATE INDEX inbox_addr ON inbox (addr_index, id);

ALTER TABLE campaign ADD COLUMN service_id TEXT NOT NULL DEFAULT ''; -- of a standing launch
ALTER TABLE template ADD COLUMN transactional INTEGER NOT NULL DEFAULT 0; -- may use the outer hours (rulings.md 10)
