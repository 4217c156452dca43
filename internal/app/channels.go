package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/loaphuong/loa/internal/store"
	"github.com/loaphuong/loa/internal/work"
	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/notifier/channel"
)

// Settings are those of one channel.
type Settings = notifier.Settings

// Errors of opening channels.
var (
	ErrRealChannel = errors.New("a demonstration or test database never opens a channel that leaves this machine")
	ErrSimulator   = errors.New("a simulator would record notices as sent that nobody gets; it opens only in a demonstration or test database")
)

// ownChannels are always open: people carry them, and they need no provider.
var ownChannels = []string{"relay.task", "visit.task", "print.letter", "speech.script"}

// openLines opens the channels of the channels file and of extra, and our own always.
func (a *App) openLines(ctx context.Context, extra map[string]Settings) ([]work.Line, error) {
	wanted, err := readChannels(a.Config.ChannelsFile(), a.Config.Channels != "")
	if err != nil {
		return nil, err
	}
	for name, set := range extra {
		wanted[name] = set
	}
	for _, own := range ownChannels {
		if wanted[own] == nil {
			wanted[own] = Settings{}
		}
	}
	purpose, err := a.Store.Purpose(ctx)
	if err != nil {
		return nil, err
	}
	var lines []work.Line
	for _, spec := range channel.All(channel.Deps{Tasks: a.Store, Now: a.now, Unsubscribe: a.unsubscribe}) {
		for _, name := range names(wanted) { // the channel itself before its other accounts
			if notifier.Base(name) != spec.Name {
				continue
			}
			line, account, err := openAccount(spec, name, wanted[name])
			if err != nil {
				return nil, err
			}
			if err := allowed(line.Spec, purpose); err != nil {
				return nil, fmt.Errorf("channel %s: %w", name, err)
			}
			delete(wanted, name)
			lines = append(lines, line)
			if !line.Spec.Policy.Once {
				a.accounts = append(a.accounts, account)
			}
		}
	}
	if len(wanted) > 0 {
		return nil, fmt.Errorf("%s: there is no channel %s", a.Config.ChannelsFile(), strings.Join(names(wanted), ", "))
	}
	return lines, nil
}

// unsubscribe is the address of our page at which a mail address is stopped; "" where citizens cannot reach it safely.
func (a *App) unsubscribe(to string) string {
	base, err := url.Parse(a.Config.PublicURL)
	if err != nil || base.Host == "" {
		return ""
	}
	ip := net.ParseIP(base.Hostname())
	if base.Scheme != "https" && base.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return ""
	}
	return base.JoinPath("u", a.Store.UnsubscribeToken(to)).String()
}

// accountName is a channel with the name of a further account, as in "sms.http:backup".
var accountName = regexp.MustCompile(`^[a-z.]+(:[a-z0-9][a-z0-9-]{0,19})?$`)

// openAccount opens one account of a channel. Beside the channel's own settings each may have rate, messages a second of
// all workers together, and weight, its part of what the channel sends where it has several accounts.
func openAccount(spec notifier.Spec, name string, set Settings) (work.Line, work.Account, error) {
	account := work.Account{Name: name}
	if !accountName.MatchString(name) {
		return work.Line{}, account, fmt.Errorf("channel %s: an account is named like sms.http:backup", name)
	}
	set = maps.Clone(set)
	for setting, read := range map[string]func(string) error{
		"rate": func(v string) (err error) {
			if account.Rate, err = strconv.ParseFloat(v, 64); err == nil && (account.Rate < 0.01 || account.Rate > 100_000) {
				err = strconv.ErrRange
			}
			return err
		},
		"weight": func(v string) (err error) {
			if account.Weight, err = strconv.Atoi(v); err == nil && (account.Weight < 0 || account.Weight > 100) {
				err = strconv.ErrRange
			}
			return err
		},
	} {
		if v := set[setting]; v != "" {
			if err := read(v); err != nil {
				return work.Line{}, account, fmt.Errorf("channel %s: setting %q: rate is messages a second (0.01 to 100000), weight a percentage (0 to 100)", name, setting)
			}
		}
		delete(set, setting)
	}
	spec.Name = name
	ch, open, err := spec.Open(set)
	return work.Line{Spec: open, Channel: ch}, account, err
}

func allowed(spec notifier.Spec, purpose store.Purpose) error {
	switch {
	case purpose != store.Production && !spec.Loopback && !spec.Policy.Once:
		return ErrRealChannel
	case purpose == store.Production && strings.HasSuffix(notifier.Base(spec.Name), ".simulator"):
		return ErrSimulator
	}
	return nil
}

// readChannels reads {"sms.http": {"url": "..."}}; no file is no channel, unless somebody named it. It holds the gateways'
// secrets, so only its owner may read it.
func readChannels(path string, named bool) (map[string]Settings, error) {
	out := map[string]Settings{}
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && !named {
		return out, nil
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s holds secrets and can be read by others; run chmod 600 on it", path)
	}
	if err != nil {
		return nil, fmt.Errorf("the channels file cannot be read: %w", err)
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("%s: expected {\"channel\": {\"setting\": \"value\"}}: %w", path, err)
	}
	return out, nil
}

func names[T any](m map[string]T) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
