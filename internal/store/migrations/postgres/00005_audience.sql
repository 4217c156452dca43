-- +goose Up
-- What an audience is counted by, in the order of people: a count reads these two indexes side by side instead of whole
-- rows. New people come at the end of both.
CREATE INDEX person_facet ON person (id, birth_year, card_claim, card_verified, eid_claim, eid_verified, sex, needs_visit, no_smartphone, away,
  country, returns_on, locale, class_id, erased_at);
CREATE INDEX contact_reach ON contact (person_id) WHERE medium = 'phone' AND wrong_at IS NULL AND (owner <> 'relative' OR consented = 1);
