package channeltest

import (
	"context"
	"errors"
	"net"
	"net/http"
)

// ErrLeftHost is what a dial to another machine gets.
var ErrLeftHost = errors.New("channeltest: a test tried to leave this machine")

// LocalClient returns a client that can reach this machine only. It judges the address that is dialled, after names
// are resolved, and uses no proxy.
func LocalClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: dialLocal, MaxIdleConnsPerHost: 64}}
}

func dialLocal(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, ErrLeftHost
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}
