-- +goose Up
-- Passkeys, accounts of other providers that are linked to ours, and the steps of signing in that are under way elsewhere:
-- in an authenticator, or at a provider. A step is found by what the browser brings back, serves once and lasts minutes.

CREATE TABLE passkey (
  id            TEXT PRIMARY KEY,
  staff_id      TEXT NOT NULL REFERENCES staff(id),
  credential_id BLOB NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  record        TEXT NOT NULL, -- JSON: public key, flags, transports; no secret
  sign_count    INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  used_at       INTEGER
);
CREATE INDEX passkey_staff ON passkey (staff_id, id);

CREATE TABLE staff_identity (
  provider  TEXT NOT NULL, -- name in the file of providers
  subject   TEXT NOT NULL,
  staff_id  TEXT NOT NULL REFERENCES staff(id),
  linked_by TEXT NOT NULL,
  linked_at INTEGER NOT NULL,
  PRIMARY KEY (provider, subject),
  UNIQUE (staff_id, provider)
);

CREATE TABLE ceremony (
  hash       BLOB PRIMARY KEY,
  kind       TEXT NOT NULL CHECK (kind IN ('register','sign_in','start','provider')),
  staff_id   TEXT NOT NULL DEFAULT '', -- whose step it is, '' while nobody knows
  state      TEXT NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX ceremony_expires ON ceremony (expires_at);

-- When the second factor, or a passkey, was last shown in the session: what is hard to undo asks for a fresh one.
ALTER TABLE session ADD COLUMN proved_at INTEGER NOT NULL DEFAULT 0;
