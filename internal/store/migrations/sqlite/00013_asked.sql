-- +goose Up
-- Requests with an Idempotency-Key: noted in the first transaction that such a request commits, so that a key stands here
-- exactly when the request has had an effect; its answer follows when it is known.
CREATE TABLE asked (
  caller TEXT NOT NULL,
  key    TEXT NOT NULL,
  print  BLOB NOT NULL,              -- SHA-256 of method, address, actor and body
  status INTEGER NOT NULL DEFAULT 0, -- 0 until the answer is known
  type   TEXT NOT NULL DEFAULT '',
  sealed BLOB,
  at     INTEGER NOT NULL,           -- raw database time
  PRIMARY KEY (caller, key)
);
CREATE INDEX asked_at ON asked (at);
