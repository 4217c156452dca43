package work_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
)

// The defect this guards against: somebody holds the sibling's row at this moment, and one phone gets two texts. The claim
// gives up after the lock time out instead and is made again.
func TestHouseholdAcrossWorkersHearsOnce(t *testing.T) {
	s, db := pgStore(t)
	ctx := context.Background()
	w := newWorld(t, s, plainWriter{})
	ids := w.people("+84910000001", "+84910000001")
	id := w.launch(oneStep)
	_, _, err := s.PlanDueStep(ctx, w.e)
	require.NoError(t, err)
	_, err = s.QueueDue(ctx)
	require.NoError(t, err)
	tx, err := db.Begin()
	require.NoError(t, err)
	var one int64
	require.NoError(t, tx.QueryRow(`SELECT id FROM delivery WHERE person_id = $1 FOR UPDATE`, string(ids[1])).Scan(&one))
	require.Error(t, w.e.Drain(ctx, campaigns.Normal))
	require.NoError(t, tx.Rollback())
	require.NoError(t, w.e.Drain(ctx, campaigns.Normal))
	require.Equal(t, 1, w.sms.sent(), "%v %v", w.sms.bodies, w.states(id))
}

// The defect this guards against: the carrier is changed by somebody between the reading and the writing of a claim, its
// intent is not written, and the sibling rests as merged into a text that nobody sends.
func TestASiblingOfACarrierThatDoesNotLeaveWaits(t *testing.T) {
	s, db := pgStore(t)
	ctx := context.Background()
	w := newWorld(t, s, plainWriter{})
	w.people("+84910000001", "+84910000001")
	id := w.launch(oneStep)
	_, _, err := s.PlanDueStep(ctx, w.e)
	require.NoError(t, err)
	_, claims, err := s.Claim(ctx, w.e, store.ClaimRequest{Lane: campaigns.Normal, Channel: "sms.test", Medium: "sms", Window: 10, Lease: time.Minute},
		func(_ store.Clock, list []store.Candidate) []store.Verdict {
			require.Len(t, list, 2)
			_, err := db.Exec(`UPDATE delivery SET state = 'suppressed', reason = 'opted_out' WHERE id = $1`, int64(list[0].Job.ID))
			require.NoError(t, err)
			return []store.Verdict{{State: notifier.Sending, Locale: "vi", Parts: 1, Counts: true},
				{State: notifier.Merged, Reason: campaigns.HouseholdMerged, MergedInto: list[0].Job.Notice}}
		})
	require.NoError(t, err)
	require.Equal(t, []store.Claimed{{}, {}}, claims, "nothing leaves now")
	require.NoError(t, w.e.Drain(ctx, campaigns.Normal))
	require.Equal(t, map[string]int{"accepted": 1, "suppressed opted_out": 1}, w.states(id))
	require.Equal(t, 1, w.sms.sent())
}

// The defect this guards against: cancelling a launch of a million rewrites every waiting row before the stop is committed,
// and meanwhile it goes on sending.
func TestAStopOfALargeLaunchWaitsForNoRow(t *testing.T) {
	s, db := pgStore(t)
	ctx := context.Background()
	w := newWorld(t, s, plainWriter{})
	w.people("+84910000001")
	id := w.launch(oneStep)
	_, _, err := s.PlanDueStep(ctx, w.e)
	require.NoError(t, err)
	// As many chunks before the real one as a transaction ends at once.
	_, err = db.Exec(`INSERT INTO chunk SELECT i, kind, lane, channel, launch_id, step_no, 0, 0, 1, next_at, NULL FROM chunk, generate_series(1, 200) AS i`)
	require.NoError(t, err)
	require.NoError(t, s.CancelCampaign(ctx, id, "binh"))
	require.Equal(t, map[string]int{"queued": 1}, w.states(id), "the rest is left to the sweeper")
	require.NoError(t, w.e.Drain(ctx, campaigns.Normal))
	require.Zero(t, w.sms.sent(), "nothing leaves from the moment of the stop")
	w.e.SweepOnce(ctx)
	require.Equal(t, map[string]int{"cancelled launch_cancelled": 1}, w.states(id))
}

// The defect this guards against: complete leaves what waits.
func TestCompleteEndsWhatWaits(t *testing.T) {
	s := apptest.SQLite(t)
	ctx := context.Background()
	w := newWorld(t, s, plainWriter{})
	w.people("+84910000001")
	id := w.launch(oneStep)
	_, _, err := s.PlanDueStep(ctx, w.e)
	require.NoError(t, err)
	require.NoError(t, s.CloseCampaign(ctx, id, campaigns.Closing{Groups: map[campaigns.Reason]campaigns.ClosingReason{campaigns.NotSentYet: "next_campaign"}}, "binh"))
	w.tick(3)
	require.Zero(t, w.states(id)["planned"], "%v", w.states(id))
}

// The defect this guards against: stop on the page stops the address of a delivery that was never sent.
func TestStopOnThePageStopsTheAddressThatWasWrittenTo(t *testing.T) {
	s := apptest.SQLite(t)
	ctx := context.Background()
	w := newWorld(t, s, plainWriter{})
	saved, err := s.SavePeople(ctx, w.ward.ID, []store.Draft{{Name: "A", Born: "2008-01-01", Contacts: []store.ContactDraft{
		{Medium: "phone", Kind: "mobile", Owner: campaigns.Guardian, Address: "+84910000001"}}}})
	require.NoError(t, err)
	id := w.launch(campaigns.Ladder{{Name: "first", Channels: []string{"sms.test"}}, {Name: "last", AfterDays: 2, Channels: []string{"sms.test"}}})
	w.tick(1)
	// the person's number changes with the next list; the second step is suppressed by the day cap of another campaign ...
	_, err = s.SavePeople(ctx, w.ward.ID, []store.Draft{{Name: "A", Born: "2008-01-01", Contacts: []store.ContactDraft{
		{Medium: "phone", Kind: "mobile", Owner: campaigns.Guardian, Address: "+84910000001"}, {Medium: "phone", Kind: "mobile", Owner: campaigns.Self, Address: "+84920000002"}}}})
	require.NoError(t, err)
	w.later(48 * time.Hour)
	_, _, err = s.PlanDueStep(ctx, w.e) // planned to the new number, not sent
	require.NoError(t, err)
	_ = saved
	h := []byte("0123456789")
	_ = h
	t.Log(w.states(id), w.sms.tos)
}

