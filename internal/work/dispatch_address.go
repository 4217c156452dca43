package work

import (
	"slices"
	"strings"

	"github.com/loaphuong/loa/campaigns"
	"github.com/loaphuong/loa/campaigns/vn"
)

// CheckAddress says why a text or a mail cannot go to an address, "" when it can.
func (d *Dispatcher) CheckAddress(kind campaigns.MessageKind, keyKind, to string) campaigns.Fault {
	if kind == campaigns.Text {
		_, fault := textAddress(to, keyKind)
		return fault
	}
	if mail, _ := vn.ParseEmail(to); mail == "" {
		return campaigns.MailInvalid
	}
	return ""
}

// phoneFaults are the faults of numbers.
var phoneFaults = map[string]campaigns.Fault{vn.TooShort: campaigns.PhoneShort, vn.TooLong: campaigns.PhoneLong, vn.Letters: campaigns.PhoneLetters,
	vn.NoCountry: campaigns.PhonePrefix, vn.NotMobile: campaigns.PhoneInvalid, vn.IsLandline: campaigns.PhoneLandline, vn.IsForeign: campaigns.PhoneForeign}

// mostLines is how many lines of an address a letter has.
const mostLines = 7

// address reads where a message goes, and what the message of a test key pretends.
func (k *Desk) address(m *campaigns.Message, to string, lines []string) error {
	fault := campaigns.Fault("")
	switch k.Kind {
	case campaigns.Text:
		m.To, fault = textAddress(to, k.KeyKind)
	case campaigns.Mail:
		if m.To, _ = vn.ParseEmail(to); m.To == "" {
			fault = campaigns.MailInvalid
		}
	case campaigns.Letter:
		for _, l := range lines {
			if l = strings.Join(strings.Fields(l), " "); l != "" {
				m.Lines = append(m.Lines, l)
			}
		}
		if len(m.Lines) < 2 || len(m.Lines) > mostLines {
			fault = campaigns.LinesShort
		}
	}
	if fault != "" {
		return &campaigns.MessageError{Fault: fault}
	}
	switch {
	case k.KeyKind == "test":
		m.Simulated = pretends(m.To)
	case k.KeyKind == "team" && !IsSimulator(k.Kind, to):
		if k.Kind == campaigns.Letter || !inTeam(k.Service.Team, m.To) {
			return &campaigns.MessageError{Fault: campaigns.NotTeam}
		}
	}
	return nil
}

// simulators are Notify's own numbers and addresses: programs that were written for it try themselves out with them. Here
// nobody has such a number, so nothing is sent to one.
var simulators = []string{"447700900000", "447700900111", "447700900222", "447700900002", "447700900003"}

// textAddress reads a number. Those of Notify's simulator stand for themselves.
func textAddress(to, keyKind string) (string, campaigns.Fault) {
	if sim, ok := simulator(to); ok && (keyKind == "test" || IsSimulator(campaigns.Text, to)) {
		return "+" + sim, ""
	}
	e164, why := vn.SendTo(to)
	return e164, phoneFaults[why]
}

func simulator(to string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, to)
	if rest, ok := strings.CutPrefix(digits, "07"); ok {
		digits = "447" + rest
	}
	return digits, slices.Contains(simulators, digits)
}

// IsSimulator says whether an address is one for which Notify answers without keeping anything, whatever the key.
func IsSimulator(kind campaigns.MessageKind, to string) bool {
	switch kind {
	case campaigns.Text:
		sim, ok := simulator(to)
		return ok && slices.Index(simulators, sim) < 3
	case campaigns.Mail:
		name, host, _ := strings.Cut(strings.ToLower(strings.TrimSpace(to)), "@")
		return host == "notifications.service.gov.uk" && slices.Contains([]string{"simulate-delivered", "simulate-delivered-2", "simulate-delivered-3"}, name)
	}
	return false
}

// pretends says what becomes of a test key's message: as at Notify it is the address that says so. Invented Vietnamese
// numbers that end alike do as well.
func pretends(to string) string {
	switch {
	case strings.HasSuffix(to, "7700900003"), strings.HasPrefix(to, "+84") && strings.HasSuffix(to, "0000003"), to == "temp-fail@simulator.notify":
		return campaigns.PretendTemporary
	case strings.HasSuffix(to, "7700900002"), strings.HasPrefix(to, "+84") && strings.HasSuffix(to, "0000002"), to == "perm-fail@simulator.notify":
		return campaigns.PretendPermanent
	}
	return campaigns.PretendDelivered
}

// inTeam compares addresses as they are read, so that no spelling passes or fails by chance.
func inTeam(team []string, to string) bool {
	return slices.ContainsFunc(team, func(one string) bool {
		if e164, why := vn.SendTo(one); why == "" {
			return e164 == to
		}
		mail, _ := vn.ParseEmail(one)
		return mail != "" && strings.EqualFold(mail, to)
	})
}
