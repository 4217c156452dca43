package work

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/roster"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/store"
)

// batchRows is how many rows one transaction takes: an import killed between two goes on with the next. Indexes over
// values without order (numbers, addresses) are changed all over by every batch, so that large ones write each page
// less often; but a transaction on SQLite keeps every other writer waiting.
const batchRows = 8000

// RosterRecord is what an import needs of the store.
type RosterRecord interface {
	Clock(ctx context.Context) (store.Clock, error)
	Purpose(ctx context.Context) (store.Purpose, error)
	ReadyRows(id campaigns.RosterID, rows []store.RosterRow)
	StartRoster(ctx context.Context, r store.Roster) (store.Roster, error)
	ImportRows(ctx context.Context, r store.Roster, from int, rows []store.RosterRow) (store.Counts, error)
	FinishRoster(ctx context.Context, id campaigns.RosterID, remarks []store.Remark) (store.Roster, error)
	FailRoster(ctx context.Context, id campaigns.RosterID, code string) (store.Roster, error)
	Roster(ctx context.Context, id campaigns.RosterID) (store.Roster, error)
	RosterRows(ctx context.Context, id campaigns.RosterID, sheet string, after, limit int) ([]store.RowTrace, error)
}

// Importer brings rosters into the record.
type Importer struct {
	Record RosterRecord
	Words  roster.ReportOptions // of WriteRows: headings and sentences; the zero value writes codes
	Batch  int                  // rows a transaction, 8,000 where 0
}

// Request asks for one file to be imported.
type Request struct {
	UnitID        campaigns.UnitID // the ward whose people these are, or a village, school or class in it
	File          io.ReaderAt
	Size          int64
	Name          string
	Authoritative bool   // its "has a card" and e-ID level are facts
	ConsentRef    string // where the relatives' consent is on record; without it relatives are not written to
	Actor         string
	Options       roster.Options              // mapping, sheet, encoding; name, day and invented numbers are set by the importer
	Progress      func(rows int)              // rows recorded so far
	Started       func(id campaigns.RosterID) // called once, when the roster is on record; may be nil
}

// Report says what became of a file.
type Report struct {
	RosterID        campaigns.RosterID
	State           string // done, failed
	AlreadyImported bool   // the same file with the same settings was done before: nothing was touched
	Resumed         bool   // an import that had stopped half way was taken up again
	store.Counts
	Unchanged int // people known before and not changed
	Layout    roster.Layout
}

// Import reads a roster and records it in batches. The same file for the same unit is imported once: a second time it
// is reported as already imported, and one that stopped half way goes on where it stopped and ends the same.
func (im *Importer) Import(ctx context.Context, req Request) (Report, error) {
	opt, err := im.options(ctx, req)
	if err != nil {
		return Report{}, err
	}
	mark, err := roster.Fingerprint(io.NewSectionReader(req.File, 0, req.Size))
	if err != nil {
		return Report{}, fmt.Errorf("import %s: %w", req.Name, err)
	}
	file, err := roster.Open(req.File, req.Size, opt)
	if err != nil {
		return Report{}, fmt.Errorf("import: %w", err)
	}
	defer file.Close()
	layout := file.Layout()
	rec, err := im.Record.StartRoster(ctx, store.Roster{UnitID: req.UnitID, FileName: req.Name, Fingerprint: mark,
		Authoritative: req.Authoritative, ConsentRef: req.ConsentRef, Layout: layoutJSON(layout), Actor: req.Actor})
	if err != nil {
		return Report{}, fmt.Errorf("import %s: %w", req.Name, err)
	}
	if req.Started != nil {
		req.Started(rec.ID)
	}
	if rec.State == "done" {
		return repeated(rec, layout), nil
	}
	resumed := rec.Counts.Rows > 0
	if err := im.read(ctx, file, rec, req); err != nil {
		return im.fail(ctx, rec, file, resumed, fmt.Errorf("import %s: %w", req.Name, err))
	}
	if rec, err = im.Record.FinishRoster(ctx, rec.ID, remarks(file.Layout())); err != nil {
		return Report{}, fmt.Errorf("import %s: %w", req.Name, err)
	}
	return report(rec, file.Layout(), resumed), nil
}

