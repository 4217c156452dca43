package demo_test

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the trigger that logs moves

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/citizen"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/demo"
	"github.com/loaphuong/loa/internal/sim"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
)

// locked is a buffer that several goroutines may write to.
type locked struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}
func (l *locked) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.buf.String() }

// days is how much of the demonstration is played; the race detector makes it ten times slower.
const days = 3 - 2*raceOn

// played runs three days of the demonstration inside the test and returns what it left behind.
type played struct {
	dir, log    string
	out, logged *locked
	app         *app.App
	metrics     string
}

func play(t *testing.T, dir string) played {
	t.Helper()
	ctx := context.Background()
	p := played{dir: dir, log: filepath.Join(dir, "provider.jsonl"), out: &locked{}, logged: &locked{}}
	var record *store.Store
	provider, err := sim.OpenProvider(sim.Options{Log: p.log, Secret: "a-secret-of-twenty-four-characters", Callback: "http://127.0.0.1:1", Seed: 7,
		PolicyNow: func() time.Time {
			c, err := record.Clock(ctx)
			if err != nil {
				return time.Time{}
			}
			return c.Policy
		}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = provider.Close() })
	_, err = provider.Listen("127.0.0.1:0")
	require.NoError(t, err)
	cfg := config.Config{DataDir: dir, Listen: "127.0.0.1:0", PublicListen: "127.0.0.1:0", InboundListen: "127.0.0.1:0"}
	log := slog.New(slog.NewTextHandler(p.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	p.app, err = app.Open(ctx, cfg, log, app.Options{Purpose: store.Demonstration,
		Channels: map[string]app.Settings{"zalo.simulator": provider.Settings("zalo.simulator"), "sms.http": provider.Settings("sms.http")},
		Timing:   work.Timing{Tick: 100 * time.Millisecond, Sweep: time.Second, Lease: 3 * time.Second},
		PageRate: citizen.Rate{PerSecond: 10_000, Burst: 10_000}})
	require.NoError(t, err)
	record = p.app.Store
	logMoves(t, filepath.Join(dir, "loa.db"))
	require.NoError(t, p.app.Start(ctx, "all"))
	require.NoError(t, provider.SetCallback("http://"+p.app.InboundAddr()))
	d := demo.New(p.app, provider, "http://"+p.app.PublicAddr(), demo.Options{Out: p.out, Lang: "vi", Seed: 7, Days: days, Log: p.log})
	require.NoError(t, d.Run(ctx), p.logged)
	families, err := p.app.Metrics.Registry.Gather()
	require.NoError(t, err)
	var metrics strings.Builder
	for _, f := range families {
		metrics.WriteString(f.String())
	}
	p.metrics = metrics.String()
	stop, cancel := app.StopContext()
	defer cancel()
	require.NoError(t, p.app.Stop(stop))
	return p
}

// logMoves adds a trigger that logs every change of a delivery's state; it exists only in tests (rulings.md 2).
func logMoves(t *testing.T, path string) {
	t.Helper()
	db := raw(t, path)
	for _, q := range []string{
		`CREATE TABLE test_move (id INTEGER PRIMARY KEY, delivery_id INTEGER, f TEXT, t TEXT, gen_before INTEGER, gen_after INTEGER)`,
		`CREATE TRIGGER test_moves AFTER UPDATE OF state ON delivery WHEN OLD.state <> NEW.state BEGIN
			INSERT INTO test_move (delivery_id, f, t, gen_before, gen_after) VALUES (OLD.id, OLD.state, NEW.state, OLD.gen, NEW.gen); END`,
	} {
		_, err := db.Exec(q)
		require.NoError(t, err)
	}
}

func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// count runs a query that must return 0 rows and says which rows it did return.
func none(t *testing.T, db *sql.DB, name, query string) {
	t.Helper()
	rows, err := db.Query(query)
	require.NoError(t, err, name)
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	require.NoError(t, rows.Err(), name)
	require.Zero(t, n, name)
}

func TestThreeDaysKeepEveryPromise(t *testing.T) {
	if testing.Short() {
		t.Skip("plays three days of the demonstration; run without -short")
	}
	p := play(t, t.TempDir())
	db := raw(t, filepath.Join(p.dir, "loa.db"))

	t.Run("only legal moves", func(t *testing.T) {
		rows, err := db.Query(`SELECT f, t, count(*) FROM test_move GROUP BY f, t`)
		require.NoError(t, err)
		defer rows.Close()
		seen := 0
		for rows.Next() {
			var from, to notifier.State
			var n int
			require.NoError(t, rows.Scan(&from, &to, &n))
			legal := false
			for _, by := range []notifier.Writer{notifier.ByScheduler, notifier.ByWorker, notifier.ByWire, notifier.BySweeper, notifier.ByReceipt, notifier.ByOfficer} {
				legal = legal || notifier.Legal(from, to, by)
			}
			require.True(t, legal, "%s -> %s, %d times", from, to, n)
			seen += n
		}
		require.NoError(t, rows.Err())
		require.Greater(t, seen, 5_000)
	})

	// Invariants of delivery.md that need no log of the provider; each must return no row.
	for name, query := range map[string]string{
		"I1 one notice for each person and planned step": `SELECT 1 FROM step s JOIN launch l ON l.id = s.launch_id JOIN member m ON m.audience_id = l.audience_id
			LEFT JOIN notice n ON n.launch_id = l.id AND n.person_id = m.person_id AND n.step_no = s.step_no
			WHERE s.state = 'planned' GROUP BY l.id, s.step_no, m.person_id HAVING count(n.id) <> 1`,
		"every notice has a delivery":          `SELECT 1 FROM notice n WHERE NOT EXISTS (SELECT 1 FROM delivery d WHERE d.notice_id = n.id)`,
		"I2 nothing is left on the way":        `SELECT 1 FROM delivery WHERE state IN ('claimed','sending')`,
		"I7 intent precedes the result":        `SELECT 1 FROM attempt WHERE done_at < intent_at`,
		"I11 delivered is absorbing":           `SELECT 1 FROM test_move WHERE f = 'delivered'`,
		"the generation grows with each claim": `SELECT 1 FROM test_move WHERE t = 'sending' AND gen_after <> gen_before + 1`,
		"a silence has a reason":               `SELECT 1 FROM delivery WHERE state IN ('suppressed','failed','undelivered','cancelled','expired','merged') AND reason = ''`,
		"fallback only from a definite no":     `SELECT 1 FROM delivery d JOIN delivery e ON e.notice_id = d.notice_id AND e.rank < d.rank WHERE e.state NOT IN ('failed','undelivered')`,
		"I16 a delivery is its launch's unit's": `SELECT 1 FROM delivery d JOIN launch l ON l.id = d.launch_id JOIN unit u ON u.id = d.unit_id JOIN unit o ON o.id = l.unit_id
			WHERE substr(u.path, 1, length(o.path)) <> o.path`,
		"merged points to a carrier of the same launch": `SELECT 1 FROM notice n LEFT JOIN notice c ON c.id = n.merged_into WHERE n.merged_into IS NOT NULL AND (c.id IS NULL OR c.launch_id <> n.launch_id)`,
	} {
		none(t, db, name, query)
	}

	t.Run("the teacher who can sign in has something to pass on", func(t *testing.T) {
		if days < 3 {
			t.Skip("one day may bring a class nothing; run without the race detector")
		}
		var n int
		require.NoError(t, db.QueryRow(`SELECT count(*) FROM staff s JOIN task t ON t.holder_id = s.unit_id AND t.kind = 'relay'
			JOIN launch l ON l.id = t.launch_id AND l.state = 'running' WHERE s.login = 'giaovien'`).Scan(&n))
		require.Positive(t, n)
	})

	truth, err := sim.ReadTruth(p.log)
	require.NoError(t, err)
	t.Run("I4 nobody hears twice", func(t *testing.T) { require.Empty(t, truth.Duplicates()) })
	t.Run("I9 nobody is woken", func(t *testing.T) {
		for _, m := range truth.Messages() {
			at := time.UnixMilli(m.Policy).In(campaigns.Zone)
			minute := at.Hour()*60 + at.Minute()
			require.True(t, !m.Effect || minute >= campaigns.OuterHours.Open && minute < campaigns.OuterHours.Close, at)
		}
	})
	t.Run("I15 at most three a day for an address", func(t *testing.T) {
		for k, n := range truth.PerDay() {
			require.LessOrEqual(t, n, 3, k)
		}
	})
	t.Run("every misbehaviour of the provider was met", func(t *testing.T) {
		require.Greater(t, len(truth.Behaviours()), 12)
	})
	t.Run("nobody is named in logs, metrics and report", func(t *testing.T) {
		number := regexp.MustCompile(`(\+84|\b0)[35789][0-9]{8}\b|\b00[357][0-9]{9}\b|@example`)
		for name, text := range map[string]string{"log": p.logged.String(), "metrics": p.metrics, "report": p.out.String()} {
			require.NotRegexp(t, number, text, name)
		}
		require.NotContains(t, p.logged.String(), "Nguyễn")
		require.NotContains(t, p.metrics, "Nguyễn")
	})
	t.Run("the report says it in words", func(t *testing.T) {
		require.NotRegexp(t, `(reason|action|report|demo|medium|campaign)\.[a-z_]+`, p.out.String(), "a key without words")
		require.Contains(t, p.out.String(), "0 tin gửi hai lần, 0 tin thất lạc")
	})
}
