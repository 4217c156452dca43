package channel

import (
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"time"

	"github.com/loaphuong/loa/notifier"
)

// stage is how far a mail has come.
type stage string

const (
	atHello   stage = "hello" // connection, TLS, greeting
	atSignIn  stage = "sign-in"
	atSender  stage = "sender"
	atReceive stage = "recipient"
	atData    stage = "data" // up to and without the last line
	atEnd     stage = "end"  // the last line is written, or may be
)

// greylist is how long a server that puts us off wants to be left alone; most want five minutes.
const greylist = 5 * time.Minute

// mailCodes says what a server's codes mean: first the enhanced status (RFC 3463, RFC 7372) where it sends one, then the
// reply code at a stage. A code in neither goes by its first digit in judgeMail.
var mailCodes = codeTable(
	codeRow{notifier.Permanent, "mailbox_unknown", 0, []string{"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4",
		"recipient 550", "recipient 551", "recipient 553", "recipient 501", "recipient 556"}},
	codeRow{notifier.Permanent, "mailbox_full", 0, []string{"5.2.2", "recipient 552"}},
	codeRow{notifier.Temporary, "mailbox_full", 0, []string{"4.2.2"}},
	codeRow{notifier.Permanent, "content_refused", 0, []string{"5.2.3", "5.3.4", "5.6.0", "5.6.1", "5.6.2", "5.6.3", "5.6.6", "5.7.28",
		"data 552", "data 554", "end 552", "end 554"}},
	codeRow{notifier.Permanent, "provider_rejected", 0, []string{"5.7.1", "5.7.2", "recipient 554", "end 550", "end 553", "sender 554"}}, // its policy
	// Our own account or domain: sign-in, TLS, relaying, SPF, DKIM, DMARC, reverse DNS.
	codeRow{notifier.Permanent, "misconfigured", 0, []string{"5.1.7", "5.1.8", "5.5.1", "5.5.2", "5.5.4", "5.7.0", "5.7.3", "5.7.4", "5.7.8", "5.7.9", "5.7.10", "5.7.11",
		"5.7.14", "5.7.20", "5.7.21", "5.7.22", "5.7.23", "5.7.25", "5.7.26", "5.7.27",
		"sign-in 504", "sign-in 530", "sign-in 534", "sign-in 535", "sign-in 538", "sender 530", "sender 550", "sender 553", "recipient 530"}},
	codeRow{notifier.Temporary, "rate_limited", 0, []string{"4.3.2", "4.4.5", "4.5.3", "4.7.28", "sender 450", "sender 452"}},
	codeRow{notifier.Temporary, "provider_down", 0, []string{"4.3.0", "4.3.1", "4.3.5", "4.4.1", "4.4.2", "hello 421", "sender 421", "recipient 421", "data 421", "end 421",
		"sign-in 421", "sign-in 454", "hello 554"}},
	codeRow{notifier.Temporary, "deferred", greylist, []string{"4.7.1", "4.2.0", "4.2.1", "4.4.0", "4.4.3", "recipient 450", "recipient 451", "recipient 452", "end 450", "end 451", "end 452", "data 451"}},
)

var enhancedCode = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

// judgeMail says what a refusal or a broken connection means at a stage. The detail holds codes and nothing of the
// server's words: they repeat the address more often than not.
func judgeMail(at stage, err error) *notifier.Failure {
	var said *textproto.Error
	if !errors.As(err, &said) || said.Code < 400 || said.Code > 599 {
		if at == atEnd {
			return unclear(mailDetail(err))
		}
		return &notifier.Failure{Class: notifier.Temporary, Reason: notifier.ProviderDown, Detail: mailDetail(err)}
	}
	enhanced := enhancedCode.FindString(said.Msg)
	f, known := mailCodes[enhanced]
	if !known || (f.Class == notifier.Permanent) != (said.Code >= 500) {
		if f, known = mailCodes[fmt.Sprintf("%s %d", at, said.Code)]; !known {
			f = mailByDigit(at, said.Code)
		}
	}
	f.Detail = fmt.Sprintf("SMTP %d", said.Code)
	if enhanced != "" {
		f.Detail += " " + enhanced
	}
	return &f
}

// mailByDigit: 4xx is "not now" and 5xx is "no", at every stage (RFC 5321 §4.2.1).
func mailByDigit(at stage, code int) notifier.Failure {
	switch {
	case code < 500 && at == atReceive, code < 500 && at == atEnd:
		return notifier.Failure{Class: notifier.Temporary, Reason: notifier.Deferred, RetryAfter: greylist}
	case code < 500, at == atHello:
		return notifier.Failure{Class: notifier.Temporary, Reason: notifier.ProviderDown}
	case at == atSignIn, at == atSender:
		return notifier.Failure{Class: notifier.Permanent, Reason: notifier.Misconfigured}
	}
	return notifier.Failure{Class: notifier.Permanent, Reason: notifier.ProviderRejected}
}

// mailDetail names what went wrong without a code of the server.
func mailDetail(err error) string {
	switch {
	case errors.Is(err, errNoTLS):
		return "the server offers no TLS"
	case errors.Is(err, errNoSignIn):
		return "the server offers no sign-in"
	}
	return netDetail(err)
}
