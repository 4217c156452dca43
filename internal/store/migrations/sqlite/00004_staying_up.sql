-- +goose Up
-- An epoch is a stretch of this database's life in which it may send. A process keeps the epoch and the beat it has seen
-- last in its data folder: a database that is behind the file, or that no file knows, was restored (rulings.md 33).
CREATE TABLE epoch (
  n        INTEGER PRIMARY KEY,
  id       TEXT NOT NULL UNIQUE,
  reason   TEXT NOT NULL,
  actor    TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  held     TEXT NOT NULL DEFAULT '',
  beat     INTEGER NOT NULL DEFAULT 0,
  beat_at  INTEGER NOT NULL
);

-- What a provider's log said about a held database; release asks for it.
CREATE TABLE reconciliation (
  id         TEXT PRIMARY KEY,
  epoch      INTEGER NOT NULL,
  file_hash  TEXT NOT NULL,
  keys       INTEGER NOT NULL,
  known      INTEGER NOT NULL,
  accepted   INTEGER NOT NULL,
  merged     INTEGER NOT NULL,
  conflicts  INTEGER NOT NULL,
  orphans    INTEGER NOT NULL,
  at         INTEGER NOT NULL
);

-- An account at a provider, shared by all workers. health is notifier.Health as JSON: tokens, pause, breaker, shares and
-- the override of an officer; the rules that change it are Go and pure.
CREATE TABLE account (
  name       TEXT PRIMARY KEY,
  health     TEXT NOT NULL DEFAULT '{}',
  updated_at INTEGER NOT NULL
);
