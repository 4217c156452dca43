// Command accounts serves a fresh Loa whose people are real accounts, for the tests of signing in, users, settings and
// audit in a browser. It prints where, and how to get in. It is started by the tests and is no part of the program.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/internal/access"
	"github.com/loaphuong/loa/internal/app"
	"github.com/loaphuong/loa/internal/config"
	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
)

const password = "bốn từ dễ nhớ nhé"

// people are the accounts. One without a role is invited and has not begun.
var people = []struct {
	login, name, unit string
	role              access.Role
}{
	{"tinh", "Đại tá Phan Văn Tỉnh", "T1", access.ProvinceAdmin},
	{"chihuy", "Thượng tá Lê Thu Bình", "W1", access.Commander},
	{"canbo", "Đại úy Trần Thị Mai", "W1", access.Officer},
	{"thanhtra", "Trung tá Vũ Minh Tra", "W1", access.Auditor},
	{"giaovien", "Cô Nguyễn Thu Hà", "W1.S.12A", access.Teacher},
}

// entry is how somebody gets in: each code stands in for the second factor once.
type entry struct {
	Password string   `json:"password"`
	Codes    []string `json:"codes"`
	ID       string   `json:"id"`
	Start    string   `json:"start,omitempty"`
}

func main() {
	dir := flag.String("data", "", "folder of the data, a fresh one")
	listen := flag.String("listen", "", "address of the pages, empty: a free port of this machine")
	providers := flag.String("providers", "", "file of providers of identity")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *dir, *listen, *providers); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// freePort finds a port: passkeys are bound to the address before anybody listens.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func run(ctx context.Context, dir, listen, providers string) (err error) {
	if listen == "" {
		if listen, err = freePort(); err != nil {
			return err
		}
	}
	cfg := config.Config{DataDir: dir, Listen: listen, PublicListen: "127.0.0.1:0", InboundListen: "127.0.0.1:0", LogLevel: "error", Providers: providers}
	a, err := app.Open(ctx, cfg, cfg.Logger(), app.Options{Purpose: store.Test, Timing: work.Timing{Tick: time.Second, Sweep: time.Second}})
	if err != nil {
		return err
	}
	if err := seed(ctx, a); err != nil {
		return err
	}
	if err := a.Start(ctx, "all"); err != nil {
		return err
	}
	defer func() {
		end, cancel := app.StopContext()
		defer cancel()
		_ = a.Stop(end)
	}()
	in, err := hire(ctx, a)
	if err != nil {
		return err
	}
	out, err := json.Marshal(in) //nolint:gosec // passwords of invented people, for the browser that tries them
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(listen)
	fmt.Printf("people %s\nready http://localhost:%s\n", out, port)
	<-ctx.Done()
	return ctx.Err()
}

func seed(ctx context.Context, a *app.App) error {
	if err := a.Store.SetPolicy(ctx, time.Date(2027, 3, 2, 9, 0, 0, 0, campaigns.Zone), 1); err != nil {
		return err
	}
	_, err := a.Store.SaveUnits(ctx, []campaigns.Unit{
		{Code: "T1", Kind: campaigns.Province, Name: "Tỉnh Sông Trăng", ShortName: "Tinh ST", Phone: "0200000009", ValidFrom: "2025-07-01"},
		{Code: "W1", Kind: campaigns.Ward, Name: "Phường Hồng Hà Mới", ParentID: "T1", ShortName: "P HongHa", Phone: "0200000001", ValidFrom: "2025-07-01"},
		{Code: "W2", Kind: campaigns.Ward, Name: "Xã Bình Minh Mới", ParentID: "T1", ShortName: "X BinhM", Phone: "0200000002", ValidFrom: "2025-07-01"},
		{Code: "W1.S", Kind: campaigns.School, Name: "THPT Hồng Hà", ParentID: "W1", ValidFrom: "2025-07-01"},
		{Code: "W1.S.12A", Kind: campaigns.Class, Name: "12A", ParentID: "W1.S", ValidFrom: "2025-07-01"},
	})
	return err
}

// hire makes the accounts, and one that has not begun.
func hire(ctx context.Context, a *app.App) (map[string]entry, error) {
	in := map[string]entry{}
	o := a.Office()
	for _, p := range people {
		e, err := invite(ctx, a, o, p.login, p.name, p.unit, p.role)
		if err == nil {
			e.Codes, err = begin(ctx, a, o, p.login, e.Start)
		}
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", p.login, err)
		}
		e.Start = ""
		in[p.login] = e
	}
	fresh, err := invite(ctx, a, o, "moi", "Trung úy Hồ Văn Mới", "W1", access.Officer)
	in["moi"] = fresh
	return in, err
}

func invite(ctx context.Context, a *app.App, o *access.Office, login, name, code string, role access.Role) (entry, error) {
	u, err := a.Store.UnitByCode(ctx, code, "2026-12-01")
	if err != nil {
		return entry{}, err
	}
	made, start, err := o.Invite(ctx, access.Operator("an"), access.NewStaff{Login: login, Name: name, Unit: u.ID, Roles: []access.RoleAt{{Unit: u.ID, Role: role}}})
	return entry{Password: password, ID: made.ID, Start: start.Code}, err
}

// begin sets password and second factor and returns the recovery codes.
func begin(ctx context.Context, a *app.App, o *access.Office, login, start string) ([]string, error) {
	v := access.Visit{From: "127.0.0.1"}
	in, err := o.Start(ctx, v, login, start, password)
	if err != nil {
		return nil, err
	}
	v.Session = in.Session
	c, err := o.Check(ctx, v)
	if err != nil {
		return nil, err
	}
	offer, err := o.Enrol(ctx, c)
	if err != nil {
		return nil, err
	}
	now, err := a.Store.Clock(ctx)
	if err != nil {
		return nil, err
	}
	code, err := totp.GenerateCode(offer.Secret, now.Raw)
	if err != nil {
		return nil, err
	}
	_, codes, err := o.ConfirmEnrolment(ctx, v, code)
	return codes, err
}
