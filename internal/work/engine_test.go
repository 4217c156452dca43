package work_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
)

// wire is a channel that remembers what it was given and answers as told.
type wire struct {
	mu     sync.Mutex
	seen   map[string]int // by key
	bodies []string
	tos    []string
	answer func(m notifier.Message) (notifier.Sent, error)
}

func (w *wire) Send(_ context.Context, m notifier.Message) (notifier.Sent, error) {
	w.mu.Lock()
	w.seen[m.Key]++
	w.bodies, w.tos = append(w.bodies, m.Body), append(w.tos, m.To)
	w.mu.Unlock()
	if w.answer != nil {
		return w.answer(m)
	}
	return notifier.Sent{ProviderID: "p" + m.Key}, nil
}

func (w *wire) sent() int { w.mu.Lock(); defer w.mu.Unlock(); return len(w.tos) }

// plainWriter writes a body that shows what rendering was given.
type plainWriter struct{ fail string }

func (p plainWriter) Render(_ notifier.Spec, j notifier.Job) (work.Rendered, error) {
	for _, n := range j.Names {
		if n == p.fail && n != "" {
			return work.Rendered{}, errors.New("cannot be written")
		}
	}
	return work.Rendered{Body: fmt.Sprint(j.StepName, " ", j.Names), Locale: "vi", Version: "v", Parts: 1}, nil
}

type world struct {
	t    *testing.T
	s    *store.Store
	e    *work.Engine
	sms  *wire
	zalo *wire
	ward campaigns.Unit
}

func newWorld(t *testing.T, s *store.Store, render work.Renderer) *world {
	w := &world{t: t, s: s, sms: &wire{seen: map[string]int{}}, zalo: &wire{seen: map[string]int{}}}
	line := func(name, medium string, ch notifier.Channel) work.Line {
		return work.Line{Spec: notifier.Spec{Name: name, Medium: medium, Form: "sms_plain", Loopback: true,
			Limits: notifier.Limits{Window: 10, Timeout: time.Second}, Policy: notifier.Policy{Receipts: true}}, Channel: ch}
	}
	w.e = work.New(work.Options{Name: "w1", Record: s, Render: render, Log: slog.New(slog.DiscardHandler),
		Lines: []work.Line{line("sms.test", "sms", w.sms), line("zalo.test", "zalo", w.zalo)}})
	ctx := context.Background()
	_, err := s.SaveUnits(ctx, []campaigns.Unit{
		{Code: "P", Kind: campaigns.Province, Name: "Tỉnh Thử", ValidFrom: "2025-07-01"},
		{Code: "W", Kind: campaigns.Ward, Name: "Phường Thử", ShortName: "Thu", ParentID: "P", ValidFrom: "2025-07-01"}})
	require.NoError(t, err)
	w.ward, err = s.UnitByCode(ctx, "W", "2026-12-01")
	require.NoError(t, err)
	return w
}

// people inserts persons named A0, A1 ... with these phones; an empty phone is none.
func (w *world) people(phones ...string) []campaigns.PersonID {
	ids := make([]campaigns.PersonID, len(phones))
	for i, phone := range phones {
		ids[i] = apptest.AddPerson(w.t, w.s, w.ward, fmt.Sprintf("A%d", i), phone)
	}
	return ids
}

func (w *world) launch(ladder campaigns.Ladder) campaigns.CampaignID {
	ctx := context.Background()
	c, err := w.s.CreateCampaign(ctx, campaigns.Campaign{UnitID: w.ward.ID, Kind: "exam", Name: "Thử", Filter: campaigns.Under(w.ward.ID),
		Ladder: ladder, Basis: "x", Fact: campaigns.CardIssued, Author: "an"})
	require.NoError(w.t, err)
	_, err = w.s.SubmitCampaign(ctx, c.ID, "an")
	require.NoError(w.t, err)
	require.ErrorIs(w.t, w.s.MoveCampaign(ctx, c.ID, campaigns.Approve, "an"), campaigns.ErrSecondPerson)
	require.NoError(w.t, w.s.MoveCampaign(ctx, c.ID, campaigns.Approve, "binh"))
	_, created, err := w.s.LaunchCampaign(ctx, c.ID, campaigns.Normal, "binh")
	require.NoError(w.t, err)
	require.True(w.t, created)
	return c.ID
}

