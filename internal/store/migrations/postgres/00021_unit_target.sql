-- +goose Up
-- A target of a unit for a fact in a month, whatever campaigns there are. It is never changed: a later one for the same unit,
-- fact, month and batch replaces it and stays beside it.
CREATE TABLE unit_target (
  id          TEXT PRIMARY KEY,
  unit_id     TEXT NOT NULL REFERENCES unit(id),
  unit_path   TEXT NOT NULL,
  fact        TEXT NOT NULL,
  month       TEXT NOT NULL,
  batch       TEXT NOT NULL DEFAULT '',
  denominator BIGINT NOT NULL,
  goal        BIGINT NOT NULL,
  assigned_by TEXT NOT NULL,
  assigned_at BIGINT NOT NULL,
  replaced_at BIGINT
);
CREATE UNIQUE INDEX unit_target_now ON unit_target (unit_id, fact, month, batch) WHERE replaced_at IS NULL;
CREATE INDEX unit_target_under ON unit_target (unit_path, id);

-- What became true in a month, for whole units at once.
CREATE INDEX outcome_day ON outcome (fact, done_on, at);

-- Blocks keep who is hard to win; they are counted anew, each when its turn comes.
INSERT INTO mark (launch_id, lo, id) SELECT launch_id, lo, 0 FROM block WHERE counted_at IS NOT NULL ON CONFLICT DO NOTHING;

-- A comparison of two lists is work that is followed; why says what stopped one.
ALTER TABLE comparison DROP CONSTRAINT comparison_state_check;
ALTER TABLE comparison ADD CONSTRAINT comparison_state_check CHECK (state IN ('running','done','failed'));
ALTER TABLE comparison ADD COLUMN why TEXT NOT NULL DEFAULT '';
ALTER TABLE comparison ADD COLUMN beat_at BIGINT NOT NULL DEFAULT 0; -- raw database time at which whoever compares last said so
