-- +goose Up
-- A card handed over and data brought into agreement are facts of their own, and a campaign may wait for its day. Which
-- facts there are, campaigns.AllFacts says; the tables only refuse what cannot be one. SQLite cannot change a CHECK but
-- by the text of its schema (sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes").
ALTER TABLE campaign DROP CONSTRAINT campaign_fact_check, DROP CONSTRAINT campaign_state_check;
ALTER TABLE campaign ADD CONSTRAINT campaign_fact_check CHECK (fact <> ''), ADD CONSTRAINT campaign_state_check CHECK (state IN ('draft','submitted','returned','approved','scheduled','running','paused','completed','cancelled'));
ALTER TABLE outcome DROP CONSTRAINT outcome_fact_check;
ALTER TABLE outcome ADD CONSTRAINT outcome_fact_check CHECK (fact <> '');
ALTER TABLE campaign ADD COLUMN starts_at BIGINT; -- policy time; when a scheduled campaign launches itself