func (w *world) tick(n int) {
	for range n {
		w.e.Tick(context.Background())
	}
}

func (w *world) states(id campaigns.CampaignID) map[string]int {
	out := map[string]int{}
	list, err := w.s.DeliveryStates(context.Background(), id)
	require.NoError(w.t, err)
	for k, n := range list {
		out[k] += n
	}
	return out
}

var oneStep = campaigns.Ladder{{Name: "first", Channels: []string{"sms.test"}}}

func TestANoticesWholeWay(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, plainWriter{})
		ids := w.people("+84910000001", "+84910000002", "", "+84910000001")
		id := w.launch(oneStep)
		w.tick(2)
		// A0 and A3 live on one phone: one text names both. A2 has none.
		require.Equal(t, 2, w.sms.sent())
		require.Equal(t, map[string]int{"accepted": 2, "merged household_merged": 1, "suppressed no_channel": 1}, w.states(id))

		ctx := context.Background()
		rs := []notifier.Receipt{}
		for key := range w.sms.seen {
			rs = append(rs, notifier.Receipt{EventKey: key + "1", ProviderID: "p" + key, Status: notifier.ReceiptDelivered, Raw: []byte("x")})
		}
		rs = append(rs, rs[0]) // twice
		n, _, err := s.SaveReceipts(ctx, "sms.test", rs)
		require.NoError(t, err)
		require.Equal(t, 2, n)
		w.tick(1)
		require.Equal(t, map[string]int{"delivered": 2, "merged household_merged": 1, "suppressed no_channel": 1}, w.states(id))

		// The single owner of a phone answers; on the shared phone the answer goes to the inbox.
		h, err := s.HearText(ctx, "sms.test", "r1", s.AddressIndex("phone", "+84910000002"), campaigns.AlreadyDone, "", "da lam")
		require.NoError(t, err)
		require.Equal(t, campaigns.AlreadyDone, h.Kind)
		h, err = s.HearText(ctx, "sms.test", "r2", s.AddressIndex("phone", "+84910000001"), campaigns.AlreadyDone, "", "da lam")
		require.NoError(t, err)
		require.Equal(t, "several_people", h.Inbox)
		h, err = s.HearText(ctx, "sms.test", "r2", s.AddressIndex("phone", "+84910000001"), campaigns.AlreadyDone, "", "da lam")
		require.NoError(t, err)
		require.True(t, h.Repeat)

		fresh, err := s.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: ids[0], Fact: campaigns.CardIssued, Source: "officer", Actor: "binh"}})
		require.NoError(t, err)
		require.Equal(t, 1, fresh)
		r, err := s.Report(ctx, id, w.e.MediumOf)
		require.NoError(t, err)
		f := r.Total
		require.Equal(t, campaigns.Funnel{Meant: 4, Suppressed: map[campaigns.Reason]int{campaigns.NoChannel: 1}, Sent: 3, Delivered: 3, Receipts: true,
			Answered: 1, Claimed: 1, Verified: 1, Parts: 2}, f)
		raw, err := json.Marshal(r)
		require.NoError(t, err)
		require.NotContains(t, string(raw), "9100000")
	})
}

