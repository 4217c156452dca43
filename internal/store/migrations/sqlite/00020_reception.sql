-- +goose Up
-- When an office receives people: every week on a day (1 is Monday), or once on a date; a date without seats is closed.
-- Citizens choose a time out of these. The list of a unit holds for those below it that have none of their own.
CREATE TABLE reception (
  unit_id  TEXT NOT NULL REFERENCES unit(id),
  n        INTEGER NOT NULL,
  weekday  INTEGER NOT NULL DEFAULT 0, -- 0 where on_date says when
  on_date  TEXT NOT NULL DEFAULT '',
  opens    INTEGER NOT NULL,           -- minutes after midnight
  closes   INTEGER NOT NULL,
  every    INTEGER NOT NULL,           -- minutes from one slot to the next
  seats    INTEGER NOT NULL,           -- of a slot
  place    TEXT NOT NULL DEFAULT '',
  set_by   TEXT NOT NULL,
  set_at   INTEGER NOT NULL,
  PRIMARY KEY (unit_id, n)
);

-- Whose seat an appointment takes, '' where it takes none.
ALTER TABLE appointment ADD COLUMN office_id TEXT NOT NULL DEFAULT '';
CREATE INDEX appointment_seat ON appointment (office_id, on_date) WHERE state = 'open' AND office_id <> '';

-- Citizens ask by its code whether what they hold is genuine.
CREATE INDEX appointment_code ON appointment (code);
CREATE INDEX task_code ON task (code) WHERE code <> '';

-- Units whose notices may name pages of the state, and which hosts: off where there is no row (rulings.md 22).
CREATE TABLE unit_link (
  unit_id TEXT NOT NULL REFERENCES unit(id),
  host    TEXT NOT NULL,
  set_by  TEXT NOT NULL,
  set_at  INTEGER NOT NULL,
  PRIMARY KEY (unit_id, host)
);
