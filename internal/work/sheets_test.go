package work_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/locales"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/notifier/channel"
	"github.com/loaphuong/loa/templates"
)

// paperWriter writes letters with a name and scripts without.
type paperWriter struct{}

func (paperWriter) Render(spec notifier.Spec, j notifier.Job) (work.Rendered, error) {
	r := work.Rendered{Subject: "Giấy mời", Body: "Kính gửi " + j.Names[0], Locale: "vi", Version: "v", Code: "AB12CD"}
	if spec.Form == "speech" {
		r.Subject, r.Body = "", "Kính thưa bà con "+j.Village
	}
	return r, nil
}

// paperWorld is a ward with two villages whose notices go on paper and over the loudspeaker.
func paperWorld(t *testing.T, s *store.Store) *world {
	w := newWorld(t, s, paperWriter{})
	var lines []work.Line
	for _, name := range []string{"print.letter", "speech.script"} {
		spec, ok := channel.Named(channel.Deps{Tasks: s}, name)
		require.True(t, ok)
		ch, spec, err := spec.Open(notifier.Settings{})
		require.NoError(t, err)
		lines = append(lines, work.Line{Spec: spec, Channel: ch})
	}
	w.e = work.New(work.Options{Name: "w1", Record: s, Render: paperWriter{}, Log: slog.New(slog.DiscardHandler), Lines: lines})
	var drafts []store.Draft
	for i, village := range []string{"Khối 1", "Khối 1", "Khối 2", "", "Khối 2"} {
		drafts = append(drafts, store.Draft{Name: fmt.Sprintf("Người %c", 'A'+i), Born: "1950-01-01", Guardian: fmt.Sprint("G", i), Village: village,
			Address: fmt.Sprintf("Số %d", i+1), Away: i == 4})
	}
	_, err := s.SavePeople(context.Background(), w.ward.ID, drafts)
	require.NoError(t, err)
	return w
}

func (w *world) tasks(kind string) []store.Task {
	list, err := w.s.OpenTasks(context.Background(), kind, "", 100)
	require.NoError(w.t, err)
	return list
}

// Letters: one batch a village and day, written once however often it is asked, ticked person by person.
func TestLettersWholeWay(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := paperWorld(t, s)
		id := w.launch(campaigns.Ladder{{Name: "first", Channels: []string{"print.letter"}}})
		w.tick(3)
		require.Equal(t, map[string]int{"accepted": 4, "suppressed away_from_home": 1}, w.states(id))
		list := w.tasks(store.Printing)
		require.Len(t, list, 3, "two villages, and those of whom nobody knows it")

		byVillage := map[string]store.Sheets{}
		for _, task := range list {
			sheets, err := s.TaskSheets(ctx, task.ID)
			require.NoError(t, err)
			byVillage[sheets.Village] = sheets
		}
		first := byVillage["Khối 1"]
		require.Equal(t, []string{"Người A", "Người B"}, []string{first.Sheets[0].Name, first.Sheets[1].Name})
		require.Equal(t, "Kính gửi Người A", first.Sheets[0].Body)
		require.Equal(t, "Số 1", first.Sheets[0].Address)
		require.Equal(t, "AB12CD", first.Sheets[0].Code)
		require.Equal(t, "Phường Thử", first.Unit)
		require.Equal(t, "Thử", first.Campaign)

		// The same delivery again, also on another day, changes nothing.
		item := w.deliveryOf(id, first.Sheets[0].Person)
		require.NoError(t, s.SetPolicy(ctx, apptest.Start.AddDate(0, 0, 1), 1))
		again, err := s.PutPrint(ctx, notifier.Message{Delivery: item, Person: first.Sheets[0].Person, Unit: w.ward.ID, Launch: first.Task.LaunchID, StepNo: 1, Body: "khác"})
		require.NoError(t, err)
		require.Equal(t, string(first.Task.ID), again)
		require.Len(t, w.tasks(store.Printing), 3)

		// Printed, and printed again only with a reason.
		run := store.Run{Day: "2026-12-01", Repeats: 1, By: "An"}
		for range 2 {
			open, err := s.RecordRun(ctx, w.e, first.Task.ID, run, "an")
			require.NoError(t, err)
			require.Equal(t, 2, open, "printed is not handed out")
		}
		run.Day = "2026-12-02"
		_, err = s.RecordRun(ctx, w.e, first.Task.ID, run, "an")
		require.ErrorIs(t, err, store.ErrPrintedBefore)
		run.Note = "ướt mưa"
		_, err = s.RecordRun(ctx, w.e, first.Task.ID, run, "an")
		require.NoError(t, err)
		runs, err := s.TaskRuns(ctx, first.Task.ID)
		require.NoError(t, err)
		require.Len(t, runs, 2)

		require.NoError(t, s.TickTask(ctx, w.e, first.Task.ID, first.Sheets[0].Person, store.Told, "an"))
		require.NoError(t, s.TickTask(ctx, w.e, first.Task.ID, first.Sheets[1].Person, store.Absent, "an"))
		require.Equal(t, map[string]int{"accepted": 2, "delivered": 1, "undelivered absent": 1, "suppressed away_from_home": 1}, w.states(id))
		after, err := s.TaskSheets(ctx, first.Task.ID)
		require.NoError(t, err)
		require.Equal(t, "done", after.Task.State)
		require.Equal(t, []string{"told", "absent"}, []string{after.Sheets[0].Result, after.Sheets[1].Result})

		require.NoError(t, s.CancelCampaign(ctx, id, "an"))
		require.Empty(t, w.tasks(store.Printing), "what is stopped is not printed")
	})
}

