package work

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/roster"
	"github.com/loaphuong/loa/campaigns/vn"
	"github.com/loaphuong/loa/internal/store"
)

// original is the sealed part of a row: what stood in the file and what was found in it, with values.
type original struct {
	Cells    []string         `json:"cells"`
	Findings []roster.Finding `json:"findings,omitempty"`
	store.SaidRow
}

// fromRow turns a row of a file into one for the store. Codes go beside the sealed part without any value.
func fromRow(r roster.Row, consent bool) store.RosterRow {
	raw, err := json.Marshal(original{Cells: r.Cells, Findings: r.Findings, SaidRow: store.SaidRow{Name: r.Person.Name, Born: isoDate(r.Person.Born), ID: r.Person.ID}})
	if err != nil {
		panic(err) // texts and numbers only
	}
	out := store.RosterRow{Sheet: r.Sheet, Number: r.Number, Rejected: r.Rejected, Original: string(raw), Codes: make([]store.RowCode, len(r.Findings))}
	for i, f := range r.Findings {
		out.Codes[i] = store.RowCode{Code: f.Code, Field: string(f.Field), Severity: string(f.Severity)}
	}
	if r.Rejected == "" {
		out.Draft = draft(r.Person, consent)
	}
	return out
}

// draft takes a person from a roster. The language a list suggests is not taken: the village decides (domain.md §7).
func draft(p roster.Person, consent bool) store.Draft {
	d := store.Draft{
		Name: p.Name, Born: isoDate(p.Born), Sex: string(p.Sex), ID: p.ID, Legacy: p.LegacyID, Address: p.Address,
		Guardian: p.Guardian, Relative: p.Relative, Country: p.Country, ReturnsOn: isoDate(p.Returns),
		Card: p.HasCard, EID: p.EIDLevel, CardIssuedOn: isoDate(p.CardIssued), CardExpiresOn: isoDate(p.CardExpires),
		CardReadyOn: isoDate(p.CardReady), NeedsVisit: p.NeedsVisit, NoSmart: p.NoSmartphone, Away: p.Away,
		Village: p.Group, School: p.School, Class: p.Class,
	}
	for _, c := range p.Contacts {
		owner := campaigns.Owner(c.Owner)
		kind := string(c.Kind)
		if c.Medium != roster.MediumPhone || !knownKinds[kind] {
			kind = ""
		}
		d.Contacts = append(d.Contacts, store.ContactDraft{
			Medium: c.Medium, Kind: kind, Owner: owner, Address: c.Value, Unconfirmed: c.Unconfirmed,
			Consented: owner == campaigns.Relative && consent,
		})
	}
	return d
}

// knownKinds are the kinds of phones that the record tells apart.
var knownKinds = map[string]bool{"mobile": true, "landline": true, "foreign": true}

// isoDate writes a date as the record keeps it: a year alone stays a year, nothing stays "".
func isoDate(d vn.Date) string {
	switch {
	case d.Year == 0:
		return ""
	case d.Month == 0 || d.Day == 0:
		return fmt.Sprintf("%04d", d.Year)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// reportExtra are the columns that WriteRows adds to those of the file.
var reportExtra = []roster.Column{{Heading: "verdict"}, {Heading: "rule"}, {Heading: "changes"}}

// WriteRows streams a roster's rows as CSV: the cells as they stood in the file, what became of each row, by which rule
// it met a known person, which fields changed, and the reasons.
func (im *Importer) WriteRows(ctx context.Context, w io.Writer, id campaigns.RosterID) error {
	rec, err := im.Record.Roster(ctx, id)
	if err != nil {
		return err
	}
	var layout roster.Layout
	if err := json.Unmarshal([]byte(rec.Layout), &layout); err != nil {
		return fmt.Errorf("roster %s: layout: %w", id, err)
	}
	opt, read := im.Words, 0
	for _, sheet := range layout.Sheets {
		if sheet.Skipped == "" {
			read++
		}
		if len(sheet.Columns) > len(opt.Columns) {
			opt.Columns = sheet.Columns
		}
	}
	width := len(opt.Columns)
	opt.Sheets = opt.Sheets || read > 1
	opt.Columns = append(opt.Columns[:width:width], reportExtra...)
	var failed error
	rows := func(yield func(roster.Row) bool) {
		failed = im.eachRow(ctx, id, func(t store.RowTrace) (bool, error) {
			row, err := toRow(t, width)
			return err == nil && yield(row), err
		})
	}
	if err := roster.WriteReport(w, rows, opt); err != nil {
		return fmt.Errorf("roster %s: %w", id, err)
	}
	return failed
}

// pageRows is how many rows of a report are in memory.
const pageRows = 500

// eachRow pages through a roster.
func (im *Importer) eachRow(ctx context.Context, id campaigns.RosterID, do func(store.RowTrace) (more bool, err error)) error {
	sheet, after := "", 0
	for {
		page, err := im.Record.RosterRows(ctx, id, sheet, after, pageRows)
		if err != nil {
			return err
		}
		for _, t := range page {
			if more, err := do(t); err != nil || !more {
				return err
			}
		}
		if len(page) < pageRows {
			return nil
		}
		last := page[len(page)-1]
		sheet, after = last.Sheet, last.Number
	}
}

// toRow rebuilds a row for the report. The store's own findings stand after the reader's and have no values.
func toRow(t store.RowTrace, width int) (roster.Row, error) {
	var o original
	if err := json.Unmarshal([]byte(t.Original), &o); err != nil {
		return roster.Row{}, fmt.Errorf("row %d: %w", t.Number, err)
	}
	row := roster.Row{Sheet: t.Sheet, Number: t.Number, Cells: make([]string, width, width+len(reportExtra)), Findings: o.Findings}
	copy(row.Cells, o.Cells)
	row.Cells = append(row.Cells, t.Verdict, t.Rule, strings.Join(t.Changes, " "))
	for _, c := range t.Codes[min(len(o.Findings), len(t.Codes)):] {
		row.Findings = append(row.Findings, roster.Finding{Field: roster.Field(c.Field), Column: -1, Code: c.Code, Severity: vn.Severity(c.Severity)})
	}
	return row, nil
}
