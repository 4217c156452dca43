package work_test

import (
	"context"
	"fmt"
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

// approved brings a campaign for the ward to its approval.
func (w *world) approved(c campaigns.Campaign) campaigns.CampaignID {
	ctx := context.Background()
	c.Kind, c.Name, c.Basis, c.Fact, c.Author = "exam", "Thử", "x", campaigns.CardIssued, "an"
	if c.UnitID == "" {
		c.UnitID = w.ward.ID
	}
	c.Filter = campaigns.Under(c.UnitID)
	if c.Ladder == nil {
		c.Ladder = oneStep
	}
	made, err := w.s.CreateCampaign(ctx, c)
	require.NoError(w.t, err)
	_, err = w.s.SubmitCampaign(ctx, made.ID, "an")
	require.NoError(w.t, err)
	require.NoError(w.t, w.s.MoveCampaign(ctx, made.ID, campaigns.Approve, "binh"))
	return made.ID
}

// at sets policy time to a moment of December 2026 in Vietnam.
func (w *world) at(day, hour, minute int) {
	require.NoError(w.t, w.s.SetPolicy(context.Background(), time.Date(2026, 12, day, hour, minute, 0, 0, campaigns.Zone), 1))
}

// crowd records n persons of a unit with a phone each.
func (w *world) crowd(unit campaigns.Unit, prefix string, n int) {
	for from := 0; from < n; from += 200 {
		var list []store.Draft
		for i := from; i < min(from+200, n); i++ {
			list = append(list, store.Draft{Name: fmt.Sprintf("%s %d", prefix, i), Born: "2008-01-01", Guardian: fmt.Sprint("G", prefix, i), Contacts: []store.ContactDraft{
				{Medium: "phone", Kind: "mobile", Owner: campaigns.Guardian, Address: fmt.Sprintf("+8491%s%05d", prefix, i)}}})
		}
		_, err := w.s.SavePeople(context.Background(), unit.ID, list)
		require.NoError(w.t, err)
	}
}

func (w *world) run(id campaigns.CampaignID) campaigns.Run {
	runs, err := w.s.Runs(context.Background(), id)
	require.NoError(w.t, err)
	require.Len(w.t, runs, 1)
	return runs[0]
}

// A scheduled campaign launches once, when its time has come and its hours are open, however many look.
func TestScheduledLaunch(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		w.people("+84910000001")
		id, other := w.approved(campaigns.Campaign{}), w.approved(campaigns.Campaign{})
		require.NoError(t, s.ScheduleCampaign(ctx, id, time.Date(2026, 12, 2, 22, 0, 0, 0, campaigns.Zone), "chi"))
		require.NoError(t, s.ScheduleCampaign(ctx, other, time.Date(2026, 12, 2, 22, 0, 0, 0, campaigns.Zone), "chi"))
		require.NoError(t, s.UnscheduleCampaign(ctx, other, "chi"))
		w.tick(1)
		w.at(2, 22, 30)
		w.tick(1)
		c, err := s.Campaign(ctx, id)
		require.NoError(t, err)
		require.Equal(t, campaigns.Scheduled, c.State, "outside the hours it waits for the next opening")
		w.at(3, 7, 31)
		var wg sync.WaitGroup
		var mu sync.Mutex
		launched := 0
		for range 20 {
			wg.Go(func() {
				runs, err := s.LaunchDue(ctx, work.Lane)
				mu.Lock()
				defer mu.Unlock()
				launched += len(runs)
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1, launched)
		w.tick(1)
		require.Equal(t, 1, w.sms.sent())
		require.Equal(t, campaigns.NoCanary, w.run(id).Canary)
		c, err = s.Campaign(ctx, other)
		require.NoError(t, err)
		require.Equal(t, campaigns.Approved, c.State, "what was taken back is not launched")
	})
}

// A large launch by staff sends to its canary and nothing more, until five minutes have passed or the approver lets go.
func TestCanary(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		w.crowd(w.ward, "00", campaigns.CanaryAbove+1)
		early, late := w.approved(campaigns.Campaign{}), w.approved(campaigns.Campaign{})
		_, created, err := s.LaunchByStaff(ctx, early, campaigns.Normal, "binh")
		require.NoError(t, err)
		require.True(t, created)
		w.tick(3)
		require.Equal(t, campaigns.CanarySize, w.sms.sent())
		list, err := s.DeliveryStates(ctx, early)
		require.NoError(t, err)
		require.Equal(t, map[string]int{"accepted": campaigns.CanarySize}, list, "nothing beyond the canary is even planned")
		r, err := s.Report(ctx, early, w.e.MediumOf)
		require.NoError(t, err)
		require.Equal(t, campaigns.CanaryAbove+1, r.Total.Meant)
		require.ErrorIs(t, s.ReleaseLaunch(ctx, early, "an"), campaigns.ErrNotApprover)
		require.NoError(t, s.ReleaseLaunch(ctx, early, "Binh"))
		require.ErrorIs(t, s.ReleaseLaunch(ctx, early, "Binh"), campaigns.ErrNotHeld)
		w.tick(3)
		require.Equal(t, campaigns.CanaryAbove+1, w.sms.sent())

		// The other one lets go by itself; a pause stops the clock of its hold.
		w.at(2, 9, 0)
		_, _, err = s.LaunchByStaff(ctx, late, campaigns.Normal, "binh")
		require.NoError(t, err)
		w.tick(2)
		require.NoError(t, s.PauseCampaign(ctx, late, "binh"))
		w.at(2, 9, 10)
		require.NoError(t, s.ResumeCampaign(ctx, late, "binh"))
		w.tick(2)
		require.Equal(t, campaigns.CanaryAbove+1+campaigns.CanarySize, w.sms.sent())
		w.at(2, 9, 16)
		w.tick(2)
		require.Equal(t, 2*(campaigns.CanaryAbove+1), w.sms.sent())
		require.Equal(t, map[string]int{"accepted": campaigns.CanaryAbove + 1}, w.states(late))
	})
}

