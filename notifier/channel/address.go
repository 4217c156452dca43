package channel

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/loaphuong/loa/notifier"
)

// Forms in which gateways want a number.
const (
	formE164 = "e164" // +84912345678
	form84   = "84"   // 84912345678
	form0    = "0"    // 0912345678
)

// number brings an E.164 number to a gateway's form. Exactly one number leaves with one send: lists and separators are
// refused (security.md T32), and so are foreign numbers where the form cannot hold them.
func number(to, form string) (string, *notifier.Failure) {
	digits, plus := strings.CutPrefix(to, "+")
	if !plus || len(digits) < 8 || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return "", &notifier.Failure{Class: notifier.Permanent, Reason: notifier.NumberInvalid, Detail: "not one E.164 number"}
	}
	switch form {
	case form84:
		return digits, nil
	case form0:
		national, vietnamese := strings.CutPrefix(digits, "84")
		if !vietnamese {
			return "", &notifier.Failure{Class: notifier.Permanent, Reason: notifier.NumberInvalid, Detail: "a foreign number at a domestic gateway"}
		}
		return "0" + national, nil
	}
	return to, nil
}

// checkURL accepts what messages may be sent to: https, or plain http inside this machine. It says whether the address
// is this machine's own.
func checkURL(raw string) (loopback bool, err error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return false, fmt.Errorf("setting \"url\" is not an address")
	}
	if u.User != nil {
		return false, fmt.Errorf("setting \"url\" holds a password: put it into \"headers\"")
	}
	loopback = isLoopback(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return loopback, fmt.Errorf("setting \"url\" must begin with https:// (http:// only inside this machine)")
	}
	return loopback, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
