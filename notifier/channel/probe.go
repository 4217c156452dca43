package channel

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/loaphuong/loa/notifier"
)

var (
	_ notifier.Prober = (*simulator)(nil)
	_ notifier.Prober = (*smsHTTP)(nil)
)

// Probe implements notifier.Prober.
func (c *simulator) Probe(ctx context.Context) error { return probe(ctx, c.url) }

// Probe implements notifier.Prober.
func (c *smsHTTP) Probe(ctx context.Context) error { return probe(ctx, c.address) }

// probe opens a connection to the host of an address and closes it again.
func probe(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("the address of the gateway cannot be read")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	d := net.Dialer{Timeout: 3 * time.Second}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return fmt.Errorf("the gateway %s does not answer; check the address, the firewall and the gateway's own state", u.Host)
	}
	return conn.Close()
}
