-- +goose Up
-- A launch's audience is cut into blocks, ranges of persons; each keeps the figures of its persons, and tally keeps their
-- sum, so that a report reads one row however many people are meant. Whatever changes a figure leaves a mark on the block,
-- in its own transaction; a mark is only ever added, so marking waits for nobody. Whoever counts a block takes away just
-- the marks seen before counting. No foreign keys: these rows are written in the transaction that has just read or written
-- their launch.

ALTER TABLE audience ADD COLUMN cuts TEXT NOT NULL DEFAULT ''; -- where its blocks end, as JSON

CREATE TABLE block (
  launch_id  TEXT NOT NULL,
  lo         TEXT NOT NULL, -- person, exclusive; '' for the first block
  hi         TEXT NOT NULL, -- person, inclusive; '' for the last block, which has no end
  counted_at INTEGER,       -- policy time; NULL until its first count
  body       TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (launch_id, lo)
);
CREATE INDEX block_uncounted ON block (launch_id) WHERE counted_at IS NULL;

CREATE TABLE mark (
  launch_id TEXT NOT NULL,
  lo        TEXT NOT NULL,
  id        INTEGER NOT NULL, -- a time-ordered key
  PRIMARY KEY (launch_id, lo, id)
);

CREATE TABLE tally (
  launch_id TEXT PRIMARY KEY,
  body      TEXT NOT NULL DEFAULT '{}'
);

INSERT INTO tally (launch_id) SELECT id FROM launch;
INSERT INTO block (launch_id, lo, hi)
  SELECT launch_id, COALESCE(lag(hi) OVER (PARTITION BY launch_id ORDER BY n), ''), hi
  FROM (SELECT l.id AS launch_id, CASE WHEN m.n = m.total THEN '' ELSE m.person_id END AS hi, m.n
    FROM launch l JOIN (SELECT audience_id, person_id, row_number() OVER (PARTITION BY audience_id ORDER BY person_id) AS n,
        count(*) OVER (PARTITION BY audience_id) AS total FROM member) m ON m.audience_id = l.audience_id
    WHERE m.n % 2000 = 0 OR m.n = m.total) cut;
INSERT INTO mark (launch_id, lo, id) SELECT launch_id, lo, 0 FROM block;

-- Nothing looks for notices by person alone, and planning is spared an index. Without it the notices of a block are always
-- found as one range of (launch_id, person_id).
DROP INDEX IF EXISTS notice_person;
