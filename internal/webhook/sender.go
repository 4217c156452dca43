// Package webhook tells integrators what happened, as Standard Webhooks has it: id, timestamp and signatures in headers,
// tries over three days, 410 ends an address. What is told names things by their ids and says nothing about people. It
// reaches only addresses on the open internet (security.md T29, T30).
package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/loaphuong/loa/campaigns"
)

// Record is what telling needs of the store.
type Record interface {
	DueTellings(ctx context.Context, limit int, lease time.Duration) ([]campaigns.Telling, error)
	Told(ctx context.Context, t campaigns.Telling, ok, gone bool, outcome string) error
	PurgeEvents(ctx context.Context, keep time.Duration) (int, error)
}

// Options change how things are told; the zero value is for production.
type Options struct {
	Every    time.Duration         // between two looks; 0 is two seconds
	Allow    func(netip.Addr) bool // which addresses may be dialled; nil is Outside
	Resolver *net.Resolver
	Log      *slog.Logger
}

// Sender tells what is due.
type Sender struct {
	record Record
	client *http.Client
	every  time.Duration
	log    *slog.Logger
}

const (
	atOnce = 16               // events of one look, all told at the same time
	lease  = 30 * time.Second // longer than any try takes
	kept   = 7 * 24 * time.Hour
	answer = 64 << 10 // most bytes of an answer that are read
)

// New makes a sender.
func New(r Record, o Options) *Sender {
	if o.Every == 0 {
		o.Every = 2 * time.Second
	}
	if o.Allow == nil {
		o.Allow = Outside
	}
	return &Sender{record: r, client: newClient(o.Allow, o.Resolver), every: o.Every, log: o.Log}
}

// Run tells until ctx ends, and clears what is old once an hour.
func (s *Sender) Run(ctx context.Context) {
	tick, hour := time.NewTicker(s.every), time.NewTicker(time.Hour)
	defer tick.Stop()
	defer hour.Stop()
	for {
		for n := atOnce; n == atOnce && ctx.Err() == nil; {
			var err error
			if n, err = s.Tell(ctx); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "webhooks could not be told", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-hour.C:
			if _, err := s.record.PurgeEvents(ctx, kept); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "old events were not cleared", "error", err)
			}
		}
	}
}

// Tell takes what is due once and tells it; it returns how many it took.
func (s *Sender) Tell(ctx context.Context) (int, error) {
	due, err := s.record.DueTellings(ctx, atOnce, lease)
	if err != nil {
		return 0, err
	}
	errs := make([]error, len(due))
	var all sync.WaitGroup
	for i, t := range due {
		all.Go(func() {
			ok, gone, outcome := s.try(ctx, t)
			errs[i] = s.record.Told(context.WithoutCancel(ctx), t, ok, gone, outcome)
		})
	}
	all.Wait()
	return len(due), errors.Join(errs...)
}

// try posts one event. outcome says for staff what happened, without anything the other side has written.
func (s *Sender) try(ctx context.Context, t campaigns.Telling) (ok, gone bool, outcome string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Webhook.URL, bytes.NewReader(t.Event.Body))
	if err != nil {
		return false, false, "the address cannot be read"
	}
	now := time.Now()
	signature, err := sign(t, now)
	if err != nil {
		return false, false, "the secret cannot be read"
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Loa")
	req.Header.Set(standardwebhooks.HeaderWebhookID, t.Event.ID)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	res, err := s.client.Do(req)
	switch {
	case errors.Is(err, errInside):
		return false, false, "the address lies inside"
	case err != nil:
		return false, false, "no answer"
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, answer))
	return res.StatusCode/100 == 2, res.StatusCode == http.StatusGone, fmt.Sprintf("HTTP %d", res.StatusCode)
}

// sign signs with every secret, so that an integrator may change to the new one at any time.
func sign(t campaigns.Telling, now time.Time) (string, error) {
	all := make([]string, len(t.Webhook.Secrets))
	for i, secret := range t.Webhook.Secrets {
		w, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return "", err
		}
		if all[i], err = w.Sign(t.Event.ID, now, t.Event.Body); err != nil {
			return "", err
		}
	}
	return strings.Join(all, " "), nil
}

// NewSecret makes a secret of 32 bytes, written as Standard Webhooks has it.
func NewSecret() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(raw)
}
