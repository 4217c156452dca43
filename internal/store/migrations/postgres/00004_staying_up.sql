-- +goose Up
-- An epoch is a stretch of this database's life in which it may send. A process keeps the epoch and the beat it has seen
-- last in its data folder: a database that is behind the file, or that no file knows, was restored (rulings.md 33).
CREATE TABLE epoch (
  n        BIGINT PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  reason   TEXT NOT NULL,
  actor    TEXT NOT NULL,
  began_at BIGINT NOT NULL,
  held     TEXT NOT NULL DEFAULT '',
  beat     BIGINT NOT NULL DEFAULT 0,
  beat_at  BIGINT NOT NULL
);

-- What a provider's log said about a held database; release asks for it.
CREATE TABLE reconciliation (
  id         TEXT PRIMARY KEY,
  epoch      BIGINT NOT NULL,
  file_hash  TEXT NOT NULL,
  keys       BIGINT NOT NULL,
  known      BIGINT NOT NULL,
  accepted   BIGINT NOT NULL,
  merged     BIGINT NOT NULL,
  conflicts  BIGINT NOT NULL,
  orphans    BIGINT NOT NULL,
  at         BIGINT NOT NULL
);

-- An account at a provider, shared by all workers. health is notifier.Health as JSON: tokens, pause, breaker, shares and
-- the override of an officer; the rules that change it are Go and pure.
CREATE TABLE account (
  name       TEXT PRIMARY KEY,
  health     TEXT NOT NULL DEFAULT '{}',
  updated_at BIGINT NOT NULL
);
