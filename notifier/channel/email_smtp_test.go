package channel_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/loaphuong/loa/notifier"
	"github.com/loaphuong/loa/notifier/channel"
	"github.com/loaphuong/loa/notifier/channeltest"
)

var emailSMTPFixture = channeltest.Mail{
	Settings: func(host, port, timeout string) notifier.Settings {
		return notifier.Settings{"host": host, "port": port, "tls": "none", "from": "tin@hoasen.example.vn", "from_name": "Công an phường Hoa Sen", "timeout": timeout}
	},
	Codes: []channeltest.MailCode{
		refusal(channeltest.AtHello, 554, smtp.EnhancedCode{5, 3, 2}, notifier.Temporary, "provider_down", 0), // the account, not this mail
		refusal(channeltest.AtSender, 421, smtp.EnhancedCode{4, 3, 0}, notifier.Temporary, "provider_down", 0),
		refusal(channeltest.AtSender, 450, smtp.EnhancedCode{4, 7, 28}, notifier.Temporary, "rate_limited", 0),
		refusal(channeltest.AtSender, 550, smtp.EnhancedCode{5, 7, 26}, notifier.Permanent, "misconfigured", 0),
		refusal(channeltest.AtSender, 553, smtp.EnhancedCode{5, 1, 8}, notifier.Permanent, "misconfigured", 0),
		refusal(channeltest.AtRecipient, 550, smtp.EnhancedCode{5, 1, 1}, notifier.Permanent, "mailbox_unknown", 0),
		refusal(channeltest.AtRecipient, 550, smtp.NoEnhancedCode, notifier.Permanent, "mailbox_unknown", 0),
		refusal(channeltest.AtRecipient, 553, smtp.NoEnhancedCode, notifier.Permanent, "mailbox_unknown", 0),
		refusal(channeltest.AtRecipient, 552, smtp.EnhancedCode{5, 2, 2}, notifier.Permanent, "mailbox_full", 0),
		refusal(channeltest.AtRecipient, 452, smtp.EnhancedCode{4, 2, 2}, notifier.Temporary, "mailbox_full", 0),
		refusal(channeltest.AtRecipient, 451, smtp.EnhancedCode{4, 7, 1}, notifier.Temporary, "deferred", 5*time.Minute), // greylisting
		refusal(channeltest.AtRecipient, 450, smtp.NoEnhancedCode, notifier.Temporary, "deferred", 5*time.Minute),
		refusal(channeltest.AtRecipient, 554, smtp.EnhancedCode{5, 7, 1}, notifier.Permanent, "provider_rejected", 0),
		refusal(channeltest.AtRecipient, 599, smtp.EnhancedCode{5, 9, 9}, notifier.Permanent, "provider_rejected", 0),
		refusal(channeltest.AtRecipient, 499, smtp.EnhancedCode{4, 9, 9}, notifier.Temporary, "deferred", 5*time.Minute),
		refusal(channeltest.AtData, 554, smtp.EnhancedCode{5, 6, 0}, notifier.Permanent, "content_refused", 0),
		refusal(channeltest.AtData, 554, smtp.NoEnhancedCode, notifier.Permanent, "content_refused", 0),
		refusal(channeltest.AtData, 550, smtp.EnhancedCode{5, 7, 1}, notifier.Permanent, "provider_rejected", 0),
		refusal(channeltest.AtData, 452, smtp.EnhancedCode{4, 3, 1}, notifier.Temporary, "provider_down", 0),
		refusal(channeltest.AtData, 451, smtp.NoEnhancedCode, notifier.Temporary, "deferred", 5*time.Minute),
		refusal(channeltest.AtData, 550, smtp.EnhancedCode{4, 2, 2}, notifier.Permanent, "provider_rejected", 0), // the code counts where the two disagree
	},
}

func refusal(at string, code int, enhanced smtp.EnhancedCode, class notifier.Class, reason string, wait time.Duration) channeltest.MailCode {
	return channeltest.MailCode{At: at, Code: code, Enhanced: enhanced, Class: class, Reason: reason, Wait: wait}
}

func mailSpec(t *testing.T, d channel.Deps) notifier.Spec {
	t.Helper()
	spec, ok := channel.Named(d, "email.smtp")
	require.True(t, ok)
	return spec
}

func aMail() notifier.Message {
	return notifier.Message{Key: "akeyakeyakeyakeyakey", To: "an@example.vn", Subject: "Mời làm thẻ căn cước", Body: "Kính mời ông An.\nXin cảm ơn.", Locale: "vi"}
}

// certificate makes one for this machine, and a pool that trusts it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	of := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	raw, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(raw)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}}, pool
}

