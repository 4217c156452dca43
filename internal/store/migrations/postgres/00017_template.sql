-- +goose Up
-- Words that staff write, in versions that never change: a campaign names the version it was approved with.
CREATE TABLE template (
  id         TEXT PRIMARY KEY,
  unit_id    TEXT NOT NULL REFERENCES unit(id),
  name       TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX template_unit ON template (unit_id, id);

CREATE TABLE template_version (
  id          TEXT PRIMARY KEY,
  template_id TEXT NOT NULL REFERENCES template(id),
  n           BIGINT NOT NULL,
  words       TEXT NOT NULL, -- JSON: form, locale, text
  hash        TEXT NOT NULL,
  author      TEXT NOT NULL,
  note        TEXT NOT NULL DEFAULT '',
  at          BIGINT NOT NULL,
  UNIQUE (template_id, n)
);

ALTER TABLE campaign ADD COLUMN words_id TEXT NOT NULL DEFAULT ''; -- of a campaign of the kind custom
