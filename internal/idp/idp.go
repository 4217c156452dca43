// Package idp signs staff in at providers of identity that a province runs itself, by OpenID Connect: code flow with PKCE,
// state and nonce. A provider says only who somebody is there, and whether two factors were shown; whose account that is
// the record decides (internal/access).
package idp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/loaphuong/loa/internal/access"
)

// Settings are one provider in the file of providers, a JSON list.
type Settings struct {
	Name       string   `json:"name"`        // a-z and digits; stands in addresses and rows, never renamed
	Label      string   `json:"label"`       // on the button
	Unit       string   `json:"unit"`        // code of the unit whose staff it signs in, with all under it
	Issuer     string   `json:"issuer"`      // https://...
	ClientID   string   `json:"client_id"`   // given by the provider
	SecretFile string   `json:"secret_file"` // holds the client's secret, 0600; relative to the file of providers
	Scopes     []string `json:"scopes"`      // beside openid
	StrongACR  []string `json:"strong_acr"`  // acr values that mean two factors
}

// answerWithin bounds each question to a provider.
const answerWithin = 8 * time.Second

// Provider is one of them. What it publishes of itself is asked when it is first needed, so that Loa starts without it.
type Provider struct {
	Settings
	secret, redirect string
	client           *http.Client

	mu   sync.Mutex
	meta *oidc.Provider
}

var _ access.Provider = (*Provider)(nil)

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// Load reads the file of providers; staff is the address of the pages for staff, to which providers send browsers back.
func Load(file, staff string) ([]*Provider, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("idp: %w", err)
	}
	var list []Settings
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("idp: the file of providers is a JSON list: %w", err)
	}
	var out []*Provider
	for _, s := range list {
		if slices.ContainsFunc(out, func(p *Provider) bool { return p.Name == s.Name }) {
			return nil, fmt.Errorf("idp: provider %s is named twice", s.Name)
		}
		if !filepath.IsAbs(s.SecretFile) {
			s.SecretFile = filepath.Join(filepath.Dir(file), s.SecretFile)
		}
		secret, err := readSecret(s.SecretFile)
		if err != nil {
			return nil, err
		}
		p, err := New(s, secret, staff)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// readSecret reads a secret that nobody else can read.
func readSecret(file string) (string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", fmt.Errorf("idp: the secret: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("idp: others can read %s; run chmod 600 on it", file)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("idp: the secret: %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// New returns a provider. Plain http is taken only on this machine, for tests.
func New(s Settings, secret, staff string) (*Provider, error) {
	if !nameForm.MatchString(s.Name) || s.Label == "" || s.Unit == "" || s.ClientID == "" || secret == "" {
		return nil, errors.New("idp: a provider needs name (a-z, digits, dashes), label, unit, client_id and a secret")
	}
	if !safe(s.Issuer) || !safe(staff) {
		return nil, fmt.Errorf("idp: provider %s: issuer and the address of the pages for staff begin with https://", s.Name)
	}
	return &Provider{Settings: s, secret: secret, redirect: strings.TrimSuffix(staff, "/") + "/sign-in/with/" + s.Name + "/back",
		client: &http.Client{Timeout: answerWithin, Transport: bounded{http.DefaultTransport}}}, nil
}

func safe(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && slices.Contains([]string{"127.0.0.1", "localhost", "::1"}, u.Hostname())
}

// bounded reads at most a megabyte of an answer.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := b.next.RoundTrip(req)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, 1<<20), res.Body}
	}
	return res, err
}

// Info implements access.Provider.
func (p *Provider) Info() access.ProviderInfo {
	return access.ProviderInfo{Name: p.Name, Label: p.Label, UnitCode: p.Unit}
}

// discovered asks the provider once what it publishes. Its keys are asked again by the library when they change, under a
// context that must not end with a request.
func (p *Provider) discovered(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.meta != nil {
		return p.meta, nil
	}
	meta, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %s does not say who it is", access.ErrProvider, p.Name)
	}
	p.meta = meta
	return meta, nil
}

func (p *Provider) config(meta *oidc.Provider) oauth2.Config {
	return oauth2.Config{ClientID: p.ClientID, ClientSecret: p.secret, Endpoint: meta.Endpoint(), RedirectURL: p.redirect, Scopes: append([]string{oidc.ScopeOpenID}, p.Scopes...)}
}

// Start implements access.Provider.
func (p *Provider) Start(ctx context.Context, proof access.Proof) (string, error) {
	meta, err := p.discovered(ctx)
	if err != nil {
		return "", err
	}
	c := p.config(meta)
	return c.AuthCodeURL(proof.State, oidc.Nonce(proof.Nonce), oauth2.S256ChallengeOption(proof.Verifier)), nil
}

// End implements access.Provider.
func (p *Provider) End(ctx context.Context, proof access.Proof, code string) (access.Subject, error) {
	meta, err := p.discovered(ctx)
	if err != nil {
		return access.Subject{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	c := p.config(meta)
	token, err := c.Exchange(ctx, code, oauth2.VerifierOption(proof.Verifier))
	if err != nil {
		return access.Subject{}, access.ErrProvider // its words may hold what the provider was told
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return access.Subject{}, access.ErrProvider
	}
	id, err := meta.Verifier(&oidc.Config{ClientID: p.ClientID}).Verify(ctx, raw)
	if err != nil || id.Nonce != proof.Nonce || id.Subject == "" {
		return access.Subject{}, access.ErrProvider
	}
	var said struct {
		ACR string   `json:"acr"`
		AMR []string `json:"amr"`
	}
	if err := id.Claims(&said); err != nil {
		return access.Subject{}, access.ErrProvider
	}
	return access.Subject{ID: id.Subject, Strong: p.strong(said.ACR, said.AMR)}, nil
}

// strong says whether two factors were shown: the provider says mfa (RFC 8176), or an acr that the settings name.
func (p *Provider) strong(acr string, amr []string) bool {
	return slices.Contains(amr, "mfa") || acr != "" && slices.Contains(p.StrongACR, acr)
}
