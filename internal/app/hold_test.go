package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
)

func TestJudgeTheTwoWitnesses(t *testing.T) {
	t.Parallel()
	launched := store.Epoch{First: "a", ID: "a", N: 1, Beat: 50, Launched: true}
	second := store.Epoch{First: "a", ID: "b", N: 2, Beat: 5, Launched: true}
	held := launched
	held.Held = "because"
	for name, c := range map[string]struct {
		e     store.Epoch
		m     mark
		known bool
		why   string
	}{
		"fresh database, fresh folder":           {store.Epoch{First: "a", ID: "a", N: 1}, mark{}, false, ""},
		"launched, folder knows nothing":         {launched, mark{}, false, holdNoFile},
		"launched before epochs were":            {store.Epoch{Launched: true}, mark{}, false, holdNoFile},
		"same beat":                              {launched, mark{"a", 1, 50}, true, ""},
		"folder a beat behind, as after a crash": {launched, mark{"a", 1, 49}, true, ""},
		"database a beat behind":                 {launched, mark{"a", 1, 51}, true, holdBehind},
		"database an epoch behind":               {launched, mark{"b", 2, 1}, true, holdBehind},
		"released elsewhere":                     {second, mark{"a", 1, 900}, true, holdMoved},
		"another branch of the same number":      {second, mark{"c", 2, 1}, true, holdBehind},
		"emptied under the folder":               {store.Epoch{}, mark{"a", 1, 1}, true, holdBehind},
		"somebody else has proof":                {held, mark{"a", 1, 50}, true, "because"},
	} {
		require.Equal(t, c.why, judge(c.e, c.m, c.known), name)
	}
}

func TestEpochFile(t *testing.T) {
	t.Parallel()
	f := epochFileIn(t.TempDir())
	_, known, err := f.read("a")
	require.NoError(t, err)
	require.False(t, known)
	require.NoError(t, f.write("a", mark{"a", 1, 7}, true))
	require.NoError(t, f.write("b", mark{"x", 3, 1}, false))
	m, known, err := f.read("a")
	require.NoError(t, err)
	require.True(t, known)
	require.Equal(t, mark{"a", 1, 7}, m)
	info, err := os.Stat(f.path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, os.WriteFile(f.path, []byte(`{"databases":{"a":{"epo`), 0o600))
	_, _, err = f.read("a")
	require.ErrorIs(t, err, errEpochFile)
	left, err := filepath.Glob(filepath.Join(filepath.Dir(f.path), "*.tmp"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// sink is a gateway that keeps what it took, the ground truth of the drill.
type sink struct {
	*httptest.Server
	mu   sync.Mutex
	keys []string
	tos  map[string]int
}

func newSink(t *testing.T) *sink {
	s := &sink{tos: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ To, Key string }
		if json.NewDecoder(r.Body).Decode(&in) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s.mu.Lock()
		s.keys = append(s.keys, in.Key)
		s.tos[in.To]++
		s.mu.Unlock()
		fmt.Fprintf(w, `{"id":"m-%s"}`, in.Key)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *sink) seen() (keys []string, tos map[string]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tos = map[string]int{}
	for k, n := range s.tos {
		tos[k] = n
	}
	return append(keys, s.keys...), tos
}

func (s *sink) options() Options {
	return Options{Purpose: store.Test, Timing: work.Timing{Tick: 20 * time.Millisecond, Sweep: 50 * time.Millisecond},
		Channels: map[string]Settings{"sms.http": {"url": s.URL}}}
}

// prepare makes a ward with a family of two on one phone and three others, and a campaign that runs.
func prepare(t *testing.T, a *App) campaigns.CampaignID {
	t.Helper()
	ctx := context.Background()
	require.NoError(t, a.Store.SetPolicy(ctx, apptest.Start, 1))
	_, err := a.Store.SaveUnits(ctx, []campaigns.Unit{
		{Code: "P", Kind: campaigns.Province, Name: "Tỉnh Thử", ValidFrom: "2025-07-01"},
		{Code: "W", Kind: campaigns.Ward, Name: "Phường Thử", ShortName: "Thu", Phone: "0200000001", ParentID: "P", ValidFrom: "2025-07-01"}})
	require.NoError(t, err)
	ward, err := a.Store.UnitByCode(ctx, "W", "2026-12-01")
	require.NoError(t, err)
	for i, phone := range []string{"+84910000001", "+84910000001", "+84910000002", "+84910000003", "+84910000004"} {
		apptest.AddPerson(t, a.Store, ward, fmt.Sprintf("Nguyễn Văn %d", i), phone)
	}
	c, err := a.Store.CreateCampaign(ctx, campaigns.Campaign{UnitID: ward.ID, Kind: "exam", Name: "Thử", Filter: campaigns.Under(ward.ID),
		Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"sms.http"}}}, Basis: "x", Fact: campaigns.CardIssued, Author: "an",
		Fields: map[string]string{"place": "Trường", "time": "8h00", "deadline": "20/12/2026", "doc_list": "giấy khai sinh", "doc_no": "1/TB"}})
	require.NoError(t, err)
	_, err = a.Store.SubmitCampaign(ctx, c.ID, "an")
	require.NoError(t, err)
	require.NoError(t, a.Store.MoveCampaign(ctx, c.ID, campaigns.Approve, "binh"))
	_, _, err = a.Store.LaunchCampaign(ctx, c.ID, campaigns.Normal, "binh")
	require.NoError(t, err)
	return c.ID
}

