-- +goose Up
-- When and where a unit sees people: the parts of its week, the days on which it is shut, and sessions elsewhere. Times are
-- minutes after midnight in Vietnam, seats are people an hour. Nothing here is read while notices are carried.
CREATE TABLE unit_window (
  unit_id TEXT NOT NULL REFERENCES unit(id),
  weekday BIGINT NOT NULL,
  opens   BIGINT NOT NULL,
  closes  BIGINT NOT NULL,
  seats   BIGINT NOT NULL,
  set_by  TEXT NOT NULL,
  set_at  BIGINT NOT NULL,
  PRIMARY KEY (unit_id, weekday, opens)
);

CREATE TABLE unit_closed (
  unit_id TEXT NOT NULL REFERENCES unit(id),
  on_date TEXT NOT NULL,
  set_by  TEXT NOT NULL,
  set_at  BIGINT NOT NULL,
  PRIMARY KEY (unit_id, on_date)
);

CREATE TABLE mobile_session (
  id           TEXT PRIMARY KEY,
  unit_id      TEXT NOT NULL REFERENCES unit(id),
  on_date      TEXT NOT NULL,
  place        TEXT NOT NULL,
  opens        BIGINT NOT NULL,
  closes       BIGINT NOT NULL,
  seats        BIGINT NOT NULL,
  set_by       TEXT NOT NULL,
  set_at       BIGINT NOT NULL,
  cancelled_by TEXT NOT NULL DEFAULT '',
  cancelled_at BIGINT
);
CREATE INDEX mobile_session_unit ON mobile_session (unit_id, on_date) WHERE cancelled_at IS NULL;
