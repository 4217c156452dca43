package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/store"
)

// BeatEvery is how often a process that may send says so in the database and writes down in its data folder what it
// said. A copy of the database that is older than one beat is therefore recognized.
const BeatEvery = 2 * time.Second

// Why a process does not send (rulings.md 33, security.md T46).
const (
	holdNoFile = "this data folder has never seen this database, and something was launched from it: it may be a restored copy"
	holdBehind = "the database is older than it was when this data folder saw it last: it was restored from a copy"
	holdMoved  = "the database was released or replaced elsewhere since this data folder saw it last"
	holdFile   = "the epoch file in the data folder cannot be read, so nobody can tell whether the database was restored"
	holdDoubt  = "the database does not answer, so nobody can tell whether it is still the same"
)

// epochRecord is what a hold needs of the store.
type epochRecord interface {
	Epoch(ctx context.Context) (store.Epoch, error)
	BeginEpoch(ctx context.Context) (store.Epoch, error)
	NextEpoch(ctx context.Context, from int64, reason, actor string) (store.Epoch, error)
	HoldEpoch(ctx context.Context, id, why string) error
	Beat(ctx context.Context, id string) (beat int64, ok bool, err error)
}

// Hold decides whether this process may send from its database. A database that was restored knows less than was sent:
// sending from it would reach people twice. While it is held everything else works: API, pages, receipts.
//
// Two witnesses: epoch and beat in the database, and the same in the data folder. Several processes with folders of
// their own share one database: each moves the beat, each writes down what it got. A folder without a mark is no sign of
// a restore while somebody else moves the beat; one whose mark is ahead of the database is, and stops them all.
type Hold struct {
	record epochRecord
	file   epochFile
	log    *slog.Logger

	mu    sync.Mutex
	why   string      // "" while this process may send
	seen  mark        // what the file says, or would
	held  store.Epoch // where the database stood at the last look while held
	first string      // name of the database
	doubt bool        // the last beat failed
	free  chan struct{}
	now   context.Context // lasts as long as this process may send
	stop  context.CancelFunc
}

func newHold(record epochRecord, dataDir string, log *slog.Logger) *Hold {
	return &Hold{record: record, file: epochFileIn(dataDir), log: log, why: holdNoFile, free: make(chan struct{})}
}

// judge decides from the two witnesses. known is false where the folder has no mark of this database.
func judge(e store.Epoch, m mark, known bool) (why string) {
	switch {
	case e.Held != "":
		return e.Held
	case !known && !e.Launched:
		return ""
	case !known:
		return holdNoFile
	case e.N < m.N, e.ID == m.Epoch && e.Beat < m.Beat, e.N == m.N && e.ID != m.Epoch:
		return holdBehind
	case e.ID != m.Epoch:
		return holdMoved
	}
	return ""
}

// Open looks at the database for the first time, begins its first epoch if nothing was ever launched from it, and
// leaves a mark in a folder that may have one. A verb of the command line needs no more.
func (h *Hold) Open(ctx context.Context) error {
	e, err := h.record.BeginEpoch(ctx)
	if err != nil {
		return err
	}
	m, known, err := h.file.read(e.First)
	why := judge(e, m, known)
	if err != nil {
		why = holdFile
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.first, h.held, h.seen = e.First, e, m
	if why != "" {
		h.close(why)
		return h.spread(ctx, e, why)
	}
	return h.open(e, !known)
}

// spread tells every other process that sends: a mark that is ahead proves the restore for all of them.
func (h *Hold) spread(ctx context.Context, e store.Epoch, why string) error {
	if why != holdBehind || e.Held != "" || e.ID == "" {
		return nil
	}
	return h.record.HoldEpoch(ctx, e.ID, why)
}

// open lets this process send. The caller holds the lock.
func (h *Hold) open(e store.Epoch, durable bool) error {
	h.seen, h.held, h.doubt = mark{Epoch: e.ID, N: e.N, Beat: e.Beat}, e, false
	if h.why != "" {
		h.why = ""
		h.now, h.stop = context.WithCancel(context.Background())
		close(h.free)
	}
	return h.file.write(e.First, h.seen, durable)
}

// close stops this process from sending. The caller holds the lock.
func (h *Hold) close(why string) {
	if h.why == "" {
		h.free = make(chan struct{})
		h.stop()
	}
	h.why = why
}

// Look is one beat: a process that sends finds out whether it still may, one that is held whether it was released.
func (h *Hold) Look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, BeatEvery)
	defer cancel()
	h.mu.Lock()
	free, id := h.why == "", h.seen.Epoch
	h.mu.Unlock()
	if free {
		return h.beat(ctx, id)
	}
	return h.watch(ctx)
}

func (h *Hold) beat(ctx context.Context, id string) error {
	beat, ok, err := h.record.Beat(ctx, id)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.doubt = err != nil; h.doubt {
		return err
	}
	if ok && beat > h.seen.Beat {
		h.seen.Beat = beat
		return h.file.write(h.first, h.seen, false)
	}
	e, err := h.record.Epoch(ctx)
	if err != nil {
		h.doubt = true
		return err
	}
	why := judge(e, h.seen, true)
	if ok { // the beat moved, to where it had been before
		why = holdBehind
	}
	if why == holdMoved { // released elsewhere while this process looked on: it is the same database
		return h.open(e, true)
	}
	if why == "" {
		return nil
	}
	h.held = e
	h.close(why)
	h.report()
	return h.spread(ctx, e, why)
}

