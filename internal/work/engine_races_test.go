package work_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
)

func pgStore(t *testing.T) (*store.Store, *sql.DB) {
	url := apptest.PostgresURL(t)
	ctx := context.Background()
	s, err := store.Open(ctx, url, keys.New())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	require.NoError(t, s.MarkPurpose(ctx, store.Test))
	require.NoError(t, s.SetPolicy(ctx, apptest.Start, 1))
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return s, db
}

type slowPlanner struct {
	store.Planner
	hook func()
}

func (p slowPlanner) Reaches(c campaigns.Campaign, n int) []campaigns.ChannelReach {
	p.hook()
	return p.Planner.Reaches(c, n)
}

// The defect this guards against: a chunk that is being planned while the campaign is cancelled stays planned for ever (PostgreSQL).
func TestPlanningDuringCancelEnds(t *testing.T) {
	s, _ := pgStore(t)
	ctx := context.Background()
	w := newWorld(t, s, plainWriter{})
	w.people("+84910000001", "+84910000002")
	id := w.launch(oneStep)
	_, _, err := s.PlanDueStep(ctx, slowPlanner{w.e, func() { require.NoError(t, s.CancelCampaign(ctx, id, "binh")) }})
	require.NoError(t, err)
	w.tick(3)
	w.e.SweepOnce(ctx)
	require.Equal(t, map[string]int{"cancelled launch_cancelled": 2}, w.states(id))
}

type panicWriter struct{}

func (panicWriter) Render(_ notifier.Spec, j notifier.Job) (work.Rendered, error) {
	if j.Names[0] == "A1" {
		panic("nil map")
	}
	return work.Rendered{Body: "x", Parts: 1}, nil
}

// The defect this guards against: a renderer that panics ends the process.
func TestPanickingRendererFailsAlone(t *testing.T) {
	s := apptest.SQLite(t)
	w := newWorld(t, s, panicWriter{})
	w.people("+84910000001", "+84910000002", "+84910000003")
	id := w.launch(oneStep)
	w.tick(2)
	require.Equal(t, 2, w.states(id)["accepted"])
}

// The defect this guards against: one contact that cannot be opened blocks the channel for everybody.
func TestUnreadableContactFailsAlone(t *testing.T) {
	s, db := pgStore(t)
	w := newWorld(t, s, plainWriter{})
	ids := w.people("+84910000001", "+84910000002", "+84910000003")
	_, err := db.Exec(`UPDATE contact SET sealed = '\x00ff00ff' WHERE person_id = $1`, string(ids[0]))
	require.NoError(t, err)
	id := w.launch(oneStep)
	w.tick(4)
	require.Equal(t, 2, w.sms.sent(), "%v", w.states(id))
}

// The defect this guards against: a resend is merged with a sibling that came later.
func TestResendMergesWithNobody(t *testing.T) {
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		w.keyed()
		w.people("+84910000001", "+84910000001")
		taken := map[string]string{}
		var calls atomic.Int32
		w.sms.answer = func(m notifier.Message) (notifier.Sent, error) {
			if calls.Add(1) == 1 { // lost on the way: nothing left
				return notifier.Sent{}, &notifier.Failure{Class: notifier.Unclear, Reason: notifier.NoAnswer}
			}
			taken[m.Key] = m.Body
			return notifier.Sent{ProviderID: m.Key}, nil
		}
		id := w.launch(oneStep)
		w.tick(1)
		w.e.SweepOnce(ctx)
		w.tick(1)
		t.Log(w.states(id), "first", w.sms.bodies[0], "resent", taken)
		require.Contains(t, w.sms.bodies[1], "A1", "the same key must carry the same words")
	})
}

// The defect this guards against: a resend that waited (pause) longer than the provider remembers its key is asked again all the same.
func TestResendForgottenByTheProviderIsNotAsked(t *testing.T) {
	s, db := pgStore(t)
	ctx := context.Background()
	w := newWorld(t, s, plainWriter{})
	w.keyed()
	w.people("+84910000001")
	w.sms.answer = func(m notifier.Message) (notifier.Sent, error) {
		return notifier.Sent{}, &notifier.Failure{Class: notifier.Unclear, Reason: notifier.NoAnswer}
	}
	id := w.launch(oneStep)
	w.tick(1)
	require.NoError(t, s.PauseCampaign(ctx, id, "binh"))
	w.e.SweepOnce(ctx)
	_, err := db.Exec(`UPDATE delivery SET intent_at = intent_at - 3*86400000`) // three days pass
	require.NoError(t, err)
	w.later(72 * time.Hour)
	require.NoError(t, s.ResumeCampaign(ctx, id, "binh"))
	w.tick(2)
	require.Equal(t, 1, w.sms.sent(), "%v", w.states(id))
}

// The defect this guards against: two workers, one household: how many texts?
func TestTwoWorkersOneHousehold(t *testing.T) {
	s, _ := pgStore(t)
	w := newWorld(t, s, plainWriter{})
	phones := make([]string, 400)
	for i := range phones {
		phones[i] = fmt.Sprintf("+8491%07d", i%200)
	}
	w.people(phones...)
	other := work.New(work.Options{Name: "w2", Record: s, Render: plainWriter{}, Log: slog.New(slog.DiscardHandler),
		Lines: []work.Line{{Spec: notifier.Spec{Name: "sms.test", Medium: "sms", Limits: notifier.Limits{Window: 10, Timeout: time.Second}}, Channel: w.sms}}})
	id := w.launch(oneStep)
	for {
		_, more, err := s.PlanDueStep(context.Background(), w.e)
		require.NoError(t, err)
		if !more {
			break
		}
	}
	var wg sync.WaitGroup
	for _, e := range []*work.Engine{w.e, other} {
		wg.Go(func() { e.Tick(context.Background()); e.Tick(context.Background()) })
	}
	wg.Wait()
	w.tick(2)
	require.Equal(t, 200, w.sms.sent(), "%v", w.states(id))
}