func TestFallbackOnlyFromDefiniteFailure(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, plainWriter{})
		w.people("+84910000001", "+84910000002", "+84910000003")
		w.zalo.answer = func(m notifier.Message) (notifier.Sent, error) {
			switch m.To {
			case "+84910000001":
				return notifier.Sent{}, &notifier.Failure{Class: notifier.Permanent, Reason: notifier.NotOnZalo}
			case "+84910000002":
				return notifier.Sent{}, &notifier.Failure{Class: notifier.Unclear, Reason: notifier.NoAnswer}
			}
			return notifier.Sent{ProviderID: m.Key}, nil
		}
		id := w.launch(campaigns.Ladder{{Name: "first", Channels: []string{"zalo.test", "sms.test"}}})
		w.tick(3)
		require.Equal(t, []string{"+84910000001"}, w.sms.tos, "only the definite failure falls back, the same day")
		require.Equal(t, map[string]int{"failed not_on_zalo": 1, "unknown no_answer_from_provider": 1, "accepted": 2}, w.states(id))
		for k, n := range w.zalo.seen {
			require.Equal(t, 1, n, k)
		}
	})
}

func TestQuietHoursPostponeAndCapsRefuse(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		w.people("+84910000001")
		require.NoError(t, s.SetPolicy(ctx, apptest.Start.Add(12*time.Hour), 1)) // 21:00
		first := w.launch(oneStep)
		w.tick(2)
		require.Zero(t, w.sms.sent())
		require.Equal(t, map[string]int{"queued quiet_hours": 1}, w.states(first))
		require.NoError(t, s.SetPolicy(ctx, apptest.Start.Add(22*time.Hour+31*time.Minute), 1)) // 07:31
		w.tick(1)
		require.Equal(t, 1, w.sms.sent())
		second := w.launch(oneStep)
		w.tick(2)
		require.Equal(t, 1, w.sms.sent(), "one a day")
		require.Equal(t, map[string]int{"suppressed cap_person_day": 1}, w.states(second))
		for day := range 5 {
			require.NoError(t, s.SetPolicy(ctx, apptest.Start.Add(time.Duration(day+2)*24*time.Hour), 1))
			w.launch(oneStep)
			w.tick(2)
		}
		require.Equal(t, 4, w.sms.sent(), "four in thirty days")
	})
}

func TestRemindersStopForTheDoneTheClaimedAndTheStopped(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		ids := w.people("+84910000001", "+84910000002", "+84910000003", "+84910000004", "+84910000005")
		id := w.launch(campaigns.Ladder{{Name: "first", Channels: []string{"sms.test"}}, {Name: "reminder", AfterDays: 2, Channels: []string{"sms.test"}}})
		w.tick(2)
		require.Equal(t, 5, w.sms.sent())
		_, err := s.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: ids[0], Fact: campaigns.CardIssued, Source: "officer", Actor: "x"}})
		require.NoError(t, err)
		say := func(phone, key string, kind campaigns.AnswerKind) {
			_, err := s.HearText(ctx, "sms.test", key, s.AddressIndex("phone", phone), kind, "", "x")
			require.NoError(t, err)
		}
		say("+84910000002", "a", campaigns.AlreadyDone)
		say("+84910000003", "b", campaigns.Stop)
		say("+84910000004", "c", campaigns.WrongAnswer)
		require.NoError(t, s.SetPolicy(ctx, apptest.Start.AddDate(0, 0, 2).Add(time.Hour), 1))
		w.tick(2)
		require.Equal(t, 6, w.sms.sent(), "only the fifth hears again")
		require.Equal(t, "+84910000005", w.sms.tos[5])
		runs, err := s.Runs(ctx, id)
		require.NoError(t, err)
		require.NoError(t, s.RefuteClaim(ctx, runs[0].ID, ids[1], "x"))
		// A stop holds for every campaign.
		require.NoError(t, s.SetPolicy(ctx, apptest.Start.AddDate(0, 0, 4), 1))
		second := w.launch(oneStep)
		w.tick(2)
		require.Equal(t, 1, w.states(second)["suppressed opted_out"])
		require.Equal(t, 1, w.states(second)["suppressed wrong_person"])
	})
}