// watch looks whether somebody has released the database, or whether others send from it.
func (h *Hold) watch(ctx context.Context) error {
	e, err := h.record.Epoch(ctx)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	released := e.N > h.held.N && e.Held == ""
	alive := e.ID == h.held.ID && e.Beat > h.held.Beat && e.Held == "" && (h.why == holdNoFile || h.why == holdMoved || h.why == holdFile)
	if !released && !alive {
		if e.Held != "" {
			h.why = e.Held
		}
		h.held = e
		return nil
	}
	h.first = e.First
	h.log.Info("sending may begin", "epoch", e.N, "released", released, "others_send", alive)
	return h.open(e, true)
}

// Run beats until ctx ends. A failed beat is repeated soon: nothing is sent until the database has shown that it is
// still the same.
func (h *Hold) Run(ctx context.Context) {
	if why := h.Why(); why != "" {
		h.mu.Lock()
		h.report()
		h.mu.Unlock()
	}
	for {
		wait := BeatEvery
		if err := h.Look(ctx); err != nil && ctx.Err() == nil {
			h.log.Warn("the beat failed; nothing new is sent until it succeeds", "error", err)
			wait = BeatEvery / 8
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// report says what to do. The caller holds the lock.
func (h *Hold) report() {
	h.log.Error("HOLD: nothing is sent", "why", h.why, "do", holdAdvice)
}

const holdAdvice = "get the provider's log of what it took, run: loa hold reconcile --log FILE, then: loa hold release --reason TEXT --actor NAME"

// Held says whether nothing may be claimed or sent now.
func (h *Hold) Held(context.Context) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.why != "" || h.doubt
}

// Why says in a sentence why nothing is sent, "" while it may be.
func (h *Hold) Why() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.why == "" && h.doubt {
		return holdDoubt
	}
	return h.why
}

// Bound returns a context that ends with ctx, or as soon as this process may no longer send; ok is false while it may not.
func (h *Hold) Bound(ctx context.Context) (bound context.Context, cancel context.CancelFunc, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.why != "" {
		return nil, nil, false
	}
	bound, end := context.WithCancel(ctx)
	unhook := context.AfterFunc(h.now, end)
	return bound, func() { unhook(); end() }, true
}

// While runs f whenever this process may send, with a context that ends when it may no longer, until ctx ends.
func (h *Hold) While(ctx context.Context, f func(ctx context.Context)) {
	for ctx.Err() == nil {
		h.mu.Lock()
		free := h.free
		h.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-free:
		}
		if run, cancel, ok := h.Bound(ctx); ok {
			f(run)
			cancel()
		}
	}
}

// ErrNotHeld means that there is nothing to release.
var ErrNotHeld = errors.New("this database is not held: it may be sent from")

// Release begins a new epoch: from now on this database may be sent from. It does not ask whether that is wise.
func (h *Hold) Release(ctx context.Context, reason, actor string) (store.Epoch, error) {
	e, err := h.record.Epoch(ctx)
	if err != nil {
		return e, err
	}
	if h.Why() == "" {
		return e, ErrNotHeld
	}
	if e, err = h.record.NextEpoch(ctx, e.N, reason, actor); err != nil {
		return e, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.first = e.First
	if err := h.open(e, true); err != nil {
		return e, fmt.Errorf("the database is released, but the data folder could not be told: %w; other processes go on", err)
	}
	return e, nil
}

// Reconcile compares a provider's log with the database and tells it what had left.
func (a *App) Reconcile(ctx context.Context, log io.Reader) (LogCount, store.Reconciled, error) {
	e, err := a.Store.Epoch(ctx)
	if err != nil {
		return LogCount{}, store.Reconciled{}, err
	}
	if a.Hold.Why() == "" {
		return LogCount{}, store.Reconciled{}, ErrNotHeld // a database that sends knows more than any log
	}
	var total store.Reconciled
	var accepted []campaigns.DeliveryID
	sum := sha256.New()
	count, err := ReadProviderLog(io.TeeReader(log, sum), func(batch []store.Seen) error {
		r, ids, err := a.Store.Reconcile(ctx, batch)
		total.Add(r)
		accepted = append(accepted, ids...)
		return err
	})
	if err != nil {
		return count, total, err
	}
	if total.Merged, err = a.Store.MergeReconciled(ctx, accepted); err != nil {
		return count, total, err
	}
	return count, total, a.Store.NoteReconciliation(ctx, e.N, hex.EncodeToString(sum.Sum(nil)), total)
}

// PauseAll pauses every running campaign and returns how many there were.
func (a *App) PauseAll(ctx context.Context, actor string) (paused int, err error) {
	const page = 100
	var after campaigns.CampaignID
	for {
		list, err := a.Store.Campaigns(ctx, after, page)
		if err != nil {
			return paused, err
		}
		for _, c := range list {
			after = c.ID
			if c.State != campaigns.Running {
				continue
			}
			if err := a.Store.PauseCampaign(ctx, c.ID, actor); err != nil {
				return paused, err
			}
			paused++
		}
		if len(list) < page {
			return paused, nil
		}
	}
}
