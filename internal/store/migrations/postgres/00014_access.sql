-- +goose Up
-- People of the staff, how they sign in, and what their keys may do. Times here are raw database time: a demonstration's
-- fast policy time ends no session and lifts no brake.

CREATE TABLE staff (
  id          TEXT PRIMARY KEY,
  login       TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  unit_id     TEXT NOT NULL REFERENCES unit(id),
  state       TEXT NOT NULL CHECK (state IN ('invited','active','disabled')),
  password    TEXT NOT NULL DEFAULT '',
  totp_sealed BYTEA,
  totp_on     BIGINT NOT NULL DEFAULT 0,
  totp_step   BIGINT NOT NULL DEFAULT 0, -- the last one used: a code serves once
  created_by  TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  disabled_at BIGINT
);
CREATE INDEX staff_unit ON staff (unit_id, id);

CREATE TABLE staff_role (
  staff_id   TEXT NOT NULL REFERENCES staff(id),
  unit_id    TEXT NOT NULL REFERENCES unit(id),
  role       TEXT NOT NULL,
  granted_by TEXT NOT NULL,
  granted_at BIGINT NOT NULL,
  PRIMARY KEY (staff_id, unit_id, role)
);
CREATE INDEX staff_role_unit ON staff_role (unit_id);

CREATE TABLE staff_start (
  hash       BYTEA PRIMARY KEY,
  staff_id   TEXT NOT NULL UNIQUE REFERENCES staff(id),
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE recovery_code (
  staff_id TEXT NOT NULL REFERENCES staff(id),
  hash     BYTEA NOT NULL,
  PRIMARY KEY (staff_id, hash)
);

CREATE TABLE staff_device (
  staff_id TEXT NOT NULL REFERENCES staff(id),
  hash     BYTEA NOT NULL,
  used_at  BIGINT NOT NULL,
  PRIMARY KEY (staff_id, hash)
);

CREATE TABLE session (
  hash       BYTEA PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  staff_id   TEXT NOT NULL REFERENCES staff(id),
  stage      TEXT NOT NULL CHECK (stage IN ('second','setup','full')),
  address    TEXT NOT NULL DEFAULT '',
  agent      TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL
);
CREATE INDEX session_staff ON session (staff_id, id);
CREATE INDEX session_created ON session (created_at);

CREATE TABLE throttle (
  key_index BYTEA PRIMARY KEY, -- blind: neither names nor addresses are kept
  fails     BIGINT NOT NULL,
  last_at   BIGINT NOT NULL,
  until     BIGINT NOT NULL
);
CREATE INDEX throttle_last ON throttle (last_at);

ALTER TABLE api_key ADD COLUMN kind TEXT NOT NULL DEFAULT 'live' CHECK (kind IN ('live','team','test'));
ALTER TABLE api_key ADD COLUMN perms TEXT; -- JSON; NULL: every permission at the root, as the first key
ALTER TABLE api_key ADD COLUMN networks TEXT NOT NULL DEFAULT '[]';
ALTER TABLE api_key ADD COLUMN day_cap BIGINT NOT NULL DEFAULT 0;
ALTER TABLE api_key ADD COLUMN replaces TEXT NOT NULL DEFAULT '';
ALTER TABLE api_key ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
ALTER TABLE api_key ADD COLUMN expires_at BIGINT;
ALTER TABLE api_key ADD COLUMN revoked_at BIGINT;
ALTER TABLE api_key ADD COLUMN used_at BIGINT; -- coarse: within the hour

CREATE TABLE api_key_unit (
  key_id  TEXT NOT NULL REFERENCES api_key(id),
  unit_id TEXT NOT NULL REFERENCES unit(id),
  PRIMARY KEY (key_id, unit_id)
);
CREATE INDEX api_key_unit_unit ON api_key_unit (unit_id);

CREATE TABLE api_key_day (
  key_id TEXT NOT NULL REFERENCES api_key(id),
  day    BIGINT NOT NULL, -- Vietnamese day by policy time, as caps are
  spent  BIGINT NOT NULL,
  PRIMARY KEY (key_id, day)
);
