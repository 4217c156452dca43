package chaos

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/loaphuong/loa/notifier"
)

// invariant is a question that must be answered with no rows (delivery.md §2).
type invariant struct {
	id    string
	says  string
	query string
}

// The gateway's log is loaded into the temporary table sink; legal_move, asked and acked come from the harness. Times are
// milliseconds UTC of one machine's clock, policy times stand beside them (rulings.md 5, 9).
const temporary = `
CREATE TEMPORARY TABLE sink (idem_key TEXT NOT NULL, addr %[1]s NOT NULL, at BIGINT NOT NULL, policy BIGINT NOT NULL, did TEXT NOT NULL, effect BIGINT NOT NULL, parts BIGINT NOT NULL, body %[1]s NOT NULL);
CREATE TEMPORARY TABLE legal_move (f TEXT NOT NULL, t TEXT NOT NULL);
CREATE TEMPORARY TABLE asked (channel TEXT NOT NULL, k BIGINT NOT NULL);
CREATE TEMPORARY TABLE acked (kind TEXT NOT NULL, id TEXT NOT NULL);
CREATE TEMPORARY VIEW carried AS SELECT k.*, a.delivery_id, a.state AS attempt_state, a.channel, a.intent_at, a.parts AS counted, d.notice_id, d.state, d.body_hash, d.gen, a.gen AS attempt_gen, d.launch_id
	FROM sink k JOIN attempt a ON a.idem_key = k.idem_key JOIN delivery d ON d.id = a.delivery_id;`

// atRest are the states in which nothing is owed; unknown is one of them after chaos (rulings.md 34).
const atRest = `('accepted','delivered','undelivered','failed','no_receipt','suppressed','cancelled','expired','merged','unknown','unknown_final')`

