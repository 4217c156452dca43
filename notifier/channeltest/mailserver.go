package channeltest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"mime"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"mime/quotedprintable"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// Stages at which a mail server can fail.
const (
	AtHello     = "hello"
	AtSender    = "sender"
	AtRecipient = "recipient"
	AtData      = "data" // the whole mail has arrived, the answer is due
)

// Fault is what the mail server does at a stage; the zero value is to do its work.
type Fault struct {
	At       string
	To       string            // for this recipient alone; "" = all
	Code     int               // refuse with this code
	Enhanced smtp.EnhancedCode // and this one
	Hang     bool              // say nothing more until the client leaves
	Drop     bool              // close the connection
	Seen     func()            // called when the fault begins
}

// SeenMail is a mail that arrived whole.
type SeenMail struct {
	From, To []string // of the envelope
	Header   mail.Header
	Subject  string // decoded
	Text     string // decoded, lines end with \n
	Raw      []byte
}

// MailServer is a real SMTP server on a loopback port with fault switches.
type MailServer struct {
	Host, Port string
	server     *smtp.Server
	done       chan struct{}

	mu    sync.Mutex
	fault Fault
	seen  []SeenMail
	conns map[*smtp.Conn]bool
	opens int
}

// MailServerOptions are how a mail server is reached; the zero value is in the clear and for everybody.
type MailServerOptions struct {
	TLS      *tls.Config
	Implicit bool
	User     string
	Password string
}

// NewMailServer starts a mail server that ends with the test.
func NewMailServer(t *testing.T, o MailServerOptions) *MailServer {
	t.Helper()
	s := &MailServer{done: make(chan struct{}), conns: map[*smtp.Conn]bool{}}
	s.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return s.open(c, o) }))
	s.server.Domain, s.server.AllowInsecureAuth, s.server.ErrorLog = "mail.test", true, log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.Host, s.Port, err = net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	if o.Implicit {
		l = tls.NewListener(l, o.TLS)
	} else {
		s.server.TLSConfig = o.TLS
	}
	served := make(chan struct{})
	go func() { defer close(served); _ = s.server.Serve(l) }()
	t.Cleanup(func() {
		close(s.done)
		_ = s.server.Close()
		_ = l.Close() // a server that has not begun to accept yet does not know of it
		s.HangUp()
		<-served
	})
	return s
}

// Behave changes the fault.
func (s *MailServer) Behave(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Mails are those that arrived whole, whatever was answered.
func (s *MailServer) Mails() []SeenMail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]SeenMail(nil), s.seen...)
}

// Opened counts the connections.
func (s *MailServer) Opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opens
}

// HangUp closes all connections.
func (s *MailServer) HangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Conn().Close()
	}
}

func (s *MailServer) open(c *smtp.Conn, o MailServerOptions) (smtp.Session, error) {
	s.mu.Lock()
	if !s.conns[c] {
		s.conns[c] = true
		s.opens++
	}
	s.mu.Unlock()
	session := &mailSession{server: s, conn: c, options: o}
	return session, session.do(AtHello, "")
}

// mailSession is one conversation.
type mailSession struct {
	server  *MailServer
	conn    *smtp.Conn
	options MailServerOptions
	signed  bool
	from    string
	to      []string
}

var _ smtp.AuthSession = (*mailSession)(nil)

// do plays the fault where it is due.
func (m *mailSession) do(at, to string) error {
	m.server.mu.Lock()
	f := m.server.fault
	m.server.mu.Unlock()
	if f.At != at || f.To != "" && f.To != to {
		return nil
	}
	if f.Seen != nil {
		f.Seen()
	}
	switch {
	case f.Hang:
		<-m.server.done
		return errors.New("the test is over")
	case f.Drop:
		_ = m.conn.Conn().Close()
		return errors.New("hung up")
	}
	return &smtp.SMTPError{Code: f.Code, EnhancedCode: f.Enhanced, Message: "no mail for 950000123 and an.nguyen@example.vn"}
}

// AuthMechanisms implements smtp.AuthSession.
func (m *mailSession) AuthMechanisms() []string {
	if m.options.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth implements smtp.AuthSession.
func (m *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != m.options.User || password != m.options.Password {
			return smtp.ErrAuthFailed
		}
		m.signed = true
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (m *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if m.options.User != "" && !m.signed {
		return smtp.ErrAuthRequired
	}
	m.from = from
	return m.do(AtSender, "")
}

// Rcpt implements smtp.Session.
func (m *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	m.to = append(m.to, to)
	return m.do(AtRecipient, to)
}

// Data implements smtp.Session.
func (m *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	one, err := readMail(raw)
	if err != nil {
		return err
	}
	one.From, one.To = []string{m.from}, append([]string(nil), m.to...)
	m.server.mu.Lock()
	m.server.seen = append(m.server.seen, one)
	m.server.mu.Unlock()
	return m.do(AtData, m.to[0])
}

// Reset implements smtp.Session.
func (m *mailSession) Reset() { m.from, m.to = "", nil }

// Logout implements smtp.Session.
func (m *mailSession) Logout() error {
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	delete(m.server.conns, m.conn)
	return nil
}

// readMail takes a plain text mail apart.
func readMail(raw []byte) (SeenMail, error) {
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return SeenMail{}, err
	}
	body := msg.Body
	if strings.EqualFold(msg.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return SeenMail{}, err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	return SeenMail{Header: msg.Header, Subject: subject, Text: strings.ReplaceAll(string(text), "\r\n", "\n"), Raw: raw}, err
}
