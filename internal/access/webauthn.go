package access

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// webAuthn runs the ceremonies of WebAuthn. Everything but a key that checks who its owner is, and that finds its account
// by itself, is refused: a passkey stands for both factors.
type webAuthn struct{ *webauthn.WebAuthn }

var _ Authenticators = webAuthn{}

// WebAuthn returns the ceremonies for pages at an address, https://host or, on this machine, http://localhost:port.
func WebAuthn(address, name string) (Authenticators, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Hostname() != "localhost" {
		return nil, fmt.Errorf("access: passkeys need an address as https://host, not %q", address)
	}
	yes := true
	w, err := webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference:  protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{RequireResidentKey: &yes, ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired},
		Timeouts: webauthn.TimeoutsConfig{Login: webauthn.TimeoutConfig{Enforce: true, Timeout: ceremonyLasts, TimeoutUVD: ceremonyLasts},
			Registration: webauthn.TimeoutConfig{Enforce: true, Timeout: ceremonyLasts, TimeoutUVD: ceremonyLasts}}})
	if err != nil {
		return nil, fmt.Errorf("access: passkeys: %w", err)
	}
	return webAuthn{w}, nil
}

// owner is an account as the library sees it. Its handle is the account's id, which says nothing to others.
type owner struct {
	Account
	keys []webauthn.Credential
}

// WebAuthnID implements webauthn.User.
func (o owner) WebAuthnID() []byte { return []byte(o.ID) }

// WebAuthnName implements webauthn.User.
func (o owner) WebAuthnName() string { return o.Login }

// WebAuthnDisplayName implements webauthn.User.
func (o owner) WebAuthnDisplayName() string { return o.Name }

// WebAuthnCredentials implements webauthn.User.
func (o owner) WebAuthnCredentials() []webauthn.Credential { return o.keys }

func ownerOf(a Account, have []Passkey) (owner, error) {
	o := owner{Account: a}
	for _, k := range have {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(k.Record), &c); err != nil {
			return o, fmt.Errorf("access: a passkey cannot be read: %w", err)
		}
		c.Authenticator.SignCount = k.SignCount
		o.keys = append(o.keys, c)
	}
	return o, nil
}

// packed turns what the browser is asked, and what is to be remembered of it, into JSON.
func packed(options any, s *webauthn.SessionData) (json.RawMessage, string, error) {
	s.Expires = time.Time{} // the record says so, by its own clock
	asked, err := json.Marshal(options)
	if err != nil {
		return nil, "", err
	}
	state, err := json.Marshal(s)
	return asked, string(state), err
}

func unpacked(state string) (s webauthn.SessionData, err error) {
	err = json.Unmarshal([]byte(state), &s)
	return s, err
}

// BeginRegister implements Authenticators.
func (w webAuthn) BeginRegister(a Account, have []Passkey) (json.RawMessage, string, error) {
	o, err := ownerOf(a, have)
	if err != nil {
		return nil, "", err
	}
	created, session, err := w.BeginRegistration(o, webauthn.WithExclusions(webauthn.Credentials(o.keys).CredentialDescriptors()))
	if err != nil {
		return nil, "", fmt.Errorf("access: passkeys: %w", err)
	}
	return packed(created.Response, session)
}

// EndRegister implements Authenticators.
func (w webAuthn) EndRegister(a Account, state string, answer []byte) (Passkey, error) {
	session, err := unpacked(state)
	if err != nil {
		return Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, ErrPasskey
	}
	c, err := w.CreateCredential(owner{Account: a}, session, parsed)
	if err != nil || !c.Flags.UserVerified {
		return Passkey{}, ErrPasskey
	}
	return passkeyOf(c)
}

func passkeyOf(c *webauthn.Credential) (Passkey, error) {
	c.Attestation = webauthn.CredentialAttestation{} // nobody is asked for it
	record, err := json.Marshal(c)
	return Passkey{Credential: c.ID, Record: string(record), SignCount: c.Authenticator.SignCount}, err
}

// BeginSignIn implements Authenticators.
func (w webAuthn) BeginSignIn(a Account, have []Passkey) (json.RawMessage, string, error) {
	if len(have) == 0 {
		asked, session, err := w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
		if err != nil {
			return nil, "", fmt.Errorf("access: passkeys: %w", err)
		}
		return packed(asked.Response, session)
	}
	o, err := ownerOf(a, have)
	if err != nil {
		return nil, "", err
	}
	asked, session, err := w.BeginLogin(o, webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, "", fmt.Errorf("access: passkeys: %w", err)
	}
	return packed(asked.Response, session)
}

// Handle implements Authenticators.
func (w webAuthn) Handle(answer []byte) (string, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil || len(parsed.Response.UserHandle) == 0 || len(parsed.Response.UserHandle) > 64 {
		return "", ErrPasskey
	}
	return string(parsed.Response.UserHandle), nil
}

// EndSignIn implements Authenticators.
func (w webAuthn) EndSignIn(a Account, have []Passkey, state string, answer []byte) (Passkey, error) {
	session, err := unpacked(state)
	if err != nil {
		return Passkey{}, err
	}
	o, err := ownerOf(a, have)
	if err != nil {
		return Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Passkey{}, ErrPasskey
	}
	var c *webauthn.Credential
	if len(session.UserID) == 0 {
		_, c, err = w.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return o, nil }, session, parsed)
	} else {
		c, err = w.ValidateLogin(o, session, parsed)
	}
	if err != nil || c.Authenticator.CloneWarning {
		return Passkey{}, ErrPasskey
	}
	used, err := passkeyOf(c)
	for _, k := range have {
		if string(k.Credential) == string(used.Credential) {
			used.ID, used.Name, used.CreatedAt = k.ID, k.Name, k.CreatedAt
		}
	}
	return used, err
}