// A worker that died after the intent leaves the delivery unknown; it is never sent again on a channel without keys.
func TestSweeperMakesLostIntentsUnknown(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		w.people("+84910000001", "+84910000002")
		id := w.launch(oneStep)
		_, _, err := s.PlanDueStep(ctx, w.e)
		require.NoError(t, err)
		_, err = s.QueueDue(ctx)
		require.NoError(t, err)
		list, claims, err := s.Claim(ctx, w.e, store.ClaimRequest{Lane: campaigns.Normal, Channel: "sms.test", Medium: "sms", Window: 1, Lease: -time.Second},
			func(_ store.Clock, list []store.Candidate) []store.Verdict {
				out := make([]store.Verdict, len(list))
				for i := range out {
					out[i] = store.Verdict{State: notifier.Sending, Locale: "vi", Parts: 1, Counts: true}
				}
				return out
			})
		require.NoError(t, err)
		require.Len(t, list, 1)
		w.e.SweepOnce(ctx)
		w.tick(2)
		require.Equal(t, 1, w.sms.sent(), "only the other one")
		require.Equal(t, map[string]int{"accepted": 1, "unknown worker_lost": 1}, w.states(id))
		// The dead worker wakes and writes: its generation is still the last one, and the provider did say yes.
		late, err := s.RecordResults(ctx, w.e, []store.Result{{Delivery: list[0].Job.ID, Gen: claims[0].Gen, Channel: "sms.test",
			Key: notifier.Key(list[0].Job.ID, 0), N: 1, State: notifier.Accepted, ProviderID: "late", Parts: 1, IntentAt: claims[0].IntentAt, NextAt: time.Now()}}, nil)
		require.NoError(t, err)
		require.Zero(t, late)
		require.Equal(t, map[string]int{"accepted": 2}, w.states(id))
		late, err = s.RecordResults(ctx, w.e, []store.Result{{Delivery: list[0].Job.ID, Gen: claims[0].Gen + 1, Channel: "sms.test",
			Key: "other", N: 1, State: notifier.Failed, IntentAt: claims[0].IntentAt}}, nil)
		require.NoError(t, err)
		require.Equal(t, 1, late, "another generation may not write")
	})
}

func TestPoisonFailsAloneAndPauseHolds(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{fail: "A1"})
		w.people("+84910000001", "+84910000002", "+84910000003")
		id := w.launch(oneStep)
		require.NoError(t, s.PauseCampaign(ctx, id, "binh"))
		w.tick(2)
		require.Zero(t, w.sms.sent())
		require.NoError(t, s.ResumeCampaign(ctx, id, "binh"))
		w.tick(2)
		require.Equal(t, map[string]int{"accepted": 2, "failed render_failed": 1}, w.states(id))
		second := w.launch(campaigns.Ladder{{Name: "first", Channels: []string{"sms.test"}}})
		_, _, err := s.PlanDueStep(ctx, w.e)
		require.NoError(t, err)
		require.NoError(t, s.CancelCampaign(ctx, second, "binh"))
		w.tick(2)
		require.Equal(t, map[string]int{"cancelled launch_cancelled": 3}, w.states(second))
	})
}

// Two workers on the same database: everybody hears once.
func TestTwoWorkersSendOnce(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, plainWriter{})
		phones := make([]string, 300)
		for i := range phones {
			phones[i] = fmt.Sprintf("+8491%07d", i)
		}
		w.people(phones...)
		other := work.New(work.Options{Name: "w2", Record: s, Render: plainWriter{}, Log: slog.New(slog.DiscardHandler),
			Lines: []work.Line{{Spec: notifier.Spec{Name: "sms.test", Medium: "sms", Limits: notifier.Limits{Window: 10, Timeout: time.Second}}, Channel: w.sms}}})
		id := w.launch(oneStep)
		var wg sync.WaitGroup
		for _, e := range []*work.Engine{w.e, other, w.e, other} {
			wg.Go(func() { e.Tick(context.Background()); e.Tick(context.Background()) })
		}
		wg.Wait()
		w.tick(2)
		require.Equal(t, 300, w.sms.sent())
		for k, n := range w.sms.seen {
			require.Equal(t, 1, n, k)
		}
		require.Equal(t, map[string]int{"accepted": 300}, w.states(id))
	})
}
