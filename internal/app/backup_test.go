package app

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/apptest"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/vault"
)

// The drill: a backup is made in the middle of a campaign, somebody is erased afterwards, the database is lost and put back
// elsewhere. The file tells nobody anything, the copy sends nothing before it is released, the figures are there, and the
// erased person is still erased (security.md T45, T46, T48).
func restoreDrill(t *testing.T, from, to config.Config) {
	ctx := context.Background()
	log := slog.New(slog.DiscardHandler)
	by := access.Operator("an").Who()
	gateway := newSink(t)
	a := openApp(t, from, gateway.options())
	id := prepare(t, a)
	planOnly(t, a)
	people, err := a.Store.FindPeople(ctx, store.PeopleFilter{})
	require.NoError(t, err)
	require.Len(t, people, 5)
	public, secret, err := vault.NewKey()
	require.NoError(t, err)
	var file bytes.Buffer
	made, err := a.Backup(ctx, &file, public, by)
	require.NoError(t, err)
	require.EqualValues(t, file.Len(), made.Bytes)
	for _, canary := range []string{"Nguyễn", "nguyen van", "Phường", "person", "910000001", "SQLite", "COPY"} {
		require.NotContains(t, file.String(), canary)
	}
	checked, err := CheckBackup(bytes.NewReader(file.Bytes()), secret)
	require.NoError(t, err)
	require.Equal(t, made.Dumped, checked)

	a.Engine.Tick(ctx) // life goes on: everybody is written to, and one asks to be forgotten
	keys, _ := gateway.seen()
	require.Len(t, keys, 4)
	erased, err := a.Store.ErasePerson(ctx, people[4].ID, by, "")
	require.NoError(t, err)
	require.Len(t, erased, 1)
	require.NoError(t, a.Ledger.Follow(ctx))
	_, err = Restore(ctx, from, log, bytes.NewReader(file.Bytes()), secret, by)
	require.ErrorIs(t, err, store.ErrNotEmpty)
	require.NoError(t, a.Close())

	ring, err := os.ReadFile(from.KeyringFile())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to.KeyringFile(), ring, 0o600))
	to.ErasureLedger = from.LedgerFile()
	short := file.Bytes()[:file.Len()-100]
	_, err = Restore(ctx, to, log, bytes.NewReader(short), secret, by)
	require.ErrorIs(t, err, vault.ErrDamaged)
	back, err := Restore(ctx, to, log, bytes.NewReader(file.Bytes()), secret, by)
	require.NoError(t, err)
	require.Equal(t, made.Dumped, back.Dumped)
	require.Equal(t, 1, back.ErasedAgain)

	b := openApp(t, to, gateway.options())
	defer b.Close()
	require.Equal(t, holdRestored, b.Hold.Why())
	b.Engine.Tick(ctx)
	keys, _ = gateway.seen()
	require.Len(t, keys, 4, "nothing leaves")
	for i, p := range people {
		got, err := b.Store.Person(ctx, p.ID)
		require.NoError(t, err)
		require.Equal(t, i == 4, got.Name == "", "as it was, but for who was erased")
		if i < 4 {
			require.Equal(t, p.Name, got.Name)
			require.Len(t, got.Contacts, 1)
			_, err = b.Store.ContactAddress(ctx, got.Contacts[0].ID)
			require.NoError(t, err)
		}
	}
	states, err := b.Store.DeliveryStates(ctx, id)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"queued": 4, "suppressed erased": 1}, states)
	heads, err := b.Store.AuditHeads(ctx, []string{access.Root})
	require.NoError(t, err)
	for _, h := range heads {
		state, err := b.Store.VerifyAudit(ctx, h.Unit)
		require.NoError(t, err)
		require.Empty(t, state.Why)
	}
	_, err = b.Hold.Release(ctx, "drill", "binh")
	require.NoError(t, err)
	require.Empty(t, b.Hold.Why())
}

func TestRestoreDrillSQLite(t *testing.T) {
	t.Parallel()
	restoreDrill(t, testConfig(t), testConfig(t))
}

func TestRestoreDrillPostgres(t *testing.T) {
	t.Parallel()
	from, to := testConfig(t), testConfig(t)
	from.DatabaseURL, to.DatabaseURL = apptest.PostgresURL(t), apptest.PostgresURL(t)
	from.Keyring, to.Keyring = filepath.Join(from.DataDir, "ring.json"), filepath.Join(to.DataDir, "ring.json")
	restoreDrill(t, from, to)
}

// A ledger whose last line was cut off by a crash is read as far as it goes, and goes on in a line of its own.
func TestLedgerFile(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := apptest.SQLite(t)
	path := filepath.Join(t.TempDir(), "erasures.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(`{"person":"a","at":"2026-12-01T00:00:00Z"}`+"\n"+`{"person":"b","a`), 0o600))
	l := newLedger(s, path, slog.New(slog.DiscardHandler))
	_, err := l.Apply(ctx)
	require.NoError(t, err)
	_, err = s.EraseAgain(ctx, []campaigns.Erasure{{Person: "c", At: apptest.Start}})
	require.NoError(t, err)
	require.NoError(t, l.Follow(ctx))
	require.NoError(t, l.Follow(ctx))
	list, err := l.read()
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, campaigns.PersonID("c"), list[1].Person)
}

func TestPurgeOnceADay(t *testing.T) {
	t.Parallel()
	at := apptest.Start // 09:00
	require.True(t, purgeDue(at.AddDate(0, 0, -1), at))
	require.False(t, purgeDue(at, at.AddDate(0, 0, 0).Add(16*3600e9)), "01:00 belongs to the day before")
	require.True(t, purgeDue(at, at.Add(18*3600e9)))
	s := apptest.SQLite(t)
	a := &App{Store: s, Log: slog.New(slog.DiscardHandler)}
	require.NoError(t, a.PurgeIfDue(context.Background()))
	last, err := s.PurgedAt(context.Background())
	require.NoError(t, err)
	require.False(t, last.IsZero())
}