// planOnly plans and queues without sending: the state of a copy that was made in the middle of a launch.
func planOnly(t *testing.T, a *App) {
	t.Helper()
	_, _, err := a.Store.PlanDueStep(context.Background(), a.Engine)
	require.NoError(t, err)
	_, err = a.Store.QueueDue(context.Background())
	require.NoError(t, err)
}

// drill restores a copy that was made before anything was sent. copyNow makes the copy of a closed database and returns
// what puts it in its place.
func drill(t *testing.T, cfg config.Config, copyNow func() (restore func() config.Config)) {
	ctx := context.Background()
	gateway := newSink(t)
	a := openApp(t, cfg, gateway.options())
	id := prepare(t, a)
	planOnly(t, a)
	require.NoError(t, a.Close())
	restore := copyNow()

	// Life goes on after the copy: everybody is written to.
	a = openApp(t, cfg, gateway.options())
	require.Empty(t, a.Hold.Why())
	require.NoError(t, a.Hold.Look(ctx))
	a.Engine.Tick(ctx)
	keys, tos := gateway.seen()
	require.Len(t, keys, 4)
	require.NoError(t, a.Close())

	cfg = restore()
	a = openApp(t, cfg, gateway.options())
	require.Equal(t, holdBehind, a.Hold.Why())
	require.NoError(t, a.Start(ctx, "all"))
	code, body := get(t, "http://"+a.APIAddr()+"/readyz", "")
	require.Equal(t, 200, code)
	require.Contains(t, body, "HOLD, nothing is sent")
	require.NoError(t, a.bell.Ring(ctx, campaigns.Normal))
	require.Never(t, func() bool { keys, _ := gateway.seen(); return len(keys) > 4 }, 300*time.Millisecond, 20*time.Millisecond)

	// The verbs of the command line stand beside the running server. The provider lost one line: that person is written
	// to again, the others are not.
	cli := openApp(t, cfg, gateway.options())
	var log strings.Builder
	log.WriteString("request_id,number,message_id,parts\n")
	log.WriteString("somebody-elses,0912,m-0,1\n")
	var lost string
	for i, key := range keys {
		if i == 3 {
			lost = key
			continue
		}
		fmt.Fprintf(&log, "%s,,m-%s,1\n", key, key)
	}
	strange := notifier.Key(1, 0) // of a delivery that was planned after the copy
	fmt.Fprintf(&log, "%s,,m-1,1\n", strange)
	count, r, err := cli.Reconcile(ctx, strings.NewReader(log.String()))
	require.NoError(t, err)
	require.Equal(t, LogCount{Lines: 5, Foreign: 1}, count)
	merged := 1 // unless the line that was lost is the family's
	if !hasFamily(t, a, keys[:3]) {
		merged = 0
	}
	require.Equal(t, store.Reconciled{Keys: 4, Accepted: 3, Merged: merged, Orphans: 1}, r)
	_, again, err := cli.Reconcile(ctx, strings.NewReader(log.String()))
	require.NoError(t, err)
	require.Equal(t, store.Reconciled{Keys: 4, Known: 3, Orphans: 1}, again)
	traces, err := a.Store.AttemptTraces(ctx)
	require.NoError(t, err)
	require.Len(t, traces, 3)
	_, err = cli.Hold.Release(ctx, "compared with the provider's log", "binh")
	require.NoError(t, err)
	require.NoError(t, cli.Close())

	require.NoError(t, a.Hold.Look(ctx)) // the server's next beat
	require.Empty(t, a.Hold.Why())
	require.Eventually(t, func() bool { keys, _ := gateway.seen(); return len(keys) == 5 }, 20*time.Second, 10*time.Millisecond)
	stop, cancel := StopContext()
	defer cancel()
	require.NoError(t, a.Stop(stop))
	all, after := gateway.seen()
	times := map[string]int{}
	for _, k := range all {
		times[k]++
	}
	for to, n := range tos {
		extra := 0
		if times[lost] == 2 && after[to] == 2 {
			extra = 1
		}
		require.Equal(t, n+extra, after[to], "nobody but the one whom no log names is written to twice")
	}
	require.Equal(t, 2, times[lost])
	a = openApp(t, cfg, gateway.options())
	require.Empty(t, a.Hold.Why(), "the release was written down")
	states, err := a.Store.DeliveryStates(ctx, id)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"accepted": 4, "merged household_merged": 1}, states)
	require.NoError(t, a.Close())
}