// One ward with thousands due must not starve another with fifty: they are served in turns.
func TestLanesAreFairBetweenUnits(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		_, err := s.SaveUnits(ctx, []campaigns.Unit{{Code: "W2", Kind: campaigns.Ward, Name: "Phường Nhỏ", ShortName: "Nho", ParentID: "P", ValidFrom: "2025-07-01"}})
		require.NoError(t, err)
		small, err := s.UnitByCode(ctx, "W2", "2026-12-01")
		require.NoError(t, err)
		w.crowd(w.ward, "00", 2000)
		w.crowd(small, "01", 50)
		big, little := w.approved(campaigns.Campaign{}), w.approved(campaigns.Campaign{UnitID: small.ID})
		for _, id := range []campaigns.CampaignID{big, little} {
			_, _, err := s.LaunchCampaign(ctx, id, campaigns.Bulk, "binh")
			require.NoError(t, err)
		}
		for more := true; more; {
			_, more, err = s.PlanDueStep(ctx, w.e)
			require.NoError(t, err)
		}
		// The first claims serve the big one alone: it became due first. Then both take turns.
		served := map[campaigns.UnitID]int{}
		for claims := 1; served[small.ID] < 50; claims++ {
			list, _, err := s.Claim(ctx, w.e, store.ClaimRequest{Lane: campaigns.Bulk, Channel: "sms.test", Medium: "sms", Window: 10, Lease: time.Minute},
				func(_ store.Clock, list []store.Candidate) []store.Verdict {
					out := make([]store.Verdict, len(list))
					for i := range out {
						out[i] = store.Verdict{State: notifier.Sending}
					}
					return out
				})
			require.NoError(t, err)
			for _, c := range list {
				served[c.Job.Unit]++
			}
			require.LessOrEqual(t, claims, 10, "fifty of the small ward take five windows, and the big ward gets as many: %v", served)
		}
		require.GreaterOrEqual(t, served[w.ward.ID], 40, "the big ward is not starved either")
	})
}

