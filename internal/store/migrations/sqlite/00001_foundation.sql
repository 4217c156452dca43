-- +goose Up
-- Times are integer milliseconds UTC. Columns named *_on are dates (ISO text) or Vietnamese day numbers (integer).
-- Policy time (rulings.md 9) is kept wherever a rule or a reader compares days; raw database time only for leases,
-- intents and the moments that invariants compare with the provider's log.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE unit (
  id         TEXT PRIMARY KEY,
  code       TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('province','district','ward','village','school','class')),
  name       TEXT NOT NULL,
  name_key   TEXT NOT NULL,
  short_name TEXT NOT NULL DEFAULT '',
  parent_id  TEXT REFERENCES unit(id),
  path       TEXT NOT NULL,
  phone      TEXT NOT NULL DEFAULT '',
  holder     TEXT NOT NULL DEFAULT '',
  valid_from TEXT NOT NULL,
  valid_to   TEXT,
  UNIQUE (code, valid_from)
);
CREATE INDEX unit_path ON unit (path);
CREATE INDEX unit_parent ON unit (parent_id, kind, name_key);

CREATE TABLE roster (
  id            TEXT PRIMARY KEY,
  unit_id       TEXT NOT NULL REFERENCES unit(id),
  file_name     TEXT NOT NULL,
  fingerprint   TEXT NOT NULL,
  authoritative INTEGER NOT NULL DEFAULT 0,
  consent_ref   TEXT NOT NULL DEFAULT '',
  layout        TEXT NOT NULL DEFAULT '{}',
  counts        TEXT NOT NULL DEFAULT '{}',
  state         TEXT NOT NULL CHECK (state IN ('reading','done','failed')),
  actor         TEXT NOT NULL DEFAULT '',
  accepted      INTEGER NOT NULL DEFAULT 0,
  with_findings INTEGER NOT NULL DEFAULT 0,
  duplicates    INTEGER NOT NULL DEFAULT 0,
  rejected      INTEGER NOT NULL DEFAULT 0,
  people_new    INTEGER NOT NULL DEFAULT 0,
  people_changed INTEGER NOT NULL DEFAULT 0,
  started_at    INTEGER NOT NULL,
  finished_at   INTEGER
);
CREATE INDEX roster_unit ON roster (unit_id, id);

CREATE TABLE roster_row (
  roster_id TEXT NOT NULL REFERENCES roster(id),
  sheet     TEXT NOT NULL DEFAULT '',
  row_no    INTEGER NOT NULL,
  verdict   TEXT NOT NULL CHECK (verdict IN ('accepted','duplicate','rejected')),
  person_id TEXT,
  rule      TEXT NOT NULL DEFAULT '',
  changes   TEXT NOT NULL DEFAULT '[]',
  codes     TEXT NOT NULL DEFAULT '[]',
  sealed    BLOB NOT NULL,
  PRIMARY KEY (roster_id, sheet, row_no)
);
CREATE INDEX roster_row_person ON roster_row (person_id);

CREATE TABLE person (
  id             TEXT PRIMARY KEY,
  unit_id        TEXT NOT NULL REFERENCES unit(id),
  unit_path      TEXT NOT NULL,
  village_id     TEXT REFERENCES unit(id),
  school_id      TEXT REFERENCES unit(id),
  class_id       TEXT REFERENCES unit(id),
  name           TEXT NOT NULL,
  name_key       TEXT NOT NULL,
  born           TEXT NOT NULL DEFAULT '',
  birth_year     INTEGER,
  sex            TEXT NOT NULL DEFAULT '' CHECK (sex IN ('','male','female')),
  id_sealed      BLOB,
  id_index       BLOB,
  id_tail        TEXT NOT NULL DEFAULT '',
  legacy_sealed  BLOB,
  legacy_index   BLOB,
  address_sealed BLOB,
  guardian       TEXT NOT NULL DEFAULT '',
  guardian_key   TEXT NOT NULL DEFAULT '',
  relative       TEXT NOT NULL DEFAULT '',
  country        TEXT NOT NULL DEFAULT '',
  returns_on     TEXT NOT NULL DEFAULT '',
  card_claim     INTEGER,
  card_verified  INTEGER NOT NULL DEFAULT 0,
  eid_claim      INTEGER,
  eid_verified   INTEGER NOT NULL DEFAULT 0,
  needs_visit    INTEGER NOT NULL DEFAULT 0,
  no_smartphone  INTEGER NOT NULL DEFAULT 0,
  away           INTEGER NOT NULL DEFAULT 0,
  locale         TEXT NOT NULL DEFAULT 'vi',
  roster_id      TEXT,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  erased_at      INTEGER
);
CREATE UNIQUE INDEX person_id_index ON person (id_index) WHERE id_index IS NOT NULL;
CREATE INDEX person_legacy ON person (legacy_index) WHERE legacy_index IS NOT NULL;
CREATE INDEX person_name ON person (name_key, born);
CREATE INDEX person_unit ON person (unit_path, id);

