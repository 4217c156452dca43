// Package store is the record: all SQL of Loa, on PostgreSQL and on embedded SQLite, one file per noun. A store method
// is one transaction named after the fact it records; no transaction leaves the package. What the two databases do
// differently sits in dialect.go.
package store