// A budget is never overdrawn, what providers refuse is given back, and what it does not pay for says so.
func TestBudgetOfACampaign(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		w.crowd(w.ward, "00", 30)
		w.sms.answer = func(m notifier.Message) (notifier.Sent, error) {
			if m.To == "+84910000000" || m.To == "+84910000001" {
				return notifier.Sent{}, &notifier.Failure{Class: notifier.Permanent, Reason: "number_invalid"}
			}
			return notifier.Sent{ProviderID: m.Key}, nil
		}
		id := w.approved(campaigns.Campaign{})
		require.NoError(t, s.SetPrice(ctx, "sms.test", 400, "an"))
		require.NoError(t, s.SetBudget(ctx, id, campaigns.Budget{Counts: campaigns.BudgetDong, Most: 12*400 + 399}, "an"))
		_, _, err := s.LaunchCampaign(ctx, id, campaigns.Normal, "binh")
		require.NoError(t, err)
		w.tick(4)
		b, err := s.BudgetOf(ctx, id)
		require.NoError(t, err)
		states := w.states(id)
		require.LessOrEqual(t, b.Spent, b.Most)
		require.EqualValues(t, 400*states["accepted"], b.Spent, "what a provider refused costs nothing: %v", states)
		require.GreaterOrEqual(t, states["accepted"], 10)
		require.Equal(t, 30, states["accepted"]+states["failed number_invalid"]+states["suppressed budget"])
		r, err := s.Report(ctx, id, w.e.MediumOf)
		require.NoError(t, err)
		require.Equal(t, states["suppressed budget"], r.Total.Suppressed[campaigns.OverBudget])
	})
}

// Only the word of two people passes a stop; caps hold all the same.
func TestEmergencyPassesAStop(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		w.people("+84910000001", "+84910000002")
		_, err := s.HearText(ctx, "sms.test", "k", s.AddressIndex("phone", "+84910000001"), campaigns.Stop, "", "TC")
		require.NoError(t, err)
		plain, flood := w.approved(campaigns.Campaign{}), w.approved(campaigns.Campaign{})
		require.NoError(t, s.AskEmergency(ctx, flood, "lũ", "an"))
		require.ErrorIs(t, s.GrantEmergency(ctx, flood, " AN"), campaigns.ErrSecondGrant)
		require.NoError(t, s.GrantEmergency(ctx, flood, "binh"))
		for _, id := range []campaigns.CampaignID{flood, plain} {
			_, _, err := s.LaunchCampaign(ctx, id, campaigns.Urgent, "binh")
			require.NoError(t, err)
			w.tick(2)
		}
		require.Equal(t, map[string]int{"accepted": 2}, w.states(flood))
		require.Equal(t, map[string]int{"suppressed opted_out": 1, "suppressed cap_person_day": 1}, w.states(plain))
	})
}

// Phones ring in the hours of their unit, not on holidays and not on Sunday mornings, unless the session is on that day.
func TestHoursHolidaysAndSundays(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		w.people("+84910000001")
		require.NoError(t, s.SetHours(ctx, w.ward.ID, campaigns.Hours{Open: 10 * 60, Close: 17 * 60}, "an"))
		launch := func(fields map[string]string) campaigns.CampaignID {
			id := w.approved(campaigns.Campaign{Fields: fields})
			_, _, err := s.LaunchCampaign(ctx, id, campaigns.Normal, "binh")
			require.NoError(t, err)
			w.tick(2)
			return id
		}
		first := launch(nil) // Tuesday 09:00
		require.Equal(t, map[string]int{"queued quiet_hours": 1}, w.states(first))
		w.at(1, 10, 1)
		w.tick(2)
		require.Equal(t, map[string]int{"accepted": 1}, w.states(first))
		w.at(6, 10, 30) // a Sunday
		plain := launch(nil)
		require.Equal(t, map[string]int{"queued quiet_hours": 1}, w.states(plain))
		require.Equal(t, map[string]int{"accepted": 1}, w.states(launch(map[string]string{"date": "06/12/2026"})))
		w.at(7, 12, 1)
		w.tick(2)
		require.Equal(t, map[string]int{"accepted": 1}, w.states(plain))
		require.NoError(t, s.SetPolicy(ctx, time.Date(2027, 1, 1, 11, 0, 0, 0, campaigns.Zone), 1))
		require.Equal(t, map[string]int{"queued quiet_hours": 1}, w.states(launch(nil)), "New Year's Day")
	})
}

