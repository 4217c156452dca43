package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/loaphuong/loa/campaigns"
)

// errInside is the refusal of an address that lies inside: on this machine, in its network, or nowhere.
var errInside = errors.New("the address lies inside")

// inside are networks that netip has no word for: this network, shared address space, protocol assignments, documentation,
// benchmarking, the reserved ones, NAT64 and 6to4, which carry an IPv4 address (IANA special-purpose registries).
var inside = func() (out []netip.Prefix) {
	for _, s := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10"} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}()

// Outside says whether an address lies on the open internet (security.md T29).
func Outside(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range inside {
		if p.Contains(addr) {
			return false
		}
	}
	return true
}

// CheckURL refuses what can never be told: anything but https on port 443 to a host by name, without user, fragment or
// address in figures.
func CheckURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || len(raw) > 500:
		return fmt.Errorf("%w: the address cannot be read", campaigns.ErrWebhook)
	case u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("%w: the address must begin with https://", campaigns.ErrWebhook)
	case u.User != nil || u.Fragment != "":
		return fmt.Errorf("%w: the address may hold neither user nor fragment", campaigns.ErrWebhook)
	case u.Port() != "" && u.Port() != "443":
		return fmt.Errorf("%w: only port 443 is told", campaigns.ErrWebhook)
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if !strings.Contains(host, ".") || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") || strings.ContainsAny(host, ":[]") {
		return fmt.Errorf("%w: the host must be a name", campaigns.ErrWebhook)
	}
	return nil
}

// NewClient makes a client that reaches only addresses that allow lets pass; nil is Outside.
func NewClient(allow func(netip.Addr) bool) *http.Client {
	if allow == nil {
		allow = Outside
	}
	return newClient(allow, nil)
}

// newClient makes the client that tells: it dials only what lies outside, whatever a name resolves to at that moment, and
// follows nobody elsewhere. allow is for tests and demonstrations.
func newClient(allow func(netip.Addr) bool, resolver *net.Resolver) *http.Client {
	dialer := &net.Dialer{Timeout: 3 * time.Second, Resolver: resolver, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !allow(at.Addr()) {
			return errInside
		}
		return nil
	}}
	return &http.Client{
		Timeout: 5 * time.Second,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, address)
			},
			TLSHandshakeTimeout: 3 * time.Second, ResponseHeaderTimeout: 5 * time.Second, MaxResponseHeaderBytes: 16 << 10,
			DisableKeepAlives: true, // each telling resolves and checks anew
			Proxy:             nil,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
