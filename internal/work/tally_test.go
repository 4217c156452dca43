package work_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
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

// visits is a channel whose notices people carry.
type visits struct{ s *store.Store }

func (v visits) Send(ctx context.Context, m notifier.Message) (notifier.Sent, error) {
	id, err := v.s.PutVisit(ctx, m)
	return notifier.Sent{ProviderID: id}, err
}

// play is a small place where anything happens to two campaigns that share their people.
type play struct {
	*world
	r         *rand.Rand
	ids       []campaigns.PersonID
	phones    []string
	campaigns []campaigns.CampaignID
	launches  []campaigns.LaunchID
	other     campaigns.Unit
	n         int
	told      map[string]bool
	mu        sync.Mutex
}

func newPlay(t *testing.T, s *store.Store, seed uint64) *play {
	ctx := context.Background()
	p := &play{world: newWorld(t, s, plainWriter{}), r: rand.New(rand.NewPCG(seed, 1)), told: map[string]bool{}}
	line := func(name, medium string, ch notifier.Channel, policy notifier.Policy) work.Line {
		return work.Line{Spec: notifier.Spec{Name: name, Medium: medium, Form: "sms_plain", Loopback: true,
			Limits: notifier.Limits{Window: 16, Timeout: time.Second}, Policy: policy}, Channel: ch}
	}
	p.e = work.New(work.Options{Name: "w1", Record: s, Render: plainWriter{fail: "A7"}, Log: slog.New(slog.DiscardHandler), Lines: []work.Line{
		line("zalo.test", "zalo", p.zalo, notifier.Policy{Receipts: true, Keyed: true}), line("sms.test", "sms", p.sms, notifier.Policy{Receipts: true}),
		line("visit.task", "visit", visits{s}, notifier.Policy{Once: true})}})
	p.sms.answer, p.zalo.answer = p.answer, p.answer
	_, err := s.SaveUnits(ctx, []campaigns.Unit{{Code: "V", Kind: campaigns.Ward, Name: "Xã Khác", ShortName: "Khac", ParentID: "P", ValidFrom: "2025-07-01"}})
	require.NoError(t, err)
	p.other, err = s.UnitByCode(ctx, "V", "2026-12-01")
	require.NoError(t, err)
	for i := range 45 {
		phone := fmt.Sprintf("+8491%07d", p.r.IntN(30)) // households
		if i%9 == 8 {
			phone = ""
		}
		ward := p.ward
		if i%3 == 0 {
			ward = p.other
		}
		p.ids, p.phones = append(p.ids, apptest.AddPerson(t, s, ward, fmt.Sprintf("A%d", i), phone)), append(p.phones, phone)
	}
	s.CutBlocks(2, 3, -time.Second)
	province, err := s.UnitByCode(ctx, "P", "2026-12-01")
	require.NoError(t, err)
	for _, ladder := range []campaigns.Ladder{
		{{Name: "first", Channels: []string{"zalo.test", "sms.test", "visit.task"}}, {Name: "last", AfterDays: 2, Channels: []string{"sms.test", "visit.task"}}},
		{{Name: "first", Channels: []string{"sms.test"}}},
	} {
		c, err := s.CreateCampaign(ctx, campaigns.Campaign{UnitID: province.ID, Kind: "exam", Name: "Thử", Filter: campaigns.Under(province.ID),
			Ladder: ladder, Basis: "x", Fact: campaigns.CardIssued, Author: "an", DeadlineOn: "2026-12-20"})
		require.NoError(t, err)
		_, err = s.SubmitCampaign(ctx, c.ID, "an")
		require.NoError(t, err)
		require.NoError(t, s.MoveCampaign(ctx, c.ID, campaigns.Approve, "binh"))
		run, _, err := s.LaunchCampaign(ctx, c.ID, campaigns.Normal, "binh")
		require.NoError(t, err)
		p.campaigns, p.launches = append(p.campaigns, c.ID), append(p.launches, run.ID)
	}
	return p
}

func (p *play) chance(of int) bool { return p.r.IntN(of) == 0 }

func (p *play) answer(m notifier.Message) (notifier.Sent, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.chance(3) { // counted while on the wire
		_, err := p.s.RefreshTallies(context.Background(), time.Minute)
		require.NoError(p.t, err)
	}
	switch p.r.IntN(7) {
	case 0:
		return notifier.Sent{}, &notifier.Failure{Class: notifier.Permanent, Reason: notifier.NumberUnreachable}
	case 1:
		return notifier.Sent{}, &notifier.Failure{Class: notifier.Unclear, Reason: notifier.NoAnswer}
	case 2:
		return notifier.Sent{}, &notifier.Failure{Class: notifier.Temporary, Reason: notifier.RateLimited}
	}
	return notifier.Sent{ProviderID: "p" + m.Key, Parts: 1 + p.r.IntN(3)}, nil
}

