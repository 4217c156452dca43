// Package sim is the world around Loa for demonstrations and tests: a telecom and Zalo that behave as badly as real
// ones, and citizens who answer as people do. Nothing here leaves this machine and nothing is about a real person.
// The provider writes down what really happened before it answers, so that what Loa believes can be compared with it.
package sim

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// Options are what a Provider needs.
type Options struct {
	Log       string           // ground truth, one JSON line an event; made when absent, continued when present
	Secret    string           // signs receipts and replies; 24 characters or more
	Callback  string           // base of Loa's provider listener, as http://127.0.0.1:8422; see SetCallback
	Seed      int64            // behaviour is a function of seed, medium and number
	PolicyNow func() time.Time // Loa's policy time; nil is Now
	Now       func() time.Time // the wall clock, for signatures and the memory of keys; nil is time.Now
	Hang      time.Duration    // how long a hanging request hangs, 0 = 3 s: more than the channel's time out
	Latency   time.Duration    // how long every answer takes
	MaxHangs  int              // hangs in the life of this process, 0 = 5: a demonstration must not crawl
	// Behave overrides the table for a number; it returns "" to leave it.
	Behave func(medium, to string) Behaviour
	// OnMessage is told what reached a phone, before the provider answers. Numbers and texts are only ever in memory.
	OnMessage func(Arrival)
}

// Arrival is a message on a citizen's phone.
type Arrival struct {
	Channel string // Loa's channel, to answer on
	Medium  string
	To      string
	Text    string
	Key     string
	At      time.Time // policy time
}

// Provider is the simulated telecom and Zalo: an http.Handler with three end points, one a channel.
//
//	/sms      sms.http         the generic gateway; refuses a repeated key for 24 hours with code 124
//	/sim/sms  sms.simulator    no keys
//	/sim/zalo zalo.simulator   no keys, Zalo's codes
//
// Each takes ?script=<name>, one of Scripts; see scripts.csv.
type Provider struct {
	opt    Options
	mux    *http.ServeMux
	client *http.Client
	server *http.Server
	base   string

	mu       sync.Mutex
	log      *os.File
	salt     []byte
	callback string
	keys     map[string]keyed
	hits     map[string]int // by medium and hashed address: what happens once has happened
	pending  []pending
	written  []writeBack // what people will answer, by the script
	messages int
	hangs    int
}

// keyed is a key that the keyed end point remembers.
type keyed struct {
	id string
	at time.Time
}

// keyMemory is how long the generic gateway refuses a key it has seen (eSMS RequestId, domain.md §5.1).
const keyMemory = 24 * time.Hour

// OpenProvider makes a provider that goes on where its log ends.
func OpenProvider(opt Options) (*Provider, error) {
	if len(opt.Secret) < 24 {
		return nil, errors.New("sim: the provider's secret needs 24 characters")
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.PolicyNow == nil {
		opt.PolicyNow = opt.Now
	}
	if opt.Hang == 0 {
		opt.Hang = 3 * time.Second
	}
	if opt.MaxHangs == 0 {
		opt.MaxHangs = 5
	}
	p := &Provider{opt: opt, mux: http.NewServeMux(), keys: map[string]keyed{}, hits: map[string]int{}}
	p.client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DialContext: dialLoopback, MaxIdleConnsPerHost: 16}}
	if err := p.SetCallback(opt.Callback); err != nil {
		return nil, err
	}
	for i := range endpoints {
		p.mux.HandleFunc("POST "+endpoints[i].path, func(w http.ResponseWriter, r *http.Request) { p.receive(w, r, &endpoints[i]) })
	}
	if err := p.openLog(opt.Log); err != nil {
		return nil, fmt.Errorf("sim: open the provider's log: %w", err)
	}
	return p, nil
}

// ServeHTTP implements http.Handler.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(w, r) }

// Listen serves on a loopback address, as 127.0.0.1:0, and returns the base address.
func (p *Provider) Listen(address string) (string, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("sim: listen: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return "", fmt.Errorf("sim: the provider listens on a loopback address only")
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("sim: listen: %w", err)
	}
	p.base = "http://" + l.Addr().String()
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = p.server.Serve(l) }() // ends with Close
	return p.base, nil
}

// Settings returns the settings with which a channel speaks to this provider; call it after Listen.
func (p *Provider) Settings(channel string) map[string]string {
	for _, e := range endpoints {
		if e.channel == channel {
			return e.settings(p.base+e.path, p.opt.Secret)
		}
	}
	return nil
}

// SetCallback says where receipts and replies go; it must be inside this machine.
func (p *Provider) SetCallback(base string) error {
	if base != "" && !isLoopbackURL(base) {
		return errors.New("sim: the provider reports to a loopback address only")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.callback = base
	return nil
}

// Close stops listening and closes the log. What was not reported stays due and is found again in the log.
func (p *Provider) Close() error {
	var err error
	if p.server != nil {
		err = p.server.Close()
	}
	p.client.CloseIdleConnections()
	p.mu.Lock()
	defer p.mu.Unlock()
	return errors.Join(err, p.log.Close())
}

// Addr is how a number stands in the log: it can be recognised by whoever has the log and the number, and cannot be
// read from the log.
func (p *Provider) Addr(number string) string { return addrHash(p.salt, number) }

func addrHash(salt []byte, number string) string {
	m := hmac.New(sha256.New, salt)
	m.Write([]byte(number))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

func dialLoopback(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if !isLoopbackHost(host) {
		return nil, errors.New("sim: the provider never leaves this machine")
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}
