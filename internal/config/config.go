// Package config is one struct that flags, environment (LOA_*) and a JSON file fill, in this order of strength. The
// tags are read by kong.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/loaphuong/loa/internal/store"
)

// Config is all that an operator can set.
type Config struct {
	DatabaseURL   string   `name:"database-url" env:"LOA_DATABASE_URL" help:"Path of the SQLite file or a postgres:// URL. Empty: loa.db in the data folder." placeholder:"URL"`
	RedisURL      string   `name:"redis-url" env:"LOA_REDIS_URL" help:"redis:// URL of the bell. Empty: a Redis inside this process." placeholder:"URL"`
	Listen        string   `name:"listen" env:"LOA_LISTEN" default:"127.0.0.1:8420" help:"Address of the staff API."`
	PublicListen  string   `name:"public-listen" env:"LOA_PUBLIC_LISTEN" default:"127.0.0.1:8421" help:"Address of the citizens' answer pages."`
	InboundListen string   `name:"inbound-listen" env:"LOA_INBOUND_LISTEN" default:"127.0.0.1:8422" help:"Address on which providers report receipts and replies."`
	DataDir       string   `name:"data-dir" env:"LOA_DATA_DIR" default:"./loa-data" help:"Folder for the SQLite file, the key ring and the first API key." type:"path"`
	PublicURL     string   `name:"public-url" env:"LOA_PUBLIC_URL" help:"Address of the public pages as citizens see it; mails name it for unsubscribing." placeholder:"URL"`
	StaffURL      string   `name:"staff-url" env:"LOA_STAFF_URL" help:"Address of the pages for staff as browsers see it, https://host. Passkeys are bound to it and providers of identity send people back to it. Empty: http://localhost with the port of LOA_LISTEN while that is loopback." placeholder:"URL"`
	Providers     string   `name:"providers-file" env:"LOA_PROVIDERS_FILE" help:"JSON list of providers of identity (OpenID Connect). Empty: providers.json in the data folder, if there is one." placeholder:"FILE"`
	Keyring       string   `name:"keyring-file" env:"LOA_KEYRING_FILE" help:"Key ring (0600). Empty: keys.json in the data folder; required with PostgreSQL." placeholder:"FILE"`
	Channels      string   `name:"channels-file" env:"LOA_CHANNELS_FILE" help:"JSON file that opens channels: {\"sms.http\": {\"url\": \"...\"}}. Empty: channels.json in the data folder." placeholder:"FILE"`
	ErasureLedger string   `name:"erasure-ledger" env:"LOA_ERASURE_LEDGER" help:"File that keeps who was erased, ids only, outside the database and its backups. Empty: erasures.jsonl in the data folder." placeholder:"FILE"`
	BehindProxy   bool     `name:"behind-proxy" env:"LOA_BEHIND_PROXY" help:"A proxy with a certificate stands before the staff address; needed to listen beyond loopback."`
	HealthListen  string   `name:"health-listen" env:"LOA_HEALTH_LISTEN" help:"Address of /healthz, /readyz and /metrics in a process with --role worker. Empty: none." placeholder:"ADDR"`
	Proxies       []string `name:"proxies" env:"LOA_PROXIES" help:"Addresses of the proxies before the answer pages whose X-Forwarded-For is believed; they must overwrite it." placeholder:"ADDR"`
	LogLevel      string   `name:"log-level" env:"LOA_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"How much is logged: debug, info, warn or error."`
	LogFormat     string   `name:"log-format" env:"LOA_LOG_FORMAT" default:"text" enum:"text,json" help:"Form of the log: text or json."`

	Test `embed:""`
}

// Test are settings of fault injection. They are honoured only in a demonstration or test database; anywhere else a
// process that finds one set does not start.
type Test struct {
	Lease time.Duration `name:"test-lease" env:"LOA_TEST_LEASE" hidden:"" help:"Margin that a lease adds to a channel's time out; 0 = the production figure."`
	Sweep time.Duration `name:"test-sweep" env:"LOA_TEST_SWEEP" hidden:"" help:"How often what dead workers left is taken back; 0 = the production figure."`
	Tick  time.Duration `name:"test-tick" env:"LOA_TEST_TICK" hidden:"" help:"How often the engine looks by itself; 0 = the production figure."`
	Skew  time.Duration `name:"test-clock-skew" env:"LOA_TEST_CLOCK_SKEW" hidden:"" help:"How wrong the clock of this process is."`
}

