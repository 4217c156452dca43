-- +goose Up
-- An attempt is found by its delivery and by the how-manieth try it was, which are what its idempotency key is made of
-- (notifier.Key): one key of two numbers in place of an index over texts and another over deliveries. A receipt that
-- brings our own key keeps what it says.
CREATE TABLE attempt_next (
  delivery_id     BIGINT NOT NULL,
  tries           BIGINT NOT NULL, -- definite refusals before it
  gen             BIGINT NOT NULL,
  n               BIGINT NOT NULL,
  parts           BIGINT NOT NULL DEFAULT 0,
  intent_at       BIGINT NOT NULL,
  done_at         BIGINT NOT NULL,
  idem_key        TEXT NOT NULL,
  channel         TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('accepted','rejected','unknown')),
  reason          TEXT NOT NULL DEFAULT '',
  provider_msg_id TEXT,
  PRIMARY KEY (delivery_id, tries)
);
INSERT INTO attempt_next (delivery_id, tries, gen, n, parts, intent_at, done_at, idem_key, channel, state, reason, provider_msg_id)
  SELECT delivery_id, (strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 14, 1)) - 1)::bigint * 67108864 + (strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 15, 1)) - 1)::bigint * 2097152 + (strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 16, 1)) - 1)::bigint * 65536 + (strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 17, 1)) - 1)::bigint * 2048 + (strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 18, 1)) - 1)::bigint * 64 + (strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 19, 1)) - 1)::bigint * 2 + (strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 20, 1)) - 1)::bigint / 16, gen, n, parts, intent_at, done_at, idem_key, channel, state, reason, provider_msg_id FROM attempt;
DROP TABLE attempt;
ALTER TABLE attempt_next RENAME TO attempt;

ALTER TABLE receipt ADD COLUMN key_delivery BIGINT;
ALTER TABLE receipt ADD COLUMN key_tries BIGINT;
UPDATE receipt SET key_tries = (strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 14, 1)) - 1)::bigint * 67108864 + (strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 15, 1)) - 1)::bigint * 2097152 + (strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 16, 1)) - 1)::bigint * 65536 + (strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 17, 1)) - 1)::bigint * 2048 + (strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 18, 1)) - 1)::bigint * 64 + (strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 19, 1)) - 1)::bigint * 2 + (strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 20, 1)) - 1)::bigint / 16, key_delivery = ((strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 1, 1)) - 1)::bigint * 576460752303423488) + ((strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 2, 1)) - 1)::bigint * 18014398509481984) + ((strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 3, 1)) - 1)::bigint * 562949953421312) + ((strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 4, 1)) - 1)::bigint * 17592186044416) + ((strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 5, 1)) - 1)::bigint * 549755813888) + ((strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 6, 1)) - 1)::bigint * 17179869184) + ((strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 7, 1)) - 1)::bigint * 536870912) + ((strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 8, 1)) - 1)::bigint * 16777216) + ((strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 9, 1)) - 1)::bigint * 524288) + ((strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 10, 1)) - 1)::bigint * 16384) + ((strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 11, 1)) - 1)::bigint * 512) + ((strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 12, 1)) - 1)::bigint * 16) + ((strpos('abcdefghijklmnopqrstuvwxyz234567', substr(idem_key, 13, 1)) - 1)::bigint / 2) WHERE length(idem_key) = 20 AND substr(idem_key, 1, 1) BETWEEN 'a' AND 'p';

-- A page holds three versions of each of its rows: as planned, on the wire, and with its result. With less room a third of
-- the results could not be written beside their rows and cost an entry in every index.
ALTER TABLE delivery SET (fillfactor = 27);
CREATE INDEX attempt_provider ON attempt (channel, provider_msg_id) WHERE provider_msg_id IS NOT NULL;
