-- +goose Up
-- Who of an office has taken a to-do, by the name that the record gives them, and since when: '' while nobody has.
ALTER TABLE task ADD COLUMN held_by TEXT NOT NULL DEFAULT '';
ALTER TABLE task ADD COLUMN held_at BIGINT;
