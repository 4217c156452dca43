-- +goose Up
-- Forms of several pages that staff have begun. What stands in them is about a campaign, never about one citizen.
CREATE TABLE form_draft (
  id         TEXT PRIMARY KEY,
  kind       TEXT NOT NULL,
  unit_id    TEXT NOT NULL REFERENCES unit(id),
  owner      TEXT NOT NULL,
  form       TEXT NOT NULL DEFAULT '{}',
  updated_at INTEGER NOT NULL
);
CREATE INDEX form_draft_owner ON form_draft (owner, unit_id, kind);
