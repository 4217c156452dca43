package chaos

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/loaphuong/loa/notifier"
)

// mailbox is the same gateway spoken to by SMTP: a mail server that puts off, refuses, breaks off after taking and falls
// silent by the sink's script, and writes the truth into the sink's log.
type mailbox struct {
	sink   *sink
	addr   string
	server *smtp.Server
	ctx    context.Context // ends with the server
	end    context.CancelFunc
}

func newMailbox(s *sink) (*mailbox, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &mailbox{sink: s, addr: l.Addr().String()}
	m.ctx, m.end = context.WithCancel(context.Background())
	m.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &mailTalk{box: m, conn: c}, nil }))
	m.server.Domain, m.server.ErrorLog = "mail.test", log.New(io.Discard, "", 0)
	go func() { _ = m.server.Serve(l) }()
	return m, nil
}

func (m *mailbox) close() error {
	m.end()
	if err := m.server.Close(); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return err
	}
	return nil
}

// settings are those of the channel that speaks to this server.
func (m *mailbox) settings() notifier.Settings {
	host, port, _ := net.SplitHostPort(m.addr)
	return notifier.Settings{"host": host, "port": port, "tls": "none", "from": "tin@loa.test", "timeout": "2s", "in_flight": "25"}
}

// mailTalk is one conversation.
type mailTalk struct {
	box  *mailbox
	conn *smtp.Conn
	to   string
	e    entry
}

var _ smtp.Session = (*mailTalk)(nil)

// Mail implements smtp.Session.
func (t *mailTalk) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt implements smtp.Session. What is put off or refused here never becomes a mail.
func (t *mailTalk) Rcpt(to string, _ *smtp.RcptOptions) error {
	s := t.box.sink
	s.requests.Add(1)
	s.last.Store(time.Now().UnixMilli())
	t.to, t.e = to, entry{}
	s.decide(&t.e, *s.script.Load(), to)
	switch t.e.Did {
	case refuses:
		s.counted(refuses)
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "down"}
	case busy:
		s.counted(busy)
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}
	case badWords:
		s.counted(badWords)
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	}
	return nil
}

// Data implements smtp.Session: the mail is there whole and written down before it is answered.
func (t *mailTalk) Data(r io.Reader) error {
	s := t.box.sink
	s.inHand.Add(1)
	defer s.inHand.Add(-1)
	key, words, err := readMail(r)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "unreadable"}
	}
	sc, now, body := *s.script.Load(), time.Now(), sha256.Sum256([]byte(words))
	t.e.Key, t.e.Addr, t.e.At, t.e.Policy, t.e.Body = key, hex.EncodeToString(s.index(t.to)), now.UnixMilli(), (*s.policy.Load())(now).UnixMilli(), hex.EncodeToString(body[:])
	s.last.Store(now.UnixMilli())
	if err := s.log.append(t.e); err != nil {
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "cannot write"}
	}
	s.counted(t.e.Did)
	if t.e.Effect {
		s.effects.Add(1)
	}
	s.wait(t.box.ctx, sc)
	switch t.e.Did {
	case drops:
		_ = t.conn.Conn().Close()
	case garbles:
		_, _ = io.WriteString(t.conn.Conn(), "<html>all is well</html>\r\n")
		_ = t.conn.Conn().Close()
	case hangs:
		t.silent()
	}
	return nil
}

// silent says nothing until the client has gone.
func (t *mailTalk) silent() {
	gone := make(chan struct{})
	go func() { defer close(gone); _, _ = t.conn.Conn().Read(make([]byte, 1)) }()
	select {
	case <-gone:
	case <-t.box.ctx.Done():
	case <-time.After(10 * time.Second):
	}
	_ = t.conn.Conn().Close()
}

// Reset implements smtp.Session.
func (t *mailTalk) Reset() { t.to, t.e = "", entry{} }

// Logout implements smtp.Session.
func (t *mailTalk) Logout() error { return nil }

// counted counts what was done.
func (s *sink) counted(b behaviour) {
	v, _ := s.counts.LoadOrStore(b, new(atomic.Int64))
	v.(*atomic.Int64).Add(1)
}

// readMail returns the attempt's key, which the Message-ID begins with, and subject and body as they were written.
func readMail(r io.Reader) (key, words string, err error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return "", "", err
	}
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return "", "", err
	}
	body, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
	if err != nil {
		return "", "", err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	key, _, found := strings.Cut(strings.TrimPrefix(msg.Header.Get("Message-ID"), "<"), "@")
	if err == nil && !found {
		err = errors.New("no key in the Message-ID")
	}
	return key, subject + "\n" + strings.TrimRight(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n"), err
}
