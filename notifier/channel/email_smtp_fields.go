package channel

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/loaphuong/loa/notifier"
)

// Ways of speaking TLS to a mail server.
const (
	tlsStart    = "starttls" // begun in the clear, refused where the server does not offer it
	tlsImplicit = "implicit" // from the first byte
	tlsNone     = "none"     // loopback only
)

var emailSMTPFields = []notifier.Field{
	{Name: "host", Help: "name of the mail server", Required: true},
	{Name: "port", Help: "its port; empty: 587, with implicit TLS 465, without TLS 25"},
	{Name: "tls", Help: "starttls, implicit, or none for a server inside this machine", Default: tlsStart},
	{Name: "user", Help: "name to sign in with; empty: no sign-in"},
	{Name: "password", Help: "password to sign in with", Secret: true},
	{Name: "from", Help: "address the mails come from", Required: true},
	{Name: "from_name", Help: "name beside that address, as Công an phường Hoa Sen"},
	{Name: "reply_to", Help: "address that answers go to; empty: from"},
	{Name: "timeout", Help: "how long one mail may take", Default: "30s"},
	{Name: "in_flight", Help: "how many connections a process has to the server at once, 1 to 200; a crash leaves at most twice as many mails unknown",
		Default: strconv.Itoa(mailInFlight)},
	{Name: "secret", Help: "secret that bounces are signed with, 24 characters or more; empty: none are accepted", Secret: true},
	{Name: "dkim_domain", Help: "domain that signs the mails (DKIM); empty: no signature, or the server's own"},
	{Name: "dkim_selector", Help: "selector under which its public key stands in the DNS"},
	{Name: "dkim_key", Help: "its private key, PEM (RSA or Ed25519)", Secret: true},
}

// mailInFlight is how many connections a process has to a mail server at once unless it is set: many servers refuse more.
const mailInFlight = 10

func readMailInFlight(v string) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > 200 {
		return 0, fmt.Errorf("setting \"in_flight\" must be a number from 1 to 200")
	}
	return n, nil
}

// checkMailHost accepts a name or an IP address, and says whether it is this machine.
func checkMailHost(host string) (loopback bool, err error) {
	if strings.ContainsAny(host, "/@ \t\r\n\x00") || strings.Count(host, ":") == 1 {
		return false, fmt.Errorf("setting \"host\" must be a name such as mail.example.vn, without a scheme or port")
	}
	return isLoopback(host), nil
}

// readPort returns the usual port of a TLS mode where none is set.
func readPort(v, mode string) (int, error) {
	if v == "" {
		return map[string]int{tlsStart: 587, tlsImplicit: 465, tlsNone: 25}[mode], nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > 65535 {
		return 0, fmt.Errorf("setting \"port\" must be a number from 1 to 65535")
	}
	return n, nil
}

// signer puts a DKIM signature before a mail.
type signer func(w io.Writer, raw []byte) error

// signedHeaders are covered by the signature. Those that a mail does not have are named too, so that nobody can add them;
// List-Unsubscribe must be among them (RFC 8058 §4).
var signedHeaders = []string{"From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
	"Content-Transfer-Encoding", "Content-Language", "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post"}

// readDKIM returns nil where nothing is to be signed. The error never repeats the key.
func readDKIM(s notifier.Settings) (signer, error) {
	domain, selector, key := s["dkim_domain"], s["dkim_selector"], s["dkim_key"]
	if domain == "" && selector == "" && key == "" {
		return nil, nil
	}
	private := privateKey(key)
	if domain == "" || selector == "" || private == nil {
		return nil, fmt.Errorf("settings \"dkim_domain\", \"dkim_selector\" and \"dkim_key\" belong together; the key is a PEM block with an RSA or Ed25519 key")
	}
	options := dkim.SignOptions{Domain: domain, Selector: selector, Signer: private, HeaderKeys: signedHeaders,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed}
	sign := func(w io.Writer, raw []byte) error { return dkim.Sign(w, bytes.NewReader(raw), &options) }
	if err := sign(io.Discard, []byte("From: a@example.vn\r\n\r\n\r\n")); err != nil {
		return nil, fmt.Errorf("settings \"dkim_domain\", \"dkim_selector\" and \"dkim_key\" do not make a signature")
	}
	return sign, nil
}

func privateKey(text string) crypto.Signer {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return key
	case ed25519.PrivateKey:
		return key
	}
	return nil
}