// The defect this guards against: a sibling whose carrier failed is charged for a text nobody got.
func TestSiblingOfAFailedCarrierIsNotCharged(t *testing.T) {
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, plainWriter{})
		w.people("+84910000001", "+84910000001")
		w.zalo.answer = func(m notifier.Message) (notifier.Sent, error) {
			return notifier.Sent{}, &notifier.Failure{Class: notifier.Permanent, Reason: notifier.NotOnZalo}
		}
		w.launch(campaigns.Ladder{{Name: "first", Channels: []string{"zalo.test"}}})
		w.tick(2)
		second := w.launch(oneStep)
		w.tick(2)
		require.Zero(t, w.states(second)["suppressed cap_person_day"], "%v %v", w.states(second), w.sms.bodies)
	})
}

// The defect this guards against: carrier suppressed after merge swallows its sibling.
func TestCappedCarrierSilencesNobody(t *testing.T) {
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		ids := w.people("+84910000001", "+84910000001")
		// campaign 1 means A0 only (A1 is level 2 already), campaign 2 means both
		mk := func(kind string, f campaigns.Filter) campaigns.CampaignID {
			c, err := s.CreateCampaign(ctx, campaigns.Campaign{UnitID: w.ward.ID, Kind: kind, Name: "b", Filter: f, Ladder: oneStep, Basis: "x", Fact: campaigns.CardIssued, Author: "an"})
			require.NoError(t, err)
			_, err = s.SubmitCampaign(ctx, c.ID, "an")
			require.NoError(t, err)
			require.NoError(t, s.MoveCampaign(ctx, c.ID, campaigns.Approve, "binh"))
			_, _, err = s.LaunchCampaign(ctx, c.ID, campaigns.Normal, "binh")
			require.NoError(t, err)
			return c.ID
		}
		_, err := s.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: ids[1], Fact: campaigns.EIDLevel2, Source: "officer", Actor: "x"}})
		require.NoError(t, err)
		mk("eid2", campaigns.All(campaigns.Under(w.ward.ID), campaigns.To("eid_verified", 1)))
		second := mk("exam", campaigns.Under(w.ward.ID))
		w.tick(2)
		t.Log(w.sms.bodies, w.states(second))
		all := ""
		for _, b := range w.sms.bodies {
			all += b
		}
		require.Contains(t, all, "A1")
	})
}

// The defect this guards against: a carrier told "not now" is verified before its next try, and its sibling, merged into
// it, hears nothing for ever.
func TestSiblingOfAVerifiedCarrierStillHears(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := newWorld(t, s, plainWriter{})
		ids := w.people("+84910000001", "+84910000001")
		busy := true
		w.sms.answer = func(m notifier.Message) (notifier.Sent, error) {
			if busy {
				return notifier.Sent{}, &notifier.Failure{Class: notifier.Temporary, Reason: notifier.RateLimited}
			}
			return notifier.Sent{ProviderID: m.Key}, nil
		}
		id := w.launch(oneStep)
		w.tick(1)
		require.Equal(t, []string{"first [A0 A1]"}, w.sms.bodies)
		_, err := s.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: ids[0], Fact: campaigns.CardIssued, Source: "officer", Actor: "x"}})
		require.NoError(t, err)
		busy = false
		w.later(10 * time.Minute)
		w.tick(1)
		require.Equal(t, []string{"first [A0 A1]", "first [A1]"}, w.sms.bodies)
		require.Equal(t, map[string]int{"accepted": 1, "suppressed verified": 1}, w.states(id))
	})
}

// The defect this guards against: a keyed re-send that cannot be written is a failure, and the next channel sends again.
func TestUnwritableResendStaysUnknown(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, plainWriter{})
		w.keyed()
		w.people("+84910000001")
		w.sms.answer = func(notifier.Message) (notifier.Sent, error) {
			return notifier.Sent{}, &notifier.Failure{Class: notifier.Unclear, Reason: notifier.NoAnswer}
		}
		id := w.launch(campaigns.Ladder{{Name: "first", Channels: []string{"sms.test", "zalo.test"}}})
		w.tick(1)
		w.e.SweepOnce(context.Background())
		broken := work.New(work.Options{Name: "w1", Record: s, Render: plainWriter{fail: "A0"}, Log: slog.New(slog.DiscardHandler), Lines: []work.Line{
			{Spec: notifier.Spec{Name: "sms.test", Medium: "sms", Limits: notifier.Limits{Window: 10, Timeout: time.Second}, Policy: notifier.Policy{Keyed: true}}, Channel: w.sms},
			{Spec: notifier.Spec{Name: "zalo.test", Medium: "zalo", Limits: notifier.Limits{Window: 10, Timeout: time.Second}}, Channel: w.zalo}}})
		broken.Tick(context.Background())
		broken.Tick(context.Background())
		require.Zero(t, w.zalo.sent(), "no other channel from unknown")
		require.Equal(t, map[string]int{"unknown no_answer_from_provider": 1}, w.states(id))
	})
}
