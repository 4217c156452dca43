package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/notifier"
)

// Test timings: a lease of 6 s (the channel's time out of 2 s and a margin of 4 s), a sweep every second, a tick every
// two. Production has 15 + 10 s, 5 s and 2 s.
const (
	leaseMargin = 4 * time.Second
	sweepEvery  = time.Second
	tickEvery   = 2 * time.Second
)

// plan is what a scenario wants to be given.
type plan struct {
	sqlite  bool          // one process with everything, no Redis of its own
	noRedis bool          // the scenario starts Redis itself
	workers int           // 0 = 2
	slow    bool          // production timings instead of those of the tests
	timeout time.Duration // of the channel, 0 = 2 s
	scene   scene
	script  script
	ladder  []string           // channels of the only step; nil = sms.http
	mount   int64              // SQLite lives on a file system of its own of this size; 0 = no
	dataDir string             // of SQLite, "" = in the stage's folder
	env     map[string]string  // of every process
	envOf   map[string]string  // more of them, by "process/NAME"
	redis   []string           // arguments of redis-server
	prepare func(*stage) error // before the processes start
}

// stage is one running Loa with everything around it.
type stage struct {
	seed      int64
	dir       string
	target    string // of the database
	plan      plan
	rand      *rand.Rand
	kids      *nursery
	pg        *postgres
	redis     *redis
	sink      *sink
	db        *database
	api       *loa
	workers   []*loa // with SQLite the one process
	client    *client
	campaigns []string // approved, one for each ward, not launched
	world     *world
	watch     *watch
	window    int // deliveries on the wire at once, by one process
	mu        sync.Mutex
	erased    []erasure // the record forgets them, the harness does not
	unmount   func() error
	kills     int
	calm      time.Time     // the last fault ended
	restTook  time.Duration // from then until everything was at rest, 0 = not yet
}

// mount builds the stage; everything it starts is ended by strike.
func mount(ctx context.Context, w *world, id string, seed int64, p plan) (*stage, error) {
	s := &stage{world: w, seed: seed, plan: p, kids: &nursery{}, rand: rand.New(rand.NewPCG(uint64(seed), 7)), calm: time.Now()}
	s.dir = filepath.Join(w.dir, fmt.Sprintf("%s-%d", strings.ToLower(id), seed))
	for _, step := range []func(context.Context, *world) error{s.folders, s.database, s.populate, s.gateway, s.prepared, s.bell, s.processes, s.draft} {
		if err := step(ctx, w); err != nil {
			return s, errors.Join(err, s.strike())
		}
	}
	s.watch = observe(ctx, s)
	return s, nil
}

func (s *stage) folders(context.Context, *world) error { return os.MkdirAll(s.dir, 0o700) }

func (s *stage) database(ctx context.Context, w *world) error {
	if s.plan.sqlite {
		if s.plan.dataDir == "" {
			s.plan.dataDir = filepath.Join(s.dir, "data")
		}
		s.target = filepath.Join(s.plan.dataDir, "loa.db")
		if err := os.MkdirAll(s.plan.dataDir, 0o700); err != nil || s.plan.mount == 0 {
			return err
		}
		var err error
		s.unmount, err = mountMemory(s.plan.dataDir, s.plan.mount)
		return err
	}
	var err error
	if s.pg, err = w.postgres(ctx); err != nil {
		return err
	}
	name := fmt.Sprintf("chaos_%d", time.Now().UnixNano())
	s.target = s.pg.url(name, "chaos")
	return s.pg.create(ctx, name)
}

func (s *stage) keyring() string { return filepath.Join(s.dir, "keys.json") }

func (s *stage) populate(ctx context.Context, w *world) error {
	ring, err := keys.LoadOrCreate(s.keyring())
	if err != nil {
		return err
	}
	// The schema is that of the program under test, which may be a mutant: the harness would bring its own.
	cmd := exec.CommandContext(ctx, w.program, "migrate")
	cmd.Env = []string{"LOA_DATABASE_URL=" + s.target, "LOA_KEYRING_FILE=" + s.keyring(), "LOA_DATA_DIR=" + s.dir}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("loa migrate: %w: %s", err, out)
	}
	if err := s.plan.scene.set(ctx, s.target, ring); err != nil {
		return fmt.Errorf("set the scene: %w", err)
	}
	if s.db, err = openDatabase(s.target); err != nil {
		return err
	}
	return s.db.recordEvents(ctx)
}