var invariants = []invariant{
	{"I1", "one notice for each member and planned step, one delivery at least for each", `
		SELECT m.person_id, s.step_no FROM launch l JOIN step s ON s.launch_id = l.id AND s.state = 'planned' JOIN member m ON m.audience_id = l.audience_id
			LEFT JOIN notice n ON n.launch_id = l.id AND n.step_no = s.step_no AND n.person_id = m.person_id GROUP BY l.id, m.person_id, s.step_no HAVING count(n.id) <> 1
		UNION ALL SELECT n.person_id, n.step_no FROM notice n LEFT JOIN delivery d ON d.notice_id = n.id GROUP BY n.id, n.person_id, n.step_no HAVING count(d.id) = 0
		UNION ALL SELECT n.person_id, n.step_no FROM notice n JOIN launch l ON l.id = n.launch_id LEFT JOIN member m ON m.audience_id = l.audience_id AND m.person_id = n.person_id WHERE m.person_id IS NULL`},
	{"I2", "everything came to rest", `SELECT id, state FROM delivery WHERE state NOT IN ` + atRest},
	{"I3", "the provider saw no key more often than the channel allows", `
		SELECT k.idem_key FROM sink k JOIN attempt a ON a.idem_key = k.idem_key JOIN asked p ON p.channel = a.channel GROUP BY k.idem_key, p.k HAVING count(*) > p.k`},
	{"I4", "at most one text for each notice, fallbacks after a definite no apart", `
		SELECT notice_id FROM carried WHERE effect = 1 AND state <> 'undelivered' GROUP BY notice_id HAVING count(*) > 1
		UNION ALL SELECT delivery_id FROM carried WHERE effect = 1 GROUP BY delivery_id HAVING count(*) > 1`},
	{"I5", "nothing is called sent that never left", `
		SELECT d.id FROM delivery d WHERE d.channel IN ('sms.http','email.smtp') AND d.state IN ('accepted','delivered','undelivered','no_receipt')
			AND d.id NOT IN (SELECT c.delivery_id FROM carried c WHERE c.effect = 1)`},
	{"I6", "every text that left is in the record", `
		SELECT k.idem_key FROM sink k LEFT JOIN attempt a ON a.idem_key = k.idem_key WHERE k.effect = 1 AND (a.idem_key IS NULL OR a.state NOT IN ('accepted','unknown'))`},
	{"I7", "the intent came before the wire", `SELECT idem_key FROM carried WHERE at < intent_at`},
	{"I8", "nothing later than 5 s after an opt-out", `SELECT k.idem_key FROM sink k JOIN opt_out x ON x.addr_index = k.addr WHERE k.effect = 1 AND k.at > x.effective_at + 5000`},
	{"I9", "nothing in quiet hours", `SELECT idem_key FROM sink WHERE effect = 1 AND ((policy + 25200000) % 86400000 < 25200000 OR (policy + 25200000) % 86400000 > 77400000)`},
	{"I10", "nothing later than 5 s after a stop", `SELECT c.idem_key FROM carried c JOIN launch l ON l.id = c.launch_id WHERE c.effect = 1 AND l.state IN ('cancelled','completed') AND c.at > l.stopped_at + 5000`},
	{"I11", "delivered is absorbing", `SELECT delivery_id FROM chaos_event WHERE from_state = 'delivered'`},
	{"I12", "a receipt acts once", `
		SELECT delivery_id FROM chaos_event WHERE to_state IN ('delivered','undelivered') GROUP BY delivery_id, to_state HAVING count(*) > 1
		UNION ALL SELECT min(id) FROM receipt WHERE effect NOT IN ('','none') GROUP BY channel, event_key HAVING count(*) > 1`},
	{"I13", "only legal moves", `SELECT e.delivery_id, e.from_state, e.to_state FROM chaos_event e LEFT JOIN legal_move m ON m.f = e.from_state AND m.t = e.to_state WHERE m.f IS NULL`},
	{"I14", "parts billed are parts recorded", `SELECT idem_key, parts, counted FROM carried WHERE effect = 1 AND parts <> counted`},
	{"I15", "at most three texts an address and day", `SELECT addr FROM sink WHERE effect = 1 GROUP BY addr, (policy + 25200000) / 86400000 HAVING count(*) > 3`},
	{"I16", "every delivery belongs under the unit of its launch", `
		SELECT d.id FROM delivery d JOIN launch l ON l.id = d.launch_id JOIN unit u ON u.id = d.unit_id JOIN unit lu ON lu.id = l.unit_id WHERE u.path NOT LIKE lu.path || '%%'`},
	{"I17", "the words that left are the words recorded", `SELECT idem_key FROM carried WHERE effect = 1 AND gen = attempt_gen AND body <> body_hash`},
	{"I19", "what is owed lies in a chunk that the engine looks at", `
		SELECT d.id, d.state FROM delivery d WHERE d.state IN ('planned','queued','claimed','sending','accepted','unknown') AND NOT EXISTS (SELECT 1 FROM chunk c
			WHERE d.id BETWEEN c.lo AND c.hi AND c.launch_id = d.launch_id AND c.channel = d.channel
				AND (d.state = 'planned' AND c.kind = 'planned' OR d.state = 'queued' AND c.kind IN ('queued','resend') OR d.state IN ('claimed','sending') AND c.kind = 'out'
					OR d.state IN ('accepted','unknown') AND c.kind IN ('wait','out')))`},
	{"I18", "what the API acknowledged is in the database", `
		SELECT a.kind, a.id FROM acked a WHERE a.kind = 'launch' AND NOT EXISTS (SELECT 1 FROM launch l WHERE l.id = a.id)
		UNION ALL SELECT a.kind, a.id FROM acked a WHERE a.kind = 'opt_out' AND NOT EXISTS (SELECT 1 FROM opt_out o WHERE %[2]s = a.id)`},
}

// violation is one invariant with the rows that break it.
type violation struct {
	ID   string `json:"id"`
	Says string `json:"says"`
	Rows int    `json:"rows"`
	Some string `json:"some"` // the first of them
}

// check loads the truth and asks every invariant; except are left out.
func (s *stage) check(ctx context.Context, except []string) ([]violation, error) {
	truth, err := readSinkLog(s.sink.log.file.Name())
	if err != nil {
		return nil, err
	}
	conn, err := s.db.pool.Load().Conn(ctx) // temporary tables belong to one connection
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := s.load(ctx, conn, truth); err != nil {
		return nil, fmt.Errorf("load the gateway's log: %w", err)
	}
	var out []violation
	for _, inv := range invariants {
		if contains(except, inv.id) {
			continue
		}
		n, some, err := rows(ctx, conn, s.db.spell(inv.query))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", inv.id, err)
		}
		if n > 0 {
			out = append(out, violation{inv.id, inv.says, n, some})
		}
	}
	return out, nil
}