// TLS from the first byte and after STARTTLS, signed in and not, with a certificate that is trusted and one that is not.
func TestMailSignsInOverTLS(t *testing.T) {
	t.Parallel()
	config, pool := certificate(t)
	for _, mode := range []string{"starttls", "implicit"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := channeltest.NewMailServer(t, channeltest.MailServerOptions{TLS: config, Implicit: mode == "implicit", User: "loa", Password: channeltest.Secret})
			set := notifier.Settings{"host": s.Host, "port": s.Port, "tls": mode, "user": "loa", "password": channeltest.Secret, "from": "tin@hoasen.example.vn"}
			send := func(d channel.Deps, password string) error {
				set["password"] = password
				ch, _, err := mailSpec(t, d).Open(set)
				require.NoError(t, err)
				_, err = ch.Send(t.Context(), aMail())
				return err
			}
			require.NoError(t, send(channel.Deps{Roots: pool}, channeltest.Secret))
			require.Len(t, s.Mails(), 1)

			var f *notifier.Failure
			require.ErrorAs(t, send(channel.Deps{Roots: pool}, channeltest.Secret+"x"), &f)
			require.Equal(t, notifier.Failure{Class: notifier.Permanent, Reason: notifier.Misconfigured, Detail: "SMTP 535 5.7.8"}, *f)
			require.ErrorAs(t, send(channel.Deps{}, channeltest.Secret), &f)
			require.Equal(t, notifier.Failure{Class: notifier.Temporary, Reason: notifier.ProviderDown, Detail: "certificate not trusted"}, *f)
			require.Len(t, s.Mails(), 1)
		})
	}
}

// A server that offers no TLS gets neither the password nor the mail.
func TestMailIsNotTalkedOutOfTLS(t *testing.T) {
	t.Parallel()
	s := channeltest.NewMailServer(t, channeltest.MailServerOptions{User: "loa", Password: channeltest.Secret})
	ch, _, err := mailSpec(t, channel.Deps{}).Open(notifier.Settings{"host": s.Host, "port": s.Port, "user": "loa", "password": channeltest.Secret, "from": "tin@hoasen.example.vn"})
	require.NoError(t, err)
	_, err = ch.Send(t.Context(), aMail())
	var f *notifier.Failure
	require.ErrorAs(t, err, &f)
	require.Equal(t, "the server offers no TLS", f.Detail)
	require.Equal(t, notifier.Temporary, f.Class)
	require.Empty(t, s.Mails())
}