func (s *stage) gateway(context.Context, *world) (err error) {
	if s.sink, err = newSink(s.seed, filepath.Join(s.dir, "gateway.jsonl"), s.plan.scene.index); err != nil {
		return err
	}
	s.sink.policy.Store(&s.plan.scene.policy)
	s.sink.set(s.plan.script)
	set := s.sink.settings()
	if s.plan.timeout > 0 {
		set["timeout"] = s.plan.timeout.String()
	}
	channels := map[string]notifier.Settings{"sms.http": set}
	name := "sms.http"
	if s.plan.scene.mail {
		name = "email.smtp"
		channels[name] = s.sink.mail.settings()
	}
	if s.window, err = windowOf(name, channels[name]); err != nil {
		return err
	}
	raw, err := json.Marshal(channels)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.dir, "channels.json"), raw, 0o600)
}

func (s *stage) prepared(context.Context, *world) error {
	if s.plan.prepare == nil {
		return nil
	}
	return s.plan.prepare(s)
}

func (s *stage) bell(ctx context.Context, _ *world) (err error) {
	if s.plan.sqlite || s.plan.noRedis {
		return nil
	}
	s.redis, err = startRedis(ctx, s.kids, filepath.Join(s.dir, "redis"), s.plan.redis...)
	return err
}

