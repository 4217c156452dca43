package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/vault"
)

type backupCmd struct {
	File  string `arg:"" help:"File to write; it must not exist."`
	To    string `name:"to" required:"" env:"LOA_BACKUP_TO" help:"Public half of the backup key (loa keys backup)." placeholder:"KEY"`
	Actor string `name:"actor" default:"loa backup" help:"Who makes the backup." placeholder:"NAME"`
}

// Run writes one backup beside a server that runs, and moves it to its name when it is whole.
func (b *backupCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	if _, err := os.Stat(b.File); err == nil {
		return fmt.Errorf("%s exists already and was left alone", b.File)
	}
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	f, err := os.CreateTemp(filepath.Dir(b.File), ".backup-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	made, err := a.Backup(ctx, f, b.To, access.Operator(b.Actor).Who())
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), b.File); err != nil { // never over a file that came meanwhile
		return err
	}
	_, err = fmt.Fprintf(out, "Wrote %s: %s, %d bytes, SHA-256 %s.\nNot in it: key ring, channels file, erasure ledger. Keep copies of those elsewhere.\n",
		b.File, describe(made.Dumped), made.Bytes, made.SHA256)
	return err
}

func describe(d store.Dumped) string {
	return fmt.Sprintf("%s, schema %d, of %s", d.Dialect, d.Schema, time.UnixMilli(d.MadeAt).In(campaigns.Zone).Format("15:04:05, 2006-01-02"))
}

type restoreCmd struct {
	File  string `arg:"" type:"existingfile" help:"The backup."`
	Key   string `name:"key" required:"" type:"existingfile" help:"File with the secret half of the backup key." placeholder:"FILE"`
	Check bool   `name:"check" help:"Only read it to its end and say what it is."`
	Actor string `name:"actor" default:"loa restore" help:"Who restores." placeholder:"NAME"`
}

// Run restores where there is no database.
func (r *restoreCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	secret, err := os.ReadFile(r.Key)
	if err != nil {
		return err
	}
	f, err := os.Open(r.File)
	if err != nil {
		return err
	}
	defer f.Close()
	if r.Check {
		d, err := app.CheckBackup(f, string(secret))
		if err == nil {
			_, err = fmt.Fprintf(out, "Whole: %s.\n", describe(d))
		}
		return err
	}
	back, err := app.Restore(ctx, c.Config, c.Logger(), f, string(secret), access.Operator(r.Actor).Who())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Restored: %s. Erased again by the ledger: %d.\nThe database is in HOLD, nothing is sent: get the provider's log, then loa hold reconcile and loa hold release.\n",
		describe(back.Dumped), back.ErasedAgain)
	return err
}

type keysBackupCmd struct {
	File string `arg:"" help:"Where to write the secret half; readable by its owner only. Carry it to a safe, away from this machine."`
}

// Run makes a backup key.
func (k *keysBackupCmd) Run(out io.Writer) error {
	public, secret, err := vault.NewKey()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(k.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, secret)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\nThis is the public half, for LOA_BACKUP_TO. The secret half is in %s: without it no backup can be read.\n", public, k.File)
	return err
}