func contains(list []string, v string) bool {
	for _, one := range list {
		if one == v {
			return true
		}
	}
	return false
}

// spell fills in what the two databases write differently: the type of bytes, and bytes as text.
func (d *database) spell(query string) string {
	bytes, asHex := "BLOB", "lower(hex(o.addr_index))"
	if d.postgres {
		bytes, asHex = "BYTEA", "encode(o.addr_index, 'hex')"
	}
	return strings.NewReplacer("%[1]s", bytes, "%[2]s", asHex, "%%", "%").Replace(query)
}

// load fills the temporary tables, in sets of one JSON parameter.
func (s *stage) load(ctx context.Context, conn *sql.Conn, truth []entry) error {
	for _, stmt := range strings.Split(s.db.spell(temporary), ";") {
		if strings.TrimSpace(stmt) == "" {
			continue
		}
		if _, err := conn.ExecContext(ctx, stmt); err != nil {
			return err
		}
	}
	insert, err := conn.PrepareContext(ctx, `INSERT INTO sink (idem_key, addr, at, policy, did, effect, parts, body) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, e := range truth {
		addr, err1 := hex.DecodeString(e.Addr)
		body, err2 := hex.DecodeString(e.Body)
		if err1 != nil || err2 != nil {
			return fmt.Errorf("the gateway's log is damaged")
		}
		effect := 0
		if e.Effect {
			effect = 1
		}
		if _, err := insert.ExecContext(ctx, e.Key, addr, e.At, e.Policy, string(e.Did), effect, e.Parts, body); err != nil {
			return err
		}
	}
	// Without figures of their own the databases would read whole tables for each row.
	looked := []string{`CREATE INDEX sink_key ON sink (idem_key)`}
	if s.db.postgres {
		looked = append(looked, `ANALYZE`)
	}
	for _, stmt := range looked {
		if _, err := conn.ExecContext(ctx, stmt); err != nil {
			return err
		}
	}
	return s.loadRules(ctx, conn)
}

func (s *stage) loadRules(ctx context.Context, conn *sql.Conn) error {
	seen := map[[2]notifier.State]bool{}
	for _, m := range notifier.Moves {
		pair := [2]notifier.State{m.From, m.To}
		if seen[pair] {
			continue
		}
		seen[pair] = true
		if _, err := conn.ExecContext(ctx, `INSERT INTO legal_move (f, t) VALUES ($1,$2)`, string(m.From), string(m.To)); err != nil {
			return err
		}
	}
	k := 1
	if s.plan.script.keyed {
		k = 2
	}
	if _, err := conn.ExecContext(ctx, `INSERT INTO asked (channel, k) VALUES ('sms.http', $1), ('email.smtp', 1)`, k); err != nil {
		return err
	}
	s.client.mu.Lock()
	defer s.client.mu.Unlock()
	for _, a := range s.client.acked {
		if _, err := conn.ExecContext(ctx, `INSERT INTO acked (kind, id) VALUES ($1,$2)`, a.kind, a.id); err != nil {
			return err
		}
	}
	return nil
}

// rows runs a query and returns how many rows it had and what the first one said.
func rows(ctx context.Context, conn *sql.Conn, query string) (n int, some string, err error) {
	found, err := conn.QueryContext(ctx, query)
	if err != nil {
		return 0, "", err
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		return 0, "", err
	}
	for found.Next() {
		if n++; n > 1 {
			continue
		}
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := found.Scan(into...); err != nil {
			return 0, "", err
		}
		for i, v := range values {
			if raw, ok := v.([]byte); ok {
				values[i] = hex.EncodeToString(raw)
			}
		}
		text, err := json.Marshal(values)
		if err != nil {
			return 0, "", err
		}
		some = string(text)
	}
	return n, some, found.Err()
}