CREATE TABLE contact (
  id          TEXT PRIMARY KEY,
  person_id   TEXT NOT NULL REFERENCES person(id),
  medium      TEXT NOT NULL CHECK (medium IN ('phone','email','zalo')),
  kind        TEXT NOT NULL DEFAULT '' CHECK (kind IN ('','mobile','landline','foreign')),
  owner       TEXT NOT NULL CHECK (owner IN ('self','guardian','relative')),
  sealed      BLOB NOT NULL,
  addr_index  BLOB NOT NULL,
  tail        TEXT NOT NULL DEFAULT '',
  unconfirmed INTEGER NOT NULL DEFAULT 0,
  consented   INTEGER NOT NULL DEFAULT 0,
  wrong_at    INTEGER,
  created_at  INTEGER NOT NULL,
  UNIQUE (person_id, medium, addr_index)
);
CREATE INDEX contact_addr ON contact (addr_index);

CREATE TABLE opt_out (
  addr_index   BLOB PRIMARY KEY,
  source       TEXT NOT NULL,
  at           INTEGER NOT NULL,
  effective_at INTEGER NOT NULL
);

CREATE TABLE campaign (
  id           TEXT PRIMARY KEY,
  unit_id      TEXT NOT NULL REFERENCES unit(id),
  kind         TEXT NOT NULL,
  name         TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('draft','submitted','returned','approved','running','paused','completed','cancelled')),
  filter       TEXT NOT NULL,
  ladder       TEXT NOT NULL,
  fields       TEXT NOT NULL DEFAULT '{}',
  deadline_on  TEXT NOT NULL DEFAULT '',
  basis        TEXT NOT NULL,
  fact         TEXT NOT NULL CHECK (fact IN ('card','eid1','eid2')),
  author       TEXT NOT NULL,
  approver     TEXT NOT NULL DEFAULT '',
  audience_id  TEXT,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL
);
CREATE INDEX campaign_unit ON campaign (unit_id, id);

CREATE TABLE campaign_event (
  id          TEXT PRIMARY KEY,
  campaign_id TEXT NOT NULL REFERENCES campaign(id),
  verb        TEXT NOT NULL,
  from_state  TEXT NOT NULL,
  to_state    TEXT NOT NULL,
  actor       TEXT NOT NULL,
  note        TEXT NOT NULL DEFAULT '',
  at          INTEGER NOT NULL
);
CREATE INDEX campaign_event_campaign ON campaign_event (campaign_id, id);

CREATE TABLE audience (
  id          TEXT PRIMARY KEY,
  campaign_id TEXT NOT NULL REFERENCES campaign(id),
  filter      TEXT NOT NULL,
  total       INTEGER NOT NULL,
  frozen_at   INTEGER NOT NULL
);

CREATE TABLE member (
  audience_id TEXT NOT NULL REFERENCES audience(id),
  person_id   TEXT NOT NULL REFERENCES person(id),
  reason      TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (audience_id, person_id)
);

CREATE TABLE launch (
  id          TEXT PRIMARY KEY,
  campaign_id TEXT NOT NULL REFERENCES campaign(id),
  unit_id     TEXT NOT NULL,
  audience_id TEXT NOT NULL REFERENCES audience(id),
  n           INTEGER NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('running','paused','completed','cancelled')),
  lane        TEXT NOT NULL DEFAULT 'normal' CHECK (lane IN ('urgent','normal','bulk')),
  canary      TEXT NOT NULL DEFAULT 'none',
  launched_at INTEGER NOT NULL,
  stopped_at  INTEGER,
  UNIQUE (campaign_id, n)
);