// hasFamily says whether one of these keys carried the household of two: the restored database merged it again.
func hasFamily(t *testing.T, a *App, keys []string) bool {
	t.Helper()
	for _, key := range keys {
		id, _, ok := notifier.ParseKey(key)
		require.True(t, ok)
		if n, err := a.Store.CarriesHousehold(context.Background(), id); err == nil && n {
			return true
		}
	}
	return false
}

func TestARestoredFileSendsNothingUntilReleased(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	drill(t, cfg, func() func() config.Config {
		raw, err := os.ReadFile(cfg.Database())
		require.NoError(t, err)
		return func() config.Config {
			for _, old := range []string{"", "-wal", "-shm"} {
				if err := os.Remove(cfg.Database() + old); err != nil {
					require.ErrorIs(t, err, os.ErrNotExist)
				}
			}
			require.NoError(t, os.WriteFile(cfg.Database(), raw, 0o600))
			return cfg
		}
	})
}

func TestARestoredPostgresSendsNothingUntilReleased(t *testing.T) {
	t.Parallel()
	base := apptest.PostgresURL(t)
	u, err := url.Parse(base)
	require.NoError(t, err)
	name := strings.TrimPrefix(u.Path, "/") + "_hold"
	run := func(sql string) {
		db, err := pgx.Connect(context.Background(), base)
		require.NoError(t, err)
		defer db.Close(context.Background())
		_, err = db.Exec(context.Background(), sql)
		require.NoError(t, err)
	}
	at := func(name string) string {
		w := *u
		w.Path, w.RawQuery = "/"+name, ""
		if mode := u.Query().Get("sslmode"); mode != "" {
			w.RawQuery = "sslmode=" + mode
		}
		return w.String()
	}
	run("CREATE DATABASE " + name)
	t.Cleanup(func() {
		run("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
		run("DROP DATABASE IF EXISTS " + name + "_copy WITH (FORCE)")
	})
	cfg := testConfig(t)
	cfg.DatabaseURL, cfg.Keyring = at(name), filepath.Join(cfg.DataDir, "ring.json")
	drill(t, cfg, func() func() config.Config {
		run("CREATE DATABASE " + name + "_copy TEMPLATE " + name)
		return func() config.Config {
			restored := cfg
			restored.DatabaseURL = at(name + "_copy")
			return restored
		}
	})
}

// Two processes with folders of their own on one database: the one that joins late waits until it has seen the other
// move the beat, and proof of a restore stops them both.
func TestProcessesShareTheHold(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		log := slog.New(slog.DiscardHandler)
		one := newHold(s, t.TempDir(), log)
		require.NoError(t, one.Open(ctx))
		require.False(t, one.Held(ctx))
		launchSomething(t, s)
		two := newHold(s, t.TempDir(), log)
		require.NoError(t, two.Open(ctx))
		require.Equal(t, holdNoFile, two.Why())
		require.NoError(t, two.Look(ctx))
		require.True(t, two.Held(ctx), "nobody moved the beat")
		require.NoError(t, one.Look(ctx))
		require.NoError(t, two.Look(ctx))
		require.False(t, two.Held(ctx), "somebody sends from this database: it is no copy")
		require.NoError(t, one.Look(ctx))
		require.NoError(t, two.Look(ctx))
		e, err := s.Epoch(ctx)
		require.NoError(t, err)

		// A third folder has seen more than the database holds: it is older than it was.
		dir := t.TempDir()
		require.NoError(t, epochFileIn(dir).write(e.First, mark{e.ID, e.N, e.Beat + 100}, true))
		three := newHold(s, dir, log)
		require.NoError(t, three.Open(ctx))
		require.Equal(t, holdBehind, three.Why())
		began, ran := make(chan struct{}), make(chan error, 1)
		run, end := context.WithCancel(ctx)
		defer end()
		go one.While(run, func(ctx context.Context) {
			select {
			case began <- struct{}{}:
			case <-run.Done():
			}
			<-ctx.Done()
			select {
			case ran <- ctx.Err():
			default:
			}
		})
		<-began
		require.NoError(t, one.Look(ctx))
		require.ErrorIs(t, <-ran, context.Canceled, "what sends is stopped")
		require.NoError(t, two.Look(ctx))
		require.True(t, one.Held(ctx) && two.Held(ctx))
		_, _, ok := one.Bound(ctx)
		require.False(t, ok)

		_, err = two.Release(ctx, "looked", "binh")
		require.NoError(t, err)
		require.NoError(t, one.Look(ctx))
		require.NoError(t, three.Look(ctx))
		require.False(t, one.Held(ctx) || two.Held(ctx) || three.Held(ctx))
		_, err = two.Release(ctx, "again", "binh")
		require.ErrorIs(t, err, ErrNotHeld)
		_, err = s.NextEpoch(ctx, 1, "late", "an")
		require.ErrorIs(t, err, store.ErrEpochMoved)
	})
}

