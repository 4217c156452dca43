-- +goose Up
-- What is known of a person's card, and by what they can be reached. card_due_on and turns_14_on follow from other columns
-- and are written with them; reach is campaigns.Reach, a bit set that whoever writes contacts brings up to date in the
-- same transaction.
ALTER TABLE person ADD COLUMN reach BIGINT NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN card_issued_on TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN card_expires_on TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN card_due_on TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN card_ready_on TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN card_handed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN mismatch BIGINT NOT NULL DEFAULT 0; -- two lists differ about this person
ALTER TABLE person ADD COLUMN matched BIGINT NOT NULL DEFAULT 0;  -- ... and have been brought into agreement
ALTER TABLE person ADD COLUMN turns_14_on TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN merged_into TEXT; -- the person that this one was found to be, by a human

UPDATE person SET turns_14_on = CASE WHEN substr(born, 6) <> '02-29' THEN CAST(CAST(substr(born, 1, 4) AS BIGINT) + 14 AS TEXT) || substr(born, 5)
  WHEN (CAST(substr(born, 1, 4) AS BIGINT) + 14) % 4 = 0 AND ((CAST(substr(born, 1, 4) AS BIGINT) + 14) % 100 <> 0 OR (CAST(substr(born, 1, 4) AS BIGINT) + 14) % 400 = 0)
    THEN CAST(CAST(substr(born, 1, 4) AS BIGINT) + 14 AS TEXT) || '-02-29'
  ELSE CAST(CAST(substr(born, 1, 4) AS BIGINT) + 14 AS TEXT) || '-03-01' END WHERE length(born) = 10;
UPDATE person SET reach = COALESCE((SELECT max(CASE WHEN c.medium = 'phone' AND c.kind = 'mobile' THEN 1 ELSE 0 END)
    + max(CASE WHEN c.medium = 'phone' AND c.kind IN ('mobile','foreign') OR c.medium = 'zalo' THEN 2 ELSE 0 END)
    + max(CASE WHEN c.medium = 'email' THEN 4 ELSE 0 END) + max(CASE WHEN c.medium = 'phone' THEN 8 ELSE 0 END)
  FROM contact c WHERE c.person_id = person.id AND c.wrong_at IS NULL AND (c.owner <> 'relative' OR c.consented = 1)), 0);

-- A count over everybody reads an index and no row, and no contact at all. PostgreSQL keeps what is asked for most in one
-- number (store.facet), of which there are few: the index is small. SQLite cannot read such a number off an index, and gets
-- the columns themselves, what is asked for most in front.
DROP INDEX person_facet;
DROP INDEX contact_reach;
ALTER TABLE person ADD COLUMN facets BIGINT GENERATED ALWAYS AS (COALESCE(birth_year, 0) * 4294967296 + reach + CASE WHEN class_id IS NOT NULL THEN 16 ELSE 0 END + CASE WHEN away = 1 THEN 32 ELSE 0 END + CASE WHEN country <> '' THEN 64 ELSE 0 END + CASE WHEN needs_visit = 1 THEN 128 ELSE 0 END + CASE WHEN no_smartphone = 1 THEN 256 ELSE 0 END + CASE WHEN card_verified = 1 THEN 512 ELSE 0 END + CASE WHEN COALESCE(card_claim, 0) = 1 THEN 1024 ELSE 0 END + (eid_verified & 3) * 2048 + (COALESCE(eid_claim, 0) & 3) * 8192 + CASE WHEN card_handed = 1 THEN 32768 ELSE 0 END + CASE WHEN matched = 1 THEN 65536 ELSE 0 END + CASE WHEN mismatch = 1 THEN 131072 ELSE 0 END + CASE WHEN sex = 'male' THEN 262144 WHEN sex = 'female' THEN 524288 ELSE 0 END + CASE WHEN erased_at IS NULL THEN 0 ELSE 1048576 END) STORED;
CREATE INDEX person_facet ON person (facets);
CREATE INDEX person_dates ON person (id, facets, card_due_on, card_ready_on, returns_on, country, locale, born, turns_14_on);
