package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/loaphuong/loa/internal/access"
)

type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Make an API key and print it; it is shown only now."`
	List   keyListCmd   `cmd:"" help:"List the API keys."`
	Revoke keyRevokeCmd `cmd:"" help:"End an API key at once."`
}

type keyCreateCmd struct {
	Name     string        `arg:"" help:"What the key is for."`
	Unit     []string      `name:"unit" required:"" help:"Code of a unit in which the key is good; several times for several." placeholder:"CODE"`
	Kind     string        `name:"kind" default:"live" enum:"live,team,test" help:"live: anybody; team: the unit's own staff; test: a simulator answers."`
	Perm     []string      `name:"permission" help:"What it may do, such as message.send; without, what an integrator may." placeholder:"NOUN.VERB"`
	Networks []string      `name:"from" help:"From where it is taken." placeholder:"CIDR"`
	Cap      int           `name:"day-cap" help:"Messages a day; 0: no limit."`
	Lasts    time.Duration `name:"lasts" help:"How long it is good, such as 8760h; 0: until it is revoked."`
	Actor    string        `name:"actor" required:"" help:"Who makes the key." placeholder:"NAME"`
}

// Run makes one key.
func (k *keyCreateCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	spec := access.KeySpec{Name: k.Name, Kind: access.KeyKind(k.Kind), Perms: access.Integrator.Permissions(), Networks: k.Networks, DayCap: k.Cap}
	if len(k.Perm) > 0 {
		spec.Perms = nil
	}
	for _, p := range k.Perm {
		spec.Perms = append(spec.Perms, access.Permission(p))
	}
	for _, code := range k.Unit {
		unit, err := unitOf(ctx, a, code)
		if err != nil {
			return err
		}
		spec.Units = append(spec.Units, unit.ID)
	}
	if k.Lasts > 0 {
		now, err := a.Store.Clock(ctx)
		if err != nil {
			return err
		}
		spec.ExpiresAt = now.Raw.Add(k.Lasts)
	}
	key, made, err := access.New(a.Store).Issue(ctx, access.Operator(k.Actor), spec)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\nid %s; it is shown only now.\n", key, made.ID)
	return err
}

type keyListCmd struct{}

// Run lists keys, oldest first.
func (k *keyListCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	for after := ""; ; {
		const page = 100
		list, err := a.Store.KeysUnder(ctx, []string{access.Root}, after, page)
		if err != nil {
			return err
		}
		for _, x := range list {
			after = x.ID
			state := "good"
			if !x.RevokedAt.IsZero() {
				state = "revoked"
			}
			fmt.Fprintf(out, "%s  %-7s %-4s %s\n", x.ID, state, x.Kind, x.Name)
		}
		if len(list) < page {
			return nil
		}
	}
}

type keyRevokeCmd struct {
	ID    string `arg:"" help:"Id of the key, as in the list."`
	Actor string `name:"actor" required:"" help:"Who decides." placeholder:"NAME"`
}

// Run ends one key.
func (k *keyRevokeCmd) Run(ctx context.Context, c *cli, out io.Writer) error {
	a, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := access.New(a.Store).Revoke(ctx, access.Operator(k.Actor), k.ID); err != nil {
		return fmt.Errorf("key: %w (list keys with: loa key list)", err)
	}
	_, err = fmt.Fprintln(out, "The key is no longer taken.")
	return err
}