// launchSomething makes a database from which something may have been sent.
func launchSomething(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := context.Background()
	_, err := s.SaveUnits(ctx, []campaigns.Unit{{Code: "P", Kind: campaigns.Province, Name: "Tỉnh", ValidFrom: "2025-07-01"},
		{Code: "W", Kind: campaigns.Ward, Name: "Phường", ShortName: "W", ParentID: "P", ValidFrom: "2025-07-01"}})
	require.NoError(t, err)
	ward, err := s.UnitByCode(ctx, "W", "2026-12-01")
	require.NoError(t, err)
	apptest.AddPerson(t, s, ward, "A", "+84910000009")
	c, err := s.CreateCampaign(ctx, campaigns.Campaign{UnitID: ward.ID, Kind: "exam", Name: "x", Filter: campaigns.Under(ward.ID),
		Ladder: campaigns.Ladder{{Name: "first", Channels: []string{"sms.http"}}}, Basis: "x", Fact: campaigns.CardIssued, Author: "an"})
	require.NoError(t, err)
	_, err = s.SubmitCampaign(ctx, c.ID, "an")
	require.NoError(t, err)
	require.NoError(t, s.MoveCampaign(ctx, c.ID, campaigns.Approve, "binh"))
	_, _, err = s.LaunchCampaign(ctx, c.ID, campaigns.Normal, "binh")
	require.NoError(t, err)
}

// away is a record whose database does not answer.
type away struct {
	epochRecord
	err error
}

func (a *away) Beat(ctx context.Context, id string) (int64, bool, error) {
	if a.err != nil {
		return 0, false, a.err
	}
	return a.epochRecord.Beat(ctx, id)
}

// While the database is away nobody knows whether it is still the same: nothing is claimed until a beat succeeds.
func TestDoubtWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	record := &away{epochRecord: apptest.SQLite(t)}
	h := newHold(record, t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, h.Open(ctx))
	record.err = errors.New("away")
	require.Error(t, h.Look(ctx))
	require.True(t, h.Held(ctx))
	require.Equal(t, holdDoubt, h.Why())
	record.err = nil
	require.NoError(t, h.Look(ctx))
	require.False(t, h.Held(ctx))
}

func TestReadProviderLog(t *testing.T) {
	t.Parallel()
	key := notifier.Key(77, 2)
	want := store.Seen{Delivery: 77, Tries: 2, Key: key, ProviderID: "p1", Parts: 2, At: 1764554400000}
	read := func(text string) (LogCount, []store.Seen, error) {
		var out []store.Seen
		n, err := ReadProviderLog(strings.NewReader(text), func(b []store.Seen) error { out = append(out, b...); return nil })
		return n, out, err
	}
	for name, text := range map[string]string{
		"csv":       "\xef\xbb\xbfRequestId,phone,SmsId,time,parts,status\n" + key + ",0912345678,p1,2025-12-01T02:00:00Z,2,ok\nforeign,,,,,\n" + key + ",,,,,rejected\n",
		"semicolon": "key;message_id;at;parts;status\n" + key + ";p1;1764554400000;2;\nx;;;;\n" + key + ";;;;Failed\n",
		"json": `{"type":"message","key":"` + key + `","id":"p1","at":1764554400000,"parts":2,"effect":true}` + "\n\n" +
			`{"key":"` + strings.ToUpper(key) + `"}` + "\n" + `{"key":"` + key + `","effect":false}` + "\n",
	} {
		n, got, err := read(text)
		require.NoError(t, err, name)
		require.Equal(t, LogCount{Lines: 3, Foreign: 1, Refused: 1}, n, name)
		require.Equal(t, []store.Seen{want}, got, name)
	}
	for _, text := range []string{"", "a,b\n1,2\n"} {
		_, _, err := read(text)
		require.ErrorIs(t, err, errNoKeys)
	}
	_, _, err := read("{\"key\": 0912345678\n")
	require.ErrorContains(t, err, "line 1")
	require.NotContains(t, err.Error(), "0912345678")
}
