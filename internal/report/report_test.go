package report_test

import (
	"bytes"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/report"
	"github.com/loaphuong/loa/locales"
)

var update = flag.Bool("update", false, "write the golden files")

// The report as people read it, in both languages; look at the files after -update.
func TestPrint(t *testing.T) {
	t.Parallel()
	cat, err := locales.Load()
	require.NoError(t, err)
	starts, held := time.Date(2026, 12, 15, 1, 0, 0, 0, time.UTC), time.Date(2026, 12, 9, 12, 35, 0, 0, time.UTC)
	r := campaigns.Report{AsOf: time.Date(2026, 12, 9, 12, 30, 0, 0, time.UTC), Campaigns: []campaigns.CampaignReport{
		{Name: "Học sinh sắp thi làm thẻ căn cước", Kind: "exam", State: campaigns.Running, Steps: 3, Planned: 2, HeldUntil: &held,
			Total: campaigns.Funnel{Meant: 1399, Suppressed: map[campaigns.Reason]int{campaigns.NoChannel: 80, campaigns.OptedOut: 7, campaigns.CapPersonDay: 3},
				Waiting: 9, Sent: 1290, Delivered: 1200, Receipts: true, Failed: 10, Unknown: 4, Answered: 300, Claimed: 60, Verified: 700, Parts: 2100},
			Units: []campaigns.UnitReport{
				{Name: "Phường Hồng Hà Mới", Goal: 900, Denom: 1000, Funnel: campaigns.Funnel{Meant: 1000, Suppressed: map[campaigns.Reason]int{campaigns.NoChannel: 80}, Sent: 920, Delivered: 860, Receipts: true, Verified: 600, Parts: 1500}},
				{Name: "Xã Bản Mây", Goal: 0, Funnel: campaigns.Funnel{Meant: 399, Suppressed: map[campaigns.Reason]int{}, Waiting: 9, Sent: 370, Verified: 100, Parts: 600}},
			},
			Channels: []campaigns.ChannelUse{{Channel: "sms.http", Medium: "sms", Sent: 800, Failed: 30}, {Channel: "relay.task", Medium: "relay", Sent: 300}, {Channel: "visit.task", Medium: "visit"}},
			Residual: []campaigns.Residual{{Reason: campaigns.NotCome, Action: campaigns.ActRemind, Count: 500}, {Reason: campaigns.NoChannel, Action: campaigns.ActFixData, Count: 80},
				{Reason: campaigns.Claimed, Action: campaigns.ActVerifyClaim, Count: 60}, {Reason: campaigns.AskedDate, Action: campaigns.ActCall, Count: 20}, {Reason: campaigns.AskedHelp, Action: campaigns.ActCall, Count: 10},
				{Reason: campaigns.WantsVisit, Action: campaigns.ActVisit, Count: 9}, {Reason: campaigns.AnsweredStop, Action: campaigns.ActDesk, Count: 7}, {Reason: campaigns.WrongPerson, Action: campaigns.ActNewNumber, Count: 6},
				{Reason: campaigns.NobodyKnow, Action: campaigns.ActCall, Count: 4}, {Reason: campaigns.NotSentYet, Action: campaigns.ActWait, Count: 2}, {Reason: campaigns.NotTicked, Action: campaigns.ActRelay, Count: 1}}},
		{Name: "Chưa chạy", Kind: "eid2", State: campaigns.Scheduled, Steps: 2, Total: campaigns.Funnel{}, StartsAt: &starts},
	}}
	for _, tag := range []string{"vi", "en"} {
		var out bytes.Buffer
		require.NoError(t, report.Printer{Words: cat, Tag: tag, Price: 350}.Print(&out, r))
		file := "testdata/report." + tag + ".golden"
		if *update {
			require.NoError(t, os.MkdirAll("testdata", 0o755))
			require.NoError(t, os.WriteFile(file, out.Bytes(), 0o644))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), out.String())
		require.NotRegexp(t, `(reason|action|report|medium|campaign)\.[a-z_]+`, out.String(), "a key without words")
	}
}

// The league as people read it.
func TestPrintLeague(t *testing.T) {
	t.Parallel()
	cat, err := locales.Load()
	require.NoError(t, err)
	l := campaigns.League{AsOf: time.Date(2026, 12, 9, 12, 30, 0, 0, time.UTC), By: campaigns.ByDifficulty, Rows: []campaigns.LeagueRow{
		{Name: "Phường Hồng Hà Mới", Meant: 1000, Hard: 100, Verified: 640, HardDone: 20},
		{Name: "Xã Bản Mây", Meant: 399, Hard: 310, Verified: 190, HardDone: 120, Reopened: 3},
		{Name: "Xã Mới", Meant: 0},
	}}
	l.Rank()
	for _, tag := range []string{"vi", "en"} {
		var out bytes.Buffer
		require.NoError(t, report.Printer{Words: cat, Tag: tag}.PrintLeague(&out, l))
		file := "testdata/league." + tag + ".golden"
		if *update {
			require.NoError(t, os.WriteFile(file, out.Bytes(), 0o644))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), out.String())
		require.NotContains(t, out.String(), "league.", "a key without words")
	}
}
