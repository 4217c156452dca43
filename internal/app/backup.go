package app

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/keys"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/vault"
)

// holdRestored is why a database that was put back from a backup sends nothing, wherever its data folder comes from.
const holdRestored = "the database was restored from a backup"

// Backed is what a backup came to.
type Backed struct {
	store.Dumped
	Bytes  int64
	SHA256 string // of the file as it is written
}

// Backup writes a copy of the database that only the holder of the secret half of public can read. Key ring, channels and
// the erasure ledger are not in it: they lie elsewhere.
func (a *App) Backup(ctx context.Context, w io.Writer, public string, by access.Who) (Backed, error) {
	sum := &tally{w: w, sum: sha256.New()}
	out := bufio.NewWriterSize(sum, 256<<10)
	sealed, err := vault.Seal(out, public)
	if err != nil {
		return Backed{}, err
	}
	if err := a.Store.RecordAudit(ctx, access.Entry{Who: by, Verb: access.BackupMade, Object: "backup"}); err != nil {
		return Backed{}, err
	}
	packed, err := gzip.NewWriterLevel(sealed, gzip.BestSpeed)
	if err != nil {
		return Backed{}, err
	}
	d, err := a.Store.Dump(ctx, packed)
	if err = errors.Join(err, packed.Close(), sealed.Close(), out.Flush()); err != nil {
		return Backed{}, err
	}
	return Backed{Dumped: d, Bytes: sum.n, SHA256: hex.EncodeToString(sum.sum.Sum(nil))}, nil
}

// tally counts and sums what passes.
type tally struct {
	w   io.Writer
	sum hash.Hash
	n   int64
}

func (t *tally) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	t.n += int64(n)
	_, _ = t.sum.Write(p[:n]) // never fails
	return n, err
}

// CheckBackup reads a backup to its end and says what it holds: it is whole, and this secret opens it.
func CheckBackup(r io.Reader, secret string) (store.Dumped, error) {
	plain, err := unpack(r, secret)
	if err != nil {
		return store.Dumped{}, err
	}
	return store.CheckDump(plain)
}

func unpack(r io.Reader, secret string) (io.Reader, error) {
	sealed, err := vault.Open(bufio.NewReaderSize(r, 256<<10), secret)
	if err != nil {
		return nil, err
	}
	plain, err := gzip.NewReader(sealed)
	if err != nil {
		return nil, errors.Join(vault.ErrDamaged, err)
	}
	return plain, nil
}

// Restored is what a restore came to.
type Restored struct {
	store.Dumped
	ErasedAgain int
}

// Restore puts a backup in the place of a database that is not there. The database holds: nobody is written to before
// somebody has compared it with what the provider took. Whom the ledger knows as erased is erased again.
func Restore(ctx context.Context, cfg config.Config, log *slog.Logger, r io.Reader, secret string, by access.Who) (out Restored, err error) {
	ring, err := keys.Load(cfg.KeyringFile())
	if err != nil {
		return out, fmt.Errorf("the key ring of the database that was backed up is needed: %w", err)
	}
	plain, err := unpack(r, secret)
	if err != nil {
		return out, err
	}
	if !store.IsPostgres(cfg.Database()) {
		if err := os.MkdirAll(filepath.Dir(cfg.Database()), 0o700); err != nil {
			return out, err
		}
	}
	if out.Dumped, err = store.Undump(ctx, cfg.Database(), plain); err != nil {
		return out, err
	}
	s, err := store.Open(ctx, cfg.Database(), ring)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := (&App{Ring: ring, Store: s}).checkRing(ctx); err != nil {
		return out, err
	}
	e, err := s.BeginEpoch(ctx)
	if err != nil {
		return out, err
	}
	if e.ID != "" {
		if err := s.HoldEpoch(ctx, e.ID, holdRestored); err != nil {
			return out, err
		}
	}
	if out.ErasedAgain, err = newLedger(s, cfg.LedgerFile(), log).Apply(ctx); err != nil {
		return out, err
	}
	return out, s.RecordAudit(ctx, access.Entry{Who: by, Verb: access.DatabaseRestored, Object: "backup", After: map[string]any{"made_at": out.MadeAt, "epoch": out.Epoch}})
}
