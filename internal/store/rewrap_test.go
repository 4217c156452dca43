package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/notifier"
)

// Another key takes the place of the one that seals while people are saved, looked at and reported on: nothing that is read
// fails to open, nothing stays sealed with the old key, and without it everything still opens (security.md T47).
func TestKeysRotateUnderLoad(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "loa.db") },
		"postgres": func(t *testing.T) string { return apptest.PostgresURL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rotateUnderLoad(t, target(t))
		})
	}
}

func rotateUnderLoad(t *testing.T, target string) {
	ctx := context.Background()
	file := filepath.Join(t.TempDir(), "keys.json")
	ring, err := keys.LoadOrCreate(file)
	require.NoError(t, err)
	s, err := store.Open(ctx, target, ring) // the server
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.TakeNode(ctx))
	ward := wardOf(t, s)
	var mu sync.Mutex
	var people []campaigns.PersonID
	var n, reads, failed atomic.Int64
	save := func() {
		i := n.Add(1)
		saved, err := s.SavePeople(ctx, ward.ID, []store.Draft{{Name: fmt.Sprint("Lê Văn ", i), ID: fmt.Sprintf("0032%08d", i), Address: "ngõ 5", Contacts: []store.ContactDraft{mobile(int(i), campaigns.Self)}}})
		if err != nil {
			failed.Add(1)
			return
		}
		mu.Lock()
		people = append(people, saved[0].ID)
		mu.Unlock()
	}
	read := func(s *store.Store, i int64) {
		mu.Lock()
		id := people[int(i)%len(people)]
		mu.Unlock()
		reads.Add(1)
		p, err := s.Person(ctx, id)
		if err == nil {
			_, err = s.RevealPerson(ctx, id)
		}
		if err == nil {
			_, err = s.ContactAddress(ctx, p.Contacts[0].ID)
		}
		if err != nil {
			failed.Add(1)
		}
	}
	for range 300 {
		save()
	}
	_, _, err = s.SaveReceipts(ctx, "sms.x", []notifier.Receipt{{EventKey: "e|1", ProviderID: "p", Status: notifier.ReceiptDelivered, Raw: []byte("x")}})
	require.NoError(t, err)
	require.NoError(t, s.RecordAudit(ctx, access.Entry{Unit: ward.ID, Who: clerk, Verb: access.PersonViewed, Person: people[0], Personal: map[string]string{"a": "b"}}))

	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			for i := int64(w); ; i += 7 {
				select {
				case <-stop:
					return
				default:
				}
				if w == 0 {
					save()
				}
				read(s, i)
			}
		})
	}
	_, err = keys.AddKey(file, true, time.Now())
	require.NoError(t, err)
	other, err := keys.Load(file)
	require.NoError(t, err)
	verb, err := store.Open(ctx, target, other) // the verb of the command line beside it
	require.NoError(t, err)
	defer verb.Close()
	first, err := verb.Rewrap(ctx)
	require.NoError(t, err)
	require.Greater(t, first.Values, 900)
	_, err = ring.Reload() // the server looks at the file every few seconds
	require.NoError(t, err)
	total, err := verb.Rewrap(ctx)
	require.NoError(t, err)
	require.Zero(t, total.Broken)
	close(stop)
	wg.Wait()
	require.Zero(t, failed.Load())
	require.Greater(t, reads.Load(), int64(10))
	uses, err := verb.KeyUses(ctx)
	require.NoError(t, err)
	require.NotEmpty(t, uses)
	for _, u := range uses {
		require.EqualValues(t, 2, u.Key, u.Column)
	}
	require.NoError(t, keys.RemoveKey(file, 1, time.Now().Add(time.Hour)))
	last, err := keys.Load(file)
	require.NoError(t, err)
	without, err := store.Open(ctx, target, last)
	require.NoError(t, err)
	defer without.Close()
	for i := range int64(len(people)) {
		read(without, i)
	}
	require.Zero(t, failed.Load())
	rows, err := without.AuditRows(ctx, ward.ID, 0, 1)
	require.NoError(t, err)
	personal, err := without.AuditPersonal(ctx, rows[0])
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a": "b"}, personal)
}

// Every sealed column of the schema is one that a new key reaches.
func TestEverySealedColumnIsRewrapped(t *testing.T) {
	t.Parallel()
	eachRaw(t, func(t *testing.T, s *store.Store, raw *sql.DB) {
		known := store.SealedColumns()
		for _, table := range tablesOf(t, s, raw) {
			rows, err := raw.Query(`SELECT * FROM ` + table)
			require.NoError(t, err)
			require.NoError(t, rows.Err())
			types, err := rows.ColumnTypes()
			require.NoError(t, err)
			require.NoError(t, rows.Close()) //nolint:sqlclosecheck // one table after the other, in a loop
			for _, c := range types {
				column := table + "." + c.Name()
				if strings.Contains(c.Name(), "seal") && column != "audit.sealed" && column != "audit_head.seal" { // under a person's own key; a mark of the ring's
					require.True(t, slices.Contains(known, column), "%s is sealed: put it into sealedColumns in rewrap.go", column)
				}
			}
		}
	})
}