// Mistake is a setting that cannot work; Error says what to do.
type Mistake struct{ Setting, Problem string }

func (m *Mistake) Error() string { return m.Setting + ": " + m.Problem }

// Database returns the database address, the default filled in.
func (c Config) Database() string {
	if c.DatabaseURL == "" {
		return filepath.Join(c.DataDir, "loa.db")
	}
	return c.DatabaseURL
}

// KeyringFile returns the path of the key ring.
func (c Config) KeyringFile() string {
	if c.Keyring == "" {
		return filepath.Join(c.DataDir, "keys.json")
	}
	return c.Keyring
}

// ProvidersFile returns the path of the file of providers of identity.
func (c Config) ProvidersFile() string {
	if c.Providers == "" {
		return filepath.Join(c.DataDir, "providers.json")
	}
	return c.Providers
}

// StaffAddress returns where browsers find the pages for staff; "" where nobody said so and it is not this machine.
func (c Config) StaffAddress() string {
	host, port, err := net.SplitHostPort(c.Listen)
	if c.StaffURL == "" && err == nil && Loopback(host) && !c.BehindProxy {
		return "http://localhost:" + port // passkeys know names, not numbers
	}
	return strings.TrimSuffix(c.StaffURL, "/")
}

// ChannelsFile returns the path of the channels file.
func (c Config) ChannelsFile() string {
	if c.Channels == "" {
		return filepath.Join(c.DataDir, "channels.json")
	}
	return c.Channels
}

// LedgerFile returns the path of the erasure ledger.
func (c Config) LedgerFile() string {
	if c.ErasureLedger == "" {
		return filepath.Join(c.DataDir, "erasures.jsonl")
	}
	return c.ErasureLedger
}

// Validate finds all mistakes at once. role is all, api or worker.
func (c Config) Validate(role string) error {
	var errs []error
	bad := func(setting, problem string, args ...any) {
		errs = append(errs, &Mistake{setting, fmt.Sprintf(problem, args...)})
	}
	pg := store.IsPostgres(c.Database())
	if pg && c.Keyring == "" {
		bad("LOA_KEYRING_FILE", "is required with PostgreSQL: every process must read the same key ring")
	}
	if role != "all" && (!pg || c.RedisURL == "") {
		bad("--role", "%s needs PostgreSQL (LOA_DATABASE_URL) and Redis (LOA_REDIS_URL); one process with --role all needs neither", role)
	}
	if u, err := url.Parse(c.RedisURL); err != nil || c.RedisURL != "" && u.Scheme != "redis" && u.Scheme != "rediss" && u.Scheme != "unix" {
		bad("LOA_REDIS_URL", "cannot be read; expected redis://:password@host:6379/0")
	}
	if u, err := url.Parse(c.PublicURL); err != nil || c.PublicURL != "" && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		bad("LOA_PUBLIC_URL", "cannot be read; expected https://host")
	}
	if u, err := url.Parse(c.StaffURL); err != nil || c.StaffURL != "" && (u.Hostname() == "" || u.Scheme != "https" && u.Hostname() != "localhost") {
		bad("LOA_STAFF_URL", "cannot be used; expected https://host")
	}
	for _, a := range []struct{ name, addr string }{{"LOA_LISTEN", c.Listen}, {"LOA_PUBLIC_LISTEN", c.PublicListen}, {"LOA_INBOUND_LISTEN", c.InboundListen}} {
		host, _, err := net.SplitHostPort(a.addr)
		switch {
		case err != nil:
			bad(a.name, "%q is not an address such as 127.0.0.1:8420", a.addr)
		case a.name == "LOA_LISTEN" && !Loopback(host) && !c.BehindProxy:
			bad(a.name, "%q is open to others; put a proxy with a certificate before it and set LOA_BEHIND_PROXY=true", a.addr)
		}
	}
	return errors.Join(errs...)
}

// Loopback says whether a host is this machine only.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Logger builds the structured log on stderr. Attributes that could name a person have no place in it; as a last guard
// the values of some keys are dropped.
func (c Config) Logger() *slog.Logger {
	level := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}[c.LogLevel]
	opt := &slog.HandlerOptions{Level: level, ReplaceAttr: redact}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, opt))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, opt))
}

func redact(_ []string, a slog.Attr) slog.Attr {
	switch strings.ToLower(a.Key) {
	case "phone", "email", "id_number", "address", "name", "text", "body", "token", "password", "url":
		return slog.String(a.Key, "[hidden]")
	}
	return a
}