// processes starts the API, then the workers; with SQLite one process is both.
func (s *stage) processes(ctx context.Context, w *world) error {
	if s.plan.sqlite {
		one, err := s.process(w, "loa", "all")
		if err != nil {
			return err
		}
		s.api, s.workers = one, []*loa{one}
		return s.greet(ctx)
	}
	api, err := s.process(w, "api", "api")
	if err != nil {
		return err
	}
	s.api = api
	if err := s.greet(ctx); err != nil {
		return err
	}
	for i := range max(s.plan.workers, 2) {
		worker, err := s.process(w, fmt.Sprintf("worker%d", i+1), "worker")
		if err != nil {
			return err
		}
		s.workers = append(s.workers, worker)
		if err := worker.start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// process describes one process; it is not started.
func (s *stage) process(w *world, name, role string) (*loa, error) {
	env := map[string]string{
		"LOA_DATA_DIR": filepath.Join(s.dir, "data"), "LOA_KEYRING_FILE": s.keyring(), "LOA_CHANNELS_FILE": filepath.Join(s.dir, "channels.json"),
		"LOA_LOG_LEVEL": "debug",
	}
	if !s.plan.slow {
		env["LOA_TEST_LEASE"], env["LOA_TEST_SWEEP"], env["LOA_TEST_TICK"] = leaseMargin.String(), sweepEvery.String(), tickEvery.String()
	}
	if s.plan.sqlite {
		env["LOA_DATA_DIR"] = s.plan.dataDir
	} else {
		env["LOA_DATABASE_URL"] = strings.Replace(s.target, "application_name=chaos", "application_name="+name, 1)
		if s.redis != nil {
			env["LOA_REDIS_URL"] = s.redis.url()
		}
	}
	for name, v := range s.plan.env {
		env[name] = v
	}
	for key, v := range s.plan.envOf {
		if who, setting, _ := strings.Cut(key, "/"); who == name {
			env[setting] = v
		}
	}
	l := &loa{kids: s.kids, program: w.program, name: name, role: role, dir: s.dir, env: env}
	for _, setting := range []string{"LOA_LISTEN", "LOA_PUBLIC_LISTEN", "LOA_INBOUND_LISTEN", "LOA_HEALTH_LISTEN"} {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		env[setting] = fmt.Sprintf("127.0.0.1:%d", port)
	}
	l.health = env["LOA_LISTEN"]
	if role == "worker" {
		l.health = env["LOA_HEALTH_LISTEN"]
	}
	return l, nil
}

// greet starts the process with the API and takes the first key from its file.
func (s *stage) greet(ctx context.Context) error {
	if err := s.api.start(ctx); err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(s.api.env["LOA_DATA_DIR"], "api-key.txt"))
	if err != nil {
		return err
	}
	s.client = newClient("http://"+s.api.env["LOA_LISTEN"], strings.TrimSpace(string(raw)))
	s.sink.post.deliverTo("http://" + s.api.env["LOA_INBOUND_LISTEN"])
	return nil
}

// draft writes, submits and approves a campaign for each ward; the scenario launches them.
func (s *stage) draft(ctx context.Context, _ *world) error {
	for _, ward := range s.plan.scene.units {
		id, err := s.newCampaign(ctx, ward, s.plan.ladder)
		if err != nil {
			return err
		}
		s.campaigns = append(s.campaigns, id)
	}
	return nil
}

func (s *stage) newCampaign(ctx context.Context, ward campaigns.UnitID, channels []string) (string, error) {
	if channels == nil {
		channels = []string{"sms.http"}
	}
	var made struct{ ID string }
	if _, err := s.client.post(ctx, "/api/v1/campaigns", author, map[string]any{"unit": ward, "kind": "exam", "name": "Chaos", "deadline_on": "2026-12-30",
		"fields": map[string]string{"place": "Truong", "time": "8h00 05/12", "deadline": "30/12/2026", "doc_list": "giay khai sinh", "doc_no": "1/TB"},
		"ladder": []map[string]any{{"name": "first", "channels": channels}}}, &made); err != nil {
		return "", err
	}
	if _, err := s.client.post(ctx, "/api/v1/campaigns/"+made.ID+"/submit", author, nil, nil); err != nil {
		return "", err
	}
	_, err := s.client.post(ctx, "/api/v1/campaigns/"+made.ID+"/approve", approver, nil, nil)
	return made.ID, err
}

// launch launches the campaigns of these wards, of the first where none is named.
func (s *stage) launch(ctx context.Context, wards ...int) error {
	if len(wards) == 0 {
		wards = []int{0}
	}
	for _, i := range wards {
		if _, _, err := s.client.launch(ctx, s.campaigns[i]); err != nil {
			return err
		}
	}
	return nil
}

// sent waits until so many texts have left.
func (s *stage) sent(ctx context.Context, n int, patience time.Duration) error {
	return until(ctx, patience, fmt.Sprintf("%d texts", n), func() (bool, error) {
		return s.sink.effects.Load() >= int64(n), fmt.Errorf("there were %d", s.sink.effects.Load())
	})
}

// share is a part of the people, in percent.
func (s *stage) share(percent int) int { return s.plan.scene.people * percent / 100 }

// faulted remembers that a fault has just ended: recovery counts from here.
func (s *stage) faulted() { s.calm = time.Now() }

// killWorker kills a worker and starts it again after a while.
func (s *stage) killWorker(ctx context.Context, l *loa, away time.Duration) error {
	l.proc.kill()
	s.kills++
	s.faulted()
	if err := pause(ctx, away); err != nil {
		return err
	}
	return l.start(ctx)
}

// rest waits until nothing is left to do, receipts included.
func (s *stage) rest(ctx context.Context, patience time.Duration) error {
	quiet := 0
	err := until(ctx, patience, "everything to come to rest", func() (bool, error) {
		n, err := s.db.busy(ctx, s.sink.script.Load().keyed)
		if err != nil || n > 0 {
			quiet = 0
			return false, errors.Join(err, fmt.Errorf("%d deliveries are not at rest", n))
		}
		quiet++
		return quiet >= 3, nil
	})
	s.restTook = time.Since(s.calm)
	if err != nil {
		return err
	}
	return until(ctx, 20*time.Second, "receipts to be taken and applied", func() (bool, error) {
		if n := s.sink.post.waiting(); n > 0 {
			return false, fmt.Errorf("%d wait at the gateway", n)
		}
		n, err := s.db.number(ctx, `SELECT count(*) FROM receipt r WHERE applied_at IS NULL AND EXISTS (SELECT 1 FROM attempt a WHERE a.idem_key = r.idem_key)`)
		return err == nil && n == 0, errors.Join(err, fmt.Errorf("%d are parked", n))
	})
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// strike ends everything that mount started.
func (s *stage) strike() error {
	if s.watch != nil {
		s.watch.stop()
	}
	s.kids.endAll()
	var errs []error
	if s.sink != nil {
		errs = append(errs, s.sink.close())
	}
	if s.redis != nil {
		errs = append(errs, s.redis.client.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.close())
	}
	if s.unmount != nil {
		errs = append(errs, s.unmount())
	}
	return errors.Join(errs...)
}
