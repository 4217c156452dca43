package store_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the look from outside
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
)

// eachRaw runs f on each database with a second way in, as somebody has who changes rows behind the program's back.
func eachRaw(t *testing.T, f func(t *testing.T, s *store.Store, raw *sql.DB)) {
	t.Helper()
	run := func(name string, open func(t *testing.T) (target, driver, dsn string)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target, driver, dsn := open(t)
			s, err := store.Open(context.Background(), target, keys.New())
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			raw, err := sql.Open(driver, dsn)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, raw.Close()) })
			f(t, s, raw)
		})
	}
	run("sqlite", func(t *testing.T) (string, string, string) {
		path := filepath.Join(t.TempDir(), "loa.db")
		return path, "sqlite", "file:" + path + "?_pragma=busy_timeout(10000)"
	})
	run("postgres", func(t *testing.T) (string, string, string) {
		url := apptest.PostgresURL(t)
		return url, "pgx", url
	})
}

func entry(unit campaigns.UnitID, verb access.Verb) access.Entry {
	return access.Entry{Unit: unit, Who: access.Who{Kind: access.ByStaff, ID: "s1", Name: "Lan (lan)", From: "192.0.2.1"}, Verb: verb, Object: "person", ObjectID: "p1",
		Reason: "đơn số 5", Before: map[string]any{"state": "a"}, After: map[string]any{"state": "b"}}
}

// Many write at once, in many chains: every chain is whole, nothing is lost.
func TestAuditChainsGrowTogether(t *testing.T) {
	t.Parallel()
	apptest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		const units, each = 5, 60
		var wg sync.WaitGroup
		errs := make([]error, units*each)
		for i := range errs {
			wg.Go(func() { errs[i] = s.RecordAudit(ctx, entry(campaigns.UnitID(fmt.Sprint("u", i%units)), "person.view")) })
		}
		wg.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		heads, err := s.AuditHeads(ctx, []string{access.Root})
		require.NoError(t, err)
		require.Len(t, heads, units)
		for _, h := range heads {
			require.EqualValues(t, each, h.N)
			state, err := s.VerifyAudit(ctx, h.Unit)
			require.NoError(t, err)
			require.Empty(t, state.Why)
			require.Equal(t, h, state.Head)
		}
		rows, err := s.AuditRows(ctx, "u1", 0, 2)
		require.NoError(t, err)
		require.EqualValues(t, 60, rows[0].N)
		require.EqualValues(t, 59, rows[1].N)
		require.JSONEq(t, `{"reason":"đơn số 5","before":{"state":"a"},"after":{"state":"b"}}`, rows[0].Detail)
		older, err := s.AuditRows(ctx, "u1", rows[1].N, 100)
		require.NoError(t, err)
		require.Len(t, older, 58)
		state, err := s.VerifyAudit(ctx, "nowhere")
		require.NoError(t, err)
		require.Empty(t, state.Why)
		none, err := s.AuditHeads(ctx, []string{"/elsewhere/"})
		require.NoError(t, err)
		require.Empty(t, none)
	})
}

// T39: whatever somebody does to rows behind the program's back, the walk finds it.
func TestAuditFindsWhatWasDoneToIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql    []string
		broken int64
	}{
		"edited":            {[]string{`UPDATE audit SET by_name = 'somebody else' WHERE n = 4`}, 4},
		"edited detail":     {[]string{`UPDATE audit SET detail = '{}' WHERE n = 4`}, 4},
		"moved in time":     {[]string{`UPDATE audit SET at = at + 1 WHERE n = 1`}, 1},
		"deleted":           {[]string{`DELETE FROM audit WHERE n = 4`}, 4},
		"deleted and moved": {[]string{`DELETE FROM audit WHERE n = 4`, `UPDATE audit SET n = 4 WHERE n = 5`, `UPDATE audit SET n = 5 WHERE n = 6`}, 4},
		"re-ordered":        {[]string{`UPDATE audit SET n = 99 WHERE n = 2`, `UPDATE audit SET n = 2 WHERE n = 3`, `UPDATE audit SET n = 3 WHERE n = 99`}, 2},
		"end cut off":       {[]string{`DELETE FROM audit WHERE n >= 5`}, 5},
		"end cut off, head mended": {[]string{`DELETE FROM audit WHERE n >= 5`,
			`UPDATE audit_head SET n = 4, hash = (SELECT hash FROM audit WHERE n = 4)`}, 4},
		"head deleted":  {[]string{`DELETE FROM audit_head`}, 7},
		"rows deleted":  {[]string{`DELETE FROM audit`}, 1},
		"row added":     {[]string{`INSERT INTO audit (unit_id, n, at, by_kind, by_id, by_name, by_from, verb, object, object_id, detail, hash) SELECT unit_id, 7, at, by_kind, by_id, by_name, by_from, verb, object, object_id, detail, hash FROM audit WHERE n = 6`}, 7},
		"other's chain": {[]string{`UPDATE audit SET unit_id = 'u2'`, `UPDATE audit_head SET unit_id = 'u2'`}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachRaw(t, func(t *testing.T, s *store.Store, raw *sql.DB) {
				ctx := context.Background()
				for i := range 6 {
					require.NoError(t, s.RecordAudit(ctx, entry("u1", access.Verb(fmt.Sprint("verb", i)))))
				}
				before, err := s.VerifyAudit(ctx, "u1")
				require.NoError(t, err)
				require.Empty(t, before.Why)
				for _, q := range c.sql {
					_, err := raw.ExecContext(ctx, q)
					require.NoError(t, err)
				}
				heads, err := s.AuditHeads(ctx, []string{access.Root})
				require.NoError(t, err)
				require.Len(t, heads, 1, "a chain does not vanish from the list")
				state, err := s.VerifyAudit(ctx, heads[0].Unit)
				require.NoError(t, err)
				require.NotEmpty(t, state.Why)
				require.Equal(t, c.broken, state.Broken, state.Why)
			})
		})
	}
}