CREATE TABLE step (
  launch_id  TEXT NOT NULL REFERENCES launch(id),
  step_no    INTEGER NOT NULL,
  due_at     INTEGER NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('waiting','planned','skipped')),
  cursor     TEXT NOT NULL DEFAULT '',
  planned_at INTEGER,
  PRIMARY KEY (launch_id, step_no)
);
CREATE INDEX step_waiting ON step (due_at) WHERE state = 'waiting';

CREATE TABLE notice (
  id          INTEGER PRIMARY KEY,
  launch_id   TEXT NOT NULL REFERENCES launch(id),
  person_id   TEXT NOT NULL,
  step_no     INTEGER NOT NULL,
  merged_into INTEGER,
  planned_at  INTEGER NOT NULL,
  UNIQUE (launch_id, person_id, step_no)
);
CREATE INDEX notice_person ON notice (person_id);
CREATE INDEX notice_merged ON notice (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE delivery (
  id          INTEGER PRIMARY KEY,
  notice_id   INTEGER NOT NULL REFERENCES notice(id),
  rank        INTEGER NOT NULL,
  unit_id     TEXT NOT NULL,
  launch_id   TEXT NOT NULL,
  person_id   TEXT NOT NULL,
  step_no     INTEGER NOT NULL,
  lane        TEXT NOT NULL,
  channel     TEXT NOT NULL,
  contact_id  TEXT,
  addr_index  BLOB,
  state       TEXT NOT NULL CHECK (state IN ('planned','queued','claimed','sending','accepted','delivered','undelivered','failed','unknown','unknown_final','no_receipt','suppressed','cancelled','expired','merged')),
  gen         INTEGER NOT NULL DEFAULT 0,
  claimed_by  TEXT NOT NULL DEFAULT '',
  lease_until INTEGER,
  next_at     INTEGER NOT NULL,
  tries       INTEGER NOT NULL DEFAULT 0,
  resends     INTEGER NOT NULL DEFAULT 0,
  reason      TEXT NOT NULL DEFAULT '',
  locale      TEXT NOT NULL DEFAULT '',
  version     TEXT NOT NULL DEFAULT '',
  body_hash   BLOB,
  parts       INTEGER NOT NULL DEFAULT 0,
  sent_on     INTEGER,
  intent_at   INTEGER,
  moved_at    INTEGER NOT NULL,
  UNIQUE (notice_id, rank)
);
CREATE INDEX delivery_due ON delivery (lane, channel, next_at) WHERE state = 'queued';
CREATE INDEX delivery_planned ON delivery (next_at) WHERE state = 'planned';
CREATE INDEX delivery_lease ON delivery (lease_until) WHERE state IN ('claimed','sending');
CREATE INDEX delivery_accepted ON delivery (next_at) WHERE state = 'accepted';
CREATE INDEX delivery_unknown ON delivery (channel, next_at) WHERE state = 'unknown';
CREATE INDEX delivery_home ON delivery (addr_index) WHERE state = 'queued';
CREATE INDEX delivery_launch ON delivery (launch_id, step_no);
CREATE INDEX delivery_person ON delivery (person_id);
CREATE INDEX delivery_addr ON delivery (addr_index, sent_on) WHERE sent_on IS NOT NULL;

CREATE TABLE attempt (
  id              INTEGER PRIMARY KEY,
  delivery_id     INTEGER NOT NULL REFERENCES delivery(id),
  gen             INTEGER NOT NULL,
  n               INTEGER NOT NULL,
  channel         TEXT NOT NULL,
  idem_key        TEXT NOT NULL UNIQUE,
  state           TEXT NOT NULL CHECK (state IN ('accepted','rejected','unknown')),
  reason          TEXT NOT NULL DEFAULT '',
  provider_msg_id TEXT,
  parts           INTEGER NOT NULL DEFAULT 0,
  intent_at       INTEGER NOT NULL,
  done_at         INTEGER NOT NULL,
  UNIQUE (delivery_id, gen)
);
CREATE INDEX attempt_provider ON attempt (channel, provider_msg_id) WHERE provider_msg_id IS NOT NULL;

CREATE TABLE receipt (
  id              INTEGER PRIMARY KEY,
  channel         TEXT NOT NULL,
  event_key       TEXT NOT NULL,
  provider_msg_id TEXT NOT NULL DEFAULT '',
  idem_key        TEXT NOT NULL DEFAULT '',
  status          TEXT NOT NULL CHECK (status IN ('delivered','undelivered','enroute','unknown')),
  reason          TEXT NOT NULL DEFAULT '',
  raw_sealed      BLOB NOT NULL,
  delivery_id     INTEGER,
  effect          TEXT NOT NULL DEFAULT '',
  received_at     INTEGER NOT NULL,
  applied_at      INTEGER,
  UNIQUE (channel, event_key)
);
CREATE INDEX receipt_parked ON receipt (id) WHERE applied_at IS NULL;

CREATE TABLE answer_token (
  hash      BLOB PRIMARY KEY,
  launch_id TEXT NOT NULL REFERENCES launch(id),
  person_id TEXT NOT NULL REFERENCES person(id)
);

CREATE TABLE response (
  id         TEXT PRIMARY KEY,
  launch_id  TEXT,
  person_id  TEXT NOT NULL,
  notice_id  INTEGER,
  kind       TEXT NOT NULL CHECK (kind IN ('will_come','already_done','other_date','home_visit','need_help','wrong_person','stop')),
  source     TEXT NOT NULL CHECK (source IN ('text','page','relay','officer')),
  event_key  TEXT NOT NULL UNIQUE,
  holds      INTEGER NOT NULL DEFAULT 0,
  refuted_at INTEGER,
  at         INTEGER NOT NULL
);
CREATE INDEX response_person ON response (person_id, launch_id);
CREATE INDEX response_launch ON response (launch_id, kind);

CREATE TABLE inbox (
  id         TEXT PRIMARY KEY,
  channel    TEXT NOT NULL,
  event_key  TEXT NOT NULL,
  addr_index BLOB NOT NULL,
  person_id  TEXT,
  why        TEXT NOT NULL,
  sealed     BLOB NOT NULL,
  at         INTEGER NOT NULL,
  handled_at INTEGER,
  handled_by TEXT NOT NULL DEFAULT '',
  UNIQUE (channel, event_key)
);

CREATE TABLE outcome (
  id        TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES person(id),
  fact      TEXT NOT NULL CHECK (fact IN ('card','eid1','eid2')),
  source    TEXT NOT NULL CHECK (source IN ('officer','list','roster')),
  ref       TEXT NOT NULL DEFAULT '',
  by_actor  TEXT NOT NULL DEFAULT '',
  done_on   TEXT NOT NULL DEFAULT '',
  at        INTEGER NOT NULL,
  UNIQUE (person_id, fact)
);

CREATE TABLE task (
  id        TEXT PRIMARY KEY,
  kind      TEXT NOT NULL CHECK (kind IN ('relay','visit','verify')),
  unit_id   TEXT NOT NULL REFERENCES unit(id),
  holder_id TEXT,
  launch_id TEXT,
  step_no   INTEGER NOT NULL DEFAULT 0,
  group_key TEXT NOT NULL UNIQUE,
  code      TEXT NOT NULL DEFAULT '',
  state     TEXT NOT NULL CHECK (state IN ('open','done')),
  created_at INTEGER NOT NULL,
  done_at   INTEGER,
  done_by   TEXT NOT NULL DEFAULT ''
);
CREATE INDEX task_open ON task (unit_id, kind) WHERE state = 'open';
CREATE INDEX task_launch ON task (launch_id);

CREATE TABLE task_item (
  task_id     TEXT NOT NULL REFERENCES task(id),
  person_id   TEXT NOT NULL REFERENCES person(id),
  delivery_id INTEGER,
  result      TEXT NOT NULL DEFAULT '' CHECK (result IN ('','told','absent','declined','moved','refuted','confirmed')),
  at          INTEGER,
  PRIMARY KEY (task_id, person_id)
);
CREATE INDEX task_item_person ON task_item (person_id);
CREATE UNIQUE INDEX task_item_delivery ON task_item (delivery_id) WHERE delivery_id IS NOT NULL;

CREATE TABLE target (
  id          TEXT PRIMARY KEY,
  unit_id     TEXT NOT NULL REFERENCES unit(id),
  campaign_id TEXT NOT NULL REFERENCES campaign(id),
  fact        TEXT NOT NULL,
  denominator INTEGER NOT NULL,
  goal        INTEGER NOT NULL,
  assigned_by TEXT NOT NULL,
  assigned_at INTEGER NOT NULL,
  UNIQUE (unit_id, campaign_id)
);

CREATE TABLE api_key (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  hash       BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
);