func (im *Importer) options(ctx context.Context, req Request) (roster.Options, error) {
	opt := req.Options
	now, err := im.Record.Clock(ctx)
	if err != nil {
		return opt, err
	}
	purpose, err := im.Record.Purpose(ctx)
	if err != nil {
		return opt, err
	}
	day := now.Policy.In(campaigns.Zone)
	opt.Name, opt.Today = req.Name, vn.Date{Year: day.Year(), Month: int(day.Month()), Day: day.Day()}
	// Invented people never stand beside real ones (rulings.md 13).
	opt.AllowInvented = purpose == store.Demonstration || purpose == store.Test
	return opt, nil
}

// fail records why reading stopped. A batch that somebody else took leaves the roster theirs.
func (im *Importer) fail(ctx context.Context, rec store.Roster, file *roster.File, resumed bool, cause error) (Report, error) {
	code := "interrupted"
	var unreadable *roster.Error
	switch {
	case errors.Is(cause, store.ErrOvertaken):
		return Report{RosterID: rec.ID, State: "reading"}, cause
	case errors.As(cause, &unreadable):
		code = unreadable.Code
	}
	failed, err := im.Record.FailRoster(context.WithoutCancel(ctx), rec.ID, code)
	if err != nil {
		return Report{RosterID: rec.ID}, errors.Join(cause, err)
	}
	return report(failed, file.Layout(), resumed), cause
}

// read parses on one core while the store records on another; at most two batches are in memory.
func (im *Importer) read(ctx context.Context, file *roster.File, rec store.Roster, req Request) error {
	ctx, stop := context.WithCancel(ctx)
	batches, parsed := make(chan []store.RosterRow), make(chan error, 1)
	go func() {
		defer close(batches)
		parsed <- im.parse(ctx, file, rec, req.ConsentRef != "", batches)
	}()
	err := im.record(ctx, batches, rec, req.Progress)
	stop() // where recording failed, parsing need not go on
	if perr := <-parsed; err == nil {
		err = perr
	}
	return err
}

func (im *Importer) record(ctx context.Context, batches <-chan []store.RosterRow, rec store.Roster, progress func(int)) error {
	done := rec.Counts.Rows
	for rows := range batches {
		if _, err := im.Record.ImportRows(ctx, rec, done, rows); err != nil {
			return err
		}
		if done += len(rows); progress != nil {
			progress(done)
		}
	}
	return nil
}

// parse sends the rows that are not recorded yet in batches, made ready for the record. Rows before an error that ends
// the file still count.
func (im *Importer) parse(ctx context.Context, file *roster.File, rec store.Roster, consent bool, out chan<- []store.RosterRow) error {
	size := im.Batch
	if size <= 0 {
		size = batchRows
	}
	var batch []store.RosterRow
	send := func() error {
		select {
		case out <- batch:
			batch = make([]store.RosterRow, 0, size)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	n := 0
	for row, err := range file.Rows(ctx) {
		if err != nil {
			if len(batch) > 0 && ctx.Err() == nil {
				err = errors.Join(err, send())
			}
			return err
		}
		if n++; n <= rec.Counts.Rows {
			continue
		}
		batch = append(batch, fromRow(row, consent))
		im.Record.ReadyRows(rec.ID, batch[len(batch)-1:])
		if len(batch) == size {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if len(batch) > 0 {
		return send()
	}
	return ctx.Err()
}

func report(rec store.Roster, layout roster.Layout, resumed bool) Report {
	return Report{RosterID: rec.ID, State: rec.State, Resumed: resumed, Counts: rec.Counts, Unchanged: rec.Counts.Unchanged(), Layout: layout}
}

// repeated reports a file that was imported before: its people are all known and stay as they are.
func repeated(rec store.Roster, layout roster.Layout) Report {
	c := rec.Counts
	c.Known, c.Duplicates = c.Known+c.New, c.Duplicates+c.Accepted
	c.New, c.Accepted, c.Changed, c.UnitsCreated = 0, 0, 0, 0
	return Report{RosterID: rec.ID, State: rec.State, AlreadyImported: true, Counts: c, Unchanged: c.Known, Layout: layout}
}

// layoutJSON is the layout as the record keeps it: without the preview, which shows people.
func layoutJSON(l roster.Layout) string {
	l.Preview = nil
	raw, err := json.Marshal(l)
	if err != nil {
		panic(err) // texts and numbers of our own types
	}
	return string(raw)
}

func remarks(l roster.Layout) []store.Remark {
	out := make([]store.Remark, len(l.Warnings))
	for i, w := range l.Warnings {
		out[i] = store.Remark{Code: w.Code, Sheet: w.Sheet, Row: w.Row, Count: w.Count, Detail: w.Detail}
	}
	return out
}