func (p *play) who() int { return p.r.IntN(len(p.ids)) }

// act does one thing and says what.
func (p *play) act() string {
	ctx := context.Background()
	p.n++
	key := fmt.Sprint("k", p.n)
	fine := func(err error) {
		if err != nil {
			require.True(p.t, isExpected(err), "%v", err)
		}
	}
	kinds := []campaigns.AnswerKind{campaigns.AlreadyDone, campaigns.AlreadyDone, campaigns.WillCome, campaigns.Stop, campaigns.HomeVisit, campaigns.WrongAnswer, campaigns.NeedHelp}
	kind, launch := kinds[p.r.IntN(len(kinds))], p.launches[p.r.IntN(2)]
	switch p.r.IntN(16) {
	case 0, 1:
		p.tick(1)
		return "tick"
	case 2:
		_, _, err := p.s.PlanDueStep(ctx, p.e)
		fine(err)
		return "plan a block"
	case 3:
		p.later(time.Duration(1+p.r.IntN(8)) * time.Hour)
		return "hours pass"
	case 4:
		if p.chance(3) {
			p.later(73 * time.Hour)
			return "days pass"
		}
		p.e.SweepOnce(ctx)
		return "sweep"
	case 5, 6:
		p.receipts(key)
		return "receipts"
	case 7:
		p.e.ApplyReceipts(ctx)
		return "apply receipts"
	case 8:
		_, err := p.s.HearText(ctx, "sms.test", key, p.s.AddressIndex("phone", p.phones[p.r.IntN(8)]), kind, "", "x")
		fine(err)
		return "a text"
	case 9:
		fine(p.s.AnswerByStaff(ctx, launch, p.ids[p.who()], kind, "officer", key))
		return "an answer"
	case 10:
		for _, i := range p.r.Perm(len(p.ids)) {
			err := p.s.RefuteClaim(ctx, launch, p.ids[i], "x")
			if fine(err); err == nil {
				return "a refutation"
			}
		}
		return "nothing to refute"
	case 11:
		_, err := p.s.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: p.ids[p.who()], Fact: campaigns.CardIssued, Source: "officer", Actor: "x"}})
		fine(err)
		return "an outcome"
	case 12:
		p.visit()
		return "a visit"
	case 13:
		p.lose()
		return "a lost worker"
	case 14:
		p.moveHouse(key)
		return "a move"
	}
	if p.n < 50 {
		return "nothing"
	}
	if p.chance(2) {
		fine(p.s.CancelCampaign(ctx, p.campaigns[p.r.IntN(2)], "binh"))
		return "cancel"
	}
	id := p.campaigns[p.r.IntN(2)]
	fine(p.s.PauseCampaign(ctx, id, "binh"))
	fine(p.s.ResumeCampaign(ctx, id, "binh"))
	return "pause and resume"
}

func (p *play) receipts(event string) {
	for ch, w := range map[string]*wire{"sms.test": p.sms, "zalo.test": p.zalo} {
		var list []notifier.Receipt
		for key := range w.seen {
			if !p.told[key] && p.chance(2) {
				p.told[key] = true
				status := notifier.ReceiptDelivered
				if p.chance(3) {
					status = notifier.ReceiptUndelivered
				}
				list = append(list, notifier.Receipt{EventKey: event + key, ProviderID: "p" + key, Key: key, Status: status, Raw: []byte("x")})
			}
		}
		_, _, err := p.s.SaveReceipts(context.Background(), ch, list)
		require.NoError(p.t, err)
	}
}

func (p *play) visit() {
	ctx := context.Background()
	list, err := p.s.OpenTasks(ctx, "visit", "", 100)
	require.NoError(p.t, err)
	if len(list) == 0 {
		return
	}
	result := []string{store.Told, store.Absent, store.Moved}[p.r.IntN(3)]
	require.NoError(p.t, p.s.TickTask(ctx, p.e, list[p.r.IntN(len(list))].ID, "", result, "x"))
}

// lose claims as a worker would that dies at once.
func (p *play) lose() {
	ctx := context.Background()
	_, err := p.s.QueueDue(ctx)
	require.NoError(p.t, err)
	_, _, err = p.s.Claim(ctx, p.e, store.ClaimRequest{Lane: campaigns.Normal, Channel: "sms.test", Medium: "sms", Window: 2, Lease: -time.Second},
		func(_ store.Clock, list []store.Candidate) []store.Verdict {
			out := make([]store.Verdict, len(list))
			for i := range out {
				out[i] = store.Verdict{State: notifier.Sending, Locale: "vi", Parts: 1, Counts: true}
			}
			return out
		})
	require.NoError(p.t, err)
}

