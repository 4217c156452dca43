package access

import (
	"net/url"
	"strconv"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// A code of the second factor is good for its 30 seconds and one step before and after, for clocks that are a little off.
const (
	totpStep   = 30
	totpSkew   = 1
	totpIssuer = "Loa"
)

var totpOptions = totp.ValidateOpts{Period: totpStep, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1} // what every authenticator app knows

// freshTOTP returns a secret of 160 bits in base 32, as RFC 4226 wants it.
func freshTOTP(login string) (secret string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: totpIssuer, AccountName: login, SecretSize: 20, Period: totpStep})
	if err != nil {
		return "", err
	}
	return key.Secret(), nil
}

// totpURI is what an authenticator app reads from a QR code.
func totpURI(login, secret string) string {
	q := url.Values{"secret": {secret}, "issuer": {totpIssuer}, "period": {strconv.Itoa(totpStep)}, "digits": {"6"}, "algorithm": {"SHA1"}}
	return (&url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + totpIssuer + ":" + login, RawQuery: q.Encode()}).String()
}

// matchTOTP returns the step whose code was typed. Only steps after the last one used count: a code serves once.
func matchTOTP(secret, code string, now time.Time, last int64) (step int64, ok bool) {
	at := now.Unix() / totpStep
	for step := at - totpSkew; step <= at+totpSkew; step++ {
		if step <= last {
			continue
		}
		if ok, err := totp.ValidateCustom(code, secret, time.Unix(step*totpStep, 0), totpOptions); err == nil && ok {
			return step, true
		}
	}
	return 0, false
}
