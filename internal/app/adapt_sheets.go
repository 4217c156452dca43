package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/api"
	"github.com/loaphuong/loa/internal/print"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/locales"
)

// paperWords are the sentences on paper; reading the locales once is enough.
var paperWords = sync.OnceValues(locales.Load)

func (r apiRecord) TaskFile(ctx context.Context, id campaigns.TaskID, format, lang string) (func(w io.Writer) error, error) {
	words, err := paperWords()
	if err != nil {
		return nil, err
	}
	s, err := r.TaskSheets(ctx, id)
	if err != nil {
		return nil, sheetError(err)
	}
	return func(w io.Writer) error { return print.Write(w, words, lang, format, batchOf(s)) }, nil
}

func batchOf(s store.Sheets) print.Batch {
	b := print.Batch{Campaign: s.Campaign, Unit: s.Unit, Phone: s.Phone, Village: s.Village, Step: s.Task.StepNo, MadeAt: s.MadeAt, People: s.People,
		Runs: mapped(s.Runs, func(r store.Run) print.Run {
			return print.Run{Day: r.Day, Slot: r.Slot, Repeats: r.Repeats, By: r.By, Note: r.Note}
		})}
	if s.Task.Kind == store.Airing {
		b.Scripts = mapped(s.Sheets, func(h store.Sheet) print.Script { return print.Script{Locale: h.Locale, Code: h.Code, Body: h.Body} })
		return b
	}
	b.Letters = mapped(s.Sheets, func(h store.Sheet) print.Letter {
		return print.Letter{Name: h.Name, Born: h.Born, Address: h.Address, Code: h.Code, Result: h.Result, Subject: h.Subject, Body: h.Body}
	})
	return b
}

func (r apiRecord) TaskRuns(ctx context.Context, id campaigns.TaskID) ([]api.Run, error) {
	list, err := r.Store.TaskRuns(ctx, id)
	return mapped(list, func(r store.Run) api.Run {
		return api.Run{Day: r.Day, Slot: r.Slot, Repeats: r.Repeats, By: r.By, Note: r.Note}
	}), err
}

func (r apiRecord) RecordRun(ctx context.Context, id campaigns.TaskID, run api.Run, actor string) (int, error) {
	open, err := r.Store.RecordRun(ctx, r.planner, id, store.Run{Day: run.Day, Slot: run.Slot, Repeats: run.Repeats, By: run.By, Note: run.Note}, actor)
	return open, sheetError(err)
}

// sheetError says in the API's words what is wrong with a task to print or to air.
func sheetError(err error) error {
	switch {
	case errors.Is(err, store.ErrNoSheets):
		return &api.Problem{Title: http.StatusText(http.StatusConflict), Status: http.StatusConflict, Code: "task_without_file",
			Detail: "Only tasks of the kinds print and air have a file and runs."}
	case errors.Is(err, store.ErrPrintedBefore):
		return &api.Problem{Title: http.StatusText(http.StatusConflict), Status: http.StatusConflict, Code: "printed_before",
			Detail: "This batch was printed on another day; say in note why it is printed again."}
	}
	return err
}

// personFile writes what is recorded of a person as a text that the person can read.
func (a *App) personFile(w io.Writer, lang string, f campaigns.PersonFile) error {
	return print.PersonFile(w, a.Words, lang, f)
}