// moveHouse has an authoritative list of the other ward name somebody.
func (p *play) moveHouse(fingerprint string) {
	ctx := context.Background()
	i := p.who()
	to := []campaigns.Unit{p.ward, p.other}[p.r.IntN(2)]
	r, err := p.s.StartRoster(ctx, store.Roster{UnitID: to.ID, Fingerprint: fingerprint, Authoritative: true, Actor: "x"})
	require.NoError(p.t, err)
	_, err = p.s.ImportRows(ctx, r, 0, []store.RosterRow{{Number: 1, Original: "{}", Draft: store.Draft{Name: fmt.Sprintf("A%d", i), Born: "2008-01-01", Guardian: fmt.Sprintf("G A%d", i)}}})
	require.NoError(p.t, err)
}

func isExpected(err error) bool {
	for _, one := range []error{campaigns.ErrNotFound, campaigns.ErrIllegalMove, campaigns.ErrConflict} {
		if errors.Is(err, one) {
			return true
		}
	}
	return false
}

// check compares what is kept with a count of everything: once as a report comes, and once with all blocks fresh, so that
// nothing is counted for the report.
func (p *play) check(what string) {
	ctx := context.Background()
	for _, id := range p.campaigns {
		full, err := p.s.FullReport(ctx, id, p.e.MediumOf)
		require.NoError(p.t, err)
		kept, err := p.s.Report(ctx, id, p.e.MediumOf)
		require.NoError(p.t, err)
		if kept.AsOf == nil {
			require.Equal(p.t, full, kept, "after %s", what)
		}
	}
	if p.chance(2) {
		return
	}
	_, err := p.s.RefreshTallies(ctx, time.Minute)
	require.NoError(p.t, err)
	drift, err := p.s.ReconcileTallies(ctx)
	require.NoError(p.t, err)
	require.Zero(p.t, drift, "after %s", what)
}

// Whatever happens to a campaign, the kept figures are those of a full count.
func TestKeptFiguresAreThoseOfACount(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		p := newPlay(t, s, seed)
		done := map[string]int{}
		for range 150 {
			what := p.act()
			done[what]++
			p.check(what)
		}
		t.Log(done, p.states(p.campaigns[0]), p.states(p.campaigns[1]))
	})
}

// Marks and counts that run at the same time lose nothing: whoever commits while a block is counted leaves its mark.
func TestKeptFiguresWhileEverythingRuns(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		p := newPlay(t, s, uint64(time.Now().UnixNano()))
		other := work.New(work.Options{Name: "w2", Record: s, Render: plainWriter{}, Log: slog.New(slog.DiscardHandler),
			Lines: []work.Line{{Spec: notifier.Spec{Name: "sms.test", Medium: "sms", Limits: notifier.Limits{Window: 10, Timeout: time.Second}}, Channel: p.sms}}})
		var busy, counting sync.WaitGroup
		stop := make(chan struct{})
		for range 2 {
			counting.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						_, err := s.RefreshTallies(ctx, time.Minute)
						require.NoError(t, err)
					}
				}
			})
		}
		busy.Go(func() { p.e.Tick(ctx); p.e.Tick(ctx) })
		busy.Go(func() { other.Tick(ctx); other.Tick(ctx) })
		busy.Go(func() {
			for i, id := range p.ids {
				_, err := s.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: id, Fact: campaigns.CardIssued, Source: "officer", Actor: "x"}})
				require.NoError(t, err)
				_ = s.AnswerByStaff(ctx, p.launches[i%2], id, campaigns.WillCome, "officer", fmt.Sprint(i))
			}
		})
		busy.Wait()
		close(stop)
		counting.Wait()
		p.r = rand.New(rand.NewPCG(1, 1))
		for range 3 {
			p.check("everything")
		}
		drift, err := s.ReconcileTallies(ctx)
		require.NoError(t, err)
		require.Zero(t, drift)
	})
}

// A change that leaves no mark is found and mended.
func TestDriftIsFoundAndMended(t *testing.T) {
	s, db := pgStore(t)
	ctx := context.Background()
	p := newPlay(t, s, 1)
	p.tick(1)
	_, err := s.RefreshTallies(ctx, time.Minute)
	require.NoError(t, err)
	drift, err := s.TallyDrift(ctx)
	require.NoError(t, err)
	require.Zero(t, drift)
	_, err = db.Exec(`UPDATE delivery SET state = 'failed'`)
	require.NoError(t, err)
	drift, err = s.TallyDrift(ctx)
	require.NoError(t, err)
	require.NotZero(t, drift)
	_, err = s.ReconcileTallies(ctx)
	require.NoError(t, err)
	_, err = s.RefreshTallies(ctx, time.Minute)
	require.NoError(t, err)
	_, err = db.Exec(`UPDATE tally SET body = '{}'`)
	require.NoError(t, err)
	n, err := s.ReconcileTallies(ctx)
	require.NoError(t, err)
	require.Equal(t, int64(2), n, "two sums")
	n, err = s.ReconcileTallies(ctx)
	require.NoError(t, err)
	require.Zero(t, n)
	p.check("mending")
}