// Answers change the steps that follow: who comes on a day is left alone until it has passed, and reminded of an
// appointment the day before; a step may leave out who was reached.
func TestAnswersChangeTheNextStep(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		ids := w.people("+84910000001", "+84910000002", "+84910000003", "+84910000004")
		ladder := campaigns.Ladder{{Name: "first", Channels: []string{"sms.test"}}, {Name: "reminder", AfterDays: 3, StopIf: []string{"reached"}, Channels: []string{"sms.test"}},
			{Name: "last", AfterDays: 13, Channels: []string{"sms.test"}}}
		id := w.approved(campaigns.Campaign{Ladder: ladder, Fields: map[string]string{"date": "12/12/2026", "place": "Trụ sở"}})
		_, _, err := s.LaunchCampaign(ctx, id, campaigns.Normal, "binh")
		require.NoError(t, err)
		w.tick(2)
		launch := w.run(id).ID
		require.NoError(t, s.AnswerByStaff(ctx, launch, ids[0], campaigns.WillCome, "officer", "1"))
		require.NoError(t, s.BookByStaff(ctx, launch, ids[1], campaigns.OtherDate, campaigns.Meeting{On: "2026-12-10", Time: "08:00"}, "officer", "2", "an"))
		require.NoError(t, s.AnswerByStaff(ctx, launch, ids[2], campaigns.HomeVisit, "officer", "3"))
		tasks, err := s.OpenTasks(ctx, "visit", "", 10)
		require.NoError(t, err)
		require.Len(t, tasks, 1, "asked for a visit: a task at once")
		for key := range w.sms.seen {
			_, _, err := s.SaveReceipts(ctx, "sms.test", []notifier.Receipt{{EventKey: key, ProviderID: "p" + key, Status: notifier.ReceiptDelivered, Raw: []byte("x")}})
			require.NoError(t, err)
			break // one of the four was reached
		}
		w.tick(1)
		w.at(4, 9, 1)
		w.tick(2)
		states := w.states(id)
		require.Equal(t, 2, states["suppressed said_coming"], "%v", states)
		require.Equal(t, 1, states["suppressed wants_visit"], "%v", states)
		require.LessOrEqual(t, w.sms.sent(), 5)

		w.at(9, 9, 1)
		w.tick(2)
		require.Contains(t, w.sms.bodies, "appointment [A1]", "reminded the day before")
		before := w.sms.sent()
		w.tick(2)
		require.Equal(t, before, w.sms.sent(), "and once")
		w.at(14, 9, 1)
		w.tick(2)
		require.Contains(t, w.sms.bodies, "last [A0]", "the day has passed and nothing is verified")
		r, err := s.Report(ctx, id, w.e.MediumOf)
		require.NoError(t, err)
		full, err := s.FullReport(ctx, id, w.e.MediumOf)
		require.NoError(t, err)
		require.Equal(t, full, r, "the kept figures are those counted anew")
	})
}

// Pause and cancel take effect with the next claim: nothing is claimed after they are committed.
func TestPauseAndCancelTakeEffectAtOnce(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		w.crowd(w.ward, "00", 100)
		var once sync.Once
		var stopped error
		id := w.approved(campaigns.Campaign{})
		w.sms.answer = func(m notifier.Message) (notifier.Sent, error) {
			once.Do(func() { stopped = s.PauseCampaign(ctx, id, "binh") })
			return notifier.Sent{ProviderID: m.Key}, nil
		}
		_, _, err := s.LaunchCampaign(ctx, id, campaigns.Normal, "binh")
		require.NoError(t, err)
		w.tick(2)
		require.NoError(t, stopped)
		require.LessOrEqual(t, w.sms.sent(), 20, "what was in hand, and at most one window more")
		paused := w.sms.sent()
		w.tick(2)
		require.Equal(t, paused, w.sms.sent())
		require.NoError(t, s.ResumeCampaign(ctx, id, "binh"))
		once = sync.Once{}
		w.sms.answer = func(m notifier.Message) (notifier.Sent, error) {
			once.Do(func() { stopped = s.CancelCampaign(ctx, id, "binh") })
			return notifier.Sent{ProviderID: m.Key}, nil
		}
		w.tick(2)
		require.NoError(t, stopped)
		require.LessOrEqual(t, w.sms.sent(), paused+20)
		w.e.SweepOnce(ctx)
		require.Zero(t, w.states(id)["queued"])
	})
}
