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

-- A count reads this index instead of whole rows, and no contact at all.
DROP INDEX person_facet;
DROP INDEX contact_reach;
CREATE INDEX person_facet ON person (id, birth_year, reach, card_claim, card_verified, eid_claim, eid_verified, sex, needs_visit, no_smartphone, away,
  country, returns_on, locale, class_id, erased_at, born, card_due_on, card_ready_on, card_handed, mismatch, matched, turns_14_on);
