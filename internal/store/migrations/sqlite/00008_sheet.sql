-- +goose Up
-- Letters to be printed and scripts for the loudspeaker are tasks too. SQLite cannot change a CHECK but by the text of its
-- schema, see 00007.
PRAGMA writable_schema = ON; -- sqlite
UPDATE sqlite_schema SET sql = replace(sql, '''relay'',''visit'',''verify''', '''relay'',''visit'',''verify'',''print'',''air''') WHERE type = 'table' AND name = 'task'; -- sqlite
PRAGMA writable_schema = RESET; -- sqlite
/* postgres: ALTER TABLE task DROP CONSTRAINT task_kind_check; */
/* postgres: ALTER TABLE task ADD CONSTRAINT task_kind_check CHECK (kind IN ('relay','visit','verify','print','air')); */

-- What is on the paper: one letter a person, or one script a language. The words are sealed; a letter has a name in it.
CREATE TABLE task_sheet (
  task_id TEXT NOT NULL REFERENCES task(id),
  part    TEXT NOT NULL, -- id of the person, or the language of a script
  locale  TEXT NOT NULL,
  code    TEXT NOT NULL DEFAULT '', -- check code
  sealed  BLOB NOT NULL,
  PRIMARY KEY (task_id, part)
);

-- Each time that a task was printed or read on the loudspeaker.
CREATE TABLE task_run (
  id      TEXT PRIMARY KEY,
  task_id TEXT NOT NULL REFERENCES task(id),
  day     TEXT NOT NULL, -- ISO date
  slot    TEXT NOT NULL DEFAULT '', -- hour of an airing, 17:00
  repeats INTEGER NOT NULL DEFAULT 1 CHECK (repeats > 0), -- how often it was read, how many copies were made
  done_by TEXT NOT NULL, -- who read it or printed it
  note    TEXT NOT NULL DEFAULT '', -- why it was printed again
  actor   TEXT NOT NULL, -- who recorded it
  at      INTEGER NOT NULL,
  UNIQUE (task_id, day, slot, note)
);
