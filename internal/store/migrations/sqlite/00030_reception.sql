-- +goose Up
-- When and where a unit sees people: the parts of its week, the days on which it is shut, and sessions elsewhere. Times are
-- minutes after midnight in Vietnam, seats are people an hour. Nothing here is read while notices are carried.
CREATE TABLE unit_window (
  unit_id TEXT NOT NULL REFERENCES unit(id),
  weekday INTEGER NOT NULL,
  opens   INTEGER NOT NULL,
  closes  INTEGER NOT NULL,
  seats   INTEGER NOT NULL,
  set_by  TEXT NOT NULL,
  set_at  INTEGER NOT NULL,
  PRIMARY KEY (unit_id, weekday, opens)
);

CREATE TABLE unit_closed (
  unit_id TEXT NOT NULL REFERENCES unit(id),
  on_date TEXT NOT NULL,
  set_by  TEXT NOT NULL,
  set_at  INTEGER NOT NULL,
  PRIMARY KEY (unit_id, on_date)
);

CREATE TABLE mobile_session (
  id           TEXT PRIMARY KEY,
  unit_id      TEXT NOT NULL REFERENCES unit(id),
  on_date      TEXT NOT NULL,
  place        TEXT NOT NULL,
  opens        INTEGER NOT NULL,
  closes       INTEGER NOT NULL,
  seats        INTEGER NOT NULL,
  set_by       TEXT NOT NULL,
  set_at       INTEGER NOT NULL,
  cancelled_by TEXT NOT NULL DEFAULT '',
  cancelled_at INTEGER
);
CREATE INDEX mobile_session_unit ON mobile_session (unit_id, on_date) WHERE cancelled_at IS NULL;
