-- +goose Up
-- Passkeys, accounts of other providers that are linked to ours, and the steps of signing in that are under way elsewhere:
-- in an authenticator, or at a provider. A step is found by what the browser brings back, serves once and lasts minutes.

CREATE TABLE passkey (
  id            TEXT PRIMARY KEY,
  staff_id      TEXT NOT NULL REFERENCES staff(id),
  credential_id BYTEA NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  record        TEXT NOT NULL, -- JSON: public key, flags, transports; no secret
  sign_count    BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  used_at       BIGINT
);
CREATE INDEX passkey_staff ON passkey (staff_id, id);

CREATE TABLE staff_identity (
  provider  TEXT NOT NULL, -- name in the file of providers
  subject   TEXT NOT NULL,
  staff_id  TEXT NOT NULL REFERENCES staff(id),
  linked_by TEXT NOT NULL,
  linked_at BIGINT NOT NULL,
  PRIMARY KEY (provider, subject),
  UNIQUE (staff_id, provider)
);

CREATE TABLE ceremony (
  hash       BYTEA PRIMARY KEY,
  kind       TEXT NOT NULL CHECK (kind IN ('register','sign_in','start','provider')),
  staff_id   TEXT NOT NULL DEFAULT '', -- whose step it is, '' while nobody knows
  state      TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX ceremony_expires ON ceremony (expires_at);

-- When the second factor, or a passkey, was last shown in the session: what is hard to undo asks for a fresh one.
ALTER TABLE session ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
