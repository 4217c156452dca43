package channel

import (
	"bytes"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/loaphuong/loa/notifier"
)

// letterhead is what all mails of an account have in common.
type letterhead struct {
	from, replyTo *netmail.Address
	domain        string // of from
	sign          signer // nil: mails are not signed here
	unsubscribe   func(to string) string
	clock         func() time.Time
}

func newLetterhead(d Deps, s notifier.Settings) (l letterhead, err error) {
	l = letterhead{unsubscribe: d.Unsubscribe, clock: d.Now}
	if !isMailbox(s["from"]) {
		return l, fmt.Errorf("setting \"from\" must be one address such as tin@example.vn")
	}
	if oneLine(s["from_name"]) != nil {
		return l, fmt.Errorf("setting \"from_name\" holds a line break")
	}
	l.from = &netmail.Address{Name: s["from_name"], Address: s["from"]}
	l.domain = s["from"][strings.LastIndexByte(s["from"], '@')+1:]
	if s["reply_to"] != "" {
		if !isMailbox(s["reply_to"]) {
			return l, fmt.Errorf("setting \"reply_to\" must be one address such as tin@example.vn")
		}
		l.replyTo = &netmail.Address{Address: s["reply_to"]}
	}
	return l, nil
}

// messageID names an attempt: asked again with the same key it is the same mail.
func (l letterhead) messageID(key string) string { return key + "@" + l.domain }

// write makes the whole mail, signed where that is set. Exactly one mailbox is written to, and nothing that a roster or a
// template holds can begin a header of its own (security.md T31, T32).
func (l letterhead) write(m notifier.Message) ([]byte, *notifier.Failure) {
	if !isMailbox(m.To) {
		return nil, &notifier.Failure{Class: notifier.Permanent, Reason: notifier.MailboxUnknown, Detail: "not one mail address"}
	}
	for _, value := range []string{m.Subject, m.Key, m.Locale} {
		if bad := oneLine(value); bad != nil {
			return nil, bad
		}
	}
	if strings.ContainsRune(m.Body, 0) {
		return nil, &notifier.Failure{Class: notifier.Permanent, Reason: notifier.RenderFailed, Detail: "a NUL in the text"}
	}
	var raw, signed bytes.Buffer
	if _, err := l.letter(m).WriteTo(&raw); err != nil {
		return nil, &notifier.Failure{Class: notifier.Permanent, Reason: notifier.RenderFailed, Detail: "the mail could not be written"}
	}
	if l.sign == nil {
		return raw.Bytes(), nil
	}
	if err := l.sign(&signed, raw.Bytes()); err != nil {
		return nil, &notifier.Failure{Class: notifier.Permanent, Reason: notifier.Misconfigured, Detail: "DKIM"}
	}
	return signed.Bytes(), nil
}

func (l letterhead) letter(m notifier.Message) *mail.Msg {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(l.from)
	msg.ToMailAddress(&netmail.Address{Address: m.To})
	if l.replyTo != nil {
		msg.ReplyToMailAddress(l.replyTo)
	}
	msg.Subject(m.Subject)
	msg.SetMessageIDWithValue(l.messageID(m.Key))
	msg.SetDateWithValue(l.clock())
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: answers of machines are not wanted
	if m.Locale != "" {
		msg.SetGenHeader(mail.HeaderContentLang, m.Locale)
	}
	if l.unsubscribe != nil {
		if url := l.unsubscribe(m.To); url != "" {
			msg.SetGenHeaderPreformatted(mail.HeaderListUnsubscribe, "<"+url+">")
			msg.SetGenHeaderPreformatted(mail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
		}
	}
	msg.SetBodyString(mail.TypeTextPlain, lineEnds.Replace(m.Body))
	return msg
}

// lineEnds makes one kind of line end; the transfer encoding makes them what mail wants.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// oneLine refuses what would end a header, and what a reader's program would decode into something else (RFC 2047).
func oneLine(value string) *notifier.Failure {
	if strings.ContainsAny(value, "\r\n\x00") || strings.Contains(value, "=?") {
		return &notifier.Failure{Class: notifier.Permanent, Reason: notifier.RenderFailed, Detail: "a line break or an encoded word in a header"}
	}
	return nil
}

// isMailbox says whether s is one plain address: no name, no list, no quotes, no letters beyond ASCII (few servers in the
// country take those, and one that does not would bounce).
func isMailbox(s string) bool {
	if len(s) > 254 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`,;:<>()[]"\`, r) }) {
		return false
	}
	a, err := netmail.ParseAddress(s)
	return err == nil && a.Address == s && a.Name == ""
}
