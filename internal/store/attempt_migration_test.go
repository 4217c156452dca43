package store

import (
	"context"
	"io/fs"
	"os"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/notifier"
)

// Migration 00038 reads deliveries and tries out of keys, in SQL: it must read what notifier.ParseKey reads.
func TestMigrationReadsKeys(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		s, err := connectSQLite(t.TempDir() + "/old.db")
		require.NoError(t, err)
		readsKeys(t, s)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		target := os.Getenv("TEST_POSTGRES_URL")
		if target == "" {
			require.Empty(t, os.Getenv("CI"), "TEST_POSTGRES_URL is not set: CI must start PostgreSQL")
			t.Skip("set TEST_POSTGRES_URL to run this against PostgreSQL")
		}
		s, err := connectPostgres(target)
		require.NoError(t, err)
		s.w.engine.SetMaxOpenConns(1) // the search path belongs to a connection
		_, err = s.w.engine.Exec(`DROP SCHEMA IF EXISTS reads_keys CASCADE; CREATE SCHEMA reads_keys; SET search_path = reads_keys`)
		require.NoError(t, err)
		defer func() { _, _ = s.w.engine.Exec(`DROP SCHEMA reads_keys CASCADE`) }()
		readsKeys(t, s)
	})
}

func readsKeys(t *testing.T, s *Store) {
	ctx := context.Background()
	defer s.Close()
	sub, err := fs.Sub(migrations, "migrations/"+s.d.name)
	require.NoError(t, err)
	p, err := goose.NewProvider(s.d.goose, s.w.engine, sub, goose.WithDisableGlobalRegistry(true))
	require.NoError(t, err)
	_, err = p.UpTo(ctx, 29)
	require.NoError(t, err)
	type of struct{ id, tries int64 }
	list := []of{{383808966464901120, 0}, {383808966464901120, 1}, {383808966464901121, 5}, {1, 70}, {1<<59 + 12345, 1 << 20}, {1<<62 + 3, 3}}
	for _, o := range list {
		key := notifier.Key(campaigns.DeliveryID(o.id), int(o.tries))
		_, err := s.w.ExecContext(ctx, `INSERT INTO attempt (idem_key, delivery_id, gen, n, channel, state, intent_at, done_at) VALUES ($1,$2,1,1,'sms.test','accepted',1,2)`, key, o.id)
		require.NoError(t, err)
		_, err = s.w.ExecContext(ctx, `INSERT INTO receipt (id, channel, event_key, idem_key, status, raw_sealed, received_at) VALUES ($1,'sms.test',$2,$2,'delivered',$3,1)`,
			o.id%1000+o.tries, key, []byte{1})
		require.NoError(t, err)
	}
	_, err = s.w.ExecContext(ctx, `INSERT INTO receipt (id, channel, event_key, idem_key, status, raw_sealed, received_at) VALUES (99999,'sms.test','x','77777777777777777777','delivered',$1,1)`, []byte{1})
	require.NoError(t, err)
	_, err = p.UpTo(ctx, 38)
	require.NoError(t, err)
	read := func(query string) []of {
		out, err := collect(ctx, s.w, func(row scanner) (o of, err error) { return o, row.Scan(&o.id, &o.tries) }, query)
		require.NoError(t, err)
		return out
	}
	require.ElementsMatch(t, list, read(`SELECT delivery_id, tries FROM attempt`))
	require.ElementsMatch(t, list, read(`SELECT key_delivery, key_tries FROM receipt WHERE key_delivery IS NOT NULL`))
}