// deliveryOf finds a person's delivery.
func (w *world) deliveryOf(id campaigns.CampaignID, person campaigns.PersonID) campaigns.DeliveryID {
	list, err := w.s.Deliveries(context.Background(), id, "", 0, 100)
	require.NoError(w.t, err)
	for _, d := range list {
		if d.Person == person {
			return d.ID
		}
	}
	w.t.Fatal("no delivery")
	return 0
}

// Scripts: one a village, whoever is on it has a line, and an airing tells them all.
func TestScriptsWholeWay(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		w := paperWorld(t, s)
		id := w.launch(campaigns.Ladder{{Name: "first", Channels: []string{"speech.script"}}})
		w.tick(3)
		var first store.Sheets
		for _, task := range w.tasks(store.Airing) {
			sheets, err := s.TaskSheets(ctx, task.ID)
			require.NoError(t, err)
			require.Len(t, sheets.Sheets, 1, "one script, however many are on it")
			if sheets.Village == "Khối 1" {
				first = sheets
			}
		}
		require.Equal(t, 2, first.People)
		require.Equal(t, "Kính thưa bà con Khối 1", first.Sheets[0].Body)
		require.Empty(t, first.Sheets[0].Name)

		_, err := s.RecordRun(ctx, w.e, first.Task.ID, store.Run{Day: "2027-01-01", Slot: "17:00", Repeats: 2, By: "Ông Nam"}, "an")
		require.ErrorIs(t, err, campaigns.ErrFuture)
		for range 2 {
			open, err := s.RecordRun(ctx, w.e, first.Task.ID, store.Run{Day: "2026-12-01", Slot: "17:00", Repeats: 2, By: "Ông Nam"}, "an")
			require.NoError(t, err)
			require.Zero(t, open)
		}
		require.Equal(t, map[string]int{"accepted": 2, "delivered": 2, "suppressed away_from_home": 1}, w.states(id))
		drift, err := s.TallyDrift(ctx)
		require.NoError(t, err)
		require.Zero(t, drift)
		_, err = s.RecordRun(ctx, w.e, first.Task.ID, store.Run{Day: "2026-12-01", Slot: "19:00", Repeats: 1, By: "Ông Nam"}, "an")
		require.NoError(t, err, "it may be read again")
		sheets, err := s.TaskSheets(ctx, first.Task.ID)
		require.NoError(t, err)
		require.Len(t, sheets.Runs, 2)
		require.Equal(t, "done", sheets.Task.State)

		_, err = s.RecordRun(ctx, w.e, "none", store.Run{Day: "2026-12-01", Repeats: 1, By: "x"}, "an")
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		_, err = s.TaskSheets(ctx, "none")
		require.ErrorIs(t, err, campaigns.ErrNotFound)
	})
}

// What the loudspeaker says is the same whoever of the village it is made for.
func TestAScriptNamesNobody(t *testing.T) {
	t.Parallel()
	words, err := locales.Load()
	require.NoError(t, err)
	set, err := templates.New(words)
	require.NoError(t, err)
	writer := work.NewWriter(set, words, keys.New())
	spec, ok := channel.Named(channel.Deps{}, "speech.script")
	require.True(t, ok)
	job := notifier.Job{Launch: "l", StepNo: 1, StepName: "first", Kind: "homevisit", Locale: "vi", Village: "Khối 3",
		Fields: map[string]string{"unit": "Phường Hoa Sen", "phone": "0238 3000 001", "time": "sáng thứ Bảy 05/12"}}
	var first work.Rendered
	for i, name := range []string{"Bùi Thị Mẫu", "Trần Văn Hai"} {
		job.Person, job.Names, job.Sex, job.Born = campaigns.PersonID(name), []string{name}, []string{"female", "male"}[i], []string{"1948", "1950-02-01"}[i]
		r, err := writer.Render(spec, job)
		require.NoError(t, err)
		require.NotContains(t, r.Body, name)
		require.Contains(t, r.Body, "Khối 3")
		if i == 0 {
			first = r
		}
		require.Equal(t, first, r)
	}
}
