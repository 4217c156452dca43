package config

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

func good() Config {
	return Config{Listen: "127.0.0.1:8420", PublicListen: "127.0.0.1:8421", InboundListen: "127.0.0.1:8422", DataDir: "d"}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	require.NoError(t, good().Validate("all"))
	for name, c := range map[string]struct {
		role   string
		change func(*Config)
		want   string
	}{
		"worker on sqlite":     {"worker", func(*Config) {}, "needs PostgreSQL"},
		"postgres, no keyring": {"all", func(c *Config) { c.DatabaseURL = "postgres://x" }, "LOA_KEYRING_FILE"},
		"open address":         {"all", func(c *Config) { c.Listen = "0.0.0.0:1" }, "LOA_BEHIND_PROXY"},
		"no port":              {"all", func(c *Config) { c.PublicListen = "localhost" }, "LOA_PUBLIC_LISTEN"},
		"redis":                {"all", func(c *Config) { c.RedisURL = "http://x" }, "LOA_REDIS_URL"},
		"public url":           {"all", func(c *Config) { c.PublicURL = "x" }, "LOA_PUBLIC_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := good()
			c.change(&cfg)
			require.ErrorContains(t, cfg.Validate(c.role), c.want)
		})
	}
	split := good()
	split.DatabaseURL, split.RedisURL, split.Keyring = "postgres://x", "redis://127.0.0.1:6379", "k"
	require.NoError(t, split.Validate("worker"))
}

func TestLogHidesPersonalKeys(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: redact})).Info("x", "phone", "+84912345678", "unit", "u")
	require.NotContains(t, out.String(), "84912345678")
	require.Contains(t, out.String(), "unit=u")
}

// Passkeys and providers need the address of the pages for staff; this machine's own goes without saying.
func TestStaffAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config Config
		want   string
		good   bool
	}{
		{Config{Listen: "127.0.0.1:8420"}, "http://localhost:8420", true},
		{Config{Listen: "127.0.0.1:8420", BehindProxy: true}, "", true},
		{Config{Listen: "0.0.0.0:8420", BehindProxy: true}, "", true},
		{Config{Listen: "0.0.0.0:8420", BehindProxy: true, StaffURL: "https://loa.example/"}, "https://loa.example", true},
		{Config{Listen: "127.0.0.1:8420", StaffURL: "http://loa.example"}, "http://loa.example", false},
		{Config{Listen: "127.0.0.1:8420", StaffURL: "loa.example"}, "loa.example", false},
	} {
		c.config.PublicListen, c.config.InboundListen = "127.0.0.1:1", "127.0.0.1:2"
		require.Equal(t, c.want, c.config.StaffAddress())
		err := c.config.Validate("all")
		require.Equal(t, c.good, err == nil, "%v", err)
	}
}
