// Package roster turns a messy list of people, as schools and ward offices keep them, into a stream of person drafts.
//
// A roster is a text file (commas, semicolons, tabs or bars between the cells, in any of the encodings that Vietnamese
// offices still use) or an XLSX workbook. Open looks at the file and says how it will be read (Layout): the encoding,
// the delimiter, where the header is and what each column means. Rows then streams it; memory does not grow with the
// file. A row is rejected only if it names no person. A bad field is left empty with a finding; a repair that loses
// nothing is applied and recorded; a doubtful one is a suggestion for a human (rulings.md 12).
//
// What must not be stored is dropped here, before anything else sees it: ethnicity and religion are left out, notes on
// illness and disability become NeedsVisit and nothing else (rulings.md 14). Row.Cells are the cells for the report
// that goes back to the officer, with those same cells blanked or neutrally reworded.
package roster
