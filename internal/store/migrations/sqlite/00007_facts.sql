-- +goose Up
-- A card handed over and data brought into agreement are facts of their own, and a campaign may wait for its day. Which
-- facts there are, campaigns.AllFacts says; the tables only refuse what cannot be one. SQLite cannot change a CHECK but
-- by the text of its schema (sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes").
PRAGMA writable_schema = ON; -- sqlite
UPDATE sqlite_schema SET sql = replace(replace(sql, '(fact IN (''card'',''eid1'',''eid2''))', '(fact <> '''')'), '''approved'',''running''', '''approved'',''scheduled'',''running''') WHERE type = 'table' AND name IN ('campaign', 'outcome'); -- sqlite
PRAGMA writable_schema = RESET; -- sqlite
/* postgres: ALTER TABLE campaign DROP CONSTRAINT campaign_fact_check, DROP CONSTRAINT campaign_state_check; */
/* postgres: ALTER TABLE campaign ADD CONSTRAINT campaign_fact_check CHECK (fact <> ''), ADD CONSTRAINT campaign_state_check CHECK (state IN ('draft','submitted','returned','approved','scheduled','running','paused','completed','cancelled')); */
/* postgres: ALTER TABLE outcome DROP CONSTRAINT outcome_fact_check; */
/* postgres: ALTER TABLE outcome ADD CONSTRAINT outcome_fact_check CHECK (fact <> ''); */
ALTER TABLE campaign ADD COLUMN starts_at INTEGER; -- policy time; when a scheduled campaign launches itself
