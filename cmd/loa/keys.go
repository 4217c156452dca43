package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/keys"
)

type keysCmd struct {
	New    keysNewCmd    `cmd:"" help:"Make a new key ring file."`
	Backup keysBackupCmd `cmd:"" help:"Make a key for backups: a public half that seals and a secret one that opens."`

	Rotate   keysRotateCmd   `cmd:"" help:"Add a sealing key to the key ring; it seals from now on, also in processes that run."`
	Activate keysActivateCmd `cmd:"" help:"Have a key that was only prepared seal from now on."`
	Rewrap   keysRewrapCmd   `cmd:"" help:"Seal with the active key what older keys have sealed; beside a running server."`
	Status   keysStatusCmd   `cmd:"" help:"Say how much is sealed with which key."`
	Remove   keysRemoveCmd   `cmd:"" help:"Take a key away that seals nothing any more."`
}

type keysNewCmd struct {
	File string `arg:"" help:"Where to write it; readable by its owner only."`
}

// Run makes a key ring; an existing one is left alone.
func (k *keysNewCmd) Run(out io.Writer) error {
	if _, err := keys.Load(k.File); err == nil {
		return fmt.Errorf("%s exists already and was left alone", k.File)
	}
	if _, err := keys.LoadOrCreate(k.File); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "Wrote %s. Keep a copy away from the database: without it personal data cannot be read.\n", k.File)
	return err
}

type keysRotateCmd struct {
	Prepare bool   `name:"prepare" help:"Only add the key: where several machines have copies of the file, copy it to all, then loa keys activate."`
	Actor   string `name:"actor" required:"" help:"Who decides." placeholder:"NAME"`
}

// Run adds a key.
func (k *keysRotateCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	id, err := keys.AddKey(c.KeyringFile(), !k.Prepare, time.Now())
	if err != nil {
		return err
	}
	if err := a.Store.RecordAudit(ctx, access.Entry{Who: access.Operator(k.Actor).Who(), Verb: access.RingRotated, Object: "ring",
		After: map[string]any{"key": id, "active": !k.Prepare}}); err != nil {
		return err
	}
	if k.Prepare {
		_, err = fmt.Fprintf(out, "Key %d is in %s and seals nothing yet. Copy the file to all machines, then: loa keys activate %d\n", id, c.KeyringFile(), id)
		return err
	}
	_, err = fmt.Fprintf(out, "Key %d seals from now on. Keep a new copy of %s away from the database, then: loa keys rewrap\n", id, c.KeyringFile())
	return err
}

type keysActivateCmd struct {
	ID uint32 `arg:"" help:"Id of the key."`
}

// Run has a key seal.
func (k *keysActivateCmd) Run(c *cli, out io.Writer) error {
	if err := keys.ActivateKey(c.KeyringFile(), k.ID, time.Now()); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "Key %d seals from now on. Copy the file to all machines, then: loa keys rewrap\n", k.ID)
	return err
}

type keysRewrapCmd struct{}

// errBroken means that values exist which no key opens.
var errBroken = errors.New("some values cannot be opened with any key of this ring and were left as they are")

// Run seals anew until nothing is left.
func (k *keysRewrapCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	done, err := a.Store.Rewrap(ctx)
	fmt.Fprintf(out, "Sealed anew: %d. Cannot be opened: %d.\n", done.Values, done.Broken)
	if err == nil && done.Broken > 0 {
		err = errBroken
	}
	return err
}

type keysStatusCmd struct{}

// Run prints the keys.
func (k *keysStatusCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	uses, err := a.Store.KeyUses(ctx)
	if err != nil {
		return err
	}
	ids := a.Ring.KeyIDs()
	slices.Sort(ids)
	for _, id := range ids {
		state := "older"
		if id == a.Ring.Active() {
			state = "seals"
		}
		values := 0
		for _, u := range uses {
			if u.Key == id {
				values += u.Values
			}
		}
		fmt.Fprintf(out, "key %d  %s  values %d\n", id, state, values)
	}
	for _, u := range uses {
		if u.Key != a.Ring.Active() {
			fmt.Fprintf(out, "  %s: %d with key %d\n", u.Column, u.Values, u.Key)
		}
	}
	return nil
}

type keysRemoveCmd struct {
	ID uint32 `arg:"" help:"Id of the key."`
}

// errInUse means that a key still seals something.
var errInUse = errors.New("this key still seals something: run loa keys rewrap, and look with loa keys status")

// Run takes a key away where nothing needs it. Backups that were made before still do.
func (k *keysRemoveCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	uses, err := a.Store.KeyUses(ctx)
	if err != nil {
		return err
	}
	for _, u := range uses {
		if u.Key == k.ID {
			return errInUse
		}
	}
	if err := keys.RemoveKey(c.KeyringFile(), k.ID, time.Now()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Key %d is gone. Backups that were made before need the old copy of the file.\n", k.ID)
	return err
}
