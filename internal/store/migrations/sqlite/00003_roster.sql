-- +goose Up
-- What an import writes in bulk has no foreign keys on PostgreSQL, where each costs as much a row as the row itself: every
-- row of person, contact and roster_row is written in the transaction that has just read or written its parent, and
-- nothing ever deletes a unit, a person or a roster. SQLite, on which every test runs, keeps them and would tell.
/* postgres: ALTER TABLE person DROP CONSTRAINT person_unit_id_fkey, DROP CONSTRAINT person_village_id_fkey, DROP CONSTRAINT person_school_id_fkey, DROP CONSTRAINT person_class_id_fkey; */
/* postgres: ALTER TABLE contact DROP CONSTRAINT contact_person_id_fkey; */
/* postgres: ALTER TABLE roster_row DROP CONSTRAINT roster_row_roster_id_fkey; */
SELECT 1; -- so that there is a statement for SQLite too
