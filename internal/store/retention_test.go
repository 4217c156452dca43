package store_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

func media(string) string { return "relay" }

// Half a year after a campaign has ended nothing personal of it is left, by count, and its figures are what they were
// (security.md T49). Whom a campaign that goes on means, or a list has named since, is still there.
func TestNothingIsKeptTooLong(t *testing.T) {
	t.Parallel()
	eachRaw(t, func(t *testing.T, s *store.Store, raw *sql.DB) {
		ctx := context.Background()
		require.NoError(t, s.MarkPurpose(ctx, store.Test))
		require.NoError(t, s.SetPolicy(ctx, apptest.Start, 1))
		require.NoError(t, s.TakeNode(ctx))
		ward := wardOf(t, s)
		other := store.Draft{Name: "Lê Văn Hai", Born: "2010-01-01", School: "THPT Hoa Sen", Class: "12A1", Guardian: "Lê Thị B", Contacts: []store.ContactDraft{mobile(5, campaigns.Guardian)}}
		_, traces := importAll(t, s, store.Roster{UnitID: ward.ID, FileName: "a.csv", Fingerprint: "f"}, canaryDraft(), other)
		told(t, s, ward)
		list, err := s.Campaigns(ctx, "", 1)
		require.NoError(t, err)
		_, err = s.RecordOutcomes(ctx, []campaigns.Outcome{{PersonID: traces[0].Person, Fact: campaigns.CardIssued, Source: "officer", Actor: "an", DoneOn: "2026-11-30"}})
		require.NoError(t, err)
		_, _, err = s.SaveReceipts(ctx, "sms.x", []notifier.Receipt{{EventKey: "e", ProviderID: "p", Status: notifier.ReceiptDelivered, Raw: []byte(canaryPhone)}})
		require.NoError(t, err)
		require.NoError(t, s.CancelCampaign(ctx, list[0].ID, "an"))
		for _, q := range []string{
			`INSERT INTO inbox (id, channel, event_key, addr_index, why, sealed, at) VALUES ('i','c','e',$1,'x',$1,1)`,
			`INSERT INTO asked (caller, key, print, at) VALUES ('c','k',$1,1)`,
			`INSERT INTO throttle (key_index, fails, last_at, until) VALUES ($1,1,1,1)`,
			`INSERT INTO person_view (by_id, kind, day, person_id) SELECT 'x','view',1,'p' WHERE length($1) > 0`,
		} {
			_, err := raw.Exec(q, []byte("x"))
			require.NoError(t, err, q)
		}
		refresh := func() campaigns.CampaignReport {
			s.CutBlocks(10, 10, time.Nanosecond)
			for {
				n, err := s.RefreshTallies(ctx, time.Minute)
				require.NoError(t, err)
				if n == 0 {
					break
				}
			}
			r, err := s.Report(ctx, list[0].ID, media)
			require.NoError(t, err)
			return r
		}
		before := refresh()
		require.Equal(t, 1, before.Total.Verified)
		purge := func() map[string]int {
			n, done, err := s.Purge(ctx, time.Minute)
			require.NoError(t, err)
			require.True(t, done)
			return n
		}
		first := purge() // what is old on its own account
		require.NotContains(t, first, "people")
		require.Equal(t, 1, first["texts of the inbox"])
		require.Equal(t, 1, first["brakes of signing in"])

		later := func(days int) {
			now, err := s.Clock(ctx)
			require.NoError(t, err)
			require.NoError(t, s.SetPolicy(ctx, now.Policy.AddDate(0, 0, days), 1))
		}
		later(179)
		require.NotContains(t, purge(), "people")
		importAll(t, s, store.Roster{UnitID: ward.ID, FileName: "b.csv", Fingerprint: "g"}, other) // a list names one of them again
		later(2)
		require.Equal(t, map[string]int{"people": 1, "rows of lists as they came": 1, "receipts as they came": 1}, purge())
		told(t, s, ward)
		list2, err := s.Campaigns(ctx, list[0].ID, 1)
		require.NoError(t, err)
		again := list2[0].ID
		later(181)
		require.NotContains(t, purge(), "people", "a campaign means them")
		require.NoError(t, s.CancelCampaign(ctx, again, "an"))
		later(181)
		require.Equal(t, 1, purge()["people"])
		after := everything(t, s, raw)
		for _, value := range []string{"Canary", "canary", canaryPhone, canaryID, "Lê Văn Hai", "le van hai"} {
			require.NotContains(t, after, value)
		}
		report, err := s.RetentionReport(ctx)
		require.NoError(t, err)
		for _, k := range report {
			require.Zero(t, k.Due, k.Name)
			require.True(t, k.Rows == 0 || !k.Oldest.IsZero(), k.Name)
		}
		require.Equal(t, before.Total, refresh().Total)
		drift, err := s.ReconcileTallies(ctx)
		require.NoError(t, err)
		require.Zero(t, drift, "a count comes to the same")
		at, err := s.PurgedAt(ctx)
		require.NoError(t, err)
		require.False(t, at.IsZero())
		ledger, err := s.Erasures(ctx, campaigns.Erasure{}, 10)
		require.NoError(t, err)
		require.Empty(t, ledger, "the rules themselves purge a restored copy")
	})
}

// Every table that holds something sealed, and every one with people in it, has a rule or is known to need none: a new one
// must be decided about.
func TestEveryTableIsDecidedAbout(t *testing.T) {
	t.Parallel()
	eachRaw(t, func(t *testing.T, s *store.Store, raw *sql.DB) {
		ruled := map[string]bool{}
		report, err := s.RetentionReport(context.Background())
		require.NoError(t, err)
		for _, k := range report {
			ruled[k.Table] = true
		}
		erasedWithThem := []string{"contact", "review", "person_event", "appointment", "outcome", "audit_key", "answer_token"}
		skeleton := []string{"member", "notice", "delivery", "attempt", "response", "task_item", "closing_person", "erasure", "export", "export_day", "chunk", "mark", "block", "tally"}
		office := []string{"unit", "roster", "campaign", "campaign_event", "audience", "launch", "step", "task", "task_run", "target", "closing", "comparison", "unit_hours", "budget",
			"channel_price", "emergency", "reception", "unit_link", "unit_target", "column_map", "roster_mark", "service", "service_key", "standing", "told_text", "bulk_send", "template", "template_version", "webhook", "meta", "epoch", "reconciliation", "account", "opt_out", "goose_db_version",
			"staff", "staff_role", "staff_phone", "passkey", "staff_identity", "recovery_code", "api_key", "api_key_unit", "api_key_day", "audit", "audit_head"}
		for _, list := range [][]string{erasedWithThem, skeleton, office} {
			for _, table := range list {
				ruled[table] = true
			}
		}
		for _, table := range tablesOf(t, s, raw) {
			require.True(t, ruled[table], "for how long does %s keep what is personal? see retention.go and erase.go", table)
		}
	})
}