func TestMailIsSigned(t *testing.T) {
	t.Parallel()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	s := channeltest.NewMailServer(t, channeltest.MailServerOptions{})
	set := emailSMTPFixture.Settings(s.Host, s.Port, "20s")
	set["dkim_domain"], set["dkim_selector"], set["dkim_key"] = "hoasen.example.vn", "loa", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	unsubscribe := func(to string) string { return "https://loa.example.vn/u/token-of-" + to[:2] }
	ch, _, err := mailSpec(t, channel.Deps{Unsubscribe: unsubscribe}).Open(set)
	require.NoError(t, err)
	_, err = ch.Send(t.Context(), aMail())
	require.NoError(t, err)
	raw := string(s.Mails()[0].Raw)
	lookup := func(name string) ([]string, error) {
		require.Equal(t, "loa._domainkey.hoasen.example.vn", name)
		return []string{"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)}, nil
	}
	verify := func(mail string) error {
		found, err := dkim.VerifyWithOptions(strings.NewReader(mail), &dkim.VerifyOptions{LookupTXT: lookup})
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Contains(t, found[0].HeaderKeys, "List-Unsubscribe")
		require.Contains(t, found[0].HeaderKeys, "List-Unsubscribe-Post")
		return found[0].Err
	}
	require.NoError(t, verify(raw))
	require.Error(t, verify(strings.Replace(raw, "Auto-Submitted: auto-generated", "Auto-Submitted: no", 1)))
	require.Error(t, verify(strings.Replace(raw, "token-of-an", "token-of-ab", 1)))

	h := s.Mails()[0].Header
	require.Equal(t, "<https://loa.example.vn/u/token-of-an>", h.Get("List-Unsubscribe"))
	require.Equal(t, "List-Unsubscribe=One-Click", h.Get("List-Unsubscribe-Post"))
	from, err := h.AddressList("From")
	require.NoError(t, err)
	require.Equal(t, "Công an phường Hoa Sen", from[0].Name)
	require.Equal(t, "vi", h.Get("Content-Language"))
	require.Contains(t, h.Get("Content-Type"), "text/plain")
	require.Contains(t, h.Get("Content-Type"), "UTF-8")
}

// Without an address of our pages a mail promises no way to unsubscribe.
func TestMailWithoutUnsubscribe(t *testing.T) {
	t.Parallel()
	for _, unsubscribe := range []func(string) string{nil, func(string) string { return "" }} {
		s := channeltest.NewMailServer(t, channeltest.MailServerOptions{})
		ch, _, err := mailSpec(t, channel.Deps{Unsubscribe: unsubscribe}).Open(emailSMTPFixture.Settings(s.Host, s.Port, "20s"))
		require.NoError(t, err)
		_, err = ch.Send(t.Context(), aMail())
		require.NoError(t, err)
		require.NotContains(t, s.Mails()[0].Header, "List-Unsubscribe")
		require.NotContains(t, s.Mails()[0].Header, "List-Unsubscribe-Post")
	}
}

// One recipient's refusal is that recipient's.
func TestMailboxByMailbox(t *testing.T) {
	t.Parallel()
	s := channeltest.NewMailServer(t, channeltest.MailServerOptions{})
	s.Behave(channeltest.Fault{At: channeltest.AtRecipient, To: "gone@example.vn", Code: 550, Enhanced: smtp.EnhancedCode{5, 1, 1}})
	ch, _, err := mailSpec(t, channel.Deps{}).Open(emailSMTPFixture.Settings(s.Host, s.Port, "20s"))
	require.NoError(t, err)
	for _, to := range []string{"an@example.vn", "gone@example.vn", "binh@example.vn"} {
		m := aMail()
		m.To = to
		_, err := ch.Send(t.Context(), m)
		require.Equal(t, to == "gone@example.vn", err != nil, to)
	}
	require.Len(t, s.Mails(), 2)
	require.Equal(t, []string{"binh@example.vn"}, s.Mails()[1].To, "the refused one is forgotten")
	require.Equal(t, 1, s.Opened())
}

// A mistake in the settings shows when the channel is made, in words for staff, and never repeats a secret.
func TestMailSettingsRefused(t *testing.T) {
	t.Parallel()
	good := func(pairs ...string) notifier.Settings {
		s := notifier.Settings{"host": "mail.example.vn", "from": "tin@example.vn"}
		for i := 0; i < len(pairs); i += 2 {
			s[pairs[i]] = pairs[i+1]
		}
		return s
	}
	cases := map[string]struct {
		set notifier.Settings
		say string
	}{
		"nothing":           {notifier.Settings{}, `setting "host" is missing`},
		"scheme":            {good("host", "smtp://mail.example.vn"), "without a scheme"},
		"port in host":      {good("host", "mail.example.vn:25"), "without a scheme or port"},
		"in the clear":      {good("tls", "none"), "inside this machine"},
		"tls":               {good("tls", "ssl"), "must be one of"},
		"port":              {good("port", "smtp"), "65535"},
		"user alone":        {good("user", "loa"), "belong together"},
		"password alone":    {good("password", channeltest.Secret), "belong together"},
		"from":              {good("from", "Tin <tin@example.vn>"), "one address"},
		"from name":         {good("from_name", "a\r\nBcc: b@example.vn"), "line break"},
		"reply to":          {good("reply_to", "a@example.vn, b@example.vn"), "one address"},
		"timeout":           {good("timeout", "2h"), "timeout"},
		"in flight":         {good("in_flight", "500"), "1 to 200"},
		"dkim alone":        {good("dkim_domain", "example.vn"), "belong together"},
		"dkim key":          {good("dkim_domain", "example.vn", "dkim_selector", "loa", "dkim_key", channeltest.Secret), "PEM"},
		"dkim empty domain": {good("dkim_selector", "loa", "dkim_key", channeltest.Secret), "belong together"},
	}
	for name, c := range cases {
		_, _, err := mailSpec(t, channel.Deps{}).Open(c.set)
		require.ErrorContains(t, err, c.say, name)
		require.NotContains(t, err.Error(), channeltest.Secret, name)
	}
	_, open, err := mailSpec(t, channel.Deps{}).Open(good("in_flight", "3", "timeout", "40s"))
	require.NoError(t, err)
	require.False(t, open.Loopback)
	require.Equal(t, notifier.Limits{Window: 6, InFlight: 3, Timeout: 40 * time.Second}, open.Limits)
	require.Equal(t, "at most once", open.Policy.Promise())
	_, open, err = mailSpec(t, channel.Deps{}).Open(good("host", "::1", "tls", "none"))
	require.NoError(t, err)
	require.True(t, open.Loopback)
}
