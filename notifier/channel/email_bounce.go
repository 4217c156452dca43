package channel

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	netmail "net/mail"
	"net/textproto"
	"strings"

	"github.com/loaphuong/loa/notifier"
)

// Bounces come by mail, to the address that the mails are from. Whoever reads that mailbox posts each delivery status
// notification (RFC 3464), raw and signed like any provider's request, to the receipts' end point of the account.

// bounceActions says what a mail server's word on a recipient means (RFC 3464 §2.3.3).
var bounceActions = map[string]notifier.ReceiptStatus{
	"failed": notifier.ReceiptUndelivered, "delayed": notifier.ReceiptEnroute, "relayed": notifier.ReceiptEnroute, "delivered": notifier.ReceiptDelivered,
}

// ParseReceipts implements notifier.ReceiptParser. A mail that is signed and no notification is malformed; one about a mail
// that is not ours is a receipt that waits for ever.
func (c *emailSMTP) ParseReceipts(h http.Header, body []byte) ([]notifier.Receipt, error) {
	if err := c.verify(h, body); err != nil {
		return nil, err
	}
	b, err := readBounce(body)
	if err != nil {
		return nil, notifier.ErrMalformed
	}
	var out []notifier.Receipt
	for _, r := range b.recipients {
		out = append(out, b.receipt(r))
	}
	return out, nil
}

// bounce is a delivery status notification.
type bounce struct {
	messageID  string // of the mail that it is about, "" where it does not say
	recipients []textproto.MIMEHeader
	raw        []byte
}

func (b bounce) receipt(of textproto.MIMEHeader) notifier.Receipt {
	action, status := strings.ToLower(strings.TrimSpace(of.Get("Action"))), enhancedCode.FindString(strings.TrimSpace(of.Get("Status")))
	r := notifier.Receipt{ProviderID: b.messageID, Status: notifier.ReceiptUnknown, Raw: b.raw, EventKey: eventKey("b", b.messageID, action, status)}
	if key, _, _ := strings.Cut(b.messageID, "@"); key != "" {
		if _, _, ours := notifier.ParseKey(key); ours {
			r.Key = key
		}
	}
	if s, known := bounceActions[action]; known && b.messageID != "" {
		r.Status = s
	}
	if r.Status == notifier.ReceiptUndelivered {
		r.Reason = string(mailCodes[status].Reason)
	}
	if b.messageID == "" {
		r.EventKey = eventKey("x", string(b.raw))
	}
	return r
}

// readBounce takes a multipart/report apart.
func readBounce(raw []byte) (b bounce, err error) {
	msg, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return b, err
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || !strings.EqualFold(params["report-type"], "delivery-status") {
		return b, notifier.ErrMalformed
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for range 10 { // three are meant
		part, err := parts.NextRawPart()
		if err != nil {
			break
		}
		text, err := io.ReadAll(decoded(part.Header.Get("Content-Transfer-Encoding"), part))
		if err != nil {
			return b, err
		}
		switch kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")); kind {
		case "message/delivery-status":
			b.raw, b.recipients = text, blocks(text)
		case "message/rfc822", "text/rfc822-headers":
			head, _ := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(text, "\r\n\r\n"...)))).ReadMIMEHeader()
			b.messageID = ident(strings.Trim(strings.TrimSpace(head.Get("Message-Id")), "<>"))
		}
	}
	if len(b.recipients) == 0 {
		return b, notifier.ErrMalformed
	}
	if !strings.Contains(b.messageID, "@") || strings.ToValidUTF8(b.messageID, "") != b.messageID {
		b.messageID = ""
	}
	b.raw = bytes.ReplaceAll(bytes.ToValidUTF8(b.raw, nil), []byte{0}, nil) // PostgreSQL holds neither
	return b, nil
}

// maxBounce bounds the recipients of one notification: we write to one at a time.
const maxBounce = 20

// blocks reads the fields of each recipient: the first block is about the mail server (RFC 3464 §2.1).
func blocks(text []byte) (out []textproto.MIMEHeader) {
	r := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(text, "\r\n\r\n"...))))
	for range maxBounce {
		head, err := r.ReadMIMEHeader()
		if head.Get("Action") != "" {
			out = append(out, head)
		}
		if err != nil {
			break
		}
	}
	return out
}

// decoded undoes a transfer encoding.
func decoded(encoding string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	}
	return r
}