// Erasure destroys the values of a person, and the chain holds.
func TestErasedFromTheAuditLog(t *testing.T) {
	t.Parallel()
	eachRaw(t, func(t *testing.T, s *store.Store, raw *sql.DB) {
		ctx := context.Background()
		const canary = "0912345678"
		record := func(person campaigns.PersonID, phone string) {
			e := entry("u1", "person.correct")
			e.Person, e.Personal = person, map[string]string{"phone": phone}
			require.NoError(t, s.RecordAudit(ctx, e))
		}
		record("p1", canary)
		record("p1", canary+"1")
		record("p2", canary+"2")
		var dump string
		require.NoError(t, raw.QueryRowContext(ctx, `SELECT detail || verb || by_name FROM audit WHERE n = 1`).Scan(&dump))
		require.NotContains(t, dump, canary)
		rows, err := s.AuditRows(ctx, "u1", 0, 10)
		require.NoError(t, err)
		require.NotContains(t, string(rows[2].Sealed), canary)
		got, err := s.AuditPersonal(ctx, rows[2])
		require.NoError(t, err)
		require.Equal(t, map[string]string{"phone": canary}, got)

		require.NoError(t, s.DestroyAuditKey(ctx, "p1"))
		for _, r := range rows[1:] {
			_, err = s.AuditPersonal(ctx, r)
			require.ErrorIs(t, err, campaigns.ErrNotFound)
		}
		got, err = s.AuditPersonal(ctx, rows[0])
		require.NoError(t, err)
		require.Equal(t, canary+"2", got["phone"])
		record("p1", "khác") // a new key does not open what was sealed under the old one
		_, err = s.AuditPersonal(ctx, rows[2])
		require.ErrorIs(t, err, campaigns.ErrNotFound)
		state, err := s.VerifyAudit(ctx, "u1")
		require.NoError(t, err)
		require.Empty(t, state.Why)
	})
}

func TestAuditExportHasAChecksum(t *testing.T) {
	t.Parallel()
	eachRaw(t, func(t *testing.T, s *store.Store, raw *sql.DB) {
		ctx := context.Background()
		for range 3 {
			require.NoError(t, s.RecordAudit(ctx, entry("u1", `odd "verb"`+"\n{\"level\":\"error\"}")))
		}
		export := func() (lines [][]byte, last map[string]any) {
			var buf bytes.Buffer
			require.NoError(t, s.ExportAudit(ctx, "u1", &buf))
			scan := bufio.NewScanner(bytes.NewReader(buf.Bytes()))
			sum := sha256.New()
			for scan.Scan() {
				lines = append(lines, bytes.Clone(scan.Bytes()))
			}
			for _, l := range lines[:len(lines)-1] {
				require.True(t, json.Valid(l))
				sum.Write(append(l, '\n'))
			}
			require.NoError(t, json.Unmarshal(lines[len(lines)-1], &last))
			require.Equal(t, hex.EncodeToString(sum.Sum(nil)), last["sha256"])
			return lines, last
		}
		lines, last := export()
		require.Len(t, lines, 4)
		require.EqualValues(t, 3, last["rows"])
		require.Equal(t, true, last["holds"])
		_, err := raw.ExecContext(ctx, `UPDATE audit SET object_id = 'p9' WHERE n = 2`)
		require.NoError(t, err)
		_, last = export()
		require.Equal(t, false, last["holds"])
	})
}
