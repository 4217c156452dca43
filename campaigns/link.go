package campaigns

import (
	"errors"
	"regexp"
)

// ErrHosts means that a host is none of the state, or is not written as one.
var ErrHosts = errors.New("links: only exact hosts under gov.vn, in small letters, at most 20")

var govHost = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.gov\.vn$`)

// CheckHosts checks the hosts to which a unit's words may lead (rulings.md 22).
func CheckHosts(hosts []string) error {
	if len(hosts) > 20 {
		return ErrHosts
	}
	for _, h := range hosts {
		if len(h) > 100 || !govHost.MatchString(h) {
			return ErrHosts
		}
	}
	return nil
}
