package channel

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/loaphuong/loa/notifier"
)

// server is how a mail server is reached.
type server struct {
	host           string
	port           int
	mode           string
	user, password string
	helo           string
	roots          *x509.CertPool // nil: the system's
}

// post keeps open connections to a mail server; one carries one mail at a time.
type post struct {
	server
	mu   sync.Mutex
	idle []*courier // the one used last at the end
}

// courier is one connection.
type courier struct {
	client *smtp.Client
	conn   net.Conn
	used   bool // it has carried a mail before
	lost   bool // it was closed when the time was over
	rest   *time.Timer
}

// mailIdle is how long a connection is kept unused; servers hang up after one to five minutes.
const mailIdle = 20 * time.Second

// carry takes one mail to the server, once. Only a connection that turns out to have been closed meanwhile is changed for
// a new one, and only before anything of the mail was named.
func (p *post) carry(ctx context.Context, from, to string, raw []byte) *notifier.Failure {
	for {
		if ctx.Err() != nil {
			return stopped()
		}
		c, bad := p.take(ctx)
		if bad != nil {
			return bad
		}
		used := c.used
		at, err := c.carry(ctx, from, to, raw)
		p.put(c, err)
		switch {
		case err == nil:
			return nil
		case used && at == atSender && hungUp(err) && ctx.Err() == nil:
			continue // there are only so many old connections
		case ctx.Err() != nil && !spoken(err): // it was we who closed it
			err = ctx.Err()
		}
		return judgeMail(at, err)
	}
}

// spoken says whether an error is the server's word and not a broken connection.
func spoken(err error) bool {
	var said *textproto.Error
	return errors.As(err, &said)
}

// hungUp says whether the server had closed the connection, or does so now because it was used enough.
func hungUp(err error) bool {
	var said *textproto.Error
	return !errors.As(err, &said) || said.Code == 421
}

// take returns an idle connection or a new one.
func (p *post) take(ctx context.Context) (*courier, *notifier.Failure) {
	p.mu.Lock()
	for n := len(p.idle); n > 0; n = len(p.idle) {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		if c.rest.Stop() {
			p.mu.Unlock()
			return c, nil
		}
	}
	p.mu.Unlock()
	return p.dial(ctx)
}

// put keeps a connection that a next mail may use, and closes any other.
func (p *post) put(c *courier, err error) {
	c.used = true
	// Only what was refused in words leaves the conversation in order, and a mail that was begun must be forgotten.
	if c.lost || err != nil && (hungUp(err) || c.reset() != nil) {
		_ = c.conn.Close()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c.rest = time.AfterFunc(mailIdle, func() { p.leave(c) })
	p.idle = append(p.idle, c)
}

// leave says goodbye on a connection that rested long enough.
func (p *post) leave(c *courier) {
	p.mu.Lock()
	for i, one := range p.idle {
		if one == c {
			p.idle = append(p.idle[:i:i], p.idle[i+1:]...)
			break
		}
	}
	p.mu.Unlock()
	_ = c.conn.SetDeadline(time.Now().Add(time.Second))
	_ = c.client.Quit()
	_ = c.conn.Close()
}

// Errors of a server that cannot be spoken to as is set. They count against the account, never against a mail.
var (
	errNoTLS    = errors.New("channel: the mail server offers no TLS")
	errNoSignIn = errors.New("channel: the mail server offers no sign-in that we know")
)

// reset has the server forget the mail that it refused; it has a moment for that.
func (c *courier) reset() error {
	if err := c.conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	if err := c.client.Reset(); err != nil {
		return err
	}
	return c.conn.SetDeadline(time.Time{})
}

// dial opens a connection, with TLS and signed in as is set.
func (p *post) dial(ctx context.Context) (*courier, *notifier.Failure) {
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", net.JoinHostPort(p.host, strconv.Itoa(p.port)))
	if err != nil {
		return nil, notSent(err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	c, at, err := p.greet(conn)
	if !stop() {
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		return nil, judgeMail(at, err)
	}
	return c, nil
}

// greet begins the conversation.
func (p *post) greet(conn net.Conn) (*courier, stage, error) {
	secure := &tls.Config{ServerName: p.host, RootCAs: p.roots, MinVersion: tls.VersionTLS12}
	if p.mode == tlsImplicit {
		conn = tls.Client(conn, secure)
	}
	client, err := smtp.NewClient(conn, p.host)
	if err != nil {
		return nil, atHello, err
	}
	client.SkipSMTPUTF8(true) // our headers are ASCII; asked for, a server further on may refuse the mail for it
	if err := client.Hello(p.helo); err != nil {
		return nil, atHello, err
	}
	if p.mode == tlsStart {
		if offered, _ := client.Extension("STARTTLS"); !offered {
			return nil, atHello, errNoTLS
		}
		if err := client.StartTLS(secure); err != nil {
			return nil, atHello, err
		}
	}
	return &courier{client: client, conn: conn}, atSignIn, p.signIn(client)
}

// signIn uses the safest way that the server offers; a password never leaves in the clear but inside this machine.
func (p *post) signIn(client *smtp.Client) error {
	if p.user == "" {
		return nil
	}
	_, offered := client.Extension("AUTH")
	ways := strings.Fields(offered)
	switch {
	case slices.Contains(ways, "SCRAM-SHA-256"):
		return client.Auth(smtp.ScramSHA256Auth(p.user, p.password))
	case slices.Contains(ways, "PLAIN"):
		return client.Auth(smtp.PlainAuth("", p.user, p.password, p.host, false))
	case slices.Contains(ways, "LOGIN"):
		return client.Auth(smtp.LoginAuth(p.user, p.password, p.host, false))
	}
	return errNoSignIn
}

// carry speaks one mail to its end and says how far it came. Until the last line is written the server has nothing that
// it may deliver (RFC 5321 §4.1.1.4).
func (c *courier) carry(ctx context.Context, from, to string, raw []byte) (at stage, err error) {
	stop := context.AfterFunc(ctx, func() { _ = c.conn.Close() })
	defer func() {
		if !stop() && err == nil { // accepted, but the connection is closed by now
			c.lost = true
		}
	}()
	if err := c.client.Mail("<" + from + ">"); err != nil {
		return atSender, err
	}
	if err := c.client.Rcpt("<" + to + ">"); err != nil {
		return atReceive, err
	}
	w, err := c.client.Data()
	if err != nil {
		return atData, err
	}
	if _, err := w.Write(raw); err != nil {
		return atData, err
	}
	return atEnd, accepted(w.Close())
}

// accepted: any 2xx after the last line is a yes.
func accepted(err error) error {
	var said *textproto.Error
	if errors.As(err, &said) && said.Code >= 200 && said.Code < 300 {
		return nil
	}
	return err
}
